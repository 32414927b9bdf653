"""What a Kii world is made of: plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Principal:
    """Who calls. kind: admin, user, thing or anonymous. id: the userID or thingID; an administrator's own id; none for anonymous."""

    kind: str
    app_id: str
    id: str | None


@dataclass(frozen=True)
class Token:
    """Whose an access token is, and when it ends: seconds since the epoch, None for never."""

    holder: Principal
    expires: float | None = None


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
    """An ownership flow that has started. started_by: thing, owner (the user, or a member of the group) or admin. at: seconds since the epoch.

    expired: its code's life was ended before its time.
    """

    code: str
    owner: Owner
    started_by: str
    at: float
    expired: bool = False


@dataclass
class User:
    """A user of an application. label: the scenario's name for him. fields: what he was registered with beside login name and password."""

    id: str
    label: str
    login: str
    password: str
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass
class Group:
    """A group of an application. owner: a userID, None where nobody owns it. members: userIDs, the owner's among them."""

    id: str
    label: str
    members: list[str]
    owner: str | None = None


@dataclass
class Thing:
    """A thing, its owners in the order in which they became so, its pending flows by code, and whom each used code has made an owner.

    created: seconds since the epoch. fields: what it was registered with beside its vendorThingID and password.
    """

    id: str
    vendor_id: str
    label: str
    password: str
    created: float = 0.0
    fields: dict[str, Any] = field(default_factory=dict)
    owners: list[Owner] = field(default_factory=list)
    flows: dict[str, Flow] = field(default_factory=dict)
    used_codes: dict[str, Owner] = field(default_factory=dict)


@dataclass
class App:
    """An application. require_password: its requirePasswordForThingOwnership, None where it was never set.

    client_id, client_secret: what its administrator logs in with. logins: userIDs by login name. vendor_ids: thingIDs by vendorThingID.
    """

    id: str
    key: str
    admin_id: str
    client_id: str
    client_secret: str
    require_password: bool | None
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    things: dict[str, Thing] = field(default_factory=dict)
    logins: dict[str, str] = field(default_factory=dict)
    vendor_ids: dict[str, str] = field(default_factory=dict)

    def thing(self, ref: ThingRef) -> Thing | None:
        """Return the thing that this names, if the application has it."""
        return self.things.get(ref.value if ref.field == "thingID" else self.vendor_ids.get(ref.value, ""))

    def user(self, login: str) -> User | None:
        """Return the user with this login name."""
        return self.users.get(self.logins.get(login, ""))

    def add_user(self, user: User) -> None:
        """Keep a user."""
        self.users[user.id] = user
        self.logins[user.login] = user.id

    def add_thing(self, thing: Thing) -> None:
        """Keep a thing."""
        self.things[thing.id] = thing
        self.vendor_ids[thing.vendor_id] = thing.id

    def has(self, owner: Owner) -> bool:
        """Return whether the application has this user or group."""
        return owner.id in (self.users if owner.kind == "user" else self.groups)

    def is_member(self, user_id: str | None, group_id: str) -> bool:
        """Return whether the user is a member of the group."""
        return group_id in self.groups and user_id in self.groups[group_id].members

    def owns(self, user_id: str | None, thing: Thing) -> bool:
        """Return whether the user owns the thing: himself, or as a member of a group that does."""
        return any(o.id == user_id if o.kind == "user" else self.is_member(user_id, o.id) for o in thing.owners)
