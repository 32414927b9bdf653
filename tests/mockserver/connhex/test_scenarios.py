"""The stories that ship for Connhex: each is played over HTTP as its `about` tells it, and none can be told without its essential lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import ownership_contracts.mockserver.connhex as column
import pytest
import yaml

from tests.serving import Running

FILES = {file.stem: file for file in (Path(column.__file__).parent / "scenarios").glob("*.yaml") if file.stem != "default"}
README = Path(__file__).parents[3] / "README.md"
Data = dict[str, Any]
REGISTER = {"effect": "ALLOW", "actions": ["resource:devices:register"], "resources": ["resource:devices"]}


@dataclass
class Play:
    """One story in a world of its own. tokens: of each user, by the scenario's label; a login brings another."""

    http: httpx.Client
    control: str
    world: Data
    tokens: dict[str, str] = field(default_factory=dict)

    def send(self, method: str, url: str, **options: Any) -> httpx.Response:
        self.http.cookies.clear()
        return self.http.request(method, url, **options)

    def claim(self, who: str, device: str, **credential: str) -> httpx.Response:
        headers = credential or {"Authorization": f"Bearer {self.tokens.get(who, f'ory_st_{who}')}"}
        return self.send("POST", f"{self.world['base_url']}/ownerships", headers=headers, json={"deviceId": device})

    def made(self, answer: httpx.Response) -> str:
        """The resource that a claim has made."""
        assert answer.status_code == 201, answer.text
        resource_id: str = answer.json()["resourceId"]
        return resource_id

    def refused(self, answer: httpx.Response, status: int) -> None:
        assert answer.status_code == status, answer.text
        assert answer.json()["errors"][0]["detail"]

    def lost(self, who: str, device: str) -> None:
        with pytest.raises(httpx.TransportError):
            self.claim(who, device)

    def whoami(self, who: str) -> int:
        headers = {"Authorization": f"Bearer {self.tokens.get(who, f'ory_st_{who}')}"}
        return self.send("GET", f"{self.world['base_url']}/auth/sessions/whoami", headers=headers).status_code

    def begin_login(self) -> str:
        """Where the password goes."""
        action: str = self.send("GET", f"{self.world['base_url']}/auth/self-service/login/api").json()["ui"]["action"]
        return action

    def log_in(self, who: str, password: str, action: str) -> int:
        answer = self.send("POST", action, json={"identifier": f"{who}@example.com", "password": password, "method": "password"})
        self.tokens[who] = answer.json().get("session_token", self.tokens.get(who, f"ory_st_{who}"))
        return answer.status_code

    def advance(self, seconds: float) -> None:
        self.send("POST", f"{self.control}/clock/advance", json={"seconds": seconds}).raise_for_status()

    def state(self) -> Data:
        shown: Data = self.send("GET", self.control).raise_for_status().json()
        return shown

    def owned(self) -> list[tuple[str, str, str, bool]]:
        """Each resource in the order of making: its id, its device, its owner, and whether a policy lets him at it."""
        state = self.state()["state"]["connhex"]
        labels = {user["id"]: user["label"] for user in state["users"]}

        def granted(row: Data) -> bool:
            entity = f"resource:devices:{row['id']}"
            return any(
                row["owner"] in policy["members"] and statement["effect"] == "ALLOW" and entity in statement["resources"]
                for policy in state["policies"]
                for statement in policy["statements"]
            )

        assert all(row["state"] == "active" for row in state["resources"])
        return [(row["id"], row["device"], labels[row["owner"]], granted(row)) for row in state["resources"]]

    def grants(self) -> int:
        """How many policies there are beside those of the scenario."""
        return sum(policy["name"].startswith("Owner of") for policy in self.state()["state"]["connhex"]["policies"])

    def told(self) -> list[tuple[int, str, str | None]]:
        """What the journal says of the claims: status, what decided, and which line acted."""
        shown = self.state()["requests"]
        assert not [row["complaint"] for row in shown if row["complaint"] and row["line"] is None]
        return [(row["status"], row["decided"], row["line"]) for row in shown if row["operation"] == "register"]


Story = Callable[[Play], None]
MADE = (201, "connhex-post.201", None)
OTHERS = (409, "connhex-pick.claimed-by-other", None)
OWN = (409, "connhex-pick.claimed-by-self", None)


# ---------------------------------------------------------------------------------------------------- the stories


def already_claimed(play: Play) -> None:
    first = play.made(play.claim("ada", "CTP-2001"))
    play.refused(play.claim("bob", "CTP-2001"), 409)
    play.refused(play.claim("ada", "CTP-2001"), 409)
    second = play.made(play.claim("bob", "CTP-2002"))
    assert play.told() == [MADE, OTHERS, OWN, MADE]
    assert play.owned() == [(first, "CTP-2001", "ada", True), (second, "CTP-2002", "bob", True)]


def one_to_many(play: Play) -> None:
    ids = [play.made(play.claim(who, "CTP-2101")) for who in ("ada", "bob", "bob")]
    assert len(set(ids)) == 3
    assert play.told() == [MADE] * 3
    assert play.owned() == [(made, "CTP-2101", who, True) for made, who in zip(ids, ("ada", "bob", "bob"), strict=True)]
    assert play.grants() == 3


NOT_ENABLED = (403, "connhex-pick.not-enabled", None)


def protected_in_time(play: Play) -> None:
    play.refused(play.claim("ada", "CTP-2201"), 403)
    play.advance(19.5)
    play.refused(play.claim("ada", "CTP-2201"), 403)
    assert play.owned() == []
    play.advance(0.5)
    play.advance(59.5)
    made = play.made(play.claim("ada", "CTP-2201"))
    assert play.told() == [(403, "connhex-pick.not-enabled", "told-to-press"), NOT_ENABLED, MADE]
    assert play.owned() == [(made, "CTP-2201", "ada", True)]


def protected_too_late(play: Play) -> None:
    play.advance(60)
    play.refused(play.claim("ada", "CTP-2301"), 403)
    play.advance(9.5)
    play.refused(play.claim("ada", "CTP-2301"), 403)
    assert play.owned() == []
    play.advance(0.5)
    play.advance(59.5)
    made = play.made(play.claim("ada", "CTP-2301"))
    assert play.told() == [(403, "connhex-pick.not-enabled", "told-to-press-again"), NOT_ENABLED, MADE]
    assert play.owned() == [(made, "CTP-2301", "ada", True)]


def deny_overrides_allow(play: Play) -> None:
    first = play.made(play.claim("ada", "CTP-2401"))
    play.refused(play.claim("ada", "CTP-2401"), 409)
    play.refused(play.claim("dan", "CTP-2402"), 403)
    second = play.made(play.claim("dan", "CTP-2402"))
    lifted = (201, "connhex-post.201", "suspension-lifted")
    assert play.told() == [MADE, OWN, (403, "connhex-public.deny-wins", None), lifted]
    assert play.owned() == [(first, "CTP-2401", "ada", True), (second, "CTP-2402", "dan", True)]
    assert play.state()["state"]["connhex"]["teams"] == {"suspended": []}


def claim_lost(play: Play) -> None:
    play.lost("ada", "CTP-2501")
    ((lost, *_),) = owned = play.owned()
    assert owned == [(lost, "CTP-2501", "ada", True)]
    play.refused(play.claim("ada", "CTP-2501"), 409)
    second = play.made(play.claim("ada", "CTP-2502"))
    assert play.told() == [(201, "connhex-post.201", "answer-lost"), OWN, MADE]
    assert play.owned() == [(lost, "CTP-2501", "ada", True), (second, "CTP-2502", "ada", True)]


def partial_failure(play: Play) -> None:
    answer = play.claim("ada", "CTP-2601")
    assert (answer.status_code, answer.json()) == (500, {"errors": [{"detail": "The policies could not be updated."}]})
    play.refused(play.claim("ada", "CTP-2601"), 409)
    play.refused(play.claim("bob", "CTP-2601"), 409)
    second = play.made(play.claim("ada", "CTP-2602"))
    assert play.told() == [(500, "script", "policy-not-made"), OWN, OTHERS, MADE]
    assert [row[1:] for row in play.owned()] == [("CTP-2601", "ada", False), ("CTP-2602", "ada", True)]
    assert (play.owned()[1][0], play.grants()) == (second, 1)


def session_ended(play: Play) -> None:
    first = play.made(play.claim("ada", "CTP-2701"))
    play.refused(play.claim("ada", "CTP-2702"), 401)
    play.refused(play.claim("ada", "CTP-2702", Cookie="chx_auth_session=session-ada"), 401)
    assert play.log_in("ada", "lovelace-1815", play.begin_login()) == 200
    second = play.made(play.claim("ada", "CTP-2702"))
    nobody = (401, "connhex-pick.unauthenticated")
    assert play.told() == [MADE, (*nobody, "session-ends"), (*nobody, None), MADE]
    assert play.owned() == [(first, "CTP-2701", "ada", True), (second, "CTP-2702", "ada", True)]


def policy_revoked(play: Play) -> None:
    first = play.made(play.claim("ada", "CTP-2801"))
    play.refused(play.claim("ada", "CTP-2802"), 403)
    play.refused(play.claim("ada", "CTP-2802"), 403)
    assert play.whoami("ada") == 200
    second = play.made(play.claim("bob", "CTP-2802"))
    assert play.told() == [MADE, (403, "connhex-post.403", "right-taken-away"), (403, "connhex-post.403", None), MADE]
    assert play.owned() == [(first, "CTP-2801", "ada", True), (second, "CTP-2802", "bob", True)]


def login_flow_expired(play: Play) -> None:
    action = play.begin_login()
    assert play.log_in("ada", "lovelace-1815", action) == 410
    assert play.log_in("ada", "lovelace-1815", play.begin_login()) == 200
    assert play.tokens["ada"] != "ory_st_ada"
    made = play.made(play.claim("ada", "CTP-2901"))
    assert play.owned() == [(made, "CTP-2901", "ada", True)]


def device_not_provisioned(play: Play) -> None:
    play.refused(play.claim("ada", "CTP-3009"), 404)
    play.advance(30)
    play.refused(play.claim("ada", "CTP-3001"), 404)
    play.advance(29.5)
    play.refused(play.claim("ada", "CTP-3001"), 404)
    play.advance(0.5)
    made = play.made(play.claim("ada", "CTP-3001"))
    play.refused(play.claim("ada", "CTP-3009"), 404)
    unknown = (404, "connhex-post.404", None)
    assert play.told() == [unknown, (404, "connhex-post.404", "reported"), unknown, MADE, unknown]
    assert play.owned() == [(made, "CTP-3001", "ada", True)]


def two_users_race(play: Play) -> None:
    assert play.whoami("ada") == 200
    assert play.owned() == []
    play.refused(play.claim("ada", "CTP-3101"), 409)
    play.refused(play.claim("bob", "CTP-3101"), 409)
    made = play.made(play.claim("ada", "CTP-3102"))
    assert play.told() == [(409, "connhex-pick.claimed-by-other", "bob-is-quicker"), OWN, MADE]
    assert [row[1:] for row in play.owned()] == [("CTP-3101", "bob", True), ("CTP-3102", "ada", True)]
    assert (play.owned()[1][0], play.grants()) == (made, 2)


STORIES: dict[str, Story] = {
    "already-claimed": already_claimed,
    "one-to-many": one_to_many,
    "protected-in-time": protected_in_time,
    "protected-too-late": protected_too_late,
    "deny-overrides-allow": deny_overrides_allow,
    "claim-lost": claim_lost,
    "partial-failure": partial_failure,
    "session-ended": session_ended,
    "policy-revoked": policy_revoked,
    "login-flow-expired": login_flow_expired,
    "device-not-provisioned": device_not_provisioned,
    "two-users-race": two_users_race,
}

# ---------------------------------------------------------------------------------------------------- each is played


@contextmanager
def played(http: httpx.Client, mock: Running, scenario: str | Data, **settings: Any) -> Iterator[Play]:
    """A fresh world of a scenario whose clock stands still."""
    world = mock.world(scenario=scenario, settings={"connhex": settings}, clock={"frozen": True})
    control = f"{mock.url}/_mock/api/worlds/{world['name']}"
    yield Play(http, control, world)
    http.delete(control).raise_for_status()


def test_every_story_that_ships_is_played_here_and_stands_in_the_readme() -> None:
    assert set(STORIES) == set(FILES)
    readme = README.read_text()
    assert not [name for name in FILES if f"\n| `{name}` |" not in readme]


@pytest.mark.parametrize("name", STORIES)
def test_a_story_goes_as_it_is_told(name: str, mock: Running, http: httpx.Client) -> None:
    with played(http, mock, name) as play:
        STORIES[name](play)


@pytest.mark.parametrize("name", FILES)
def test_a_story_says_what_it_is_about_and_tells_every_credential_that_it_takes(name: str) -> None:
    text = FILES[name].read_text()
    data = yaml.safe_load(text)
    assert text.startswith("# yaml-language-server: $schema=../../scenario.schema.json\n")
    assert data["summary"].endswith(".")
    assert "\n1. " in f"\n{data['about']}"
    users = data["world"]["connhex"]["users"]
    assert not [label for label, row in users.items() if row["token"] not in data["about"] and row["identifier"] not in data["about"]]
    assert not [device for device in data["world"]["connhex"]["devices"] if device not in data["about"]]


# ---------------------------------------------------------------------------------------------------- and has nothing in it that it does not need


def without(*path: Any) -> Callable[[Data], None]:
    def take_away(data: Data) -> None:
        for step in path[:-1]:
            data = data[step]
        del data[path[-1]]

    return take_away


def instead(value: Any, *path: Any) -> Callable[[Data], None]:
    def put(data: Data) -> None:
        for step in path[:-1]:
            data = data[step]
        data[path[-1]] = value

    return put


CONNHEX = ("settings", "connhex")
# What else than its script a story stands on.
ESSENTIAL: dict[str, list[Callable[[Data], None]]] = {
    "already-claimed": [instead("one_to_many", *CONNHEX, "association")],
    "one-to-many": [without("settings")],
    "protected-in-time": [without(*CONNHEX, "protection"), instead(30, *CONNHEX, "enable_life")],
    "protected-too-late": [without(*CONNHEX, "protection"), instead(90, *CONNHEX, "enable_life")],
    "deny-overrides-allow": [
        without("world", "connhex", "policies", "suspension"),
        instead([], "world", "connhex", "policies", "may-register", "statements"),
    ],
    "claim-lost": [without("script", 0, "serve"), without("script", 0, "drop"), without("script", 0, "when", "nth")],
    "partial-failure": [without("script", 0, part) for part in ("serve", "afterwards", "answer", "off_contract")],
    "login-flow-expired": [without("script", 0, "when", "nth")],
}
BROKEN = [
    *((name, without("script", number)) for name, file in FILES.items() for number in range(len(yaml.safe_load(file.read_text()).get("script", ())))),
    *((name, spoil) for name, spoils in ESSENTIAL.items() for spoil in spoils),
]


def test_every_story_is_broken_somewhere() -> None:
    assert {name for name, _ in BROKEN} == set(STORIES)


@pytest.mark.parametrize(("name", "spoil"), BROKEN, ids=[f"{name}-{number}" for number, (name, _) in enumerate(BROKEN)])
def test_a_story_does_not_go_as_it_is_told_without_what_it_stands_on(
    name: str, spoil: Callable[[Data], None], mock: Running, http: httpx.Client
) -> None:
    data = deepcopy(yaml.safe_load(FILES[name].read_text()))
    with played(http, mock, data) as play:
        STORIES[name](play)
    spoil(data)
    with played(http, mock, data) as play, pytest.raises((AssertionError, httpx.TransportError)):
        STORIES[name](play)


# ---------------------------------------------------------------------------------------------------- the turns that the settings give them


@pytest.mark.parametrize(("picked", "status"), [("conflict", 409), ("forbidden", 403), ("not_found", 404)])
@pytest.mark.parametrize(("name", "device"), [("already-claimed", "CTP-2001"), ("two-users-race", "CTP-3101")])
def test_the_slower_user_is_refused_as_is_picked(name: str, device: str, picked: str, status: int, mock: Running, http: httpx.Client) -> None:
    with played(http, mock, name, claimed_by_other=picked) as play:
        who = "ada"
        if name == "already-claimed":
            play.made(play.claim("ada", device))
            who = "bob"
        play.refused(play.claim(who, device), status)
        assert len(play.owned()) == 1


@pytest.mark.parametrize("name", ["already-claimed", "claim-lost", "partial-failure"])
def test_the_first_claimer_can_be_given_his_resource_again(name: str, mock: Running, http: httpx.Client) -> None:
    device = next(iter(yaml.safe_load(FILES[name].read_text())["world"]["connhex"]["devices"]))
    with played(http, mock, name, claimed_by_self="same_resource") as play:
        if name == "claim-lost":
            play.lost("ada", device)
        else:
            play.claim("ada", device)
        before = play.owned()
        assert play.made(play.claim("ada", device)) == before[0][0]
        # So the grant that was not made is still not there.
        assert play.owned() == before == [(before[0][0], device, "ada", name != "partial-failure")]


def test_a_claim_whose_answer_is_lost_makes_two_resources_where_many_may_own(mock: Running, http: httpx.Client) -> None:
    with played(http, mock, "claim-lost", association="one_to_many") as play:
        play.lost("ada", "CTP-2501")
        second = play.made(play.claim("ada", "CTP-2501"))
        assert [row[1:] for row in play.owned()] == [("CTP-2501", "ada", True)] * 2
        assert play.owned()[1][0] == second


def test_a_second_claim_of_ones_own_can_be_a_conflict_where_many_may_own(mock: Running, http: httpx.Client) -> None:
    with played(http, mock, "one-to-many", again_one_to_many="conflict") as play:
        play.made(play.claim("ada", "CTP-2101"))
        play.made(play.claim("bob", "CTP-2101"))
        play.refused(play.claim("bob", "CTP-2101"), 409)
        assert len(play.owned()) == 2


@pytest.mark.parametrize(("picked", "status"), [("forbidden", 403), ("conflict", 409), ("not_found", 404), ("timeout", 408)])
@pytest.mark.parametrize("name", ["protected-in-time", "protected-too-late"])
def test_a_device_that_is_not_enabled_is_refused_as_is_picked(name: str, picked: str, status: int, mock: Running, http: httpx.Client) -> None:
    device = next(iter(yaml.safe_load(FILES[name].read_text())["world"]["connhex"]["devices"]))
    with played(http, mock, name, not_enabled=picked) as play:
        play.advance(60)
        play.refused(play.claim("ada", device), status)
        assert play.owned() == []


def test_a_device_that_was_enabled_at_first_can_be_claimed_within_the_minute(mock: Running, http: httpx.Client) -> None:
    with played(http, mock, "protected-too-late") as play:
        play.advance(59.5)
        play.made(play.claim("ada", "CTP-2301"))


@pytest.mark.parametrize(("picked", "status"), [("gone", 410), ("not_found", 404), ("bad_request", 400)])
def test_a_login_that_is_over_is_refused_as_is_picked(picked: str, status: int, mock: Running, http: httpx.Client) -> None:
    with played(http, mock, "login-flow-expired", unknown_flow=picked) as play:
        assert play.log_in("ada", "lovelace-1815", play.begin_login()) == status
