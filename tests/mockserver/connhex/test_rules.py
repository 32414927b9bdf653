"""Connhex's rules as pure functions: who may claim a device, what stands in the way, and what a claim makes."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any
from uuid import UUID

import pytest
from ownership_contracts import specs
from ownership_contracts.mockserver.connhex import accounts
from ownership_contracts.mockserver.connhex.accounts import LoginFailedError, Session
from ownership_contracts.mockserver.connhex.entities import ACTION, RESOURCE, Principal
from ownership_contracts.mockserver.connhex.refusals import No
from ownership_contracts.mockserver.connhex.setup import build
from ownership_contracts.mockserver.connhex.world import ConnhexWorld
from ownership_contracts.mockserver.engine.clock import Clock
from ownership_contracts.mockserver.engine.settings import settle
from ownership_contracts.mockserver.engine.supply import Supply

START = 1_000_000.0
ALLOW = {"effect": "ALLOW", "actions": [ACTION], "resources": [RESOURCE]}
DENY = {**ALLOW, "effect": "DENY"}


def world(data: dict[str, Any] | None = None, **settings: Any) -> ConnhexWorld:
    """Ann and Ben may claim, Cid may not; two devices, of which one has enabled its registration."""
    users = {name: {"id": name, "token": f"token-{name}", "cookie": f"cookie-{name}"} for name in ("ann", "ben", "cid")}
    default = {
        "users": users,
        "policies": {"may": {"members": ["ann", "ben"], "statements": [ALLOW]}},
        "devices": {"D-1": {}, "D-2": {"enabled": True}},
    }
    return build(data or default, settle("connhex", settings), Supply("seed"), Clock(START))


def ann(place: ConnhexWorld) -> Principal:
    return caller(place, "ann")


def caller(place: ConnhexWorld, name: str) -> Principal:
    found = place.by_token(f"token-{name}")
    assert found is not None
    return found


def refused(place: ConnhexWorld, who: str, device: Any) -> No:
    """The refusal of a claim, which must have left the world as it was."""
    before = deepcopy(place)
    with pytest.raises(No) as caught:
        place.claim(caller(place, who), device)
    assert place == before
    return caught.value


# ---------------------------------------------------------------------------------------------------- who may


def may(*statements: dict[str, Any], members: tuple[str, ...] = ("ann",), teams: dict[str, list[str]] | None = None) -> bool:
    """Whether Ann may claim under one policy a statement."""
    users = {name: {"id": name, "token": f"token-{name}"} for name in ("ann", "ben")}
    policies = {f"p{number}": {"members": list(members), "statements": [statement]} for number, statement in enumerate(statements)}
    place = world({"users": users, "teams": teams or {}, "policies": policies, "devices": {"D-1": {}}})
    try:
        place.claim(ann(place), "D-1")
    except No as no:
        if no.answer != "forbidden":
            raise
        return False
    return True


def grant(actions: str, resources: str, effect: str = "ALLOW") -> dict[str, Any]:
    return {"effect": effect, "actions": actions.split(), "resources": resources.split()}


def test_without_a_policy_nobody_may() -> None:
    assert not may()
    assert not may({**ALLOW}, members=("ben",))


@pytest.mark.parametrize(
    ("actions", "resources", "lets"),
    [
        (ACTION, RESOURCE, True),
        ("other " + ACTION, "other " + RESOURCE, True),
        (ACTION, "resource:gateways", False),
        ("resource:devices:read", RESOURCE, False),
        ("resource:devices:read", "resource:gateways", False),
        ("*", "*", True),
        (ACTION, "*", True),
        ("*", RESOURCE, True),
        ("resource:devices:*", RESOURCE, True),
        ("resource:*", RESOURCE, True),
        ("*:register", RESOURCE, True),
        ("resource:*:register", RESOURCE, True),
        ("res*dev*reg*", RESOURCE, True),
        (ACTION + "*", RESOURCE, True),
        (ACTION, "resource:*", True),
        (ACTION, "*devices", True),
        (ACTION, "resource:devices*", True),
        (ACTION, "resource:devices:*", False),
        ("resource:gateways:*", RESOURCE, False),
        ("*", "resource:gateways", False),
        ("resource:devices", RESOURCE, False),
        ("resource:devices:", RESOURCE, False),
        ("resource:devices:registe", RESOURCE, False),
        ("resource:devices:registerx", RESOURCE, False),
        ("resource.devices.register", RESOURCE, False),
        ("resource:devices:.*", RESOURCE, False),
        ("RESOURCE:DEVICES:REGISTER", RESOURCE, False),
        (ACTION, "resource:device", False),
        (ACTION, "(", False),
    ],
)
def test_a_statement_covers_the_action_on_the_resource_and_wildcards_stand_for_any_text(actions: str, resources: str, lets: bool) -> None:
    assert may(grant(actions, resources)) == lets


def test_action_and_resource_must_be_granted_by_one_statement() -> None:
    assert not may(grant(ACTION, "resource:gateways"), grant("resource:devices:read", RESOURCE))


@pytest.mark.parametrize(
    ("denied", "lets"),
    [
        (DENY, False),
        (grant("*", "*", "DENY"), False),
        (grant("resource:devices:*", RESOURCE, "DENY"), False),
        (grant(ACTION, "resource:*", "DENY"), False),
        (grant("resource:devices:read", RESOURCE, "DENY"), True),
        (grant(ACTION, "resource:gateways", "DENY"), True),
    ],
)
def test_a_deny_that_covers_the_claim_wins_in_either_order_and_against_any_allow(denied: dict[str, Any], lets: bool) -> None:
    assert may(ALLOW, denied) == may(denied, ALLOW) == may(ALLOW, denied, ALLOW) == lets
    assert may(grant("*", "*"), denied) == lets
    assert not may(denied)


def test_allow_and_deny_in_one_policy_are_a_deny() -> None:
    users = {"ann": {"id": "ann", "token": "token-ann"}}
    place = world({"users": users, "policies": {"p": {"members": ["ann"], "statements": [ALLOW, DENY]}}, "devices": {"D-1": {}}})
    no = refused(place, "ann", "D-1")
    assert (no.answer, no.clause) == ("forbidden", "connhex-public.deny-wins")


def test_a_deny_for_somebody_else_does_not_count() -> None:
    users = {name: {"id": name, "token": f"token-{name}"} for name in ("ann", "ben")}
    policies = {"may": {"members": ["ann", "ben"], "statements": [ALLOW]}, "not": {"members": ["ben"], "statements": [DENY]}}
    place = world({"users": users, "policies": policies, "devices": {"D-1": {}}})
    assert refused(place, "ben", "D-1").answer == "forbidden"
    place.claim(ann(place), "D-1")


def test_what_a_team_may_its_users_may() -> None:
    crew = {"crew": ["ann"], "others": ["ben"]}
    assert may(ALLOW, members=("team:local:crew",), teams=crew)
    assert not may(ALLOW, members=("team:local:others",), teams=crew)
    assert may(ALLOW, members=("team:local:others", "team:local:crew"), teams=crew)


def test_what_a_team_may_not_its_users_may_not() -> None:
    users = {"ann": {"id": "ann", "token": "token-ann"}}
    policies = {"may": {"members": ["ann"], "statements": [ALLOW]}, "not": {"members": ["team:local:out"], "statements": [DENY]}}
    place = world({"users": users, "teams": {"out": ["ann"]}, "policies": policies, "devices": {"D-1": {}}})
    assert refused(place, "ann", "D-1").clause == "connhex-public.deny-wins"


def test_the_right_ends_with_leaving_the_team() -> None:
    users = {"ann": {"id": "ann", "token": "token-ann"}}
    policies = {"may": {"members": ["team:local:crew"], "statements": [ALLOW]}}
    place = world({"users": users, "teams": {"crew": ["ann"]}, "policies": policies, "devices": {"D-1": {}, "D-2": {}}})
    place.claim(ann(place), "D-1")
    place.teams["crew"].remove("ann")
    assert refused(place, "ann", "D-2").clause == "connhex-post.403"


def test_the_grant_of_a_claim_lets_nobody_claim() -> None:
    place = world()
    place.claim(ann(place), "D-1")
    place.policies = [policy for policy in place.policies if policy.name != "may"]
    assert refused(place, "ann", "D-2").answer == "forbidden"


# ---------------------------------------------------------------------------------------------------- what a claim makes


def test_a_claim_makes_a_resource_and_the_grant_on_it_together() -> None:
    place = world()
    before = deepcopy(place)
    resource_id = place.claim(ann(place), "D-1")
    (resource,) = place.resources
    (policy,) = (policy for policy in place.policies if policy not in before.policies)
    (statement,) = policy.statements
    assert (resource.id, resource.device, resource.owner, resource.state) == (resource_id, "D-1", "ann", "active")
    assert (policy.members, statement.effect) == (["ann"], "ALLOW")
    assert statement.covers("resource:devices:read", f"resource:devices:{resource_id}")
    assert not statement.covers("resource:devices:read", "resource:devices:another")
    assert (place.users, place.devices, place.teams, place.policies[:1]) == (before.users, before.devices, before.teams, before.policies)


@pytest.mark.parametrize(("who", "device"), [("cid", "D-1"), ("ann", "D-9"), ("ann", ""), ("ann", 5), ("ben", "D-2")])
def test_a_refused_claim_makes_neither_resource_nor_grant(who: str, device: Any) -> None:
    place = world()
    place.claim(ann(place), "D-2")
    refused(place, who, device)
    assert (len(place.resources), len(place.policies)) == (1, 2)


def test_a_resource_id_is_a_uuid_of_version_4_and_each_is_another() -> None:
    place = world(association="one_to_many")
    ids = [place.claim(ann(place), "D-1") for _ in range(50)]
    assert len(set(ids)) == 50
    assert {UUID(one).version for one in ids} == {4}
    assert all(str(UUID(one)) == one for one in ids)


def test_a_user_may_claim_several_devices() -> None:
    place = world()
    assert place.claim(ann(place), "D-1") != place.claim(ann(place), "D-2")


def test_a_claim_by_cookie_is_as_good_as_one_by_token() -> None:
    place = world()
    who = place.by_cookie("cookie-ann")
    assert who == Principal("ann", "cookie")
    place.claim(who, "D-1")
    assert place.resources[0].owner == "ann"


def test_a_credential_of_one_kind_is_none_of_the_other() -> None:
    place = world()
    assert (place.by_token("cookie-ann"), place.by_cookie("token-ann"), place.by_token(""), place.by_cookie("")) == (None, None, None, None)


# ---------------------------------------------------------------------------------------------------- each pick's options

PICKS = specs.ledger("connhex").picks


def options(pick: str) -> list[str]:
    return list(PICKS[pick].options or ())


@pytest.mark.parametrize("picked", options("claimed_by_other"))
def test_a_device_of_another_user_gets_what_is_picked(picked: str) -> None:
    place = world(claimed_by_other=picked)
    place.claim(ann(place), "D-1")
    no = refused(place, "ben", "D-1")
    assert (no.answer, no.clause) == (picked, "connhex-pick.claimed-by-other")


@pytest.mark.parametrize("picked", options("claimed_by_self"))
def test_a_device_of_the_callers_own_gets_what_is_picked(picked: str) -> None:
    place = world(claimed_by_self=picked)
    first = place.claim(ann(place), "D-1")
    if picked == "same_resource":
        before = deepcopy(place)
        assert place.claim(ann(place), "D-1") == first
        assert place == before
    else:
        no = refused(place, "ann", "D-1")
        assert (no.answer, no.clause) == (picked, "connhex-pick.claimed-by-self")


@pytest.mark.parametrize("picked", options("again_one_to_many"))
def test_a_second_claim_where_many_may_own_gets_what_is_picked(picked: str) -> None:
    place = world(association="one_to_many", again_one_to_many=picked)
    first = place.claim(ann(place), "D-1")
    assert place.claim(caller(place, "ben"), "D-1") != first
    if picked == "new_resource":
        assert place.claim(ann(place), "D-1") != first
        assert [resource.owner for resource in place.resources] == ["ann", "ben", "ann"]
    else:
        no = refused(place, "ann", "D-1")
        assert (no.answer, no.clause) == (picked, "connhex-pick.again-one-to-many")


def test_one_to_one_has_one_owner_and_one_to_many_many() -> None:
    for association, owners in (("one_to_one", ["ann"]), ("one_to_many", ["ann", "ben"])):
        place = world(association=association)
        place.claim(ann(place), "D-1")
        if association == "one_to_one":
            refused(place, "ben", "D-1")
        else:
            place.claim(caller(place, "ben"), "D-1")
        assert [resource.owner for resource in place.resources] == owners
        # One grant a resource, each for its own owner.
        assert [policy.members for policy in place.policies[1:]] == [[owner] for owner in owners]


@pytest.mark.parametrize("picked", options("not_enabled"))
def test_a_device_that_has_not_enabled_its_registration_gets_what_is_picked(picked: str) -> None:
    place = world(protection="protected", not_enabled=picked)
    no = refused(place, "ann", "D-1")
    assert (no.answer, no.clause) == (picked, "connhex-pick.not-enabled")
    place.claim(ann(place), "D-2")


def test_standard_association_asks_for_no_message_of_the_device() -> None:
    place = world(protection="standard", enable_life=0)
    place.claim(ann(place), "D-1")
    place.claim(caller(place, "ben"), "D-2")


LIVES = [(300, 0, True), (300, 299.9, True), (300, 300, False), (300, 9999, False), (0, 0, False), (1, 0.5, True)]


@pytest.mark.parametrize(("life", "age", "counts"), LIVES)
def test_the_message_counts_while_less_than_its_life_has_passed(life: int, age: float, counts: bool) -> None:
    place = world(protection="protected", enable_life=life)
    place.clock.frozen = START + age
    if counts:
        place.claim(ann(place), "D-2")
    else:
        assert refused(place, "ann", "D-2").clause == "connhex-pick.not-enabled"


@pytest.mark.parametrize("picked", options("malformed_device_id"))
@pytest.mark.parametrize("device", [None, "", 5, True, [], {}, ["D-1"]])
def test_a_device_id_that_is_no_text_or_empty_gets_what_is_picked(picked: str, device: Any) -> None:
    no = refused(world(malformed_device_id=picked), "ann", device)
    assert (no.answer, no.clause) == (picked, "connhex-pick.malformed-device-id")


@pytest.mark.parametrize("device", ["D-9", "d-1", "D-1 ", " ", "D-1\n", "\ud800", "x" * 100_000])
def test_a_device_that_manufacturing_does_not_know_is_not_found(device: str) -> None:
    no = refused(world(), "ann", device)
    assert (no.answer, no.clause) == ("not_found", "connhex-post.404")


@pytest.mark.parametrize("order", [["forbidden", "missing"], ["missing", "forbidden"]])
def test_the_permission_and_the_device_are_judged_in_the_picked_order(order: list[str]) -> None:
    place = world(precedence=order)
    assert refused(place, "cid", "D-9").answer == {"forbidden": "forbidden", "missing": "not_found"}[order[0]]
    assert refused(place, "cid", "D-1").answer == "forbidden"
    assert refused(place, "ann", "D-9").answer == "not_found"


def test_the_steps_are_judged_in_the_workflows_order() -> None:
    """A body that cannot be read; permission and device; the device's message; last, who owns it."""
    place = world(protection="protected")
    place.claim(ann(place), "D-2")
    assert refused(place, "cid", "").clause == "connhex-pick.malformed-device-id"
    assert refused(place, "cid", "D-2").clause == "connhex-post.403"
    assert refused(place, "ben", "D-2").clause == "connhex-pick.claimed-by-other"
    place.clock.frozen = START + 9999
    assert refused(place, "ben", "D-2").clause == "connhex-pick.not-enabled"
    assert refused(place, "ann", "D-2").clause == "connhex-pick.not-enabled"


# ---------------------------------------------------------------------------------------------------- the login


def login(place: ConnhexWorld, who: str = "ann", flow: str | None = None, **changed: str) -> Session:
    """A login of this user's, with a flow of its own."""
    sent = {"identifier": f"{who}@example.com", "password": place.users[who].password, "method": "password", **changed}
    return place.accounts.login(flow or place.accounts.start().id, **sent)


def not_let_in(place: ConnhexWorld, who: str = "ann", flow: str | None = None, **changed: str) -> No:
    """The refusal of a login, which must have left the world as it was."""
    flow = flow or place.accounts.start().id
    before = deepcopy(place)
    with pytest.raises(No) as caught:
        login(place, who, flow, **changed)
    assert place == before
    assert place.accounts == before.accounts
    return caught.value


def test_a_login_opens_a_session_whose_token_and_cookie_are_its_users() -> None:
    place = world()
    session = login(place)
    assert re.fullmatch(r"ory_st_[a-z0-9]{32}", session.token)
    assert re.fullmatch(r"[a-z0-9]{48}", session.cookie)
    assert place.by_token(session.token) == Principal("ann", "bearer")
    assert place.by_cookie(session.cookie) == Principal("ann", "cookie")
    assert (place.by_cookie(session.token), place.by_token(session.cookie)) == (None, None)


def test_each_login_opens_a_session_of_its_own_and_ends_no_other() -> None:
    place = world()
    sessions = [login(place), login(place), login(place, "ben")]
    assert all(len({getattr(session, name) for session in sessions}) == 3 for name in ("id", "token", "cookie"))
    found = [place.by_token(session.token) for session in sessions]
    assert [who and who.user_id for who in found] == ["ann", "ann", "ben"]
    assert [who and who.session for who in found] == sessions
    assert place.by_token("token-ann") == Principal("ann", "bearer")


@pytest.mark.parametrize("picked", options("wrong_password"))
@pytest.mark.parametrize(
    "changed",
    [
        {"password": "wrong"},
        {"password": ""},
        {"password": "\ud800"},
        {"identifier": "nobody@example.com"},
        {"identifier": ""},
        {"identifier": "", "password": ""},
        {"identifier": "nobody@example.com", "password": ""},
        {"identifier": "ANN@example.com"},
        {"identifier": "ann"},
        {"identifier": "ben@example.com"},
    ],
)
def test_a_wrong_password_and_an_unknown_identifier_get_what_is_picked_and_leave_the_flow(picked: str, changed: dict[str, str]) -> None:
    place = world(wrong_password=picked)
    flow = place.accounts.start()
    no = not_let_in(place, flow=flow.id, **changed)
    assert isinstance(no, LoginFailedError)
    assert (no.answer, no.clause, no.flow) == (picked, "connhex-pick.wrong-password", flow)
    assert login(place, flow=flow.id).user_id == "ann"


def test_a_part_of_the_password_and_more_than_it_are_wrong() -> None:
    place = world()
    password = place.users["ann"].password
    for wrong in (password[:-1], password[1:], password + "x", password.upper(), f" {password}"):
        assert not_let_in(place, password=wrong).clause == "connhex-pick.wrong-password"


@pytest.mark.parametrize("picked", options("unknown_flow"))
def test_a_flow_that_is_not_known_used_up_or_over_gets_what_is_picked(picked: str) -> None:
    place = world(unknown_flow=picked)
    used, old = place.accounts.start().id, place.accounts.start().id
    login(place, flow=used)
    assert not_let_in(place, flow=used).clause == "connhex-pick.unknown-flow"
    place.clock.frozen = START + 3600
    for flow in ("none-such", used, old):
        no = not_let_in(place, flow=flow)
        assert (no.answer, no.clause) == (picked, "connhex-pick.unknown-flow")
    login(place)


def test_a_flow_is_anybodys_and_is_judged_before_the_password() -> None:
    place = world()
    assert login(place, "ben", flow=place.accounts.start().id).user_id == "ben"
    assert not_let_in(place, flow="none-such", password="wrong").clause == "connhex-pick.unknown-flow"


def test_a_flow_and_a_token_of_another_world_are_unknown() -> None:
    here, there = world(), build({"users": {"ann": {"id": "ann"}}, "devices": {}}, settle("connhex", {}), Supply("another"), Clock(START))
    flow = here.accounts.start().id
    assert not_let_in(there, flow=flow).clause == "connhex-pick.unknown-flow"
    assert (there.by_token(login(here, flow=flow).token), there.by_cookie(login(here).cookie)) == (None, None)


@pytest.mark.parametrize("method", ["oidc", "", "Password"])
def test_another_method_gets_what_is_picked(method: str) -> None:
    no = not_let_in(world(), flow="none-such", method=method)
    assert (no.answer, no.clause) == ("bad_request", "connhex-pick.other-method")
    place = world(other_method="ignored")
    assert login(place, method=method).user_id == "ann"
    assert not_let_in(place, method=method, password="wrong").clause == "connhex-pick.wrong-password"


@pytest.mark.parametrize(("life", "age", "counts"), LIVES)
def test_a_flow_and_a_session_count_while_less_than_their_life_has_passed(life: int, age: float, counts: bool) -> None:
    place = world(flow_life=life, session_life=9999)
    flow = place.accounts.start().id
    place.clock.frozen = START + age
    if counts:
        login(place, flow=flow)
    else:
        assert not_let_in(place, flow=flow).clause == "connhex-pick.unknown-flow"
    place = world(session_life=life)
    session = login(place)
    place.clock.frozen = START + age
    assert [who is not None for who in (place.by_token(session.token), place.by_cookie(session.cookie))] == [counts, counts]


def test_a_session_that_the_scenario_gives_does_not_end() -> None:
    place = world(session_life=0)
    place.clock.frozen = START * 2
    assert (place.by_token("token-ann"), place.by_cookie("cookie-ann")) == (Principal("ann", "bearer"), Principal("ann", "cookie"))


def test_of_too_many_flows_and_sessions_the_oldest_are_forgotten_but_for_the_scenarios(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "MOST", 3)
    place = world()
    flows = [place.accounts.start().id for _ in range(5)]
    assert list(place.accounts.flows) == flows[2:]
    sessions = [login(place) for _ in range(5)]
    assert [place.by_token(session.token) is not None for session in sessions] == [False, False, True, True, True]
    assert [place.by_cookie(session.cookie) is not None for session in sessions] == [False, False, True, True, True]
    assert (len(place.accounts.tokens), len(place.accounts.cookies)) == (6, 6)
    assert place.by_token("token-ann") is not None


# ---------------------------------------------------------------------------------------------------- from a scenario's data


def drawn(seed: str) -> list[Any]:
    """What a world draws that leaves everything open, and the ids of what a claim makes."""
    data = {"users": {"u": {}, "v": {}}, "policies": {"p": {"members": ["u"], "statements": [ALLOW]}}, "devices": {"D": {}}}
    place = build(data, settle("connhex", {}), Supply(seed), Clock(START))
    first = next(iter(place.users.values()))
    resource = place.claim(Principal(first.id, "bearer"), "D")
    users = list(place.users.values())
    return [list(place.users), [user.token for user in users], [user.cookie for user in users], resource, [policy.id for policy in place.policies]]


def test_a_seed_gives_the_same_ids_and_credentials_again() -> None:
    assert drawn("one") == drawn("one")
    assert all(one != two for one, two in zip(drawn("one"), drawn("two"), strict=True))


def test_drawn_credentials_are_of_the_vendors_form_and_all_different() -> None:
    ids, tokens, cookies, _, _ = drawn("x")
    assert all(re.fullmatch(r"ory_st_[a-z0-9]{32}", token) for token in tokens)
    assert all(UUID(one).version == 4 for one in ids)
    assert len({*tokens, *cookies}) == 4


def test_a_user_has_an_identifier_and_a_password_though_the_scenario_names_none() -> None:
    data = {"users": {"u": {}, "v": {"identifier": "vera@example.org", "password": "hers"}}, "devices": {}}
    u, v = build(data, settle("connhex", {}), Supply("x"), Clock(START)).target("", "")["users"]
    assert (u["identifier"], v["identifier"], v["password"]) == ("u@example.com", "vera@example.org", "hers")
    assert re.fullmatch(r"[a-z0-9]{16}", u["password"])


DANGLING: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a policy's user": ({"policies": {"p": {"members": ["ghost"], "statements": []}}}, ["connhex.policies.p.members", "'ghost'", "u"]),
    "a policy's team": ({"policies": {"p": {"members": ["team:local:ghost"], "statements": []}}}, ["connhex.policies.p.members", "'ghost'"]),
    "a team's user": ({"teams": {"crew": ["u", "ghost"]}}, ["connhex.teams.crew", "'ghost'"]),
    "two of one token": ({"users": {name: {"token": "same"} for name in ("u", "v")}}, ["connhex.users"]),
    "two of one cookie": ({"users": {name: {"cookie": "same"} for name in ("u", "v")}}, ["connhex.users"]),
    "two of one identifier": ({"users": {name: {"identifier": "same"} for name in ("u", "v")}}, ["connhex.users", "identifier"]),
    "one's identifier that is another's by default": (
        {"users": {"u": {}, "v": {"identifier": "u@example.com"}}},
        ["connhex.users", "identifier"],
    ),
    "two users of one id": ({"users": {name: {"id": "same"} for name in ("u", "v")}}, ["connhex.users"]),
}


@pytest.mark.parametrize("kind", DANGLING)
def test_data_that_do_not_hold_together_are_refused_and_the_message_says_where(kind: str) -> None:
    part, told = DANGLING[kind]
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - its words are looked at below
        build({"users": {"u": {}}, "devices": {}, **part}, settle("connhex", {}), Supply("seed"), Clock(START))
    assert not [word for word in told if word not in str(caught.value)]


# ---------------------------------------------------------------------------------------------------- how it looks from outside


def test_the_target_calls_a_device_fresh_that_nobody_has_claimed() -> None:
    place = world()
    shown = []
    for claimed in (None, "D-1", "D-2"):
        if claimed is not None:
            place.claim(ann(place), claimed)
        shown.append([(device["id"], device["enabled"], device["fresh"]) for device in place.target("", "")["devices"]])
    assert shown == [
        [("D-1", False, True), ("D-2", True, True)],
        [("D-1", False, False), ("D-2", True, True)],
        [("D-1", False, False), ("D-2", True, False)],
    ]


def test_the_targets_probes_lead_to_the_resources_and_the_policies() -> None:
    assert world().target("", "http://x/w")["probes"] == {
        name: {"url": "http://x/w", "at": f"/state/connhex/{name}"} for name in ("resources", "policies")
    }
    assert set(world().view()) >= {"resources", "policies"}


def test_the_view_shows_policies_in_the_vendors_shape() -> None:
    place = world()
    place.claim(ann(place), "D-1")
    for policy in place.view()["policies"]:
        assert set(policy) == {"id", "name", "members", "statements"}
        for statement in policy["statements"]:
            assert set(statement) == {"effect", "actions", "resources"}
