"""`run --smoke`: the rows that tell most come first, until the time is used up."""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from ownership_contracts import specs
from ownership_contracts.contracts.case import cases
from ownership_contracts.contracts.kills import Mutant, Trial
from ownership_contracts.contracts.live.mode import Mode
from ownership_contracts.contracts.prove.telling import order, suitable
from ownership_contracts.contracts.telling import ORDERS, orders

from tests.contracts.commands import main
from tests.contracts.live.deployment import Deployment
from tests.contracts.stub import Reply, Request, reply, stub


@pytest.mark.parametrize(("vendor", "mode"), list(itertools.product(specs.vendors(), ORDERS)))
def test_the_orders_name_rows_that_can_be_played_and_go_down(vendor: str, mode: Mode) -> None:
    found = orders(vendor)[ORDERS[mode]]
    assert found.keys() <= {row.id for row in suitable(vendor, mode)}
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert found


def trial(name: str, *rows: str, harmless: bool = False) -> Trial:
    return Trial(Mutant(name, "kii", "", (), (), harmless=harmless), {"case": rows})


def test_each_row_counts_what_none_before_it_kills() -> None:
    one, two, three, four = cases("kii")[:4]
    trials = [trial("a", one.id, two.id), trial("b", two.id), trial("c", two.id, three.id), trial("d", three.id), trial("e", four.id, harmless=True)]
    assert order([one, two, three, four], trials) == {two.id: 3, three.id: 1}


KII = {"apps": [{"id": "app-1", "key": "the-key", "require_password": False, "admin": {"token": "the-token"}}]}


def slow(request: Request) -> Reply:
    time.sleep(0.1)
    return reply(401, {"errorCode": "X", "message": request.method})


def played(folder: Path, url: str, *words: str) -> list[dict[str, Any]]:
    file = folder / "target.toml"
    file.write_text(tomli_w.dumps({"base_url": url, "kii": KII}))
    ended = main("run", "--target", str(file), "--json", str(folder / "report.json"), *words)
    assert ended.code in (1, 3), ended
    results: list[dict[str, Any]] = json.loads((folder / "report.json").read_text())["results"]
    return results


def test_the_most_telling_rows_come_first_until_the_time_is_used_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ownership_contracts.contracts.session.require_ready", lambda *_: None)
    with stub(slow) as server:
        began = time.monotonic()
        results = played(tmp_path, server.url, "--smoke", "1.5")
        took = time.monotonic() - began
    over = [result["reason"] == "the smoke budget of 1.5 s was used up" for result in results]
    # Once it is used up, nothing more is played.
    assert over == sorted(over)
    assert any(over)
    assert took < 30
    first = [result["case"] for result in results if not result["reason"].startswith("the smoke budget")]
    known = list(orders("kii")["read_only"])
    assert first[: min(len(first), len(known))] == known[: len(first)]
    assert {result["layer"] for result in results} == {"case"}
    assert len(results) == len(cases("kii"))


@pytest.mark.parametrize("part", [("--smoke", "60"), ("--layer", "case")])
def test_a_run_of_a_part_that_judges_nothing_documented_is_not_enough(part: tuple[str, str], deployment: Deployment, tmp_path: Path) -> None:
    ended = main("run", "--target", str(deployment.file(tmp_path)), "--vendor", "connhex", *part)
    assert ended.code == 3
    assert "none of connhex's" in ended.out.splitlines()[-1]


def test_behind_the_measured_rows_each_clause_has_its_turn() -> None:
    from ownership_contracts.contracts.telling import Smoke  # noqa: PLC0415 - beside what it is about

    rows = cases("connhex")
    places = Smoke(9, Mode.FIXTURES).places(rows)
    clause = {row.id: row.clause.id for row in rows}
    behind = [clause[name] for (_, name), place in sorted(places.items(), key=lambda pair: pair[1]) if place[0] == 1]
    turns = [sum(other == name for other in behind[:number]) for number, name in enumerate(behind)]
    assert turns == sorted(turns)
    assert max(turns) > 0


def test_a_smoke_run_is_one_process(tmp_path: Path) -> None:
    file = tmp_path / "target.toml"
    file.write_text(tomli_w.dumps({"base_url": "http://127.0.0.1:9", "kii": KII}))
    ended = main("run", "--target", str(file), "--smoke", "5", "-n", "2")
    assert (ended.code, "leave -n out" in ended.err) == (2, True)
