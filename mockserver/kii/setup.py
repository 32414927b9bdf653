"""From a scenario's data to a Kii world."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

from ..engine.clock import Clock
from ..engine.misfit import Misfits
from ..engine.supply import Supply
from ..engine.vendor import Settings
from . import identifiers
from .entities import App, Group, Owner, Principal, Thing, Token, User
from .world import KiiWorld

_NAMED = {"type": "string", "minLength": 1}
_OWNERS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"users": {"type": "array", "items": _NAMED}, "groups": {"type": "array", "items": _NAMED}},
}


def _table(required: list[str], properties: dict[str, Any]) -> dict[str, Any]:
    row = {"type": "object", "additionalProperties": False, "required": required, "properties": properties}
    return {"type": "object", "additionalProperties": row}


WORLD_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["apps"],
    "additionalProperties": False,
    "properties": {
        "apps": _table(
            ["key"],
            {
                "key": _NAMED,
                "require_password": {"type": "boolean"},
                "admin": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": dict.fromkeys(("id", "token", "client_id", "client_secret"), _NAMED),
                },
                "users": _table([], dict.fromkeys(("id", "token", "login", "password"), _NAMED)),
                "groups": _table(["members"], {"id": _NAMED, "owner": _NAMED, "members": {"type": "array", "items": _NAMED}}),
                "things": _table(
                    ["password"],
                    {
                        "id": _NAMED,
                        "vendor_id": {"type": "string", "pattern": r"^[a-zA-Z0-9_.-]{1,200}$(?!\n)"},
                        "password": {"type": "string", "minLength": 1, "maxLength": 200},
                        "token": _NAMED,
                        "owners": _OWNERS,
                    },
                ),
            },
        )
    },
}
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
