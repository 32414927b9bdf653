"""What a Kii world is made of: plain data."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Principal:
    """Who calls. kind: admin, user, thing or anonymous. id: the userID or thingID; an administrator's own id; none for anonymous."""

    kind: str
    app_id: str
    id: str | None


@dataclass(frozen=True)
class Owner:
    """Who owns, or is to own, a thing. kind: user or group."""

    kind: str
    id: str


@dataclass(frozen=True)
class ThingRef:
    """How a request names a thing. field: thingID or vendorThingID."""

    field: str
    value: str


@dataclass(frozen=True)
class Flow:
    """An ownership flow that has started. started_by: thing, owner (the user, or a member of the group) or admin. at: seconds since the epoch."""

    code: str
    owner: Owner
    started_by: str
    at: float


@dataclass
class User:
    """A user of an application. label: the scenario's name for him."""

    id: str
    label: str


@dataclass
class Group:
    """A group of an application. members: userIDs."""

    id: str
    label: str
    members: list[str]


@dataclass
class Thing:
    """A thing, its owners in the order in which they became so, its pending flows by code, and whom each used code has made an owner."""

    id: str
    vendor_id: str
    label: str
    password: str
    owners: list[Owner] = field(default_factory=list)
    flows: dict[str, Flow] = field(default_factory=dict)
    used_codes: dict[str, Owner] = field(default_factory=dict)


@dataclass
class App:
    """An application. require_password: its requirePasswordForThingOwnership, None where it was never set."""

    id: str
    key: str
    admin_id: str
    require_password: bool | None
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    things: dict[str, Thing] = field(default_factory=dict)

    def thing(self, ref: ThingRef) -> Thing | None:
        """Return the thing that this names, if the application has it."""
        if ref.field == "thingID":
            return self.things.get(ref.value)
        return next((thing for thing in self.things.values() if thing.vendor_id == ref.value), None)

    def has(self, owner: Owner) -> bool:
        """Return whether the application has this user or group."""
        return owner.id in (self.users if owner.kind == "user" else self.groups)

    def is_member(self, user_id: str | None, group_id: str) -> bool:
        """Return whether the user is a member of the group."""
        return group_id in self.groups and user_id in self.groups[group_id].members
