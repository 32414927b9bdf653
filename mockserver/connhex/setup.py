"""From a scenario's data to a Connhex world."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..engine.clock import Clock
from ..engine.supply import Supply
from ..engine.vendor import Settings
from .accounts import User
from .entities import Device, Policy, Statement
from .world import ConnhexWorld

_TEXT = {"type": "string", "minLength": 1}
_TEXTS = {"type": "array", "items": _TEXT, "minItems": 1}


def _row(required: list[str], properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


_STATEMENT = _row(["effect", "actions", "resources"], {"effect": {"enum": ["ALLOW", "DENY"]}, "actions": _TEXTS, "resources": _TEXTS})
WORLD_SCHEMA: dict[str, Any] = _row(
    ["users", "devices"],
    {
        "users": {
            "type": "object",
            "additionalProperties": _row([], dict.fromkeys(("id", "token", "cookie", "permission", "identifier", "password"), _TEXT)),
        },
        "teams": {"type": "object", "additionalProperties": _TEXTS},
        "policies": {
            "type": "object",
            "additionalProperties": _row(["members", "statements"], {"members": _TEXTS, "statements": {"type": "array", "items": _STATEMENT}}),
        },
        "devices": {"type": "object", "additionalProperties": _row([], {"enabled": {"type": "boolean"}})},
    },
)
"""Connhex's part of a scenario: users, teams and policies by a label that the scenario gives them, devices by serial number.

A policy's members are labels of users, and team:local:LABEL for a team. permission: the word of a target file for what the user may do.
"""


def build(data: Mapping[str, Any], settings: Settings, supply: Supply, clock: Clock) -> ConnhexWorld:
    """Return the world that the data describes; ids and credentials that it leaves out come from the supply. ValueError where labels dangle."""
    world = ConnhexWorld(settings=settings, supply=supply, clock=clock)
    ids: dict[str, str] = {}
    for label, row in data["users"].items():
        user = User(
            id=row.get("id") or supply.uuid4("connhex/user"),
            label=label,
            token=row.get("token") or "ory_st_" + supply.text("connhex/token", 32),
            cookie=row.get("cookie") or supply.text("connhex/cookie", 48),
            permission=row.get("permission"),
            identifier=row.get("identifier") or f"{label}@example.com",
            password=row.get("password") or supply.text("connhex/password", 16),
        )
        if user.id in world.users:
            raise ValueError(f"connhex.users.{label}: another user has the id {user.id!r}")
        world.users[user.id] = user
        ids[label] = user.id
    _check_unique(world)
    for user in world.users.values():
        world.accounts.admit(user)
    world.teams = {team: [_user(ids, label, f"teams.{team}") for label in labels] for team, labels in data.get("teams", {}).items()}
    for name, row in data.get("policies", {}).items():
        members = [_member(ids, world.teams, label, f"policies.{name}.members") for label in row["members"]]
        world.policies.append(Policy(supply.uuid4("connhex/policy"), name, members, [Statement(**s) for s in row["statements"]]))
    for device_id, row in data["devices"].items():
        world.devices[device_id] = Device(device_id, clock.now() if row.get("enabled") else None)
    return world


def _check_unique(world: ConnhexWorld) -> None:
    credentials = [credential for user in world.users.values() for credential in (user.token, user.cookie)]
    if len(set(credentials)) < len(credentials):
        raise ValueError("connhex.users: two credentials are the same")
    if len({user.identifier for user in world.users.values()}) < len(world.users):
        raise ValueError("connhex.users: two users have the same identifier")


def _member(ids: Mapping[str, str], teams: Mapping[str, Any], label: str, where: str) -> str:
    team = label.removeprefix("team:local:")
    if team != label:
        if team not in teams:
            raise ValueError(f"connhex.{where}: there is no team {team!r}")
        return label
    return _user(ids, label, where)


def _user(ids: Mapping[str, str], label: str, where: str) -> str:
    if label not in ids:
        raise ValueError(f"connhex.{where}: there is no user {label!r}; there is {', '.join(ids) or 'nobody'}")
    return ids[label]
