"""Rules of Kii's reference model: the flow with a code, which one side starts and the other confirms."""

from __future__ import annotations

from dataclasses import replace

from . import answers
from .adding import is_admin, is_side, is_thing, owner_missing, owner_of
from .answers import NO_CONTENT
from .causes import Cause, Ruling, body_unwanted, invalid, not_allowed, thing_missing
from .state import Flow, Owner, State
from .words import Call

CODE = {"minLength": "$pick.code_length", "maxLength": "$pick.code_length", "pattern": "^[$pick.code_alphabet]+$"}
STARTED: answers.Expect = {
    "status": 200,
    "body": {"required": ["code"], "properties": {"code": {"type": "string", "minLength": 1}}},
    # How long a code is, and of which letters, is a pick's matter.
    "unspecified": {"body": {"properties": {"code": CODE}}},
}


def request(state: State, call: Call) -> Ruling:
    """POST ownership/request/user or ownership/request/group."""
    thing = state.thing(call.app, call.by, call.value)
    owner = owner_of(call)
    clauses = f"kii-request-{owner.kind}"
    already = Cause(f"{clauses}.409", answers.owner_already(state, call.app, thing or "", owner), "conflict")
    refusals = [
        body_unwanted(state, call),
        thing_missing(call, thing, f"{clauses}.404-thing"),
        owner_missing(state, call, owner, clauses),
        not_allowed(state, call, f"{clauses}.401", allowed=is_side(state, call, owner) or is_thing(call, thing)),
        already if thing and state.owns(thing, owner) else None,
    ]
    success = Cause(f"{clauses}.200", STARTED)
    if call.sent:
        success = Cause("kii-pick.request-body", answers.by_pick(state, "request_body", STARTED))
    name = f"code_{state.issued + 1}"
    by = call.caller.kind if call.caller.kind in ("admin", "thing") else "owner"
    after = _with_flow(state, Flow(f"${name}", thing or "", owner, by, state.now))
    return Ruling(refusals, success, after, {name: "/code"})


def confirm(state: State, call: Call) -> Ruling:
    """POST ownership/confirm."""
    thing = state.thing(call.app, call.by, call.value)
    if call.sent and not isinstance(call.body, dict):
        unreadable = invalid(state, "kii-pick.non-string-field", "non_string_field")
        return Ruling([unreadable], unreadable, state)
    code = call.fields.get("code")
    flow = next((flow for flow in state.flows if flow.code == code and flow.thing == thing and state.alive(flow)), None)
    refusals = [
        thing_missing(call, thing, "kii-confirm.404-thing"),
        not_allowed(state, call, "kii-confirm.401", allowed=_may_confirm(state, call, thing, flow)),
    ]
    if flow is None or thing is None:
        return Ruling([*refusals, _bad_code(state, call, thing)], Cause("", {}), state)
    already = Cause("kii-confirm.409", answers.owner_already(state, call.app, thing, flow.owner), "conflict")
    refusals += [owner_missing(state, call, flow.owner, "kii-confirm"), already if state.owns(thing, flow.owner) else None]
    success = Cause("kii-confirm.purpose", {"status": "success", "public": NO_CONTENT})
    if flow.by == "admin" and not is_admin(call):
        success = Cause("kii-pick.admin-flow", answers.by_pick(state, "admin_flow", NO_CONTENT))
    done = state.with_owner(thing, flow.owner)
    return Ruling(refusals, success, replace(done, flows=tuple(replace(one, used=True) if one == flow else one for one in done.flows)))


def _with_flow(state: State, flow: Flow) -> State:
    """Return the state with a flow more: what the pick second_request says becomes of one that is pending for the same owner."""
    before = []
    for known in state.flows:
        same = known.thing == flow.thing and known.owner == flow.owner
        dies = same and state.alive(known) and state.pick("second_request") == "replaces"
        before.append(replace(known, replaced=known.replaced or dies))
    return replace(state, flows=(*before, flow), issued=state.issued + 1)


def _may_confirm(state: State, call: Call, thing: str | None, flow: Flow | None) -> bool:
    if is_admin(call):
        return True
    if flow is None:
        # No flow says who is of it; another thing and another application's callers are of none here.
        return is_thing(call, thing) or (call.caller.kind == "user" and call.caller.app == call.app)
    either = flow.by == "admin" and state.pick("admin_flow") == "either_side"
    if call.caller.kind == "thing":
        return is_thing(call, thing) and (flow.by == "owner" or either)
    return is_side(state, call, flow.owner) and (flow.by == "thing" or either)


def _bad_code(state: State, call: Call, thing: str | None) -> Cause | None:
    """Return the refusal of a code that no pending flow of the thing has; None where the thing is missing and so has no code."""
    pick, owner = _why_bad(state, call, thing)
    if thing is None and pick != "malformed_code":
        return None
    clause = f"kii-pick.{pick.replace('_', '-')}"
    answer = state.pick(pick)
    if answer == "invalid":
        return invalid(state, clause, pick)
    if answer == "unauthorized":
        return Cause(clause, answers.by_pick(state, pick, answers.unauthorized(state, call.caller)), "unauthorized")
    if thing is None:
        return None
    expect = answers.invalid_code(call.app, thing)
    if answer == "already_owner" and owner and state.owns(thing, owner):
        expect = answers.owner_already(state, call.app, thing, owner)
    return Cause(clause, answers.by_pick(state, pick, expect), "conflict")


def _why_bad(state: State, call: Call, thing: str | None) -> tuple[str, Owner | None]:
    """Return the pick that answers the code, and the owner that it once made."""
    code = call.fields.get("code")
    if not isinstance(code, str) or not code:
        return "malformed_code", None
    flow = next((flow for flow in state.flows if flow.code == code), None)
    if flow is None or flow.replaced:
        return "wrong_code", None
    if flow.thing != thing:
        return "foreign_code", None
    return ("used_code", flow.owner) if flow.used else ("expired_code", None)
