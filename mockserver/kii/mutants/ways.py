"""Ways in which a rule goes wrong, whatever its subject: what the mutants of rules are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from ...engine.mutants import Mutant, Rule
from ..entities import Thing, ThingRef
from ..refusals import No
from ..world import KiiWorld

_ABSENT = object()


def always(value: Any) -> Rule:
    """Return the rule that comes to this whatever it is asked."""
    return lambda _world, _good, *_args, **_more: value


def within(**rules: Rule) -> Rule:
    """Return what has these rules in the place of the state's own, by their names, while the rule in whose place it stands runs."""

    def rule(world: KiiWorld, good: Rule, *args: Any, **more: Any) -> Any:
        with replaced(world, {name: partial(wrong, world, getattr(world, name)) for name, wrong in rules.items()}):
            return good(*args, **more)

    return rule


def under(turn: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Rule:
    """Return what runs the rule under other picks than the world declares. turn: the world's picks → those over them."""

    def rule(world: KiiWorld, good: Rule, *args: Any, **more: Any) -> Any:
        with replaced(world, {"settings": {**world.settings, **turn(world.settings)}}):
            return good(*args, **more)

    return rule


@contextmanager
def replaced(world: KiiWorld, attributes: Mapping[str, Any]) -> Iterator[None]:
    """Give the world these attributes over its own while the block runs."""
    own = {name: vars(world).get(name, _ABSENT) for name in attributes}
    vars(world).update(attributes)
    try:
        yield
    finally:
        for name, value in own.items():
            if value is _ABSENT:
                del vars(world)[name]
            else:
                vars(world)[name] = value


def overlooks(kind: str, result: Any = None) -> Rule:
    """Return what answers as after a success, with this result, where the rule refuses for this reason; nothing is done then."""

    def rule(_: KiiWorld, good: Rule, *args: Any, **more: Any) -> Any:
        try:
            return good(*args, **more)
        except No as no:
            if no.kind != kind:
                raise
            return result

    return rule


def acts_and_refuses(_: KiiWorld, good: Rule, *args: Any, **more: Any) -> Any:
    """Do what the rule does, and refuse."""
    good(*args, **more)
    raise No("unauthorized")


def thing_of(world: KiiWorld, app_id: str, ref: ThingRef) -> Thing | None:
    """Return the thing that a request names, if there is one."""
    app = world.apps.get(app_id)
    return app.thing(ref) if app is not None else None


def with_thing(change: Callable[[KiiWorld, Thing, list[Any]], None]) -> Rule:
    """Return what changes the thing that the request names, after the rule. change: world, thing, the owners that it had before."""

    def rule(world: KiiWorld, good: Rule, who: Any, app_id: str, ref: ThingRef, *args: Any, **more: Any) -> Any:
        thing = thing_of(world, app_id, ref)
        before = list(thing.owners) if thing is not None else []
        result = good(who, app_id, ref, *args, **more)
        if thing is not None:
            change(world, thing, before)
        return result

    return rule


def kept_aside(world: KiiWorld, name: str) -> dict[Any, Any]:
    """Return what a mutant keeps of what has been, beside the world's own data: it goes with the world."""
    table: dict[Any, Any] = vars(world).setdefault(f"_{name}", {})
    return table


def nothing(_: KiiWorld, __: Rule, *___: Any) -> None:
    """Do nothing."""


def at_one(operation: str, name: str, says: str, clause: str, **rules: Rule) -> tuple[str, Mutant]:
    """Return a mutant of one operation, with its name, that breaks one clause."""
    return name, Mutant(says=says, operations=frozenset({operation}), clauses=(clause,), rules=rules)
