"""Cases: rows of data that show one clause each on a running server."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs
import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from .. import specs

_HERE = files(__package__)
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class CaseError(ValueError):
    """A case file that cannot be used: the message says which file, where in it, and what was expected."""


@dataclass(frozen=True)
class Case:
    """One row. step: the request that is judged (as, call or send, with, keep, expect). given, then: steps before and after it.

    layer, axes: see Result. file: the name of the case file that it stands in.
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


@cache
def schema() -> dict[str, Any]:
    """Return the closed JSON Schema of a case file."""
    document: dict[str, Any] = json.loads((_HERE / "case.schema.json").read_text("utf-8"))
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
    # The fast validator accepts; where it does not, the slow one has the words for what is wrong.
    accepts = jsonschema_rs.validator_for(schema()).is_valid
    folder = _HERE / vendor / "cases"
    for file in sorted((entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda entry: entry.name):
        rows = yaml.load(file.read_text("utf-8"), Loader=_Loader)  # noqa: S506 - a safe loader
        error = None if accepts(rows) else best_match(Draft202012Validator(schema()).iter_errors(rows))
        if error is not None:
            raise CaseError(f"contracts/{vendor}/cases/{file.name}: at {error.json_path}: {error.message}")
        for row in rows:
            if row["clause"] not in clauses:
                raise CaseError(f"contracts/{vendor}/cases/{file.name}: {row['id']} cites {row['clause']!r}, which the ledger does not have")
            yield _case(vendor, row, clauses[row["clause"]], file.name)


def _case(vendor: str, row: dict[str, Any], clause: specs.Clause, file: str) -> Case:
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
    )
