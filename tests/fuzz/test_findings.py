"""Every finding of the fuzzer's once more, as bytes on a socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.mockserver.documented import but_time
from tests.serving import Running

from .site import Site
from .wire import exchange

ROWS = yaml.safe_load((Path(__file__).parent / "findings.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def site(mock: Running) -> Iterator[Site]:
    with Site(mock.url, mock.errors, {}) as found:
        yield found


def filled(sent: str, world: dict[str, Any]) -> bytes:
    app = world["kii"]["apps"][0]
    words = {"app": app["id"], "thing": app["things"][0]["vendor_id"], "user": app["users"][0]["id"], "admin": app["admin"]["token"]}
    return sent.format(prefix=f"/worlds/{world['name']}", long="a" * 9000, **words).encode("latin-1")


def state(site: Site, world: str) -> dict[str, Any]:
    return but_time(json.loads(site.state(world)))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_what_was_found_does_not_come_back(row: dict[str, Any], world: dict[str, Any], site: Site) -> None:
    before, watched = state(site, world["name"]), state(site, "default")
    heard = exchange(site.address, filled(row["sent"], world))
    assert [answer.status for answer in heard.answers] == row["answers"]
    assert (heard.fault, heard.ended) == (None, "closed")
    assert (state(site, world["name"]) == before) == (row["state"] == "same")
    assert state(site, "default") == watched


def test_the_rows_have_names_of_their_own() -> None:
    assert len({row["id"] for row in ROWS}) == len(ROWS)
