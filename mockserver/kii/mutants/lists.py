"""Deployments whose list of owners is wrong, though what they store is right; and those that hold things and owners to other rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...engine.mutants import Mutant, Rule
from ..entities import App, Owner, ThingRef
from ..world import KiiWorld
from . import places
from .ways import thing_of, within

Lists = tuple[list[str], list[str]]


def _listed(change: Callable[[App, list[str], list[str]], Lists]) -> Rule:
    def rule(world: KiiWorld, good: Rule, who: Any, app_id: str, ref: ThingRef) -> Lists:
        users, groups = good(who, app_id, ref)
        return change(world.apps[app_id], users, groups)

    return rule


def _pending_too(world: KiiWorld, good: Rule, who: Any, app_id: str, ref: ThingRef) -> Lists:
    users, groups = good(who, app_id, ref)
    thing = thing_of(world, app_id, ref)
    waiting = [flow.owner for flow in thing.flows.values()] if thing is not None else []
    return (
        list(dict.fromkeys([*users, *(owner.id for owner in waiting if owner.kind == "user")])),
        list(dict.fromkeys([*groups, *(owner.id for owner in waiting if owner.kind == "group")])),
    )


def _full(full: Callable[[App, Any, Owner], bool]) -> Rule:
    """Return the rule by which one is taken for an owner already where this holds."""

    def rule(world: KiiWorld, good: Rule, *asked: Any) -> Any:
        _, app, thing, owner = asked
        if thing is not None and owner is not None and full(app, thing, owner):
            return world.already(app, thing, owner)
        return good(*asked)

    return rule


def _elsewhere(world: KiiWorld, good: Rule, app: App, owner: Owner | None) -> Any:
    return None if owner is not None and any(other.has(owner) for other in world.apps.values()) else good(app, owner)


def _list(name: str, says: str, rule: Rule, *clauses: str) -> tuple[str, Mutant]:
    return name, Mutant(says=says, operations=places.LIST, clauses=clauses, rules={"owners": rule})


def _one(name: str, says: str, full: Callable[[App, Any, Owner], bool], *clauses: str) -> tuple[str, Mutant]:
    return name, Mutant(says=says, operations=places.POST, clauses=clauses, rules={"add_owner": within(_owned_already=_full(full))})


MUTANTS: Mapping[str, Mutant] = dict(
    [
        _list(
            "list-swaps-users-and-groups",
            "The userIDs stand under groups, the groupIDs under users.",
            _listed(lambda _, u, g: (g, u)),
            "kii-list.200",
        ),
        _list("list-has-each-twice", "Each owner is listed twice.", _listed(lambda _, u, g: (u * 2, g * 2)), "kii-list.purpose"),
        _list(
            "list-ends-at-ten",
            "The first ten users and the first ten groups are listed.",
            _listed(lambda _, u, g: (u[:10], g[:10])),
            "kii-list.purpose",
        ),
        _list("list-has-who-is-pending", "Who is to be added by a flow that is pending is listed already.", _pending_too, "kii-request-user.purpose"),
        _one(
            "post-one-thing-an-owner",
            "Who owns a thing gets no second one.",
            lambda app, _, owner: any(owner in other.owners for other in app.things.values()),
            "kii-ownership.any-user-or-group",
        ),
        (
            "post-finds-those-of-another-app",
            Mutant(
                says="POST ownership adds users and groups of other applications.",
                operations=places.POST,
                clauses=("kii-ownership.only-of-the-application",),
                rules={"add_owner": within(owner_missing=_elsewhere)},
            ),
        ),
        (
            "put-finds-those-of-another-app",
            Mutant(
                says="PUT adds users and groups of other applications.",
                operations=places.PUT,
                clauses=("kii-put.404-user", "kii-put.404-group"),
                rules={"put_owner": within(owner_missing=_elsewhere)},
            ),
        ),
    ]
)
