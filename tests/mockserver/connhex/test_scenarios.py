"""Connhex's shipped scenarios: each is played as its `about` tells it, ends as it should, and cannot be told without its essential lines."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.mockserver import stories
from tests.mockserver.connhex.stories import NAMES, Story, written
from tests.mockserver.stories import Data, file, never, with_other, without
from tests.serving import Running

README = (Path(__file__).parents[3] / "README.md").read_text()
ROWS = dict(re.findall(r"^\| `([a-z0-9-]+)` \| (.+) \|$", README.partition("### Stories that ship")[2], re.MULTILINE))
MADE, DENIED, NOBODY = "connhex-post.201", "connhex-post.403", "connhex-pick.unauthenticated"
OTHERS, OWN = "connhex-pick.claimed-by-other", "connhex-pick.claimed-by-self"
UNKNOWN, NOT_ENABLED = "connhex-post.404", "connhex-pick.not-enabled"


@dataclass(frozen=True)
class End:
    """How a story ends. decided: what decided each claim. acted: which of the requests a line of the script acted on, by their number from 1.

    owned: each resource's device and owner. grants: how many policies claims have made; left out: one for each resource.
    """

    decided: list[str]
    owned: list[str]
    acted: dict[int, str] = field(default_factory=dict)
    grants: int | None = None

    def check(self, story: Story) -> None:
        shown = story.world
        assert shown.decided == self.decided
        assert shown.acted == self.acted
        assert shown.owned == self.owned
        assert shown.grants == (len(self.owned) if self.grants is None else self.grants)
        assert set(story.made) <= {row["id"] for row in shown.state["resources"]}
        assert len(set(story.made)) == len(story.made)


ENDS = {
    "already-claimed": End([MADE, OTHERS, OWN, MADE], ["CTP-2001 ada", "CTP-2002 bob"]),
    "one-to-many": End([MADE] * 3, ["CTP-2101 ada", "CTP-2101 bob", "CTP-2101 bob"]),
    "protected-in-time": End([NOT_ENABLED, NOT_ENABLED, MADE], ["CTP-2201 ada"], {1: "told-to-press"}),
    "protected-too-late": End([NOT_ENABLED, NOT_ENABLED, MADE], ["CTP-2301 ada"], {1: "told-to-press-again"}),
    "deny-overrides-allow": End([MADE, "connhex-public.deny-wins", OWN, MADE], ["CTP-2401 ada", "CTP-2402 dan"], {4: "suspension-lifted"}),
    "claim-lost": End([MADE, OWN, MADE], ["CTP-2501 ada", "CTP-2502 ada"], {1: "answer-lost"}),
    "partial-failure": End(["script", OWN, OTHERS, MADE], ["CTP-2601 ada without grant", "CTP-2602 ada"], {1: "policy-not-made"}, grants=1),
    "session-ended": End([MADE, NOBODY, MADE], ["CTP-2701 ada", "CTP-2702 ada"], {2: "session-ends"}),
    "policy-revoked": End([MADE, DENIED, DENIED, MADE], ["CTP-2801 ada", "CTP-2802 bob"], {2: "right-taken-away"}),
    "login-flow-expired": End([MADE], ["CTP-2901 ada"], {2: "too-slow"}),
    "device-not-provisioned": End([UNKNOWN] * 3 + [MADE, UNKNOWN], ["CTP-3001 ada"], {2: "reported"}),
    "two-users-race": End([OTHERS, OWN, MADE], ["CTP-3101 bob", "CTP-3102 ada"], {2: "bob-is-quicker"}),
}


def begun(http: httpx.Client, mock: Running, scenario: str | Data, **settings: Any) -> AbstractContextManager[Story]:
    return stories.begun(Story, http, mock, scenario, settings)


def whole(story: Story, name: str) -> None:
    """Tell the story, and check how it ends."""
    story.tell()
    ENDS[name].check(story)


def test_every_scenario_has_an_end_here_and_a_row_in_the_readme() -> None:
    assert sorted(ENDS) == NAMES
    assert {name: ROWS.get(name) for name in NAMES} == {name: written(name)["summary"] for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_story_goes_as_it_is_told(name: str, mock: Running, http: httpx.Client) -> None:
    with begun(http, mock, name) as story:
        whole(story, name)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_names_its_schema_and_every_user_and_device_that_it_has(name: str) -> None:
    data = written(name)
    assert file("connhex", name).read_text().startswith("# yaml-language-server: $schema=../../scenario.schema.json\n")
    world = data["world"]["connhex"]
    assert not [label for label, row in world["users"].items() if row["token"] not in data["about"] and row["identifier"] not in data["about"]]
    assert not [device for device in world["devices"] if device not in data["about"]]


def test_what_is_left_out_of_a_users_team_is_seen_in_the_end(mock: Running, http: httpx.Client) -> None:
    with begun(http, mock, "deny-overrides-allow") as story:
        state = story.world.state
        assert state["teams"] == {"suspended": [user["id"] for user in state["users"] if user["label"] == "dan"]}
        story.tell()
        assert story.world.state["teams"] == {"suspended": []}


# ---------------------------------------------------------------------------------------------------- none can be told without its essential lines


CONNHEX = ("settings", "connhex")
POLICIES = ("world", "connhex", "policies")
# What else than the lines of its script a story stands on.
ESSENTIAL: dict[str, list[Callable[[Data], None]]] = {
    "already-claimed": [with_other("one_to_many", *CONNHEX, "association")],
    "one-to-many": [without("settings")],
    "protected-in-time": [without(*CONNHEX, "protection"), with_other(30, *CONNHEX, "enable_life"), with_other(10, "script", 1, "at", "after")],
    "protected-too-late": [without(*CONNHEX, "protection"), with_other(90, *CONNHEX, "enable_life"), with_other(5, "script", 2, "at", "after")],
    "deny-overrides-allow": [
        without(*POLICIES, "suspension"),
        with_other([], *POLICIES, "may-register", "statements"),
        without("script", 0, "when", "nth"),
    ],
    "claim-lost": [without("script", 0, "serve"), without("script", 0, "when", "nth")],
    "partial-failure": [without("script", 0, "afterwards"), with_other(503, "script", 0, "answer", "status")],
    "session-ended": [without("script", 0, "when", "nth")],
    "policy-revoked": [without("script", 0, "when", "nth"), without("script", 0, "happen", 0, "connhex.policy_revoked", "user")],
    "login-flow-expired": [without("script", 0, "when", "nth")],
    "device-not-provisioned": [without("script", 0, "when", "body")],
    "two-users-race": [with_other("ada", "script", 0, "happen", 0, "connhex.claimed", "user")],
}
SPOILS = [
    *((name, never(number)) for name in NAMES for number in range(len(written(name).get("script", ())))),
    *((name, spoil) for name, spoils in ESSENTIAL.items() for spoil in spoils),
]


@pytest.mark.parametrize(("name", "spoil"), SPOILS, ids=[f"{name}-{number}" for number, (name, _) in enumerate(SPOILS)])
def test_a_story_cannot_be_told_without_what_it_stands_on(name: str, spoil: Callable[[Data], None], mock: Running, http: httpx.Client) -> None:
    data = deepcopy(written(name))
    spoil(data)
    with begun(http, mock, data) as story, pytest.raises(AssertionError):
        whole(story, name)


def test_a_story_that_is_written_into_the_request_goes_as_the_shipped_one(mock: Running, http: httpx.Client) -> None:
    """So that the stories above fail for what was taken out of them."""
    for name in NAMES:
        with begun(http, mock, written(name)) as story:
            whole(story, name)


# ---------------------------------------------------------------------------------------------------- the turns that the settings give them

REFUSED = {"conflict": "409", "forbidden": "403", "not_found": "404", "timeout": "408", "gone": "410", "bad_request": "400"}


def turned(http: httpx.Client, mock: Running, name: str, turns: dict[int, str], **settings: Any) -> list[str]:
    """Play a story with other settings, in which other things come of some steps, and return who owns what in the end."""
    with begun(http, mock, name, **settings) as story:
        story.tell(turns)
        return story.world.owned


@pytest.mark.parametrize("picked", ["conflict", "forbidden", "not_found"])
@pytest.mark.parametrize("name", ["already-claimed", "two-users-race"])
def test_the_slower_user_is_refused_as_is_picked(name: str, picked: str, mock: Running, http: httpx.Client) -> None:
    assert turned(http, mock, name, {2: REFUSED[picked]}, claimed_by_other=picked) == ENDS[name].owned


@pytest.mark.parametrize(("name", "step"), [("already-claimed", 3), ("claim-lost", 2), ("partial-failure", 2)])
def test_a_claim_of_ones_own_can_bring_the_resource_again_and_makes_nothing_more(name: str, step: int, mock: Running, http: httpx.Client) -> None:
    with begun(http, mock, name, claimed_by_self="same_resource") as story:
        story.tell({step: "201"})
        assert story.made.count(story.world.state["resources"][0]["id"]) == (2 if name == "already-claimed" else 1)
        # The grant that was not made is still not there.
        assert story.world.owned == ENDS[name].owned


def test_a_claim_whose_answer_is_lost_makes_two_resources_where_many_may_own(mock: Running, http: httpx.Client) -> None:
    assert turned(http, mock, "claim-lost", {2: "201"}, association="one_to_many") == ["CTP-2501 ada", "CTP-2501 ada", "CTP-2502 ada"]


def test_a_second_claim_of_ones_own_can_be_a_conflict_where_many_may_own(mock: Running, http: httpx.Client) -> None:
    assert turned(http, mock, "one-to-many", {3: "409"}, again_one_to_many="conflict") == ["CTP-2101 ada", "CTP-2101 bob"]


@pytest.mark.parametrize("picked", ["forbidden", "conflict", "not_found", "timeout"])
@pytest.mark.parametrize(("name", "steps"), [("protected-in-time", (1, 3)), ("protected-too-late", (2, 4))])
def test_a_device_that_is_not_enabled_is_refused_as_is_picked(
    name: str, steps: tuple[int, ...], picked: str, mock: Running, http: httpx.Client
) -> None:
    assert turned(http, mock, name, dict.fromkeys(steps, REFUSED[picked]), not_enabled=picked) == ENDS[name].owned


def test_a_device_that_was_enabled_at_first_can_be_claimed_within_the_minute(mock: Running, http: httpx.Client) -> None:
    with begun(http, mock, "protected-too-late") as story:
        (device,) = story.world.state["devices"]
        story.advance(59.5 - (story.shown()["clock"]["now"] - device["enabled_at"]))
        story.ask("ada", "POST", "/ownerships", {"deviceId": "CTP-2301"}, "201")
        assert story.world.owned == ["CTP-2301 ada"]


@pytest.mark.parametrize("picked", ["gone", "not_found", "bad_request"])
def test_a_login_that_is_over_is_refused_as_is_picked(picked: str, mock: Running, http: httpx.Client) -> None:
    assert turned(http, mock, "login-flow-expired", {2: REFUSED[picked]}, unknown_flow=picked) == ["CTP-2901 ada"]
