"""What of a vendor's suite can be played by itself, a layer at a time, and which of it a mutant touches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ..case import Case, cases
from ..columns import column
from ..contract import operation_of, operations
from ..edition import edition, in_force
from ..fixtures import picks
from ..kills import Mutant
from ..layers.matrix import MATRIX, cells
from ..layers.races import RACES, Race, races
from ..layers.sizes import walks
from ..layers.way import MODEL

NO_OPERATION = ""
"""What stands for a request that is none of the spec's operations."""
AROUND = 2
"""What a row's world costs, in steps."""
PORTION = 240
"""How much of a layer one job has at most, in steps: few enough that the workers end together."""


@dataclass(frozen=True)
class Unit:
    """A row, a cell, a walk or a race. calls: the operationIds that it calls. judged: the one that it is about. file: where it stands."""

    id: str
    clause: str
    calls: frozenset[str]
    judged: str
    cost: int
    file: str = ""

    def touched_by(self, mutant: Mutant) -> bool:
        """Return whether it calls one of the mutant's operations, in any of its steps."""
        return not self.calls.isdisjoint(mutant.operations)


@cache
def units(vendor: str, layer: str) -> tuple[Unit, ...]:
    """Return the vendor's units of this layer, in their order."""
    if layer == MODEL:
        return () if column(vendor).oracle is None else tuple(_walk(vendor, name) for name in walks(0))
    if layer == RACES:
        return tuple(map(_of_race, races(vendor)))
    return tuple(map(_of_case, rows(vendor, layer)))


def rows(vendor: str, layer: str) -> tuple[Case, ...]:
    """Return the layer's rows: the cases, or the cells of the matrix as a mock server's picks have them."""
    return cells(vendor, picks(vendor, {})) if layer == MATRIX else tuple(in_force(cases(vendor), edition(vendor).version))


def _of_case(case: Case) -> Unit:
    steps = (*case.given, case.step, *case.then)
    return Unit(case.id, case.clause.id, _calls(case.vendor, steps), _called(case.vendor, case.step), len(steps) + AROUND, case.file)


def _of_race(race: Race) -> Unit:
    vendor = race.case.vendor
    steps = (*race.case.given, *(step for side in race.sides for step in side), *race.then)
    return Unit(race.case.id, race.case.clause.id, _calls(vendor, steps), _called(vendor, race.sides[0][0]), (len(steps) + AROUND) * race.times)


def _walk(vendor: str, name: str) -> Unit:
    return Unit(name, "", frozenset(operations(vendor)) | {NO_OPERATION}, NO_OPERATION, PORTION)


def _calls(vendor: str, steps: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    return frozenset(_called(vendor, step) for step in steps if "call" in step or "send" in step)


def _called(vendor: str, step: Mapping[str, Any]) -> str:
    if "send" not in step:
        return str(step.get("call", NO_OPERATION))
    # A request that a row writes out may still be an operation's, with a slash more or a query.
    operation = operation_of(vendor, step["send"]["method"], step["send"]["path"])
    return NO_OPERATION if operation is None else operation.id


def likeliest_first(found: Iterable[Unit], mutant: Mutant) -> list[Unit]:
    """Return the units in the order in which they promise to kill: those about a clause that it attacks, then about an operation; the cheap first."""
    return sorted(found, key=lambda unit: (unit.clause not in mutant.clauses, unit.judged not in mutant.operations, unit.cost))


def portions(found: Iterable[Unit]) -> list[tuple[str, ...]]:
    """Return the ids of the units, in portions that cost about the same."""
    made: list[list[str]] = []
    left = 0
    for unit in found:
        if left <= 0:
            made.append([])
            left = PORTION
        made[-1].append(unit.id)
        left -= unit.cost
    return [tuple(ids) for ids in made]
