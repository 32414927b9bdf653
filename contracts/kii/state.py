"""What Kii's reference model knows of a world. Users, groups, things and codes are known by what stands for them in a row: `$user.id`, `$code`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

APP, FOREIGN_APP = "$app.id", "$foreign.app_id"
# Who of a group a row can name, by what it says that the group is to be with.
PEOPLE = {"member": ("member",), "owner": ("group_owner", "member"), "members": ("member", "other_member")}


class Owner(NamedTuple):
    """A user or a group that owns a thing, or is to. kind: user or group. id: as a request names it."""

    kind: str
    id: str


@dataclass(frozen=True)
class Flow:
    """A flow that was started. code: the variable that holds it. by: the side that started it: admin, thing or owner. at: when. used: completed."""

    code: str
    thing: str
    owner: Owner
    by: str
    at: float
    used: bool = False
    replaced: bool = False


@dataclass(frozen=True)
class Token:
    """A token of a login. name: the variable that holds it. holder: whose. until: when it ends."""

    name: str
    holder: str
    until: float


@dataclass(frozen=True)
class State:
    """A world. locked: the app's flag requirePasswordForThingOwnership. users, groups, things: who is there. gone: who was there.

    members: (group, user). rulers: (group, its owner), where a row can name him. owners: (thing, owner). flows: of things that are there.
    now: seconds since the beginning. issued: how many flows were started. vacated: the things that had an owner who was deleted; their list is a
    pick's matter.
    """

    picks: tuple[tuple[str, Any], ...] = field(repr=False)
    locked: bool = False
    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    things: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    members: frozenset[tuple[str, str]] = frozenset()
    rulers: frozenset[tuple[str, str]] = frozenset()
    owners: frozenset[tuple[str, Owner]] = frozenset()
    flows: tuple[Flow, ...] = ()
    tokens: tuple[Token, ...] = ()
    now: float = 0
    issued: int = 0
    vacated: frozenset[str] = frozenset()

    def pick(self, name: str) -> Any:
        """Return the value of a pick; a list as a tuple."""
        return dict(self.picks)[name]

    def has(self, owner: Owner, app: str) -> bool:
        """Return whether the application has such a user or group."""
        return owner.id in (self.users if owner.kind == "user" else self.groups) and app_of(owner.id) == app

    def thing(self, app: str, by: str, value: str) -> str | None:
        """Return the thing that this value names in the application, None where there is none. by: thingID or vendorThingID."""
        known = value if by == "thingID" else value.replace(".vendor_id", ".id")
        named = known in self.things and (by == "thingID" or value.endswith(".vendor_id"))
        return known if named and app_of(known) == app else None

    def owns(self, thing: str, owner: Owner) -> bool:
        """Return whether the user or group has an ownership of its own."""
        return (thing, owner) in self.owners

    def counts_as_owner(self, thing: str, user: str) -> bool:
        """Return whether the user owns the thing, himself or through a group that he is in."""
        return user in self.users and (self.owns(thing, Owner("user", user)) or self.owns_through_group(thing, user))

    def owns_through_group(self, thing: str, user: str) -> bool:
        """Return whether a group owns the thing that the user is a member of."""
        return any(self.owns(thing, Owner("group", group)) for group, member in self.members if member == user)

    def alive(self, flow: Flow) -> bool:
        """Return whether the flow's code still serves."""
        return not (flow.used or flow.replaced) and self.now - flow.at < self.pick("code_life")

    def with_owner(self, thing: str, owner: Owner) -> State:
        """Return the state in which this owner has been added."""
        return replace(self, owners=self.owners | {(thing, owner)})

    def without_owner(self, thing: str, owner: Owner) -> State:
        """Return the state in which this ownership has ended."""
        return replace(self, owners=self.owners - {(thing, owner)})

    def without(self, owner: Owner) -> State:
        """Return the state in which a user or a group is deleted. Its flows stay, and can be completed no more."""
        owned = frozenset(thing for thing, one in self.owners if one == owner)
        kept = self.pick("deleted_owner") == "kept"
        return replace(
            self,
            users=self.users - {owner.id},
            groups=self.groups - {owner.id},
            gone=self.gone | {owner.id},
            members=frozenset(pair for pair in self.members if owner.id not in pair),
            rulers=frozenset(pair for pair in self.rulers if owner.id not in pair),
            owners=self.owners if kept else frozenset(pair for pair in self.owners if pair[1] != owner),
            vacated=self.vacated | owned,
        )

    def without_thing(self, thing: str) -> State:
        """Return the state in which a thing is deleted, and its ownerships and flows with it."""
        return replace(
            self,
            things=self.things - {thing},
            gone=self.gone | {thing},
            owners=frozenset(pair for pair in self.owners if pair[0] != thing),
            flows=tuple(flow for flow in self.flows if flow.thing != thing),
        )


def app_of(known: str) -> str:
    """Return the application that somebody or something belongs to."""
    return FOREIGN_APP if known.startswith("$foreign") else APP


def begin(needs: Mapping[str, Any], picks: Mapping[str, Any]) -> State:
    """Return the state in which a row with these needs begins: nobody owns anything."""
    people: set[str] = {name for name in ("user", "other_user") if name in needs}
    members: set[tuple[str, str]] = set()
    rulers: set[tuple[str, str]] = set()
    groups: set[str] = set()
    if "group" in needs or "outsider" in needs:
        cast = PEOPLE[needs.get("group", {"with": "member"})["with"]]
        people |= set(cast)
        groups.add("$group.id")
        members |= {("$group.id", f"${name}.id") for name in cast}
        rulers |= {("$group.id", f"${name}.id") for name in cast if name == "group_owner"}
    if "outsider" in needs:
        people.add("outsider")
        groups.add("$other_group.id")
        members.add(("$other_group.id", "$outsider.id"))
    things = {name for name in ("thing", "other_thing") if name in needs}
    if "foreign" in needs:
        people.add("foreign_user")
        groups.add("$foreign_group.id")
        things.add("foreign_thing")
    flag = needs.get("app", "open")
    return State(
        picks=tuple(sorted((name, tuple(value) if isinstance(value, list) else value) for name, value in picks.items())),
        locked=bool(picks["require_password_default"]) if flag == "default" else flag == "locked",
        users=frozenset(f"${name}.id" for name in people),
        groups=frozenset(groups),
        things=frozenset(f"${name}.id" for name in things),
        members=frozenset(members),
        rulers=frozenset(rulers),
    )
