"""What can happen in a Connhex world without a request to it. No HTTP, no I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..engine.listed import listed
from ..engine.vendor import Event, EventError
from .accounts import User
from .entities import ACTION, RESOURCE, Device, Policy, Resource, Statement
from .refusals import No
from .world import ConnhexWorld

Arguments = Mapping[str, Any]


def _text(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "description": description, **more}


_USER = _text("The user: the label that the scenario gives him, or his id.")
_OWNER = _text("The owner whose it is: a user's label or id. Left out: every owner's.")
_DEVICE = _text("The device's id, its serial number for instance.")
_TEAM = _text("The team, by the label that the scenario gives it.")


def _event(says: str, happen: Callable[[ConnhexWorld, Arguments], None], optional: Arguments | None = None, **required: Any) -> Event:
    """Return the event. optional, required: its arguments, and a JSON Schema of each."""
    properties = {**required, **(optional or {})}
    return Event(says, {"type": "object", "additionalProperties": False, "required": list(required), "properties": properties}, happen)


# ---------------------------------------------------------------------------------------------------- what is meant


def _user(world: ConnhexWorld, name: str) -> User:
    found = next((user for user in world.users.values() if name in (user.label, user.id)), None)
    if found is None:
        raise EventError(f"no user {name!r}: there is {listed(user.label for user in world.users.values())}")
    return found


def _device(world: ConnhexWorld, name: str) -> Device:
    if name not in world.devices:
        raise EventError(f"Manufacturing has no device {name!r}: there is {listed(world.devices)}")
    return world.devices[name]


def _team(world: ConnhexWorld, name: str) -> list[str]:
    if name not in world.teams:
        raise EventError(f"no team {name!r}: there is {listed(world.teams)}")
    return world.teams[name]


def _resources(world: ConnhexWorld, arguments: Arguments) -> list[Resource]:
    """Return the device's resources: the named owner's, or all."""
    device = arguments["device"]
    owner = _user(world, arguments["user"]) if "user" in arguments else None
    found = [resource for resource in world.resources if resource.device == device and (owner is None or resource.owner == owner.id)]
    if not found:
        whose = f" of {owner.label}'s" if owner else ""
        raise EventError(f"no resource{whose} of the device {device!r}: there is {listed(resource.device for resource in world.resources)}")
    return found


def foresee(world: ConnhexWorld, arguments: Arguments) -> None:
    """EventError where the user or the team is none: a world has those that it began with. Devices and policies come and go."""
    if "user" in arguments:
        _user(world, arguments["user"])
    if "team" in arguments:
        _team(world, arguments["team"])


# ---------------------------------------------------------------------------------------------------- devices and what was claimed


def _device_manufactured(world: ConnhexWorld, arguments: Arguments) -> None:
    device = arguments["device"]
    if device in world.devices:
        raise EventError(f"Manufacturing has the device {device!r} already")
    world.devices[device] = Device(device)


def _device_removed(world: ConnhexWorld, arguments: Arguments) -> None:
    del world.devices[_device(world, arguments["device"]).id]


def _registration_enabled(world: ConnhexWorld, arguments: Arguments) -> None:
    _device(world, arguments["device"]).enabled_at = world.clock.now()


def _claimed(world: ConnhexWorld, arguments: Arguments) -> None:
    user, device = _user(world, arguments["user"]), _device(world, arguments["device"])
    try:
        world.take(user.id, device.id)
    except No as no:
        raise EventError(f"{user.label} cannot have claimed {device.id!r}: {no.detail}") from None


def _resource_lost(world: ConnhexWorld, arguments: Arguments) -> None:
    lost = _resources(world, arguments)
    world.resources[:] = [resource for resource in world.resources if resource not in lost]


def _policy_lost(world: ConnhexWorld, arguments: Arguments) -> None:
    entities = {resource.entity for resource in _resources(world, arguments)}
    kept = [policy for policy in world.policies if all(entities.isdisjoint(statement.resources) for statement in policy.statements)]
    if len(kept) == len(world.policies):
        raise EventError(f"no policy grants anything on {', '.join(sorted(entities))}: there is {listed(policy.name for policy in world.policies)}")
    world.policies[:] = kept


def _resource_state_changes(world: ConnhexWorld, arguments: Arguments) -> None:
    for resource in _resources(world, arguments):
        resource.state = arguments["state"]


# ---------------------------------------------------------------------------------------------------- who may


def _granted(world: ConnhexWorld, arguments: Arguments) -> None:
    user, effect = _user(world, arguments["user"]), arguments.get("effect", "ALLOW")
    statement = Statement(effect, [arguments.get("action", ACTION)], [arguments.get("resource", RESOURCE)])
    world.policies.append(Policy(world.supply.uuid4("connhex/policy"), f"{effect} to {user.label}", [user.id], [statement]))


def _policy_revoked(world: ConnhexWorld, arguments: Arguments) -> None:
    name = arguments["policy"]
    found = [policy for policy in world.policies if name in (policy.name, policy.id)]
    if not found:
        raise EventError(f"no policy {name!r}: there is {listed(policy.name for policy in world.policies)}")
    if "user" not in arguments:
        world.policies[:] = [policy for policy in world.policies if policy not in found]
        return
    user = _user(world, arguments["user"])
    of_user = [policy for policy in found if user.id in policy.members]
    if not of_user:
        raise EventError(f"{user.label} is no member of the policy {name!r} himself: there is {_members(world, found[0].members)}")
    for policy in of_user:
        policy.members.remove(user.id)


def _members(world: ConnhexWorld, members: Iterable[str]) -> str:
    return listed(world.users[member].label if member in world.users else member for member in members)


def _member_joins(world: ConnhexWorld, arguments: Arguments) -> None:
    team, user = _team(world, arguments["team"]), _user(world, arguments["user"])
    if user.id in team:
        raise EventError(f"{user.label} is in the team {arguments['team']!r} already")
    team.append(user.id)


def _member_leaves(world: ConnhexWorld, arguments: Arguments) -> None:
    team, user = _team(world, arguments["team"]), _user(world, arguments["user"])
    if user.id not in team:
        raise EventError(f"{user.label} is not in the team {arguments['team']!r}: there is {_members(world, team)}")
    team.remove(user.id)


# ---------------------------------------------------------------------------------------------------- who signs in


def _session_ended(world: ConnhexWorld, arguments: Arguments) -> None:
    user = _user(world, arguments["user"])
    if not world.accounts.end_sessions(user.id):
        raise EventError(f"{user.label} has no session: he has to log in first")


def _login_flows_expire(world: ConnhexWorld, _: Arguments) -> None:
    if not world.accounts.flows:
        raise EventError("no login has been begun that is not complete")
    world.accounts.flows.clear()


def _user_deleted(world: ConnhexWorld, arguments: Arguments) -> None:
    user = _user(world, arguments["user"])
    world.accounts.end_sessions(user.id)
    for members in [*world.teams.values(), *(policy.members for policy in world.policies)]:
        members[:] = [member for member in members if member != user.id]
    del world.users[user.id]


EVENTS: Mapping[str, Event] = {
    "device_manufactured": _event("Manufacturing gets to know a device; it has not enabled its registration.", _device_manufactured, device=_DEVICE),
    "device_removed": _event("Manufacturing knows the device no more; what was made of it by a claim stays.", _device_removed, device=_DEVICE),
    "registration_enabled": _event("The device sends its registration-enable message, which counts from now.", _registration_enabled, device=_DEVICE),
    "claimed": _event(
        "The user claims the device: resource and grant are made, whatever his policies say. In one-to-one mode the device must be free.",
        _claimed,
        device=_DEVICE,
        user=_USER,
    ),
    "resource_lost": _event("What a claim made of the device is gone; the grant on it stays.", _resource_lost, {"user": _OWNER}, device=_DEVICE),
    "policy_lost": _event("The grant that a claim made is gone; the resource that it was for stays.", _policy_lost, {"user": _OWNER}, device=_DEVICE),
    "resource_state_changes": _event(
        "What a claim made of the device is in another state.",
        _resource_state_changes,
        {"user": _OWNER},
        device=_DEVICE,
        state=_text("The state from now on. A claim makes it active."),
    ),
    "granted": _event(
        "A policy of his own is made for the user: he may do something from now on, or, with DENY, may not.",
        _granted,
        {
            "effect": {"enum": ["ALLOW", "DENY"], "description": "What the policy says: ALLOW where it is left out. A DENY wins over any ALLOW."},
            "action": _text(f"Of which action it speaks; `*` stands for any text. Left out: {ACTION}.", examples=[ACTION]),
            "resource": _text(f"On which resource; `*` stands for any text. Left out: {RESOURCE}.", examples=[RESOURCE]),
        },
        user=_USER,
    ),
    "policy_revoked": _event(
        "A policy is gone, for one user or for all.",
        _policy_revoked,
        {"user": _text("The member who loses it: a user's label or id. Left out: the policy is gone for everyone.")},
        policy=_text("The policy: the name that the scenario gives it, or its id."),
    ),
    "member_joins": _event("The user is in the team from now on, and the team's policies are his too.", _member_joins, team=_TEAM, user=_USER),
    "member_leaves": _event("The user is in the team no more, and the team's policies are his no longer.", _member_leaves, team=_TEAM, user=_USER),
    "session_ended": _event("All the user's sessions end, tokens and cookies: he has to log in again.", _session_ended, user=_USER),
    "login_flows_expire": _event("Every login that was begun and is not complete is over: it has to be begun again.", _login_flows_expire),
    "user_deleted": _event(
        "The user is no more, with his sessions and his place in teams and policies. What he has claimed stays, and stays claimed.",
        _user_deleted,
        user=_USER,
    ),
}
