"""What can happen in a Connhex world: each event does what it says, and says what it lacks where it cannot happen."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from ownership_contracts import specs
from ownership_contracts.mockserver.connhex import SECRETS
from ownership_contracts.mockserver.connhex.entities import ACTION, RESOURCE, Principal
from ownership_contracts.mockserver.connhex.events import EVENTS
from ownership_contracts.mockserver.connhex.refusals import No
from ownership_contracts.mockserver.connhex.setup import build
from ownership_contracts.mockserver.connhex.world import ConnhexWorld
from ownership_contracts.mockserver.engine.clock import Clock
from ownership_contracts.mockserver.engine.script import Line
from ownership_contracts.mockserver.engine.settings import settle
from ownership_contracts.mockserver.engine.supply import Supply
from ownership_contracts.mockserver.engine.vendor import EventError
from ownership_contracts.mockserver.engine.worlds import DEFAULT

from tests.mockserver.in_process import InProcess, in_process
from tests.specs.linting import dereferenced

START = 1_000_000.0
ALLOW = {"effect": "ALLOW", "actions": [ACTION], "resources": [RESOURCE]}
MODE = {"association": "one_to_many"}
Look = Callable[[ConnhexWorld], Any]


def world(**settings: Any) -> ConnhexWorld:
    """Ann, Ben and the team crew, which is Ben, may claim; Cid may not. A-1 is Ann's, A-2 has enabled its registration, A-3 is free."""
    data = {
        "users": {name: {"id": f"id-{name}", "token": f"token-{name}", "cookie": f"cookie-{name}"} for name in ("ann", "ben", "cid")},
        "teams": {"crew": ["ben"], "others": ["cid"]},
        "policies": {"may": {"members": ["ann"], "statements": [ALLOW]}, "crew-may": {"members": ["team:local:crew"], "statements": [ALLOW]}},
        "devices": {"A-1": {}, "A-2": {"enabled": True}, "A-3": {}},
    }
    place = build(data, settle("connhex", settings), Supply("seed"), Clock(START))
    place.take("id-ann", "A-1")
    place.accounts.start()
    return place


def happen(place: ConnhexWorld, name: str, **arguments: Any) -> None:
    """Make it happen, with arguments that fit the event's schema."""
    Draft202012Validator(EVENTS[name].arguments).validate(arguments)
    EVENTS[name].happen(place, arguments)


def may(name: str, device: str = "A-3") -> Look:
    """What becomes of a user's claim: it is made, or the clause that forbids it. The world is left as it is."""

    def claim(place: ConnhexWorld) -> str:
        try:
            deepcopy(place).claim(Principal(f"id-{name}", "bearer"), device)
        except No as no:
            return no.clause
        return "claimed"

    return claim


def owners(device: str) -> Look:
    return lambda place: [resource.owner for resource in place.resources if resource.device == device]


def grants(place: ConnhexWorld) -> list[str]:
    """Who is granted what the claims made, and the resources that there are."""
    entities = {resource.entity for resource in place.resources}
    return [
        member for policy in place.policies for member in policy.members for statement in policy.statements if entities & set(statement.resources)
    ]


def signs_in(credential: str) -> Look:
    def look(place: ConnhexWorld) -> bool:
        return (place.by_token(credential) or place.by_cookie(credential)) is not None

    return look


def flows(place: ConnhexWorld) -> int:
    return len(place.accounts.flows)


def policies_of(user_id: str) -> Look:
    return lambda place: [policy.name for policy in place.policies if user_id in policy.members]


# Each event: what to happen to whom, what shows it, and what is seen there before and after.
DOES: dict[str, list[tuple[dict[str, Any], Look, Any, Any]]] = {
    "device_manufactured": [({"device": "A-4"}, may("ann", "A-4"), "connhex-post.404", "claimed")],
    "device_removed": [
        ({"device": "A-3"}, may("ann"), "claimed", "connhex-post.404"),
        ({"device": "A-1"}, lambda place: "A-1" in place.devices, True, False),
    ],
    "registration_enabled": [
        ({"device": "A-3"}, lambda place: place.devices["A-3"].enabled_at, None, START + 100),
        ({"device": "A-2"}, lambda place: place.devices["A-2"].enabled_at, START, START + 100),
    ],
    "claimed": [
        ({"device": "A-3", "user": "ben"}, owners("A-3"), [], ["id-ben"]),
        ({"device": "A-3", "user": "id-cid"}, grants, ["id-ann"], ["id-ann", "id-cid"]),
        ({"device": "A-3", "user": "ben"}, may("ann"), "claimed", "connhex-pick.claimed-by-other"),
    ],
    "resource_lost": [
        ({"device": "A-1"}, owners("A-1"), ["id-ann"], []),
        ({"device": "A-1", "user": "ann"}, may("ben", "A-1"), "connhex-pick.claimed-by-other", "claimed"),
    ],
    "policy_lost": [
        ({"device": "A-1"}, grants, ["id-ann"], []),
        ({"device": "A-1", "user": "ann"}, policies_of("id-ann"), ["may", "Owner of A-1"], ["may"]),
    ],
    "resource_state_changes": [({"device": "A-1", "state": "disabled"}, lambda place: place.resources[0].state, "active", "disabled")],
    "granted": [
        ({"user": "cid"}, may("cid"), "connhex-post.403", "claimed"),
        ({"user": "ann", "effect": "DENY"}, may("ann"), "claimed", "connhex-public.deny-wins"),
        ({"user": "cid", "action": "*", "resource": "*"}, may("cid"), "connhex-post.403", "claimed"),
        ({"user": "cid", "action": "resource:devices:read"}, policies_of("id-cid"), [], ["ALLOW to cid"]),
    ],
    "policy_revoked": [
        ({"policy": "may"}, may("ann"), "claimed", "connhex-post.403"),
        ({"policy": "may", "user": "ann"}, policies_of("id-ann"), ["may", "Owner of A-1"], ["Owner of A-1"]),
    ],
    "member_joins": [({"team": "crew", "user": "cid"}, may("cid"), "connhex-post.403", "claimed")],
    "member_leaves": [({"team": "crew", "user": "ben"}, may("ben"), "claimed", "connhex-post.403")],
    "session_ended": [({"user": "ann"}, signs_in("token-ann"), True, False), ({"user": "ann"}, signs_in("cookie-ann"), True, False)],
    "login_flows_expire": [({}, flows, 1, 0)],
    "user_deleted": [
        ({"user": "ann"}, lambda place: "id-ann" in place.users, True, False),
        ({"user": "ann"}, signs_in("token-ann"), True, False),
        ({"user": "ann"}, may("ann"), "claimed", "connhex-post.403"),
        ({"user": "ben"}, may("ben"), "claimed", "connhex-post.403"),
        ({"user": "ben"}, lambda place: place.teams["crew"], ["id-ben"], []),
    ],
}
ROWS = [(name, *row) for name, rows in DOES.items() for row in rows]


def test_each_event_is_shown_by_something_that_it_changes() -> None:
    assert set(DOES) == set(EVENTS)
    assert not [(name, before) for name, _, _, before, after in ROWS if before == after]


@pytest.mark.parametrize(("name", "arguments", "look", "before", "after"), ROWS, ids=[f"{row[0]}-{number}" for number, row in enumerate(ROWS)])
def test_an_event_changes_what_it_says(name: str, arguments: dict[str, Any], look: Look, before: Any, after: Any) -> None:
    place = world()
    assert look(place) == before
    place.clock.frozen = START + 100
    happen(place, name, **arguments)
    assert look(place) == after


@pytest.mark.parametrize(("name", "arguments"), [row[:2] for row in ROWS], ids=[f"{row[0]}-{number}" for number, row in enumerate(ROWS)])
def test_a_world_in_which_something_has_happened_can_be_kept_and_restored(name: str, arguments: dict[str, Any]) -> None:
    place = world()
    happen(place, name, **arguments)
    kept = place.dump()
    assert ConnhexWorld.restored(kept, place.settings, place.supply, place.clock).dump() == kept


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_says_what_happens_and_takes_no_other_arguments(name: str) -> None:
    event = EVENTS[name]
    Draft202012Validator.check_schema(event.arguments)
    assert event.says.endswith(".")
    assert event.arguments["additionalProperties"] is False
    assert not [argument for argument, schema in event.arguments["properties"].items() if not schema.get("description")]


# ---------------------------------------------------------------------------------------------------- and nothing else


def test_a_claim_that_happens_makes_what_a_claim_by_request_makes() -> None:
    happened, asked = world(), world()
    happen(happened, "claimed", device="A-3", user="ben")
    asked.claim(Principal("id-ben", "bearer"), "A-3")
    assert (happened.resources, happened.policies) == (asked.resources, asked.policies)


def test_a_claim_that_happens_asks_for_no_policy_and_no_message_of_the_device() -> None:
    place = world(protection="protected")
    assert may("cid")(place) == "connhex-post.403"
    happen(place, "claimed", device="A-3", user="cid")
    assert owners("A-3")(place) == ["id-cid"]


def test_where_many_may_own_a_claim_happens_beside_another() -> None:
    place = world(**MODE)
    happen(place, "claimed", device="A-1", user="ben")
    assert owners("A-1")(place) == ["id-ann", "id-ben"]


def test_a_grant_that_is_lost_leaves_the_resource_and_a_resource_that_is_lost_the_grant() -> None:
    place = world()
    happen(place, "policy_lost", device="A-1")
    assert (owners("A-1")(place), policies_of("id-ann")(place)) == (["id-ann"], ["may"])
    place = world()
    happen(place, "resource_lost", device="A-1")
    assert (owners("A-1")(place), policies_of("id-ann")(place)) == ([], ["may", "Owner of A-1"])


@pytest.mark.parametrize("event", ["policy_lost", "resource_lost", "resource_state_changes"])
def test_of_a_device_with_several_owners_one_can_be_meant_or_all(event: str) -> None:
    def kept(**arguments: Any) -> set[str]:
        """Whose resource and grant are as they were."""
        place = world(**MODE)
        happen(place, "claimed", device="A-1", user="ben")
        happen(place, "claimed", device="A-3", user="cid")
        happen(place, event, device="A-1", **arguments, **({"state": "off"} if event == "resource_state_changes" else {}))
        granted = {name for policy in place.policies for statement in policy.statements for name in statement.resources}
        return {resource.owner for resource in place.resources if resource.state == "active" and resource.entity in granted}

    assert kept(user="ben") == {"id-ann", "id-cid"}
    assert kept() == {"id-cid"}


def test_a_session_that_ends_is_that_of_one_user_and_he_can_log_in_again() -> None:
    place = world()
    ann = place.users["id-ann"]

    def log_in() -> str:
        return place.accounts.login(place.accounts.start().id, ann.identifier, ann.password, "password").token

    first = log_in()
    happen(place, "session_ended", user="ann")
    assert [signs_in(token)(place) for token in ("token-ann", first, "token-ben")] == [False, False, True]
    assert signs_in(log_in())(place)


def test_sessions_that_ended_are_not_counted_among_those_that_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest of too many is forgotten: not one that is gone already."""
    monkeypatch.setattr("ownership_contracts.mockserver.connhex.accounts.MOST", 2)
    place = world()

    def log_in(name: str) -> str:
        user = place.users[f"id-{name}"]
        return place.accounts.login(place.accounts.start().id, user.identifier, user.password, "password").token

    log_in("ann")
    happen(place, "session_ended", user="ann")
    tokens = [log_in("ben") for _ in range(3)]
    assert [signs_in(token)(place) for token in tokens] == [False, True, True]


def test_what_a_deleted_user_has_claimed_stays_claimed() -> None:
    place = world()
    happen(place, "user_deleted", user="ann")
    assert (owners("A-1")(place), may("ben", "A-1")(place)) == (["id-ann"], "connhex-pick.claimed-by-other")


# ---------------------------------------------------------------------------------------------------- what cannot happen

CANNOT: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "a device that is there": ("device_manufactured", {"device": "A-1"}, ["'A-1'", "already"]),
    "a device that is not there": ("registration_enabled", {"device": "A-9"}, ["'A-9'", "A-1, A-2, A-3"]),
    "no device to remove": ("device_removed", {"device": "A-9"}, ["'A-9'", "A-1"]),
    "no device to claim": ("claimed", {"device": "A-9", "user": "ben"}, ["'A-9'", "A-1"]),
    "nobody to claim": ("claimed", {"device": "A-3", "user": "zoe"}, ["'zoe'", "ann, ben, cid"]),
    "another's device": ("claimed", {"device": "A-1", "user": "ben"}, ["ben", "'A-1'", "another user"]),
    "his own device": ("claimed", {"device": "A-1", "user": "ann"}, ["ann", "'A-1'", "already"]),
    "no resource": ("resource_lost", {"device": "A-3"}, ["'A-3'", "A-1"]),
    "no resource of his": ("resource_lost", {"device": "A-1", "user": "ben"}, ["ben", "'A-1'"]),
    "no resource whose state could change": ("resource_state_changes", {"device": "A-3", "state": "off"}, ["'A-3'"]),
    "no resource to lose the grant on": ("policy_lost", {"device": "A-3"}, ["'A-3'"]),
    "nobody to grant it to": ("granted", {"user": "zoe"}, ["'zoe'"]),
    "no policy": ("policy_revoked", {"policy": "none-such"}, ["'none-such'", "may, crew-may"]),
    "no member of the policy": ("policy_revoked", {"policy": "crew-may", "user": "ben"}, ["ben", "'crew-may'", "team:local:crew"]),
    "no team": ("member_joins", {"team": "none-such", "user": "ben"}, ["'none-such'", "crew"]),
    "a member who is there": ("member_joins", {"team": "crew", "user": "ben"}, ["ben", "'crew'", "already"]),
    "no member to leave": ("member_leaves", {"team": "crew", "user": "cid"}, ["cid", "'crew'", "ben"]),
    "nobody whose session ends": ("session_ended", {"user": "zoe"}, ["'zoe'"]),
    "nobody to delete": ("user_deleted", {"user": "zoe"}, ["'zoe'"]),
}


@pytest.mark.parametrize("what", CANNOT)
def test_what_cannot_happen_leaves_the_world_as_it_is_and_says_what_there_is(what: str) -> None:
    name, arguments, told = CANNOT[what]
    place = world()
    before = deepcopy(place)
    with pytest.raises(EventError) as caught:
        happen(place, name, **arguments)
    assert place == before
    assert not [word for word in told if word not in str(caught.value)], caught.value


@pytest.mark.parametrize(("name", "arguments"), [("session_ended", {"user": "ann"}), ("login_flows_expire", {}), ("policy_lost", {"device": "A-1"})])
def test_what_is_gone_cannot_go_again(name: str, arguments: dict[str, Any]) -> None:
    place = world()
    happen(place, name, **arguments)
    with pytest.raises(EventError):
        happen(place, name, **arguments)


def test_of_many_devices_not_all_are_named() -> None:
    place = world()
    for number in range(100, 200):
        happen(place, "device_manufactured", device=f"D-{number}")
    with pytest.raises(EventError) as caught:
        happen(place, "device_removed", device="none-such")
    assert "and 83 more" in str(caught.value)
    assert len(str(caught.value)) < 250


# ---------------------------------------------------------------------------------------------------- while one calls


def scripted(*rows: dict[str, Any]) -> InProcess:
    """A server whose default world has a script."""
    server = in_process()
    place = server.worlds.get(DEFAULT)
    place.script.load([Line(f"line-{number}", row, place.clock.now()) for number, row in enumerate(rows)])
    return server


def call(server: InProcess, method: str, path: str, **options: Any) -> httpx.Response:
    return server.send(method, path, headers={"Authorization": "Bearer ory_st_ada"}, **options)


def test_a_user_who_is_deleted_while_he_calls_is_nobody() -> None:
    server = scripted({"when": {"principal": "ada by *"}, "happen": [{"connhex.user_deleted": {"user": "ada"}}]})
    assert call(server, "POST", "/ownerships", json={"deviceId": "CTP-0139836"}).status_code == 401
    assert (server.last.principal, server.last.happened, server.last.complaint) == (None, ("connhex.user_deleted",), None)


@pytest.mark.parametrize(("method", "path", "status"), [("POST", "/ownerships", 201), ("GET", "/auth/sessions/whoami", 200)])
def test_a_user_who_is_deleted_before_his_answer_leaves_is_named_in_the_journal(method: str, path: str, status: int) -> None:
    server = scripted({"when": {"nth": 1}, "afterwards": [{"connhex.user_deleted": {"user": "ada"}}]})
    sent = {"json": {"deviceId": "CTP-0139836"}} if method == "POST" else {}
    assert call(server, method, path, **sent).status_code == status
    assert (server.last.principal, server.last.happened, server.last.complaint) == ("ada by bearer", ("connhex.user_deleted",), None)
    assert call(server, method, path, **sent).status_code == 401


@pytest.mark.parametrize("event", ["session_ended", "user_deleted"])
@pytest.mark.parametrize("when", [{"principal": "ada by *"}, {"operation": "whoami"}])
def test_a_session_that_ends_while_it_is_asked_for_is_not_shown(event: str, when: dict[str, str]) -> None:
    server = scripted({"when": {**when, "nth": 2}, "happen": [{f"connhex.{event}": {"user": "ada"}}]})
    assert call(server, "GET", "/auth/sessions/whoami").status_code == 200
    assert call(server, "GET", "/auth/sessions/whoami").status_code == 401
    assert server.last.decided == "connhex-public.whoami-401"
    assert server.last.complaint is None


# ---------------------------------------------------------------------------------------------------- what the journal masks

CREDENTIAL = ("password", "token", "secret", "cookie", "session")


def properties(node: Any) -> list[tuple[str, Any]]:
    """Every named property of the document's schemas."""
    if isinstance(node, list):
        return [found for part in node for found in properties(part)]
    if not isinstance(node, dict):
        return []
    named = node.get("properties", {})
    return [*(named.items() if isinstance(named, dict) else ()), *(found for part in node.values() for found in properties(part))]


def test_every_credential_of_the_spec_is_a_secret() -> None:
    document = specs.openapi("connhex")
    fields = {
        name
        for name, schema in properties(document)
        if any(word in name for word in CREDENTIAL) and dereferenced(document, schema).get("type") == "string"
    }
    assert fields == {"password", "session_token"}
    assert fields <= SECRETS.fields
    for scheme in document["components"]["securitySchemes"].values():
        sent_in = "authorization" if scheme["type"] == "http" else "cookie" if scheme["in"] == "cookie" else scheme["name"].lower()
        assert sent_in in SECRETS.headers
    answered = {
        name.lower()
        for path in document["paths"].values()
        for response in path.get("post", path.get("get"))["responses"].values()
        for name in response.get("headers", {})
    }
    assert answered == {"set-cookie"}
    assert answered <= SECRETS.headers
    assert all(name == name.lower() for name in SECRETS.headers)


def test_what_a_form_of_the_login_asks_for_under_the_name_of_a_password_is_a_secret() -> None:
    """The fields of the form are named in the flow, not in the spec."""
    nodes = in_process().send("GET", "/auth/self-service/login/api").json()["ui"]["nodes"]
    typed = {node["attributes"]["name"] for node in nodes if node["attributes"]["type"] in ("password", "hidden")}
    assert typed == {"password"}
    assert typed <= SECRETS.fields


def test_what_no_secret_is_can_be_read() -> None:
    assert SECRETS.fields.isdisjoint({"flow", "id", "identifier", "deviceId", "resourceId", "code", "detail", "message"})
