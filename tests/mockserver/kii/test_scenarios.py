"""Kii's shipped scenarios: each is played as its `about` tells it, and ends as it should."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.mockserver.kii.stories import A_PART, NAMES, NOTHING, Story, told, written
from tests.serving import Running

README = (Path(__file__).parents[3] / "README.md").read_text()
ROWS = dict(re.findall(r"^\| `([a-z0-9-]+)` \| (.+) \|$", README.partition("### Stories that ship")[2], re.MULTILINE))
Tell = Callable[..., Story]


@pytest.fixture
def tell(http: httpx.Client, mock: Running) -> Iterator[Tell]:
    with ExitStack() as worlds:
        yield lambda name, **options: told(http, mock, worlds, name, **options)


def test_password_required(tell: Tell) -> None:
    story = tell("password-required")
    assert story.seen == [401, 401, 401, 204, 200]
    assert story.owners("lamp") == ["user:alice"]


def test_password_rule_begins(tell: Tell) -> None:
    story = tell("password-rule-begins")
    assert story.seen == [204, 401, 204, 200, 200]
    assert story.lines == ["rule-begins", None, None, None, None]


def test_password_changes(tell: Tell) -> None:
    story = tell("password-changes")
    assert story.seen == [401, 200, 204, 200]
    assert (story.owners("lamp"), story.thing("lamp")["password"]) == (["user:alice"], "lamp-label-2")


def test_code_expired(tell: Tell) -> None:
    story = tell("code-expired")
    assert story.seen == [200, 409, 200, 204, 200]
    assert (story.owners("lamp"), story.thing("lamp")["flows"]) == (["user:alice"], [])


def test_code_replayed(tell: Tell) -> None:
    story = tell("code-replayed")
    assert story.seen == [200, 204, 409, 204, 409, 200]
    assert (story.owners("lamp"), story.thing("lamp")["flows"]) == ([], [])


def test_wrong_code(tell: Tell) -> None:
    story = tell("wrong-code")
    assert story.seen == [409, 409, 400, 200, 204, 200]
    assert (story.owners("lamp"), story.owners("fan")) == (["user:alice"], [])
    assert [flow["code"] for flow in story.thing("fan")["flows"]] == ["fan-code-for-alice"]


def test_wrong_code_as_its_settings_say(tell: Tell) -> None:
    instead = {1: "401 UNAUTHORIZED", 2: "401 UNAUTHORIZED"}
    story = tell("wrong-code", settings={"wrong_code": "unauthorized", "foreign_code": "unauthorized"}, instead=instead)
    assert story.seen == [401, 401, 400, 200, 204, 200]


def test_confirm_lost(tell: Tell) -> None:
    story = tell("confirm-lost")
    assert story.seen == [200, NOTHING, 409, 204, 200]
    assert [(entry["status"], entry["sent"]) for entry in story.entries][1:3] == [(204, "dropped"), (409, "whole")]
    assert story.owners("lamp") == ["user:alice"]


def test_confirm_lost_where_the_refusal_says_who_owns_the_thing(tell: Tell) -> None:
    story = tell("confirm-lost", settings={"used_code": "already_owner"}, instead={3: "409 THING_OWNERSHIP_ALREADY_EXISTS"})
    assert story.owners("lamp") == ["user:alice"]


def test_two_claimers_race(tell: Tell) -> None:
    story = tell("two-claimers-race")
    assert story.seen == [200, 409, 204, 409, 200, 200]
    assert story.lines == [None, "erin-confirms-first", None, "erin-adds-first", None, None]
    assert (story.owners("lamp"), story.owners("fan")) == (["group:family"], ["group:family"])


def test_member_leaves(tell: Tell) -> None:
    story = tell("member-leaves")
    assert story.seen == [200, 401, 200, 204, 204, 404, 200]
    assert story.owners("lamp") == ["group:family"]


def test_token_revoked(tell: Tell) -> None:
    story = tell("token-revoked")
    assert story.seen == [200, 403, 403, 200, 204, 200]
    assert story.kept["TOKEN"] != "token-alice"
    assert story.owners("lamp") == ["user:alice"]


def test_token_expired(tell: Tell) -> None:
    story = tell("token-expired")
    assert story.seen == [200, 200, 200, 403, 200, 200, 204, 200]
    assert story.owners("lamp") == ["user:alice"]


def test_token_expired_as_its_setting_says(tell: Tell) -> None:
    assert tell("token-expired", settings={"expired_token": "unauthorized"}, instead={6: "401 UNAUTHORIZED"}).seen[3] == 401


def test_user_deleted(tell: Tell) -> None:
    story = tell("user-deleted")
    assert story.seen == [200, 404, 403, 404, 200]
    assert (story.owners("lamp"), [flow["owner"]["id"] for flow in story.thing("lamp")["flows"]]) == ([], ["alice"])


def test_ownership_ends(tell: Tell) -> None:
    story = tell("ownership-ends")
    assert story.seen == [204, 401, 404, 404, 204, 200]
    assert story.owners("lamp") == ["user:bob"]


def test_cut_answer(tell: Tell) -> None:
    story = tell("cut-answer")
    assert story.seen == [A_PART, 200, 204, 200]
    assert [entry["sent"] for entry in story.entries] == ["cut", "whole", "whole", "whole"]
    assert (story.owners("lamp"), story.thing("lamp")["flows"]) == (["user:alice"], [])


def test_garbled_answer(tell: Tell) -> None:
    story = tell("garbled-answer")
    assert story.seen == [200, 200]
    assert [entry["sent"] for entry in story.entries] == ["garbled", "whole"]


def test_outage(tell: Tell) -> None:
    story = tell("outage")
    assert story.seen == [503, 503, 503, 200, 201]
    assert story.lines == ["outage-begins", "outage-lasts", "outage-lasts", None, None]


def test_rate_limit(tell: Tell) -> None:
    story = tell("rate-limit")
    assert story.seen == [200, 201, 200, 429, 429, 200, 200, 200, 429]
    assert story.lines == [None, None, None, "limit-reached", "limit-lasts", None, None, None, "limit-reached"]


def test_slow_network(tell: Tell) -> None:
    story = tell("slow-network")
    assert story.seen == [200, 201]
    assert all(entry["seconds"] >= 1 for entry in story.entries)


# ---------------------------------------------------------------------------------------------------- none is left out


@pytest.mark.parametrize("name", NAMES)
def test_every_scenario_has_a_test_and_a_row_in_the_readme(name: str) -> None:
    assert f"test_{name.replace('-', '_')}" in globals()
    assert ROWS.get(name) == written(name)["summary"]
