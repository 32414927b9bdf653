"""Deployments that say one thing and store another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...engine.mutants import Mutant, Rule
from ..entities import Owner, Principal, Thing, ThingRef
from ..world import KiiWorld
from . import places
from .ways import acts_and_refuses, thing_of, with_thing

_ADDS = {
    "post": ("POST ownership", "add_owner", places.POST, ("kii-ownership.purpose", "kii-post.purpose")),
    "put": ("PUT of an owner", "put_owner", places.PUT, ("kii-put.purpose",)),
    "confirm": ("Confirm", "confirm", places.CONFIRM, ("kii-confirm.purpose",)),
}
_SUCCESS = {"post": "kii-post.204", "put": "kii-put.204", "confirm": "kii-public.confirm-204", "remove": "kii-remove.success"}
_GROUPS = {"post": "kii-post.member-adds-his-group", "put": "kii-put.member-his-group", "confirm": "kii-confirm.member-confirms-thing-flow"}
_BESIDE = {
    "post": ("kii-ownership.several-owners", "kii-post.purpose"),
    "put": ("kii-put.purpose",),
    "confirm": ("kii-confirm.purpose",),
}


def _as_before(_: KiiWorld, thing: Thing, before: list[Owner]) -> None:
    thing.owners[:] = before


def _newest_alone(_: KiiWorld, thing: Thing, before: list[Owner]) -> None:
    thing.owners[:] = [owner for owner in thing.owners if owner not in before] or thing.owners


def _none_left(_: KiiWorld, thing: Thing, __: list[Owner]) -> None:
    thing.owners.clear()


def _newest_twice(_: KiiWorld, thing: Thing, before: list[Owner]) -> None:
    thing.owners.extend([owner for owner in thing.owners if owner not in before])


def _members_instead(world: KiiWorld, thing: Thing, before: list[Owner]) -> None:
    groups = {group.id: group for app in world.apps.values() for group in app.groups.values()}
    for owner in [owner for owner in thing.owners if owner not in before and owner.kind == "group" and owner.id in groups]:
        at = thing.owners.index(owner)
        thing.owners[at : at + 1] = [Owner("user", member) for member in groups[owner.id].members if Owner("user", member) not in thing.owners]


def _kinds_swapped(_: KiiWorld, thing: Thing, before: list[Owner]) -> None:
    other = {"user": "group", "group": "user"}
    thing.owners[:] = [owner if owner in before else Owner(other[owner.kind], owner.id) for owner in thing.owners]


def _every_other_thing_too(world: KiiWorld, thing: Thing, before: list[Owner]) -> None:
    new = [owner for owner in thing.owners if owner not in before]
    app = next((app for app in world.apps.values() if app.things.get(thing.id) is thing), None)
    for other in app.things.values() if app is not None else ():
        other.owners.extend(owner for owner in new if owner not in other.owners)


def _caller_instead(world: KiiWorld, good: Rule, who: Principal, app_id: str, ref: ThingRef, *args: Any, **more: Any) -> Any:
    thing = thing_of(world, app_id, ref)
    before = list(thing.owners) if thing is not None else []
    result = good(who, app_id, ref, *args, **more)
    if thing is not None and who.kind == "user" and Owner("user", who.id or "") not in before:
        thing.owners[:] = [*before, Owner("user", who.id or "")]
    return result


def _adding() -> Iterator[tuple[str, Mutant]]:
    """Yield what goes wrong alike in the ways to become an owner: all of it at PUT, which the fewest cases call, elsewhere what there says most."""
    for place, (words, rule, operations, clauses) in _ADDS.items():
        for name, says, change, broken, elsewhere in (
            ("stores-nothing", "succeeds and stores nothing", _as_before, clauses, ("post", "confirm")),
            ("lists-an-owner-twice", "makes its owner one twice over", _newest_twice, clauses[-1:], ()),
            ("replaces-the-owners", "takes the other owners of the thing away", _newest_alone, _BESIDE[place], ("post",)),
            ("stores-the-members", "makes the members of a group owners in the group's place", _members_instead, (_GROUPS[place],), ()),
            ("swaps-users-and-groups", "stores a user as a group, and a group as a user", _kinds_swapped, clauses[-1:], ("confirm",)),
            ("adds-to-every-thing", "makes its owner one of every thing of the application", _every_other_thing_too, clauses[-1:], ()),
        ):
            if place == "put" or place in elsewhere:
                yield f"{place}-{name}", Mutant(says=f"{words} {says}.", operations=operations, clauses=broken, rules={rule: with_thing(change)})


def _refusing() -> Iterator[tuple[str, Mutant]]:
    for place, clause in _SUCCESS.items():
        words, rule, operations, _ = {**_ADDS, "remove": ("DELETE of an owner", "remove_owner", places.REMOVE, ())}[place]
        says = f"{words} does what it is asked for, and answers that the caller may not."
        yield f"{place}-acts-and-refuses", Mutant(says=says, operations=operations, clauses=(clause,), rules={rule: acts_and_refuses})


MUTANTS: Mapping[str, Mutant] = {
    **dict(_adding()),
    **dict(_refusing()),
    "put-makes-the-caller-owner": Mutant(
        says="PUT of an owner makes a user who calls the owner, whomever he names.",
        operations=places.PUT,
        clauses=("kii-put.member-his-group",),
        rules={"put_owner": _caller_instead},
    ),
    "remove-removes-nothing": Mutant(
        says="DELETE of an owner succeeds, and he stays one.",
        operations=places.REMOVE,
        clauses=("kii-remove.success", "kii-remove.purpose"),
        rules={"remove_owner": with_thing(_as_before)},
    ),
    "remove-removes-every-owner": Mutant(
        says="DELETE of one owner takes all of them away.",
        operations=places.REMOVE,
        clauses=("kii-remove.purpose",),
        rules={"remove_owner": with_thing(_none_left)},
    ),
}
