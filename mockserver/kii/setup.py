"""From a scenario's data to a Kii world."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from typing import Any

from ..engine.clock import Clock
from ..engine.misfit import Misfits
from ..engine.supply import Supply
from ..engine.vendor import Settings
from . import identifiers
from .entities import App, Group, Owner, Principal, Thing, Token, User
from .world import KiiWorld

_VENDOR_ID = r"^[a-zA-Z0-9_.-]{1,200}$(?!\n)"


def _text(says: str, **more: Any) -> dict[str, Any]:
    return {"description": says, "type": "string", "minLength": 1, **more}


def _names(says: str) -> dict[str, Any]:
    return {"description": says, "type": "array", "items": {"type": "string", "minLength": 1}}


def _row(says: str, properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"description": says, "type": "object", "additionalProperties": False, "properties": properties, **more}


def _table(says: str, row: dict[str, Any]) -> dict[str, Any]:
    return {"description": says, "type": "object", "propertyNames": {"minLength": 1}, "additionalProperties": row}


_TOKEN = _text("What the caller sends as `Authorization: Bearer`. Left out, it is drawn.")
_ADMIN = _row(
    "The application's administrator.",
    {
        "id": _text("The administrator's ID. Left out, it is drawn."),
        "token": _TOKEN,
        "client_id": _text("What the administrator logs in with. Left out, it is drawn."),
        "client_secret": _text("What the administrator logs in with, beside client_id. Left out, it is drawn."),
    },
)
_USER = _row(
    "A user.",
    {
        "id": _text("The userID that requests name. Left out, it is drawn: it is not the label."),
        "token": _TOKEN,
        "login": _text("The login name. Left out, it is the label."),
        "password": _text("The user's password. Left out, it is drawn."),
    },
)
_GROUP = _row(
    "A group.",
    {
        "id": _text("The groupID that requests name. Left out, it is drawn: it is not the label."),
        "owner": _text("The label of the user who owns the group, and is a member of it. Left out, it is the first member."),
        "members": _names("The labels of the users who are in the group."),
    },
    required=["members"],
)
_THING = _row(
    "A thing.",
    {
        "id": _text("The thingID. Left out, it is drawn."),
        "vendor_id": {"description": "The vendorThingID. Left out, it is the label.", "type": "string", "pattern": _VENDOR_ID},
        "password": _text("The thing's password.", maxLength=200),
        "token": _TOKEN,
        "owners": _row(
            "Who owns the thing when the story begins. Left out: nobody.",
            {"users": _names("The labels of users."), "groups": _names("The labels of groups.")},
        ),
    },
    required=["password"],
)
_APP = _row(
    "An application.",
    {
        "key": _text("The application's key."),
        "require_password": {
            "description": "Its requirePasswordForThingOwnership. Left out, it was never set: it is what the setting require_password_default says.",
            "type": "boolean",
        },
        "admin": _ADMIN,
        "users": _table("The users, by a label that events, groups and owners name them by.", _USER),
        "groups": _table("The groups, by a label.", _GROUP),
        "things": _table("The things, by a label.", _THING),
    },
    required=["key"],
)
WORLD_SCHEMA: dict[str, Any] = _row("What there is at Kii.", {"apps": _table("The applications, by ID.", _APP)}, required=["apps"])
"""Kii's part of a scenario: applications by id; in each, users, groups and things by a label that the scenario gives them.

What a row leaves out is drawn from the supply; a user's login name is then his label, and a group's owner its first member.
"""


def build(data: Mapping[str, Any], settings: Settings, supply: Supply, clock: Clock) -> KiiWorld:
    """Return the world that the data describes; ids and tokens that it leaves out come from the supply. MisfitError where labels dangle."""
    world = KiiWorld(settings=settings, supply=supply, clock=clock)
    misfits = Misfits("kii")
    for app_id, row in data["apps"].items():
        _Setup(world, app_id, row, misfits).run()
    misfits.check()
    return world


class _Setup:
    """Fills one application in."""

    def __init__(self, world: KiiWorld, app_id: str, row: Mapping[str, Any], misfits: Misfits) -> None:
        self.world, self.row, self.misfits = world, row, misfits
        admin = row.get("admin", {})
        self.app = App(
            id=app_id,
            key=row["key"],
            admin_id=admin.get("id") or self._mint("kii/admin", 32),
            client_id=admin.get("client_id") or self._mint("kii/client", 32),
            client_secret=admin.get("client_secret") or self._mint("kii/client", 64),
            require_password=row.get("require_password"),
        )
        world.apps[app_id] = self.app
        self._token(admin, Principal("admin", app_id, self.app.admin_id), "admin")

    def run(self) -> None:
        user_ids = {label: self._user(label, row) for label, row in self.row.get("users", {}).items()}
        group_ids = {label: self._group(label, row, user_ids) for label, row in self.row.get("groups", {}).items()}
        for label, thing in self.row.get("things", {}).items():
            self._thing(label, thing, user_ids, group_ids)

    def _user(self, label: str, row: Mapping[str, Any]) -> str:
        user = User(
            id=row.get("id") or identifiers.user_id(self.world.supply),
            label=label,
            login=row.get("login") or label,
            password=row.get("password") or self._mint("kii/password", 16),
        )
        self._unique(user.id, self.app.users, "users", label)
        if self.app.user(user.login) is not None:
            self._wrong("users", label, why=f"another one has the login name {user.login!r}")
        self.app.add_user(user)
        self._token(row, Principal("user", self.app.id, user.id), "users", label)
        return user.id

    def _group(self, label: str, row: Mapping[str, Any], user_ids: Mapping[str, str]) -> str:
        members = self._ids(user_ids, row["members"], "groups", label, "members")
        owners = self._ids(user_ids, [row["owner"]] if "owner" in row else [], "groups", label, "owner") or members[:1]
        group = Group(
            id=row.get("id") or identifiers.group_id(self.world.supply),
            label=label,
            members=list(dict.fromkeys([*owners, *members])),
            owner=owners[0] if owners else None,
        )
        self._unique(group.id, self.app.groups, "groups", label)
        self.app.groups[group.id] = group
        return group.id

    def _thing(self, label: str, row: Mapping[str, Any], user_ids: Mapping[str, str], group_ids: Mapping[str, str]) -> None:
        owners = row.get("owners", {})
        where = ("things", label, "owners")
        thing = Thing(
            id=row.get("id") or identifiers.thing_id(self.world.supply),
            vendor_id=row.get("vendor_id") or label,
            label=label,
            password=row["password"],
            created=self.world.clock.now(),
            owners=[Owner("user", i) for i in self._ids(user_ids, owners.get("users", ()), *where, "users")]
            + [Owner("group", i) for i in self._ids(group_ids, owners.get("groups", ()), *where, "groups")],
        )
        if not re.search(_VENDOR_ID, thing.vendor_id):
            self._wrong("things", label, why="the label is no vendorThingID, of 1 to 200 of a-z A-Z 0-9 _ . -: give the thing a `vendor_id`")
        if thing.vendor_id in self.app.vendor_ids or thing.id in self.app.things:
            self._wrong("things", label, why="another thing of this app has its id or vendor_id")
        self.app.add_thing(thing)
        self._token(row, Principal("thing", self.app.id, thing.id), "things", label)

    def _wrong(self, *where: str | int, why: str) -> None:
        self.misfits.add("apps", self.app.id, *where, why=why)

    def _unique(self, made: str, known: Container[str], *where: str) -> None:
        if made in known:
            self._wrong(*where, why=f"another one has the id {made!r}")

    def _ids(self, by_label: Mapping[str, str], labels: Iterable[str], *where: str) -> list[str]:
        for label in labels:
            if label not in by_label:
                self._wrong(*where, why=f"there is no {label!r} here; there is {', '.join(by_label) or 'nothing'}")
        return [by_label[label] for label in labels if label in by_label]

    def _token(self, row: Mapping[str, Any], who: Principal, *where: str) -> None:
        token = row.get("token") or identifiers.token(self.world.supply)
        if token in self.world.tokens:
            self._wrong(*where, "token", why=f"another principal has the token {token!r}")
        self.world.tokens[token] = Token(who)

    def _mint(self, kind: str, length: int) -> str:
        return self.world.supply.text(kind, length)
