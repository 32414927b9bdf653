"""Where a random walk through Kii's reference model may go: half of its steps are such that a flow goes on, half are anything that can be asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ..model import ModelError, Step
from .model import KiiModel
from .state import APP, FOREIGN_APP, Flow, Owner, State, app_of

NEEDS: Mapping[str, Any] = {
    "thing": "fresh",
    "other_thing": "fresh",
    "user": "fresh",
    "other_user": "login",
    "group": {"with": "members", "fresh": True},
    "outsider": "any",
    "foreign": True,
}
MODEL = KiiModel()
PEOPLE = ("user", "member", "other_user", "other_member", "outsider")
THINGS = ("thing", "other_thing")
OTHERS = ("foreign_admin", "foreign_user", "foreign_thing", "anonymous", "nobody", "unknown_token", "malformed_token", "wrong_key", "malformed_basic")
USERS = ("$user.id", "$member.id", "$other_user.id", "$outsider.id", "$unknown.user", "$foreign_user.id", "$group.id")
GROUPS = ("$group.id", "$other_group.id", "$unknown.group", "$foreign_group.id", "$user.id")
FORMS = ("", "ByThingID")
AT_THE_FOREIGN_THING = {"appID": FOREIGN_APP, "vendorThingID": "$foreign_thing.vendor_id"}


def moves(state: State) -> SearchStrategy[Step]:
    """Return what may be asked next."""
    ahead = [st.sampled_from(steps) for steps in (_confirmations(state), _requests(state), _additions(state), _endings(state)) if steps]
    there = [_any_with_a_code(state), _any_for_an_owner(state), _any_post(state), _any_look(state)]
    asked = st.one_of(*ahead, *ahead, *there, _aside(state))
    return asked.filter(lambda step: _has_words(state, step))


def _has_words(state: State, step: Step) -> bool:
    try:
        MODEL.outcome(state, step)
    except ModelError:
        return False
    return True


def _confirmations(state: State) -> list[Step]:
    """Return the steps that complete a pending flow, the newest first."""
    return [
        {"as": who, "call": "confirmOwnership", "with": {"path": _at(flow.thing), "body": {"code": flow.code}}}
        for flow in reversed(state.flows)
        if state.alive(flow) and state.has(flow.owner, app_of(flow.thing)) and not state.owns(flow.thing, flow.owner)
        for who in _who_confirms(state, flow)
    ]


def _who_confirms(state: State, flow: Flow) -> Iterator[str]:
    if app_of(flow.thing) != APP:
        yield "foreign_admin"
        return
    if flow.by == "owner":
        yield _name(flow.thing)
    if flow.by == "thing":
        yield from _side(state, flow.owner)
    yield "admin"


def _requests(state: State) -> list[Step]:
    asked = [
        {"as": who, "call": f"request{owner.kind.title()}Ownership", "with": {"path": {**_at(thing), f"{owner.kind}ID": owner.id}}}
        for thing, owner in _strangers(state)
        for who in (*_side(state, owner), _name(thing), "admin")
    ]
    path = {**AT_THE_FOREIGN_THING, "userID": "$foreign_user.id"}
    return [*asked, {"as": "foreign_admin", "call": "requestUserOwnership", "with": {"path": path}}]


def _additions(state: State) -> list[Step]:
    added: list[Step] = []
    for thing, owner in _strangers(state):
        for who in (*_side(state, owner), "admin"):
            body = {f"{owner.kind}ID": owner.id, **({"thingPassword": thing.replace(".id", ".password")} if state.locked else {})}
            added.append({"as": who, "call": "addOwner", "with": {"path": _at(thing), "body": body}})
            added.append({"as": who, "call": f"put{owner.kind.title()}Owner", "with": {"path": {**_at(thing), f"{owner.kind}ID": owner.id}}})
    return added


def _endings(state: State) -> list[Step]:
    return [
        {"as": who, "call": f"remove{owner.kind.title()}Owner", "with": {"path": {**_at(thing), f"{owner.kind}ID": owner.id}}}
        for thing, owner in sorted(state.owners)
        if app_of(thing) == APP and state.has(owner, APP)
        for who in (*_side(state, owner), "admin")
    ]


def _any_with_a_code(state: State) -> SearchStrategy[Step]:
    codes: list[Any] = [flow.code for flow in state.flows if flow.code.startswith("$")]
    bodies = [*({"code": code} for code in [*codes, "$unknown.code", "", 1234]), {}]
    return st.builds(
        lambda who, form, path, body: _step(who, f"confirmOwnership{form}", path, body),
        _callers(state),
        st.sampled_from(FORMS),
        _places(),
        st.sampled_from(bodies),
    )


def _any_for_an_owner(state: State) -> SearchStrategy[Step]:
    """Return a call of an operation that names an owner in its path, for any owner and by anyone."""
    users = ("requestUserOwnership", "putUserOwner", "removeUserOwner", "isUserOwner")
    calls = [(call, "userID", USERS) for call in users] + [(call.replace("User", "Group"), "groupID", GROUPS) for call in users]
    return st.sampled_from(calls).flatmap(
        lambda one: st.builds(
            lambda who, form, path, owner: _step(who, one[0] + form, {**path, one[1]: owner}),
            _callers(state),
            st.sampled_from(FORMS),
            _places(),
            st.sampled_from(one[2]),
        )
    )


def _any_post(state: State) -> SearchStrategy[Step]:
    owners = st.one_of(
        st.sampled_from(USERS).map(lambda user: {"userID": user}),
        st.sampled_from(GROUPS).map(lambda group: {"groupID": group}),
        st.sampled_from([{}, {"userID": "$user.id", "groupID": "$group.id"}, {"userID": 42}]),
    )
    passwords = ("$thing.password", "$other_thing.password", "not-the-password", "$thing.password_cut", "")
    told = st.sampled_from([{}, *({"thingPassword": password} for password in passwords)])
    return st.builds(
        lambda who, form, path, owner, password: _step(who, f"addOwner{form}", path, {**owner, **password}),
        _callers(state),
        st.sampled_from(FORMS),
        _places(),
        owners,
        told,
    )


def _any_look(state: State) -> SearchStrategy[Step]:
    return st.builds(lambda who, form, path: _step(who, f"listOwners{form}", path), _callers(state), st.sampled_from(FORMS), _places())


def _aside(state: State) -> SearchStrategy[Step]:
    """Return what is no ownership operation: time passes, somebody logs in, people join and leave, somebody or something is deleted."""
    life = state.pick("code_life")
    waits: list[Step] = [{"wait": 30}, *([{"wait": life}] if life else []), *([{"wait": life - 1}] if life > 1 else [])]
    body = {"username": "$other_user.login", "password": "$other_user.password"}
    login = {"as": "anonymous", "call": "issueToken", "with": {"body": body}, "keep": {f"token_{len(state.tokens) + 1}": "/access_token"}}
    people = st.builds(
        lambda who, call, user: _step(who, call, {"userID": user}),
        _callers(state),
        st.sampled_from(["removeMember", "addMember"]),
        st.sampled_from(["$member.id", "$user.id", "$other_member.id", "$unknown.user"]),
    )
    ends = st.builds(
        lambda who, call: _step(who, *call),
        _callers(state),
        st.sampled_from([("deleteUser", {}), ("deleteGroup", {}), ("deleteThing", {"vendorThingID": "$other_thing.vendor_id"})]),
    )
    turn: Step = {"wait": "$pick.token_life"}
    logins = [login] if "$other_user.id" in state.users else []
    return st.one_of(st.sampled_from(waits), people, st.sampled_from([*waits, *logins, *([turn] if state.tokens else [])]), ends)


def _callers(state: State) -> SearchStrategy[Mapping[str, Any]]:
    named = [{"as": name} for name in ("admin", *THINGS, *PEOPLE)]
    tokens = [{"as": "nobody", "with": {"headers": {"Authorization": f"Bearer {token.name}"}}} for token in state.tokens]
    return st.one_of(st.sampled_from(named), st.sampled_from(named), st.sampled_from([*tokens, *({"as": name} for name in OTHERS)]))


def _places() -> SearchStrategy[Mapping[str, str]]:
    """Return which thing is addressed, by both of its names; now and then one that is not there."""
    unknown = {"vendorThingID": "$unknown.vendor_thing", "thingID": "$unknown.thing"}
    foreign = {"vendorThingID": "$foreign_thing.vendor_id", "thingID": "$foreign_thing.id"}
    other = {"vendorThingID": "$other_thing.vendor_id", "thingID": "$other_thing.id"}
    return st.sampled_from([{}, {}, {}, {}, other, other, unknown, foreign])


def _step(who: Mapping[str, Any], call: str, path: Mapping[str, str], body: Any = None) -> Step:
    by = "vendorThingID" if call.endswith("ByThingID") else "thingID"
    named = {name: value for name, value in path.items() if name != by}
    given = {**who.get("with", {}), **({"path": named} if named else {}), **({"body": body} if body is not None else {})}
    return {"as": who["as"], "call": call, **({"with": given} if given else {})}


def _strangers(state: State) -> list[tuple[str, Owner]]:
    """Return each thing with each of those who are no owner of it and could become one."""
    owners = [*(Owner("user", user) for user in USERS), *(Owner("group", group) for group in GROUPS)]
    things = [f"${name}.id" for name in THINGS if f"${name}.id" in state.things]
    return [(thing, owner) for thing in things for owner in owners if state.has(owner, APP) and not state.owns(thing, owner)]


def _side(state: State, owner: Owner) -> list[str]:
    people = [owner.id] if owner.kind == "user" else sorted(member for group, member in state.members if group == owner.id)
    return [_name(person) for person in people]


def _at(thing: str) -> dict[str, str]:
    if app_of(thing) != APP:
        return dict(AT_THE_FOREIGN_THING)
    return {} if thing == "$thing.id" else {"vendorThingID": thing.replace(".id", ".vendor_id")}


def _name(known: str) -> str:
    return known.removeprefix("$").removesuffix(".id")
