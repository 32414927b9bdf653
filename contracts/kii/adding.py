"""Rules of Kii's reference model: owners that are added at once, listed, asked for and removed (the page Ownership, and PUT, HEAD and DELETE)."""

from __future__ import annotations

from typing import Any

from ..model import ModelError
from . import answers
from .answers import NO_CONTENT
from .causes import Cause, Ruling, body_unwanted, invalid, not_allowed, thing_missing
from .state import APP, Owner, State
from .words import Call

FIELDS = {"userID": "user", "groupID": "group"}


def add(state: State, call: Call) -> Ruling:
    """POST ownership."""
    thing = state.thing(call.app, call.by, call.value)
    named = [Owner(kind, call.fields[name]) for name, kind in FIELDS.items() if name in call.fields]
    if unreadable := _unreadable(state, call):
        return Ruling([unreadable], unreadable, state)
    shape = None if len(named) == 1 else invalid(state, "kii-post.400-both" if named else "kii-post.400-neither")
    refusals: list[Cause | None] = [shape, thing_missing(call, thing, "kii-post.404-thing")]
    allowed = _in_the_app(call) and (call.caller.kind in ("admin", "user") and all(is_side(state, call, owner) for owner in named))
    if call.caller.kind == "anonymous" and _in_the_app(call):
        allowed = state.pick("anonymous_post") == "allowed"
    clause = "kii-pick.anonymous-post" if call.caller.kind == "anonymous" else "kii-post.401-not-authorized"
    refusals.append(_by_the_anonymous(state, call, not_allowed(state, call, clause, allowed=allowed)))
    if len(named) != 1:
        return Ruling(refusals, Cause("", {}), state)
    refusals += _beside(state, call, thing, named[0], "kii-post")
    return Ruling(refusals, _added(state, call, thing, named[0]), state.with_owner(thing or "", named[0]))


def put(state: State, call: Call) -> Ruling:
    """PUT ownership/user or ownership/group."""
    thing = state.thing(call.app, call.by, call.value)
    owner = owner_of(call)
    refusals = [
        body_unwanted(state, call),
        thing_missing(call, thing, "kii-put.404-thing"),
        not_allowed(state, call, "kii-put.401", allowed=is_side(state, call, owner)),
        *_beside(state, call, thing, owner, "kii-put"),
    ]
    success = Cause("kii-put.204", NO_CONTENT)
    if call.sent:
        success = Cause("kii-pick.request-body", answers.by_pick(state, "request_body", NO_CONTENT))
    elif _beside_his_group(state, call, thing, owner):
        success = Cause("kii-pick.member-adds-self", answers.by_pick(state, "member_adds_self", NO_CONTENT))
    elif state.locked:
        success = Cause("kii-pick.password-binds-admin", answers.by_pick(state, "password_binds_admin", NO_CONTENT))
    return Ruling(refusals, success, state.with_owner(thing or "", owner))


def listed(state: State, call: Call) -> Ruling:
    """GET ownership."""
    thing = state.thing(call.app, call.by, call.value)
    refusals = [
        thing_missing(call, thing, "kii-list.404-thing"),
        not_allowed(state, call, "kii-list.401", allowed=is_admin(call) or is_thing(call, thing)),
    ]
    return Ruling(refusals, Cause("kii-list.200", list_of(state, thing or "")), state)


def list_of(state: State, thing: str) -> answers.Expect:
    """Return what the list of a thing's owners is."""
    expect = answers.owners(owner for one, owner in state.owners if one == thing)
    return {"status": 200, "unspecified": answers.by_pick(state, "deleted_owner", expect)} if thing in state.vacated else expect


def is_owner(state: State, call: Call) -> Ruling:
    """HEAD ownership/user or ownership/group. That somebody is no owner is an answer for those who may ask, and no refusal beside others."""
    thing = state.thing(call.app, call.by, call.value)
    owner = owner_of(call)
    may = is_admin(call) or is_thing(call, thing) or (_of_the_app(call) and state.counts_as_owner(thing or "", call.caller.id))
    about_himself = not may and is_side(state, call, owner)
    if about_himself and state.pick("not_owner_asks") == "not_found":
        may = True
    refused = not_allowed(state, call, "kii-is-owner.401", allowed=may)
    if refused and about_himself:
        refused = Cause("kii-pick.not-owner-asks", answers.by_pick(state, "not_owner_asks", refused.expect), refused.sort)
    refusals = [thing_missing(call, thing, "kii-is-owner.404-thing"), refused]
    return Ruling(refusals, _is_one(state, call, thing or "", owner, about_himself=about_himself), state)


def remove(state: State, call: Call) -> Ruling:
    """DELETE ownership/user or ownership/group. ModelError: whether the ownership of one who is deleted can be ended, nothing says."""
    thing = state.thing(call.app, call.by, call.value)
    owner = owner_of(call)
    if thing and state.owns(thing, owner) and not state.has(owner, call.app):
        raise ModelError(f"whether the ownership that {owner.id} has left behind can be ended, no source says")
    entitled = is_admin(call) or (_of_the_app(call) and state.counts_as_owner(thing or "", call.caller.id))
    another = entitled and not is_side(state, call, owner)
    forbidden = another and state.pick("removes_another") == "unauthorized"
    refused = not_allowed(state, call, "kii-remove.401", allowed=entitled and not forbidden)
    if refused and forbidden:
        refused = Cause("kii-pick.removes-another", answers.by_pick(state, "removes_another", refused.expect), refused.sort)
    refusals = [thing_missing(call, thing, "kii-remove.404-thing"), _none_to_remove(state, call, thing, owner), refused]
    done = {"status": "success", "unspecified": by_status(state, "removed_status", {"empty": True})}
    success = Cause("kii-remove.success", done)
    if another:
        success = Cause("kii-pick.removes-another", answers.by_pick(state, "removes_another", done))
    return Ruling(refusals, success, state.without_owner(thing or "", owner))


def by_status(state: State, pick: str, more: answers.Expect) -> answers.Expect:
    """Return the success whose exact status a pick says."""
    return answers.by_pick(state, pick, {"status": 200 if state.pick(pick) == "ok" else 204, **more})


def is_admin(call: Call) -> bool:
    """Return whether the administrator of the application calls."""
    return call.caller.kind == "admin" and _in_the_app(call)


def is_thing(call: Call, thing: str | None) -> bool:
    """Return whether the thing itself calls."""
    return call.caller.kind == "thing" and call.caller.id == thing


def is_side(state: State, call: Call, owner: Owner) -> bool:
    """Return whether the administrator calls, or the user who is named, or a member of the group that is. ModelError."""
    if is_admin(call):
        return True
    if not _of_the_app(call):
        return False
    if owner.kind == "user":
        return call.caller.id == owner.id
    if call.app != APP and owner.id in state.groups:
        raise ModelError(f"who is a member of {owner.id} no row can tell")
    return (owner.id, call.caller.id) in state.members


def owner_missing(state: State, call: Call, owner: Owner, clauses: str) -> Cause | None:
    """Return the refusal where the application has no such user or group."""
    found = state.has(owner, call.app)
    return None if found else Cause(f"{clauses}.404-{owner.kind}", answers.owner_not_found(call.app, owner), "missing")


def owner_of(call: Call) -> Owner:
    """Return the user or group that the path names. ModelError."""
    return Owner(call.owner.kind if call.owner else "", call.named)


def _in_the_app(call: Call) -> bool:
    return call.caller.app == call.app


def _of_the_app(call: Call) -> bool:
    return call.caller.kind == "user" and _in_the_app(call)


def _unreadable(state: State, call: Call) -> Cause | None:
    """Return the refusal of a body that tells nothing that the rules could judge."""
    texts: list[Any] = [call.fields[name] for name in (*FIELDS, "thingPassword") if name in call.fields]
    wrong = (call.sent and not isinstance(call.body, dict)) or not all(isinstance(text, str) for text in texts)
    return invalid(state, "kii-pick.non-string-field", "non_string_field") if wrong else None


def _beside(state: State, call: Call, thing: str | None, owner: Owner, clauses: str) -> list[Cause | None]:
    """Return the refusals that POST and PUT share."""
    held = thing is not None and state.owns(thing, owner)
    through = _beside_his_group(state, call, thing, owner) and state.pick("member_adds_self") == "already_owner"
    already = Cause(f"{clauses}.409", answers.owner_already(state, call.app, thing or "", owner), "conflict")
    if through:
        already = Cause("kii-pick.member-adds-self", answers.by_pick(state, "member_adds_self", already.expect), "conflict")
    return [owner_missing(state, call, owner, clauses), _password(state, call, thing, clauses), already if held or through else None]


def _password(state: State, call: Call, thing: str | None, clauses: str) -> Cause | None:
    if thing is None or call.app != APP or not state.locked:
        if thing is not None and call.app != APP:
            raise ModelError("whether the other application's flag is set, no row can tell")
        return None
    if call.fields.get("thingPassword") == thing.replace(".id", ".password") and clauses == "kii-post":
        return None
    expect = answers.unauthorized(state, call.caller)
    if call.caller.kind != "admin" or call.caller.app != APP:
        return Cause(f"{clauses}.401-password", expect, "unauthorized")
    if not state.pick("password_binds_admin"):
        return None
    return Cause("kii-pick.password-binds-admin", answers.by_pick(state, "password_binds_admin", expect), "unauthorized")


def _by_the_anonymous(state: State, call: Call, refused: Cause | None) -> Cause | None:
    if refused is None or call.caller.kind != "anonymous" or not _in_the_app(call):
        return refused
    return refused._replace(expect=answers.by_pick(state, "anonymous_post", refused.expect))


def _beside_his_group(state: State, call: Call, thing: str | None, owner: Owner) -> bool:
    """Return whether a member adds himself whose group is an owner, and he is none yet."""
    himself = owner.kind == "user" and call.caller.id == owner.id
    return thing is not None and himself and not state.owns(thing, owner) and state.owns_through_group(thing, owner.id)


def _added(state: State, call: Call, thing: str | None, owner: Owner) -> Cause:
    if call.caller.kind == "anonymous":
        return Cause("kii-pick.anonymous-post", answers.by_pick(state, "anonymous_post", NO_CONTENT))
    if _beside_his_group(state, call, thing, owner):
        return Cause("kii-pick.member-adds-self", answers.by_pick(state, "member_adds_self", NO_CONTENT))
    unlocked = call.fields.get("thingPassword") == f"{thing}".replace(".id", ".password")
    if is_admin(call) and state.locked and not unlocked:
        return Cause("kii-pick.password-binds-admin", answers.by_pick(state, "password_binds_admin", NO_CONTENT))
    return Cause("kii-public.admin-adds-group" if is_admin(call) and owner.kind == "group" else "kii-post.204", NO_CONTENT)


def _is_one(state: State, call: Call, thing: str, owner: Owner, *, about_himself: bool) -> Cause:
    """Return the answer to one who may ask."""
    there = state.has(owner, call.app)
    if there and (state.owns(thing, owner) or (owner.kind == "user" and state.counts_as_owner(thing, owner.id))):
        return Cause("kii-is-owner.success", {"status": "success", "unspecified": by_status(state, "is_owner_status", {})})
    none: answers.Expect = {"status": 404}
    if about_himself:
        return Cause("kii-pick.not-owner-asks", answers.by_pick(state, "not_owner_asks", none))
    return Cause("kii-is-owner.404", none)


def _none_to_remove(state: State, call: Call, thing: str | None, owner: Owner) -> Cause | None:
    if thing is None or state.owns(thing, owner):
        return None
    expect = answers.ownership_not_found(state, call.app, thing, owner)
    through = owner.kind == "user" and state.owns_through_group(thing, owner.id)
    if state.has(owner, call.app) and not through:
        return Cause("kii-remove.404-ownership", expect, "missing")
    return Cause("kii-pick.ownership-not-found", answers.by_pick(state, "ownership_not_found", expect), "missing")
