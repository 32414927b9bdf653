"""Kii's shipped scenarios: each is played as its `about` tells it, and ends as it should."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from copy import deepcopy
from pathlib import Path

import httpx
import pytest

from tests.mockserver.kii.stories import NAMES, Story, written
from tests.mockserver.stories import A_PART, COLUMNS, Data, begun, file, never, with_other, without
from tests.serving import Running

README = (Path(__file__).parents[3] / "README.md").read_text()
ROWS = dict(re.findall(r"^\| `([a-z0-9-]+)` \| (.+) \|$", README.partition("### Stories that ship")[2], re.MULTILINE))
Tell = Callable[..., Story]


@pytest.fixture
def tell(http: httpx.Client, mock: Running) -> Iterator[Tell]:
    """What plays a story, and returns it when it has come as it is told. instead: what comes of a step, by its number, in another turn of it."""
    with ExitStack() as worlds:

        def told(name: str, instead: Mapping[int, str] | None = None, **settings: str) -> Story:
            story = worlds.enter_context(begun(Story, http, mock, name, settings))
            story.tell(instead)
            return story

        yield told


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
    assert story.owners("lamp") == ["user:alice"]
    # A second request replaces a pending flow; a dead one's code stays one that was issued.
    assert [flow["started_by"] for flow in story.thing("lamp")["flows"]] == ["owner"]


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
    story = tell("wrong-code", instead, wrong_code="unauthorized", foreign_code="unauthorized")
    assert story.seen == [401, 401, 400, 200, 204, 200]


def test_confirm_lost(tell: Tell) -> None:
    story = tell("confirm-lost")
    assert story.seen == [200, None, 409, 204, 200]
    assert [(entry["status"], entry["sent"]) for entry in story.entries][1:3] == [(204, "dropped"), (409, "whole")]
    assert story.owners("lamp") == ["user:alice"]


def test_confirm_lost_where_the_refusal_says_who_owns_the_thing(tell: Tell) -> None:
    story = tell("confirm-lost", {3: "409 THING_OWNERSHIP_ALREADY_EXISTS"}, used_code="already_owner")
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
    assert tell("token-expired", {6: "401 UNAUTHORIZED"}, expired_token="unauthorized").seen[3] == 401


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
    assert len(story.shown()["state"]["connhex"]["resources"]) == 1


def test_rate_limit(tell: Tell) -> None:
    story = tell("rate-limit")
    assert story.seen == [200, 201, 200, 429, 429, 200, 200, 200, 429]
    assert story.lines == [None, None, None, "limit-reached", "limit-lasts", None, None, None, "limit-reached"]


def test_slow_network(tell: Tell) -> None:
    story = tell("slow-network")
    assert story.seen == [200, 201]
    assert all(entry["seconds"] >= 1 for entry in story.entries)


# ---------------------------------------------------------------------------------------------------- none can be told without its essential lines


KII, APP = ("settings", "kii"), ("world", "kii", "apps", "demo")
# What else than the lines of its script a story stands on.
ESSENTIAL: dict[str, list[Callable[[Data], None]]] = {
    "password-required": [without(*APP, "require_password")],
    "password-rule-begins": [with_other(True, *APP, "require_password")],
    "password-changes": [with_other("lamp-label-1", "script", 0, "happen", 0, "kii.password_changes", "password")],
    "code-expired": [with_other(301, *KII, "code_life"), with_other(299, *KII, "code_life")],
    "code-replayed": [with_other("already_owner", *KII, "used_code")],
    "wrong-code": [with_other("lamp-code", "script", 0, "happen", 0, "kii.flow_started", "code"), without("script", 0, "happen", 1)],
    "confirm-lost": [without("script", 0, "serve"), without("script", 0, "when", "nth")],
    "two-claimers-race": [without("script", 0, "delay"), without("script", 0, "happen")],
    "member-leaves": [with_other("carol", "script", 0, "happen", 0, "kii.member_leaves", "user")],
    "token-expired": [with_other(601, *KII, "token_life"), with_other(599, *KII, "token_life")],
    "ownership-ends": [with_other("bob", "script", 0, "afterwards", 0, "kii.owner_removed", "user")],
    "cut-answer": [without("script", 0, "when", "nth"), with_other("keeps", *KII, "second_request")],
    "garbled-answer": [without("script", 0, "when", "nth")],
    "outage": [
        with_other(2, "script", 0, "when", "nth"),
        with_other(31, "script", 2, "at", "after"),
        with_other(29, "script", 2, "at", "after"),
        without("script", 0, "answer", "headers"),
    ],
    "rate-limit": [with_other(11, "script", 2, "at", "after"), with_other(5, "script", 0, "when", "nth")],
    "slow-network": [with_other(0.1, "script", 0, "delay")],
}
SPOILS = [
    *((name, never(number)) for name in NAMES for number in range(len(written(name).get("script", ())))),
    *((name, spoil) for name, spoils in ESSENTIAL.items() for spoil in spoils),
]


def the_test_of(name: str) -> Callable[[Tell], None]:
    found: Callable[[Tell], None] = globals()[f"test_{name.replace('-', '_')}"]
    return found


@pytest.mark.parametrize(("name", "spoil"), SPOILS, ids=[f"{name}-{number}" for number, (name, _) in enumerate(SPOILS)])
def test_a_story_cannot_be_told_without_what_it_stands_on(name: str, spoil: Callable[[Data], None], http: httpx.Client, mock: Running) -> None:
    data = deepcopy(written(name))
    spoil(data)
    with begun(Story, http, mock, data, {}) as story, pytest.raises(AssertionError):
        the_test_of(name)(lambda _: told(story))


@pytest.mark.parametrize("name", ["member-leaves", "code-expired", "rate-limit"])
def test_a_story_that_is_written_into_the_request_goes_as_the_shipped_one(name: str, http: httpx.Client, mock: Running) -> None:
    """So that the stories above fail for what was taken out of them."""
    with begun(Story, http, mock, written(name), {}) as story:
        the_test_of(name)(lambda _: told(story))


def told(story: Story) -> Story:
    story.tell()
    return story


# ---------------------------------------------------------------------------------------------------- none is left out


@pytest.mark.parametrize("name", NAMES)
def test_every_scenario_has_a_test_and_a_row_in_the_readme(name: str) -> None:
    assert callable(the_test_of(name))
    assert ROWS.get(name) == written(name)["summary"]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_names_its_schema_and_whom_it_has(name: str) -> None:
    data = written(name)
    path = file("kii", name)
    pointed = re.match(r"# yaml-language-server: \$schema=(\S+)\n", path.read_text())
    assert pointed is not None
    assert (path.parent / pointed[1]).resolve() == COLUMNS / "scenario.schema.json"
    if "world" in data:
        (app,) = data["world"]["kii"]["apps"].values()
        told = data["about"].lower()
        assert not [label for kind in ("users", "groups", "things") for label in app.get(kind, {}) if label not in told]
