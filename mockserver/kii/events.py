"""What can happen in a Kii world without a request to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..engine.listed import listed
from ..engine.vendor import Event, EventError
from .entities import App, Flow, Owner, Principal, Thing
from .naming import Arguments, app_of, group_of, owner_label, owner_of, thing_of, user_of
from .world import KiiWorld


def member_leaves(world: KiiWorld, said: Arguments) -> None:
    """Take a member out of his group."""
    app = app_of(world, said)
    group, user = group_of(app, said["group"]), user_of(app, said["user"])
    if user.id not in group.members:
        members = listed(app.users[member].label for member in group.members)
        raise EventError(f"user {user.label} is no member of group {group.label}; its members are {members}")
    group.members.remove(user.id)


def member_joins(world: KiiWorld, said: Arguments) -> None:
    """Make a user a member of a group."""
    app = app_of(world, said)
    group, user = group_of(app, said["group"]), user_of(app, said["user"])
    if user.id in group.members:
        raise EventError(f"user {user.label} is a member of group {group.label} already")
    group.members.append(user.id)


def user_deleted(world: KiiWorld, said: Arguments) -> None:
    """Delete a user."""
    app = app_of(world, said)
    world.forget_user(app, user_of(app, said["user"]))


def group_deleted(world: KiiWorld, said: Arguments) -> None:
    """Delete a group."""
    app = app_of(world, said)
    world.forget_group(app, group_of(app, said["group"]))


def thing_deleted(world: KiiWorld, said: Arguments) -> None:
    """Delete a thing."""
    app = app_of(world, said)
    world.forget_thing(app, thing_of(app, said["thing"]))


def password_changes(world: KiiWorld, said: Arguments) -> None:
    """Give a thing another password."""
    thing_of(app_of(world, said), said["thing"]).password = said["password"]


def flag_changes(world: KiiWorld, said: Arguments) -> None:
    """Set an application's requirePasswordForThingOwnership."""
    app_of(world, said).require_password = said["require_password"]


def token_revoked(world: KiiWorld, said: Arguments) -> None:
    """Make every token of a user, a thing or the administrator one that nobody has."""
    app = app_of(world, said)
    if "user" in said:
        holder, whose = Principal("user", app.id, user_of(app, said["user"]).id), f"user {said['user']}"
    elif "thing" in said:
        holder, whose = Principal("thing", app.id, thing_of(app, said["thing"]).id), f"thing {said['thing']}"
    else:
        holder, whose = Principal("admin", app.id, app.admin_id), "the administrator"
    if all(token.holder != holder for token in world.tokens.values()):
        raise EventError(f"{whose} of application {app.id} has no token")
    world.forget_tokens(holder)


def owner_added(world: KiiWorld, said: Arguments) -> None:
    """Make a user or group an owner of a thing."""
    app, thing, owner = _ownership(world, said)
    _not_yet(app, thing, owner)
    thing.owners.append(owner)


def owner_removed(world: KiiWorld, said: Arguments) -> None:
    """Take the ownership of a user or group away."""
    app, thing, owner = _ownership(world, said)
    if owner not in thing.owners:
        owners = listed(owner_label(app, known) for known in thing.owners)
        raise EventError(f"{owner_label(app, owner)} does not own thing {thing.label}; its owners are {owners}")
    thing.owners.remove(owner)


def flow_started(world: KiiWorld, said: Arguments) -> None:
    """Start a flow that would make a user or group an owner of a thing."""
    app, thing, owner = _ownership(world, said)
    _not_yet(app, thing, owner)
    code = said.get("code")
    if code is not None and (code in thing.flows or code in thing.used_codes):
        raise EventError(f"thing {thing.label} has had a flow with the code {code!r} already")
    world.start_flow(thing, owner, said["by"], code)


def flow_confirmed(world: KiiWorld, said: Arguments) -> None:
    """Complete the newest pending flow of a user or group."""
    app, thing, owner = _ownership(world, said)
    _not_yet(app, thing, owner)
    world.complete_flow(thing, _pending(world, app, thing, owner)[-1])


def code_expires(world: KiiWorld, said: Arguments) -> None:
    """End the life of the codes of a thing's pending flows, or of those of one user or group."""
    app = app_of(world, said)
    thing = thing_of(app, said["thing"])
    owner = owner_of(app, said) if "user" in said or "group" in said else None
    for flow in _pending(world, app, thing, owner):
        thing.flows[flow.code] = replace(flow, expired=True)


def foresee(world: KiiWorld, said: Arguments) -> None:
    """EventError where the application is not told, or is none: a world has those that it began with. Users, groups and things come and go."""
    app_of(world, said)


def _ownership(world: KiiWorld, said: Arguments) -> tuple[App, Thing, Owner]:
    app = app_of(world, said)
    return app, thing_of(app, said["thing"]), owner_of(app, said)


def _not_yet(app: App, thing: Thing, owner: Owner) -> None:
    if owner in thing.owners:
        raise EventError(f"{owner_label(app, owner)} owns thing {thing.label} already")


def _pending(world: KiiWorld, app: App, thing: Thing, owner: Owner | None) -> list[Flow]:
    """Return the pending flows of a thing whose codes serve, oldest first: those of one owner, or all. EventError where there is none."""
    alive = [flow for flow in thing.flows.values() if world.is_alive(flow)]
    meant = [flow for flow in alive if owner is None or flow.owner == owner]
    if not meant:
        whose = "" if owner is None else f" that would add {owner_label(app, owner)}"
        raise EventError(f"thing {thing.label} has no pending flow{whose}; it has {listed(f'that of {owner_label(app, f.owner)}' for f in alive)}")
    return meant


def _text(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "description": description, **more}


_PROPERTIES: Mapping[str, dict[str, Any]] = {
    "app": _text("The application's id; it may be left out where the world has one application."),
    "user": _text("The user's label or userID."),
    "group": _text("The group's label or groupID."),
    "thing": _text("The thing's label, vendorThingID or thingID."),
    "password": _text("The thing's new password.", maxLength=200),
    "admin": {"enum": [True], "description": "The application's administrator."},
    "require_password": {"type": "boolean", "description": "Whether an owner is added with the thing's password only."},
    "by": {"enum": ["thing", "owner", "admin"], "description": "Who starts the flow: owner is the user himself, or a member of the group."},
    "code": _text("The code that completes the flow; left out, one is drawn.", maxLength=200),
}


def _arguments(*required: str, one_of: tuple[str, ...] = (), optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the closed schema of an event's arguments; exactly one of `one_of` is given."""
    names = ("app", *required, *one_of, *optional)
    choice = {"oneOf": [{"required": [name]} for name in one_of]} if one_of else {}
    properties = {name: _PROPERTIES[name] for name in names}
    return {"type": "object", "additionalProperties": False, "required": list(required), **choice, "properties": properties}


_MEMBER, _OWNER = _arguments("group", "user"), _arguments("thing", one_of=("user", "group"))
_EXPIRES = {**_arguments("thing", optional=("user", "group")), "not": {"required": ["user", "group"]}}
EVENTS: Mapping[str, Event] = {
    "member_leaves": Event("A member leaves his group.", _MEMBER, member_leaves),
    "member_joins": Event("A user becomes a member of a group.", _MEMBER, member_joins),
    "user_deleted": Event(
        "A user is deleted, with his tokens and memberships; his ownerships go or stay as the settings say.", _arguments("user"), user_deleted
    ),
    "group_deleted": Event("A group is deleted; its ownerships go or stay as the settings say.", _arguments("group"), group_deleted),
    "thing_deleted": Event("A thing is deleted, with its owners, flows and tokens.", _arguments("thing"), thing_deleted),
    "password_changes": Event("A thing's password changes.", _arguments("thing", "password"), password_changes),
    "flag_changes": Event("An application's requirePasswordForThingOwnership changes.", _arguments("require_password"), flag_changes),
    "token_revoked": Event("Nobody has the tokens of a caller any more.", _arguments(one_of=("user", "thing", "admin")), token_revoked),
    "owner_added": Event("A user or group becomes an owner of a thing at once.", _OWNER, owner_added),
    "owner_removed": Event("A user or group loses its ownership of a thing.", _OWNER, owner_removed),
    "flow_started": Event(
        "A flow starts that would make a user or group an owner of a thing.",
        _arguments("thing", "by", one_of=("user", "group"), optional=("code",)),
        flow_started,
    ),
    "flow_confirmed": Event("The pending flow of a user or group is confirmed: it becomes an owner of the thing.", _OWNER, flow_confirmed),
    "code_expires": Event("The codes of a thing's pending flows expire: all, or those of one user or group.", _EXPIRES, code_expires),
}
