"""Rules of who may, and the mutants of them: one a sort of callers that is wrongly let in, or shut out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...engine.mutants import Mutant, Rule
from ..entities import Flow, Owner, Principal, ThingRef
from ..refusals import No
from ..world import KiiWorld
from .callers import SORTS, Sort
from .places import POST

FOREIGN = ("the-admin-of-another-app", "a-user-of-another-app", "a-thing-of-another-app")
NO_THING = ThingRef("thingID", "")
"""Stands where a rule is about no thing."""


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A rule of who may. does: what its operations do, in words. lets_in, shuts_out: sorts of callers → the clause that is broken so.

    kind: user or group, where the rule is asked for more operations than these: which of them are meant. ids: what the ids are that the rule
    is asked with, where it is not about a thing. denies: the rule returns a refusal or None, not whether the caller may.
    """

    does: str
    operations: frozenset[str]
    rule: str
    lets_in: Mapping[str, str]
    shuts_out: Mapping[str, str]
    kind: str | None = None
    ids: Sequence[str] | None = None
    denies: bool = False

    def fits(self, world: KiiWorld, sort: Sort, asked: Sequence[Any]) -> bool:
        """Return whether a caller of this sort asks for one of the operations."""
        who, app, *rest = asked
        ref, named = (NO_THING, self._by_ids(rest)) if self.ids is not None else (rest[0], _named(rest[1:]))
        meant = self.kind is None or all(owner.kind == self.kind for owner in named)
        return meant and sort(world, who, app, ref, named)

    def _by_ids(self, rest: Sequence[str | None]) -> list[Owner]:
        return [Owner(kind, known) for kind, known in zip(self.ids or (), rest, strict=False) if known is not None]


def _named(rest: Sequence[Any]) -> Sequence[Owner]:
    """Return whom the request names: the rules are given an owner, several, a flow, or none of these."""
    named = rest[0] if rest else []
    if isinstance(named, Flow):
        return [named.owner]
    return [named] if isinstance(named, Owner) else named or []


def each(clause: str, sorts: Sequence[str], others: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """Return this clause for each of the sorts, and what others have."""
    return {**dict.fromkeys(sorts, clause), **(others or {})}


def _let_in(gate: Gate, sort: Sort) -> Rule:
    def rule(world: KiiWorld, good: Rule, *asked: Any) -> Any:
        if gate.fits(world, sort, asked):
            return None if gate.denies else True
        return good(*asked)

    return rule


def _shut_out(gate: Gate, sort: Sort) -> Rule:
    def rule(world: KiiWorld, good: Rule, *asked: Any) -> Any:
        if gate.fits(world, sort, asked):
            return No("unauthorized") if gate.denies else False
        return good(*asked)

    return rule


def basic_at(operations: frozenset[str]) -> Rule:
    """Return the rule by which these operations take a Basic credential where only a token serves."""

    def rule(world: KiiWorld, good: Rule, *asked: Any) -> Principal | None:
        scheme, value, operation, _ = asked
        who: Principal | None = good(*asked)
        return world.basic_caller(value, keyless=False) if scheme == "basic" and operation in operations else who

    return rule


def mutants(gates: Mapping[str, Gate]) -> Iterator[tuple[str, Mutant]]:
    """Yield the mutants of these rules by their names."""
    for place, gate in gates.items():
        for name, clause in gate.lets_in.items():
            words, sort = SORTS[name]
            rules = {gate.rule: _let_in(gate, sort)}
            if name == "anonymous" and gate.operations != POST:
                rules["tokenless_caller"] = basic_at(gate.operations)
            says = f"To {gate.does} it lets in whom this is not for: {words}."
            yield f"{place}-lets-in-{name}", Mutant(says=says, operations=gate.operations, clauses=(clause,), rules=rules)
        for name, clause in gate.shuts_out.items():
            words, sort = SORTS[name]
            says = f"To {gate.does} it shuts out whom this is for: {words}."
            rules = {gate.rule: _shut_out(gate, sort)}
            yield f"{place}-refuses-{name}", Mutant(says=says, operations=gate.operations, clauses=(clause,), rules=rules)
