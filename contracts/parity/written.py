"""A comparison as files: settings for a mock server, picks for a target file, JSON, Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import tomli_w
import yaml

from ..report.marked import code, table, text
from .compared import Cell, Compared, Outcome
from .comparison import Comparison, VendorPicks
from .learnt import UNASKED, Learnt, known, told

SIGNS = {
    Outcome.DEPLOYMENT: "❌",
    Outcome.MOCK: "❌",
    Outcome.BOTH: "❌",
    Outcome.DIFFERS: "🟡",
    Outcome.SILENT: "🔵",
    Outcome.AGREE: "✅",
    Outcome.UNCOMPARED: "⚪",
}


def as_settings(found: Comparison) -> str:
    """Return what the deployment picks, for `ownership-mock serve --settings`, a scenario's `settings` and those of a world."""
    document = {part.vendor: known(part.found) for part in found.picks}
    return "\n".join([*_remarks(found), yaml.safe_dump(document, sort_keys=False, allow_unicode=True, default_flow_style=None, width=150)])


def as_picks(found: Comparison) -> str:
    """Return the same as the tables of picks of a target file."""
    document = {part.vendor: {"picks": known(part.found)} for part in found.picks}
    return "\n".join([*_remarks(found), tomli_w.dumps(document)])


def _remarks(found: Comparison) -> Iterator[str]:
    yield f"# What {found.base_url} does where the vendors' pages are silent, as `ownership-contracts parity` saw it."
    for part in found.picks:
        for name, one in part.found.items():
            remark = " ".join(remarks(one).split())
            if remark and one.why != UNASKED:
                yield f"# {part.vendor}.{name}: {remark}"
        unasked = [f"{part.vendor}.{name}" for name, one in part.found.items() if one.why == UNASKED]
        if unasked:
            yield f"# Undetermined, since none of the chosen rows asks for them: {', '.join(unasked)}"


def remarks(one: Learnt) -> str:
    """Return what is to be said of a pick besides its value; an empty text where that is nothing."""
    also = f"every row fits {' and '.join(told(value) for value in one.also)} as well" if one.also else ""
    return ", ".join(part for part in ("" if one.known else str(one.how), one.why, also) if part)


def as_json(found: Comparison) -> str:
    """Return all of it as JSON."""
    document = {
        "command": "parity",
        "code": found.code,
        "base_url": found.base_url,
        "counts": {str(outcome): count for outcome, count in found.counts().items()},
        "cells": [_cell(cell) for cell in found.cells],
        "picks": {part.vendor: {name: _pick(part, name, one) for name, one in part.found.items()} for part in found.picks},
    }
    return json.dumps(document, indent=1) + "\n"


def _cell(cell: Cell) -> dict[str, Any]:
    named = {"vendor": cell.vendor, "operation": cell.operation, "clause": cell.clause, "grade": cell.grade}
    return {**named, "outcome": str(cell.outcome), "rows": [_row(row) for row in cell.rows]}


def _row(row: Compared) -> dict[str, Any]:
    said = {"row": row.case.id, "outcome": str(row.outcome)}
    if row.outcome is Outcome.AGREE:
        return said
    if row.outcome is Outcome.UNCOMPARED:
        return {**said, "reason": row.reason}
    shown = {"trace": list(row.deployment.trace), "curl": row.deployment.curl}
    return {**said, "expected": row.expected, "mock": row.the_mock, "deployment": row.the_deployment, **shown}


def _pick(part: VendorPicks, name: str, one: Learnt) -> dict[str, Any]:
    value = {"value": one.value, "also": list(one.also)} if one.known else {}
    rows = {sighting.row: list(sighting.allows) for sighting in one.sightings}
    return {"known": str(one.how), **value, "mock": part.mock[name], "why": one.why, "rows": rows}


def as_markdown(found: Comparison) -> str:
    """Return it as GitHub's Markdown. What a server has sent is text there, never markup."""
    counted = " · ".join(f"{SIGNS[outcome]} {count} {outcome}" for outcome, count in found.counts().items())
    lines = [f"## Mock and deployment: {counted}", "", code(found.base_url), ""]
    rows = [row for cell in found.cells for row in _lines(cell)]
    lines += table(("", "operation", "clause", "row", "the mock", "the deployment"), rows)
    for part in found.picks:
        lines += [f"### What {part.vendor} picks", ""]
        picks = [
            (code(name), code(told(part.mock[name])), code(told(one.value) if one.known else ""), text(remarks(one)))
            for name, one in part.found.items()
        ]
        lines += table(("pick", "the mock", "the deployment", ""), picks)
    return "\n".join(lines).rstrip() + "\n"


def _lines(cell: Cell) -> Iterator[tuple[str, ...]]:
    parted = [row for row in cell.rows if row.outcome not in (Outcome.AGREE, Outcome.UNCOMPARED)]
    sign = SIGNS[cell.outcome]
    if not parted:
        yield f"{sign} {cell.outcome}", code(cell.operation), code(cell.clause), str(len(cell.rows)), "", ""
    for row in parted:
        yield (
            f"{SIGNS[row.outcome]} {row.outcome}",
            code(cell.operation),
            code(cell.clause),
            code(row.case.id),
            code(row.the_mock),
            code(row.the_deployment),
        )
