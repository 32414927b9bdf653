"""The authorization matrix: every cell of a vendor's grids as a case, with what its reference model expects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from typing import Any

from ... import specs
from ..case import Case
from ..case import schema as case_schema
from ..columns import column
from ..contract import operations
from ..model import Model, ModelError
from ..rows import HERE, CaseError, read
from .course import Course, succeeds

MATRIX = "matrix"
STATE, OPERATION, PRINCIPAL = "state", "operation", "principal"
Row = Mapping[str, Any]


@cache
def schema() -> dict[str, Any]:
    """Return the closed JSON Schema of a matrix file."""
    document: dict[str, Any] = json.loads((HERE / "matrix.schema.json").read_text("utf-8"))
    return {**document, "$defs": {**case_schema()["$defs"], **document["$defs"]}}


def cells(vendor: str, picks: Row) -> tuple[Case, ...]:
    """Return every cell of the vendor's grids; none where it has no reference model. picks: the value of each. CaseError."""
    oracle = column(vendor).oracle
    if oracle is None or not (HERE / vendor / "matrix.yaml").is_file():
        return ()
    found = tuple(_expanded(_Reading(vendor, picks, oracle().model), read(f"{vendor}/matrix.yaml", schema())))
    twice = len(found) - len({case.id for case in found})
    if twice:
        raise CaseError(f"contracts/{vendor}/matrix.yaml: {twice} cells have the id of another: ids are told apart in lower case")
    return found


@dataclass(frozen=True)
class _Reading:
    """What a matrix file is read with."""

    vendor: str
    picks: Row
    model: Model

    def error(self, place: str, wrong: object) -> CaseError:
        return CaseError(f"contracts/{self.vendor}/matrix.yaml: at {place}: {wrong}")


@dataclass
class _Draft:
    """A cell as its entries put it together."""

    needs: dict[str, Any] = field(default_factory=dict)
    given: list[Row] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)
    sent: dict[str, Any] = field(default_factory=dict)

    def add(self, entry: Row) -> None:
        self.needs |= entry.get("needs", {})
        self.given += entry.get("given", ())
        self.words |= {key: entry[key] for key in ("as", "call") if key in entry}
        for key, value in entry.get("with", {}).items():
            known = self.sent.get(key)
            self.sent[key] = {**known, **value} if isinstance(known, Mapping) and isinstance(value, Mapping) else value


def _expanded(reading: _Reading, grids: Sequence[Row]) -> Iterator[Case]:
    for number, grid in enumerate(grids):
        _check_names(reading, f"$[{number}].axes", grid["axes"])
        # The states of one course are walked to once, however many ask something there.
        courses: dict[str, _Start] = {}
        for axes in _combinations(grid["axes"]):
            yield _cell(reading, grid, axes, courses)


def _check_names(reading: _Reading, place: str, axes: Row) -> None:
    """Return if whatever the entries name is there: axes, entries, operations. CaseError."""
    for axis, entries in axes.items():
        for name, entry in entries.items():
            for key in ("only", "but"):
                for other, named in entry.get(key, {}).items():
                    strange = sorted(set(named) - axes.get(other, {}).keys()) if other != axis else named
                    if strange:
                        raise reading.error(f"{place}.{axis}.{name}.{key}.{other}", f"no other axis {other!r} of this grid has {', '.join(strange)}")
            call = entry.get("call", name if axis == OPERATION else None)
            if call is not None and call not in operations(reading.vendor):
                raise reading.error(f"{place}.{axis}.{name}", f"the vendor's spec has no operation {call!r}")


def _combinations(axes: Row) -> Iterator[dict[str, str]]:
    for names in product(*axes.values()):
        chosen = dict(zip(axes, names, strict=True))
        entries = [axes[axis][name] for axis, name in chosen.items()]
        out = any(chosen[axis] not in wanted for entry in entries for axis, wanted in entry.get("only", {}).items())
        if not out and not any(chosen[axis] in unwanted for entry in entries for axis, unwanted in entry.get("but", {}).items()):
            yield chosen


@dataclass(frozen=True)
class _Start:
    """Where a cell's request is asked: the steps that lead there, as the model words them, and the model's course behind them."""

    given: tuple[dict[str, Any], ...]
    course: Course


def _cell(reading: _Reading, grid: Row, axes: Mapping[str, str], courses: dict[str, _Start]) -> Case:
    draft = _Draft(words={"as": axes[PRINCIPAL], "call": axes[OPERATION]})
    for entry in (grid, *(grid["axes"][axis][name] for axis, name in axes.items())):
        draft.add(entry)
    name = "/".join((grid["id"], *axes.values())).lower()
    key = json.dumps([draft.needs, draft.given])
    try:
        if key not in courses:
            courses[key] = _start(reading, draft)
        start = courses[key]
        step, outcome, behind = start.course.go({**draft.words, **({"with": draft.sent} if draft.sent else {})})
        then = tuple(dict(read) for read in behind.model.reads(behind.state))
    except ModelError as error:
        raise reading.error(name, f"the model has no word for it: {error}") from None
    clauses = specs.ledger(reading.vendor).clauses
    if outcome.cause not in clauses:
        raise reading.error(name, f"the model cites {outcome.cause!r}, which the ledger does not have")
    return Case(
        vendor=reading.vendor,
        id=name,
        clause=clauses[outcome.cause],
        effect="none" if operations(reading.vendor)[draft.words["call"]].method == "GET" else "fixture",
        step={**step, "expect": outcome.expect},
        needs=draft.needs,
        given=start.given,
        then=then,
        layer=MATRIX,
        axes=axes,
        still=outcome.after == start.course.state,
    )


def _start(reading: _Reading, draft: _Draft) -> _Start:
    """Return the course behind the given steps. ModelError: also where the model does not expect each to succeed."""
    picks = {**reading.picks, **draft.needs.get("settings", {})}
    course = Course(reading.model, reading.model.begin(draft.needs, picks))
    given = []
    for number, asked in enumerate(draft.given, 1):
        step, outcome, course = course.go(asked)
        if "call" in step and not succeeds(outcome.expect, picks):
            raise ModelError(f"given {number} is refused by {outcome.cause}")
        given.append(dict(step))
    return _Start(tuple(given), course)
