"""From a scenario's data to a Kii world."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

from ..engine.clock import Clock
from ..engine.supply import Supply
from ..engine.vendor import Settings
from .entities import App, Group, Owner, Principal, Thing, User
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
                "admin": {"type": "object", "additionalProperties": False, "properties": {"id": _NAMED, "token": _NAMED}},
                "users": _table([], {"id": _NAMED, "token": _NAMED}),
                "groups": _table(["members"], {"id": _NAMED, "members": {"type": "array", "items": _NAMED}}),
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
"""Kii's part of a scenario: applications by id; in each, users, groups and things by a label that the scenario gives them."""


def build(data: Mapping[str, Any], settings: Settings, supply: Supply, clock: Clock) -> KiiWorld:
    """Return the world that the data describes; ids and tokens that it leaves out come from the supply. ValueError where labels dangle."""
    world = KiiWorld(settings=settings, supply=supply, clock=clock)
    for app_id, row in data["apps"].items():
        _Setup(world, app_id, row).run()
    return world


class _Setup:
    """Fills one application in."""

    def __init__(self, world: KiiWorld, app_id: str, row: Mapping[str, Any]) -> None:
        self.world, self.row = world, row
        admin = row.get("admin", {})
        self.app = App(
            id=app_id,
            key=row["key"],
            admin_id=admin.get("id") or self._mint("kii/admin", 32),
            require_password=row.get("require_password"),
        )
        world.apps[app_id] = self.app
        self._token(admin, Principal("admin", app_id, self.app.admin_id))

    def run(self) -> None:
        labels = {}
        for label, user in self.row.get("users", {}).items():
            made = User(id=user.get("id") or self._user_id(), label=label)
            self._unique(made.id, self.app.users, f"users.{label}")
            self.app.users[made.id] = labels[label] = made
            self._token(user, Principal("user", self.app.id, made.id))
        user_ids = {label: user.id for label, user in labels.items()}
        group_ids = {}
        for label, group in self.row.get("groups", {}).items():
            members = self._ids(user_ids, group["members"], f"groups.{label}.members")
            bunch = Group(id=group.get("id") or self._mint("kii/group", 22), label=label, members=members)
            self._unique(bunch.id, self.app.groups, f"groups.{label}")
            self.app.groups[bunch.id] = bunch
            group_ids[label] = bunch.id
        for label, thing in self.row.get("things", {}).items():
            self._thing(label, thing, user_ids, group_ids)

    def _thing(self, label: str, row: Mapping[str, Any], user_ids: Mapping[str, str], group_ids: Mapping[str, str]) -> None:
        owners = row.get("owners", {})
        where = f"things.{label}.owners"
        thing = Thing(
            id=row.get("id") or self._thing_id(),
            vendor_id=row.get("vendor_id") or label,
            label=label,
            password=row["password"],
            owners=[Owner("user", i) for i in self._ids(user_ids, owners.get("users", ()), where)]
            + [Owner("group", i) for i in self._ids(group_ids, owners.get("groups", ()), where)],
        )
        if any(other.vendor_id == thing.vendor_id or other.id == thing.id for other in self.app.things.values()):
            raise ValueError(f"kii.apps.{self.app.id}.things.{label}: another thing of this app has its id or vendor_id")
        self.app.things[thing.id] = thing
        self._token(row, Principal("thing", self.app.id, thing.id))

    def _unique(self, made: str, known: Container[str], where: str) -> None:
        if made in known:
            raise ValueError(f"kii.apps.{self.app.id}.{where}: another one has the id {made!r}")

    def _ids(self, by_label: Mapping[str, str], labels: Iterable[str], where: str) -> list[str]:
        for label in labels:
            if label not in by_label:
                raise ValueError(f"kii.apps.{self.app.id}.{where}: there is no {label!r} here; there is {', '.join(by_label) or 'nothing'}")
        return [by_label[label] for label in labels]

    def _token(self, row: Mapping[str, Any], who: Principal) -> None:
        token = row.get("token") or self._mint("kii/token", 43)
        if token in self.world.tokens:
            raise ValueError(f"kii.apps.{self.app.id}: two principals have the token {token!r}")
        self.world.tokens[token] = who

    def _mint(self, kind: str, length: int) -> str:
        return self.world.supply.text(kind, length)

    def _user_id(self) -> str:
        return "-".join(self._mint("kii/user", length) for length in (12, 4, 4, 4, 8))

    def _thing_id(self) -> str:
        return "th." + "-".join(self._mint("kii/thing", length) for length in (12, 4, 4, 4, 8))
