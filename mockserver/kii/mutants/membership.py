"""Deployments that go wrong about who is in a group, and who owns what through one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ...engine.mutants import Mutant, Rule
from ..entities import App, Group, Owner
from ..world import KiiWorld
from . import places
from .ways import kept_aside, overlooks, thing_of

_RULES = {
    "post": ("add_owner", places.POST, "kii-group.member-leaves", "kii-group.add-member"),
    "put": ("put_owner", places.PUT, "kii-put.nobody-else", "kii-put.member-his-group"),
    "ask": ("check_owner", places.ASK, "kii-is-owner.until-he-leaves", "kii-ownership.members-of-owning-group-are-owners"),
    "remove": ("remove_owner", places.REMOVE, "kii-remove.nobody-else", "kii-remove.owner-may"),
    "request": ("request", places.REQUEST_GROUP, "kii-request-group.nobody-else", "kii-request-group.member-his-group"),
    "confirm": ("confirm", places.CONFIRM, "kii-confirm.nobody-else", "kii-confirm.member-confirms-thing-flow"),
}
Members = Callable[[KiiWorld, Group], list[str]]


@contextmanager
def _seen_as(world: KiiWorld, members: Members) -> Iterator[None]:
    groups = [group for app in world.apps.values() for group in app.groups.values()]
    own = [(group, group.members) for group in groups]
    for group, _ in own:
        group.members = members(world, group)
    try:
        yield
    finally:
        for group, known in own:
            group.members = known


def _with(members: Members) -> Rule:
    """Return what takes these for the members of each group while the rule runs."""

    def rule(world: KiiWorld, good: Rule, *asked: Any, **more: Any) -> Any:
        with _seen_as(world, members):
            return good(*asked, **more)

    return rule


def _noted(table: str) -> Rule:
    """Return what notes who joins a group, or leaves it."""

    def rule(world: KiiWorld, good: Rule, *asked: Any) -> None:
        good(*asked)
        _, _, group_id, user_id = asked
        kept_aside(world, table)[group_id, user_id] = True

    return rule


def _who_left_too(world: KiiWorld, group: Group) -> list[str]:
    left = [user for known, user in kept_aside(world, "left") if known == group.id and user not in group.members]
    return [*group.members, *left]


def _who_joined_not(world: KiiWorld, group: Group) -> list[str]:
    return [user for user in group.members if (group.id, user) not in kept_aside(world, "joined")]


def _owner_alone(_: KiiWorld, group: Group) -> list[str]:
    return [group.owner] if group.owner is not None else []


def _first_alone(_: KiiWorld, group: Group) -> list[str]:
    return group.members[:1]


def _nobody(_: KiiWorld, __: Group) -> list[str]:
    return []


def _everyone(world: KiiWorld, group: Group) -> list[str]:
    app = next(app for app in world.apps.values() if app.groups.get(group.id) is group)
    return list(app.users)


def _stale() -> Iterator[tuple[str, Mutant]]:
    for place, (rule, operations, left, joined) in _RULES.items():
        yield (
            f"{place}-counts-who-has-left",
            Mutant(
                says=f"At {place} a member who has left the group still counts as one.",
                operations=operations,
                clauses=(left,),
                rules={rule: _with(_who_left_too), "remove_member": _noted("left")},
            ),
        )
        yield (
            f"{place}-counts-not-who-joined",
            Mutant(
                says=f"At {place} a member who joined the group after it was made does not count.",
                operations=operations,
                clauses=(joined,),
                rules={rule: _with(_who_joined_not), "add_member": _noted("joined")},
            ),
        )


def _asked(name: str, says: str, rule: Rule, *clauses: str) -> tuple[str, Mutant]:
    return name, Mutant(says=says, operations=places.ASK, clauses=clauses, rules={"check_owner": rule})


def _group_of_a_user(world: KiiWorld, good: Rule, *asked: Any) -> None:
    who, app_id, ref, owner = asked
    thing, app = thing_of(world, app_id, ref), world.apps.get(app_id)
    if thing is not None and app is not None and _some_member_owns(app, owner, thing.owners):
        owner = next(other for other in thing.owners if other.kind == "user" and app.is_member(other.id, owner.id))
    good(who, app_id, ref, owner)


def _some_member_owns(app: App, owner: Owner, owners: list[Owner]) -> bool:
    return owner.kind == "group" and owner not in owners and any(other.kind == "user" and app.is_member(other.id, owner.id) for other in owners)


def _adds(world: KiiWorld, good: Rule, *asked: Any) -> None:
    _, app_id, ref, owner = asked
    good(*asked)
    thing = thing_of(world, app_id, ref)
    if thing is not None and owner not in thing.owners:
        thing.owners.append(owner)


def _takes(world: KiiWorld, good: Rule, *asked: Any) -> None:
    _, app_id, ref, owner = asked
    good(*asked)
    thing = thing_of(world, app_id, ref)
    if thing is not None and owner in thing.owners:
        thing.owners.remove(owner)


def _of_any_thing(world: KiiWorld, good: Rule, *asked: Any) -> None:
    _, app_id, ref, owner = asked
    app, thing = world.apps.get(app_id), thing_of(world, app_id, ref)
    if app is None or thing is None or owner in thing.owners or not any(owner in other.owners for other in app.things.values()):
        good(*asked)
    else:
        overlooks("not_owner")(world, good, *asked)


MUTANTS: Mapping[str, Mutant] = dict(
    [
        *_stale(),
        _asked(
            "ask-knows-no-members", "A member of an owning group is no owner.", _with(_nobody), "kii-ownership.members-of-owning-group-are-owners"
        ),
        _asked(
            "ask-knows-the-groups-owner-alone",
            "Of an owning group its owner alone is an owner.",
            _with(_owner_alone),
            "kii-ownership.members-of-owning-group-are-owners",
        ),
        _asked(
            "ask-knows-the-first-member-alone",
            "Of an owning group its first member alone is an owner.",
            _with(_first_alone),
            "kii-ownership.members-of-owning-group-are-owners",
        ),
        _asked("ask-takes-everyone-for-a-member", "Where a group owns a thing, every user does.", _with(_everyone), "kii-is-owner.404"),
        _asked("ask-says-yes-for-every-group-of-an-owner", "A group is an owner where one of its members is.", _group_of_a_user, "kii-is-owner.404"),
        _asked("ask-says-yes-for-an-owner-of-any-thing", "Who owns some thing is said to own each.", _of_any_thing, "kii-is-owner.purpose"),
        _asked(
            "ask-adds-whom-it-is-asked-about",
            "To ask about a member of an owning group makes him an owner himself.",
            _adds,
            "kii-ownership.members-of-owning-group-are-owners",
        ),
        _asked("ask-ends-what-it-is-asked-about", "To ask whether somebody is an owner ends his ownership.", _takes, "kii-is-owner.purpose"),
    ]
)
