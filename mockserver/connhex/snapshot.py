"""A Connhex world's data as JSON and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cattrs import override

from ..engine import plain
from .accounts import LoginFlow, Session, User
from .entities import Device, Policy, Resource, Statement

WHERE = "$.states.connhex"
LAST_END = 253_402_300_799.0
"""When a session or a login flow ends at the latest: it is told as a date, and dates go to the year 9999."""


@dataclass(frozen=True)
class Document:
    """All of a world that does not follow from the rest."""

    users: list[User]
    teams: dict[str, list[str]]
    policies: list[Policy]
    devices: list[Device]
    resources: list[Resource]
    flows: list[LoginFlow]
    sessions: list[Session]


def _form() -> Any:
    form = plain.converter()
    plain.describe(form, User)
    plain.describe(form, Statement, effect=override(struct_hook=plain.text(of=("ALLOW", "DENY"))))
    plain.describe(form, Policy)
    plain.describe(form, Device)
    plain.describe(form, Resource)
    plain.describe(form, LoginFlow, until=override(struct_hook=plain.number(LAST_END)))
    plain.describe(form, Session, until=override(struct_hook=plain.number(LAST_END, null=True)))
    plain.describe(form, Document)
    return form


_FORM = _form()


def dump(document: Document) -> dict[str, Any]:
    """Return the data as JSON."""
    found: dict[str, Any] = _FORM.unstructure(document)
    return found


def read(data: Any) -> Document:
    """Return the data that were dumped so. ValueError says where they are wrong, or do not hold together."""
    document: Document = plain.read(_FORM, data, Document, WHERE)
    _check_unique(document)
    _check_references(document)
    return document


def _check_unique(document: Document) -> None:
    columns: dict[str, tuple[Sequence[Any], Sequence[str]]] = {
        "users": (document.users, ("id", "identifier")),
        "policies": (document.policies, ("id",)),
        "devices": (document.devices, ("id",)),
        "resources": (document.resources, ("id",)),
        "flows": (document.flows, ("id",)),
        "sessions": (document.sessions, ("id", "token", "cookie")),
    }
    for table, (rows, names) in columns.items():
        for name in names:
            plain.unique([getattr(row, name) for row in rows], f"{WHERE}.{table}", name)


def _check_references(document: Document) -> None:
    """Return if sessions, teams and policies are of users and teams that are there. What a claim made may be of a user or device that is no more."""
    users = {user.id for user in document.users}
    for number, session in enumerate(document.sessions):
        plain.known(session.user_id, users, f"{WHERE}.sessions[{number}].user_id", "user")
    for name, members in document.teams.items():
        for number, member in enumerate(members):
            plain.known(member, users, f"{WHERE}.teams.{name}[{number}]", "user")
    for place, policy in enumerate(document.policies):
        for number, member in enumerate(policy.members):
            team = member.removeprefix("team:local:")
            there = (users, "user") if team == member else (document.teams, "team")
            plain.known(team, there[0], f"{WHERE}.policies[{place}].members[{number}]", there[1])
