"""Where a random walk through Kii's reference model may go: a third of its steps take a flow on, and a third do so amiss."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

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
PLAIN: Step = {"as": "admin", "call": "listOwners"}
PEOPLE = ("user", "member", "other_user", "other_member", "outsider")
THINGS = ("thing", "other_thing")
OTHERS = ("foreign_admin", "foreign_user", "foreign_thing", "anonymous", "nobody", "unknown_token", "malformed_token", "wrong_key", "malformed_basic")
USERS = ("$user.id", "$member.id", "$other_user.id", "$outsider.id", "$unknown.user", "$foreign_user.id", "$group.id")
GROUPS = ("$group.id", "$other_group.id", "$unknown.group", "$foreign_group.id", "$user.id")
AT_THE_FOREIGN_THING = {"appID": FOREIGN_APP, "vendorThingID": "$foreign_thing.vendor_id"}
OTHER_PLACES: tuple[dict[str, str], ...] = (
    {"vendorThingID": "$other_thing.vendor_id", "thingID": "$other_thing.id"},
    {"vendorThingID": "$unknown.vendor_thing", "thingID": "$unknown.thing"},
    {"vendorThingID": "$foreign_thing.vendor_id", "thingID": "$foreign_thing.id"},
)

KINDS = st.sampled_from(["ahead"] * 8 + ["meddling"] * 7 + ["code"] * 2 + ["owner"] * 3 + ["post"] * 2 + ["people"] * 2 + ["look", "time", "end"])
CALLER = st.sampled_from(("admin", *THINGS, *PEOPLE, *("admin", "thing", "user", "member") * 2, *OTHERS))
MEDDLER = st.sampled_from((*THINGS, *PEOPLE) * 2 + OTHERS)
FORM = st.sampled_from(("", "", "ByThingID"))
PLACE: SearchStrategy[dict[str, str]] = st.sampled_from(({},) * 5 + OTHER_PLACES)
SELDOM = st.sampled_from((False, False, False, True))
ANY_USER = st.sampled_from([Owner("user", user) for user in ("$user.id", "$member.id", *USERS)])
ANY_GROUP = st.sampled_from([Owner("group", group) for group in ("$group.id", *GROUPS)])
BY_OWNER = st.sampled_from(
    [(call, owners) for call in ("request{}Ownership", "put{}Owner", "remove{}Owner", "is{}Owner") for owners in (ANY_USER, ANY_GROUP)]
)
BAD_CODE: SearchStrategy[dict[str, Any]] = st.sampled_from([{"code": "$unknown.code"}, {}, {"code": ""}, {"code": 1234}])
NAMED: SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        *({"userID": user} for user in USERS),
        *({"groupID": group} for group in GROUPS),
        *({}, {"userID": "$user.id", "groupID": "$group.id"}, {"userID": 42}),
    ]
)
SECRETS = ("$thing.password", "$other_thing.password", "not-the-password", "$thing.password_cut", "")
PASSWORD: SearchStrategy[dict[str, Any]] = st.sampled_from([{}, *({"thingPassword": secret} for secret in SECRETS)])
MEMBERSHIP = st.sampled_from(["removeMember", "addMember"])
JOINING = st.sampled_from(["$member.id", "$user.id", "$other_member.id", "$unknown.user"])
DELETION: SearchStrategy[tuple[str, dict[str, str]]] = st.sampled_from(
    [("deleteUser", {}), ("deleteGroup", {}), ("deleteThing", {"vendorThingID": "$other_thing.vendor_id"})]
)


def _one_of(steps: Sequence[Any]) -> SearchStrategy[Any]:
    return st.sampled_from(steps)


@st.composite
def moves(draw: DrawFn, state: State) -> Step:
    """Return what may be asked next."""
    kind = draw(KINDS)
    step = ANYTHING[kind](draw, state)
    return step if _has_words(state, step) else PLAIN


def _ahead(draw: DrawFn, state: State) -> Step:
    """Return a step that succeeds, or one that comes too late."""
    steps = [found for found in (ahead(state) for ahead in AHEAD) if found]
    ahead: Step = draw(_one_of(draw(_one_of(steps)))) if steps else PLAIN
    return ahead


def _meddling(draw: DrawFn, state: State) -> Step:
    """Return a step that would succeed, by whoever may not be the one for it, or at the other thing."""
    step = _ahead(draw, state)
    given = step.get("with", {})
    if draw(SELDOM):
        path = given.get("path", {})
        there = path.get("vendorThingID") == "$other_thing.vendor_id"
        return {**step, "with": {**given, "path": {**path, "vendorThingID": f"${THINGS[0 if there else 1]}.vendor_id"}}}
    return {**step, "as": draw(MEDDLER)}


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


def _late(state: State) -> list[Step]:
    """Return the confirmations of flows that have been overtaken: their code is dead, or who was to own does already, or is deleted."""
    late = [flow for flow in state.flows if not state.alive(flow) or flow.owner.id in state.gone or state.owns(flow.thing, flow.owner)]
    return [
        {"as": who, "call": "confirmOwnership", "with": {"path": _at(flow.thing), "body": {"code": flow.code}}}
        for flow in reversed(late)
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


def _with_a_code(draw: DrawFn, state: State) -> Step:
    codes = [flow.code for flow in state.flows]
    code = draw(_one_of([*codes, None])) if codes else None
    return _step(_caller(draw, state), f"confirmOwnership{draw(FORM)}", draw(PLACE), {"code": code} if code else draw(BAD_CODE))


def _for_an_owner(draw: DrawFn, state: State) -> Step:
    call, owners = draw(BY_OWNER)
    owner = draw(owners)
    return _step(_caller(draw, state), call.format(owner.kind.title()) + draw(FORM), {**draw(PLACE), f"{owner.kind}ID": owner.id})


def _post(draw: DrawFn, state: State) -> Step:
    return _step(_caller(draw, state), f"addOwner{draw(FORM)}", draw(PLACE), {**draw(NAMED), **draw(PASSWORD)})


def _look(draw: DrawFn, state: State) -> Step:
    return _step(_caller(draw, state), f"listOwners{draw(FORM)}", draw(PLACE))


def _in_time(draw: DrawFn, state: State) -> Step:
    """Return a wait, or a login whose token may end later."""
    life = state.pick("code_life")
    waits: list[Step] = [{"wait": 30}, *([{"wait": life}] if life else []), *([{"wait": life - 1}] if life > 1 else [])]
    body = {"username": "$other_user.login", "password": "$other_user.password"}
    login = {"as": "anonymous", "call": "issueToken", "with": {"body": body}}
    until: list[Step] = [{"wait": "$pick.token_life"}] if state.tokens else []
    return draw(_one_of([*waits, *([login] if "$other_user.id" in state.users else []), *until]))


def _among_people(draw: DrawFn, state: State) -> Step:
    return _step(draw(_one_of([{"as": "admin"}, {"as": "admin"}, _caller(draw, state)])), draw(MEMBERSHIP), {"userID": draw(JOINING)})


def _at_the_end(draw: DrawFn, state: State) -> Step:
    return _step(_caller(draw, state), *draw(DELETION))


def _caller(draw: DrawFn, state: State) -> Mapping[str, Any]:
    tokens = [{"as": "nobody", "with": {"headers": {"Authorization": f"Bearer {token.name}"}}} for token in state.tokens]
    seldom = draw(SELDOM) if tokens else False
    caller: Mapping[str, Any] = draw(_one_of(tokens)) if seldom else {"as": draw(CALLER)}
    return caller


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


AHEAD = (_confirmations, _confirmations, _requests, _additions, _endings, _late)
ANYTHING: Mapping[str, Callable[[DrawFn, State], Step]] = {
    "ahead": _ahead,
    "meddling": _meddling,
    "look": _look,
    "code": _with_a_code,
    "owner": _for_an_owner,
    "post": _post,
    "time": _in_time,
    "people": _among_people,
    "end": _at_the_end,
}
