"""Rules of Kii's reference model: the set-up calls that change what the ownership operations see."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..model import ModelError
from . import answers
from .adding import is_admin, owner_of
from .answers import NO_CONTENT
from .causes import Cause, Ruling, not_allowed, thing_missing
from .state import APP, Owner, State, Token
from .words import Call


def delete_user(state: State, call: Call) -> Ruling:
    """DELETE users/{userID}: by the administrator and by himself."""
    user = owner_of(call)
    himself = call.caller.kind == "user" and call.caller.id == user.id and call.caller.app == call.app
    refusals = [
        _missing(state, call, user, "kii-user.delete-404-user"),
        not_allowed(state, call, "kii-user.delete-401", allowed=is_admin(call) or himself),
    ]
    return Ruling(refusals, Cause("kii-user.delete-204", NO_CONTENT), state.without(user))


def delete_group(state: State, call: Call) -> Ruling:
    """DELETE groups/{groupID}: by the administrator and by the group's owner."""
    group = owner_of(call)
    refusals = [
        _missing(state, call, group, "kii-group.delete-404-group"),
        not_allowed(state, call, "kii-group.delete-401", allowed=_rules(state, call, group.id)),
    ]
    return Ruling(refusals, Cause("kii-group.delete-204", NO_CONTENT), state.without(group))


def delete_thing(state: State, call: Call) -> Ruling:
    """DELETE things/{thing}: by the administrator and by an owner."""
    thing = state.thing(call.app, call.by, call.value)
    owner = call.caller.kind == "user" and call.caller.app == call.app and state.counts_as_owner(thing or "", call.caller.id)
    refusals = [
        thing_missing(call, thing, "kii-thing.delete-404-thing"),
        not_allowed(state, call, "kii-thing.delete-401", allowed=is_admin(call) or owner),
    ]
    return Ruling(refusals, Cause("kii-thing.delete-204", NO_CONTENT), state.without_thing(thing or ""))


def add_member(state: State, call: Call) -> Ruling:
    """PUT groups/{groupID}/members/{userID}: by the administrator and by the group's owner."""
    refusals = [
        _missing(state, call, Owner("group", call.group), "kii-group.add-member-404-group"),
        _missing(state, call, owner_of(call), "kii-group.add-member-404-user"),
        not_allowed(state, call, "kii-group.add-member-401", allowed=_rules(state, call, call.group)),
    ]
    after = replace(state, members=state.members | {(call.group, call.named)})
    return Ruling(refusals, Cause("kii-group.add-member-204", NO_CONTENT), after)


def remove_member(state: State, call: Call) -> Ruling:
    """DELETE groups/{groupID}/members/{userID}: by the administrator, by the group's owner, and by the member himself."""
    group, pair = Owner("group", call.group), (call.group, call.named)
    there = state.has(group, call.app)
    stranger = there and pair not in state.members
    leaves = call.caller.kind == "user" and call.caller.id == call.named and pair in state.members
    unknown = answers.by_pick(state, "removed_stranger", answers.owner_not_found(call.app, owner_of(call)))
    refusals = [
        _missing(state, call, group, "kii-group.remove-member-404-group"),
        Cause("kii-pick.removed-stranger", unknown, "missing") if stranger and state.pick("removed_stranger") == "not_found" else None,
        not_allowed(state, call, "kii-group.remove-member-401", allowed=leaves or _rules(state, call, call.group)),
    ]
    success = Cause("kii-group.remove-member-204", NO_CONTENT)
    if stranger:
        success = Cause("kii-pick.removed-stranger", answers.by_pick(state, "removed_stranger", NO_CONTENT))
    return Ruling(refusals, success, replace(state, members=state.members - {pair}))


def log_in(state: State, call: Call) -> Ruling:
    """POST /api/oauth2/token for a user or a thing who is there, with the right password. ModelError: of other logins the model has no word."""
    if call.caller.kind != "anonymous":
        raise ModelError("the model knows logins with the application's Basic alone")
    holder = _who_logs_in(state, call.fields)
    name = f"token_{len(state.tokens) + 1}"
    fields = {"id": {"const": holder}, "token_type": {"const": "Bearer"}, "expires_in": {"type": "integer"}}
    told = {"status": 200, "body": {"required": ["access_token", *fields], "properties": fields}}
    told = answers.beside(told, {"body": {"properties": {"expires_in": {"const": "$pick.token_life"}}}})
    token = Token(f"${name}", holder, state.now + state.pick("token_life"))
    after = replace(state, tokens=(*state.tokens, token))
    return Ruling([], Cause("kii-token.user" if holder in state.users else "kii-token.thing", told), after, {name: "/access_token"})


def _who_logs_in(state: State, fields: Any) -> str:
    username, password = fields.get("username", ""), fields.get("password", "")
    is_thing = str(username).startswith("VENDOR_THING_ID:")
    name = str(username).removeprefix("VENDOR_THING_ID:").removesuffix(".vendor_id" if is_thing else ".login")
    holder = f"{name}.id"
    if set(fields) != {"username", "password"} or password != f"{name}.password" or holder not in (state.things if is_thing else state.users):
        raise ModelError("the model knows logins with the right name and password alone")
    return holder


def _missing(state: State, call: Call, owner: Owner, clause: str) -> Cause | None:
    return None if state.has(owner, call.app) else Cause(clause, answers.owner_not_found(call.app, owner), "missing")


def _rules(state: State, call: Call, group: str) -> bool:
    """Return whether the administrator calls, or the group's owner. ModelError: who that is, a row cannot always tell."""
    if is_admin(call):
        return True
    if call.caller.kind != "user" or call.caller.app != call.app:
        return False
    if group in state.groups and (group != "$group.id" or call.app != APP) and (group, call.caller.id) in state.members:
        raise ModelError(f"whether {call.caller.id} is the owner of {group}, no row can tell")
    return (group, call.caller.id) in state.rulers
