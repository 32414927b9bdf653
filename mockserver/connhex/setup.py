"""From a scenario's data to a Connhex world."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

from ..engine.clock import Clock
from ..engine.misfit import Misfits
from ..engine.supply import Supply
from ..engine.vendor import Settings
from .accounts import User
from .entities import Device, Policy, Statement
from .world import ConnhexWorld


def _text(says: str) -> dict[str, Any]:
    return {"description": says, "type": "string", "minLength": 1}


def _texts(says: str, **more: Any) -> dict[str, Any]:
    return {"description": says, "type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, **more}


def _row(says: str, properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"description": says, "type": "object", "additionalProperties": False, "properties": properties, **more}


def _table(says: str, row: dict[str, Any]) -> dict[str, Any]:
    return {"description": says, "type": "object", "propertyNames": {"minLength": 1}, "additionalProperties": row}


_USER = _row(
    "A user.",
    {
        "id": _text("The user's ID. Left out, it is drawn."),
        "token": _text("The session token, sent as `Authorization: Bearer`. Left out, it is drawn."),
        "cookie": _text("The value of the cookie chx_auth_session. Left out, it is drawn."),
        "permission": _text("A target file's word for what the user may do: for the contract suites alone. What he may do here, the policies say."),
        "identifier": _text("What the user logs in with. Left out, it is LABEL@example.com."),
        "password": _text("The user's password. Left out, it is drawn."),
    },
)
_STATEMENT = _row(
    "What is allowed, or denied. A DENY wins over every ALLOW.",
    {
        "effect": {"description": "Whether it is allowed or denied.", "enum": ["ALLOW", "DENY"]},
        "actions": _texts("Which actions; `*` stands for any text.", examples=[["resource:devices:register"]]),
        "resources": _texts("On which resources; `*` stands for any text.", examples=[["resource:devices"]]),
    },
    required=["effect", "actions", "resources"],
)
_POLICY = _row(
    "A policy.",
    {
        "members": _texts("Whose policy it is: labels of users, and team:local:LABEL for a team."),
        "statements": {"description": "What it allows and denies.", "type": "array", "items": _STATEMENT},
    },
    required=["members", "statements"],
)
_ENABLED = "Whether the device has sent its registration-enable message when the story begins. Left out: it has not."
_DEVICE = _row("A manufactured device that nobody has claimed.", {"enabled": {"description": _ENABLED, "type": "boolean"}})
WORLD_SCHEMA: dict[str, Any] = _row(
    "What there is at Connhex.",
    {
        "users": _table("The users, by a label that events, teams and policies name them by.", _USER),
        "teams": _table("The teams, by a label.", _texts("The labels of the users who are in the team.")),
        "policies": _table("The policies, by name.", _POLICY),
        "devices": _table("The devices that Manufacturing knows, by serial number.", _DEVICE),
    },
    required=["users", "devices"],
)
"""Connhex's part of a scenario: users, teams and policies by a label that the scenario gives them, devices by serial number.

A policy's members are labels of users, and team:local:LABEL for a team. permission: the word of a target file for what the user may do.
"""


def build(data: Mapping[str, Any], settings: Settings, supply: Supply, clock: Clock) -> ConnhexWorld:
    """Return the world that the data describes; ids and credentials that it leaves out come from the supply. MisfitError where labels dangle."""
    world = ConnhexWorld(settings=settings, supply=supply, clock=clock)
    misfits = Misfits("connhex")
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
            misfits.add("users", label, why=f"another user has the id {user.id!r}")
        world.users[user.id] = user
        ids[label] = user.id
    _check_unique(world, misfits)
    for user in world.users.values():
        world.accounts.admit(user)
    known = _Known(ids, misfits)
    world.teams = {team: known.users(labels, "teams", team) for team, labels in data.get("teams", {}).items()}
    for name, row in data.get("policies", {}).items():
        members = known.members(row["members"], world.teams, "policies", name, "members")
        world.policies.append(Policy(supply.uuid4("connhex/policy"), name, members, [Statement(**s) for s in row["statements"]]))
    for device_id, row in data["devices"].items():
        world.devices[device_id] = Device(device_id, clock.now() if row.get("enabled") else None)
    misfits.check()
    return world


def _check_unique(world: ConnhexWorld, misfits: Misfits) -> None:
    taken: set[str] = set()
    for user in world.users.values():
        for credential in (user.token, user.cookie):
            if credential in taken:
                misfits.add("users", user.label, why=f"the credential {credential!r} is there twice")
            taken.add(credential)
    identifiers: set[str] = set()
    for user in world.users.values():
        if user.identifier in identifiers:
            misfits.add("users", user.label, why=f"another user has the identifier {user.identifier!r}")
        identifiers.add(user.identifier)


class _Known:
    """Finds ids of users by label, and notes what is not there. ids: by label."""

    def __init__(self, ids: Mapping[str, str], misfits: Misfits) -> None:
        self.ids, self.misfits = ids, misfits

    def users(self, labels: Iterable[str], *where: str) -> list[str]:
        """Return the ids of the users that there are."""
        return [found for label in labels for found in self._user(label, *where)]

    def members(self, labels: Iterable[str], teams: Container[str], *where: str) -> list[str]:
        """Return what a policy calls these users and teams, those that there are."""
        found = []
        for label in labels:
            team = label.removeprefix("team:local:")
            if team == label:
                found += self._user(label, *where)
            elif team in teams:
                found.append(label)
            else:
                self.misfits.add(*where, why=f"there is no team {team!r}")
        return found

    def _user(self, label: str, *where: str) -> list[str]:
        if label in self.ids:
            return [self.ids[label]]
        self.misfits.add(*where, why=f"there is no user {label!r}; there is {', '.join(self.ids) or 'nobody'}")
        return []
