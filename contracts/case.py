"""Cases: rows of data that show one clause each on a running server."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from .. import specs
from .rows import HERE, CaseError, read


@dataclass(frozen=True)
class Case:
    """One row. step: the request that is judged (as, call or send, with, keep, expect). given, then: steps before and after it.

    layer, axes: see Result. since, until: the first and the last version of the contract that the row is of.
    file: the name of the case file that it stands in. still: of a cell, whether all is to stay as it is.
    """

    vendor: str
    id: str
    clause: specs.Clause
    effect: str
    step: dict[str, Any]
    needs: dict[str, Any] = field(default_factory=dict)
    given: tuple[dict[str, Any], ...] = ()
    then: tuple[dict[str, Any], ...] = ()
    layer: str = "case"
    axes: Mapping[str, str] = field(default_factory=dict)
    file: str = ""
    still: bool = False
    since: int = 1
    until: int | None = None


@cache
def schema() -> dict[str, Any]:
    """Return the closed JSON Schema of a case file."""
    document: dict[str, Any] = json.loads((HERE / "case.schema.json").read_text("utf-8"))
    return document


@cache
def cases(vendor: str) -> tuple[Case, ...]:
    """Return the vendor's cases in the order of their files. CaseError."""
    found = tuple(_read(vendor))
    ids = [case.id for case in found]
    twice = sorted({case_id for case_id in ids if ids.count(case_id) > 1})
    if twice:
        raise CaseError(f"contracts/{vendor}/cases: id given twice: {', '.join(twice)}")
    return found


def _read(vendor: str) -> Iterator[Case]:
    clauses = specs.ledger(vendor).clauses
    folder = HERE / vendor / "cases"
    for file in sorted((entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda entry: entry.name):
        rows = read(f"{vendor}/cases/{file.name}", schema())
        for row in rows:
            if row["clause"] not in clauses:
                raise CaseError(f"contracts/{vendor}/cases/{file.name}: {row['id']} cites {row['clause']!r}, which the ledger does not have")
            yield case_of(vendor, row, clauses[row["clause"]], file.name)


def case_of(vendor: str, row: Mapping[str, Any], clause: specs.Clause, file: str = "") -> Case:
    """Return the case that a row of a case file says, given the clause that it cites. file: the name of that file, where there is one."""
    step: dict[str, Any] = {key: row[key] for key in ("as", "call", "send", "with", "keep", "expect") if key in row}
    return Case(
        vendor=vendor,
        id=row["id"],
        clause=clause,
        effect=row["effect"],
        step=step,
        needs=row.get("needs", {}),
        given=tuple(row.get("given", ())),
        then=tuple(row.get("then", ())),
        file=file,
        since=row.get("since", 1),
        until=row.get("until"),
    )
