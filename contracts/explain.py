"""The explain subcommand: all that is known of a clause, or of a row."""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from .. import specs
from .bar import console
from .case import Case, cases
from .edition import edition, since
from .kills import Mutant
from .mock import COMMAND
from .report.document import PROVE, RUN, Report
from .report.json import ReportError, read_json
from .report.last import last
from .report.sentence import many
from .report.source import excuse
from .report.trials import outcome
from .result import Result, Verdict, excuse_of, worst
from .rows import CaseError
from .unable import RunError
from .verdict.demands import near

PATIENCE = 60
"""Seconds that the list of mutants may take."""


def explain(options: argparse.Namespace) -> int:
    """Print what is known of the clause or row, and return 0. RunError where there is neither, or the report cannot be read."""
    shown_on = console()
    for line in told(options.clause, _reports(options)):
        shown_on.print(line, markup=False, soft_wrap=True)
    return 0


def told(name: str, reports: Sequence[Report]) -> list[str]:
    """Return the lines on a clause or a row. reports: those that say what came of it. RunError."""
    vendor = next((vendor for vendor in specs.vendors() if name in specs.ledger(vendor).clauses), None)
    try:
        if vendor is not None:
            return list(_clause(vendor, specs.ledger(vendor).clauses[name], reports))
        rows = [case for vendor in specs.vendors() for case in cases(vendor) if case.id == name]
        results = [result for report in reports for result in report.results if result.case == name]
        if rows or results:
            return [line for row in rows for line in _row(row)] + list(_outcomes(results, reports))
        raise RunError(f"{name!r} is no clause and no row{_near(name)}")
    except CaseError as error:
        raise RunError(str(error)) from None


def _near(name: str) -> str:
    if name.partition(".")[0] in specs.vendors():
        return f"; of a mutant `ownership-mock mutants {name}` tells all"
    known = [known for vendor in specs.vendors() for known in (*specs.ledger(vendor).clauses, *(case.id for case in cases(vendor)))]
    return near(name, known) or "; the clauses are those of the ledgers, specs/VENDOR/clauses.yaml"


def _reports(options: argparse.Namespace) -> list[Report]:
    """Return the report asked for, or the last ones of this folder."""
    files = [options.report] if options.report else [last(RUN), last(PROVE)]
    try:
        return [read_json(file) for file in files if options.report or file.exists()]
    except ReportError as error:
        raise RunError(str(error)) from None


def _clause(vendor: str, clause: specs.Clause, reports: Sequence[Report]) -> Iterator[str]:
    page = specs.ledger(vendor).pages[clause.page]
    yield clause.id
    yield f"  {clause.says.strip()}"
    yield ""
    yield f"source    {page['title']}, {clause.section}"
    if page.get("location"):
        yield f"          {page['location']}"
    yield f"grade     {clause.grade}"
    yield f"shown by  {_shown(clause)}"
    if clause.pick is not None:
        yield f"pick      {clause.pick.name}, by default {clause.pick.default}"
        yield from (f"          {value}: {says}" for value, says in (clause.pick.options or {}).items())
    rows = [case for case in cases(vendor) if case.clause.id == clause.id]
    yield from _listed("cases", [f"{case.id}{_since(case)}: {_call(case.step)}" for case in rows])
    yield from _listed("mutants", _mutants(vendor, clause.id, reports))
    yield from _outcomes([result for report in reports for result in report.results if result.clause == clause.id], reports)


def _shown(clause: specs.Clause) -> str:
    if isinstance(clause.shown, str):
        return clause.shown
    how, by = clause.shown[clause.shown_by], ", ".join(clause.shown.get("by", ()))
    places = "; ".join(entry["at"] for entry in how) if isinstance(how, list) else str(how).strip()
    return f"{clause.shown_by}: {places}" + (f" (by {by})" if by else "")


def _since(case: Case) -> str:
    return f" (since {case.since})" if case.since > 1 else ""


def _call(step: Mapping[str, Any]) -> str:
    sent = step.get("send", {})
    return f"{step['as']} calls {step['call']}" if "call" in step else f"{step['as']} sends {sent.get('method')} {sent.get('path')}"


def _listed(name: str, lines: Sequence[str]) -> Iterator[str]:
    yield ""
    yield f"{name}: {len(lines) or 'none'}"
    yield from (f"  {line}" for line in lines)


def _mutants(vendor: str, clause: str, reports: Sequence[Report]) -> list[str]:
    tried = {trial.mutant.name: outcome(trial) for report in reports for trial in report.trials}
    attacks = [mutant for mutant in known_mutants() if mutant.vendor == vendor and clause in mutant.clauses]
    return [f"{mutant.name}{f' ({tried[mutant.name]})' if mutant.name in tried else ''}: {mutant.says}" for mutant in attacks]


def known_mutants() -> list[Mutant]:
    """Return the mutants that the mock server's own command lists. RunError where it does not."""
    command = [*COMMAND, "mutants", "--json"]
    try:
        ended = subprocess.run(command, capture_output=True, check=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)  # noqa: S603 - our own command
        rows = json.loads(ended.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise RunError(f"the mock server does not list its mutants: {error}") from None
    return [Mutant(**{**row, "operations": tuple(row["operations"]), "clauses": tuple(row["clauses"])}) for row in rows]


def _outcomes(results: Sequence[Result], reports: Sequence[Report]) -> Iterator[str]:
    yield ""
    run = next((report for report in reports if report.command == RUN), None)
    if run is None:
        yield "no last run in this folder: `ownership-contracts run` leaves one, and --report names another"
        return
    when = f"{run.began} at {run.base_url}"
    if not results:
        yield f"last run ({when}): not played"
        return
    excused = f" ({excuse_of(results)})" if excuse_of(results) else ""
    yield f"last run ({when}): {worst([result.verdict for result in results])}{excused}, of {many(len(results), 'row', 'rows')}"
    for result in results:
        if result.verdict.in_full:
            yield f"  {result.case}: {result.word}"
            yield from (f"    {line}" for line in (*excuse(result), *result.reason.split("; "), *result.trace, *filter(None, [result.curl])))
        elif result.verdict is not Verdict.PASS:
            yield f"  {result.case}: {result.verdict}: {result.reason}"


def _versions(case: Case) -> str:
    """Return of which versions of the contract the row is."""
    last = f" to {case.until}" if case.until is not None else ""
    return f"since version {since(case.vendor, case.layer, case.since)}{last} of the contract, which is at {edition(case.vendor).version}"


def _row(case: Case) -> Iterator[str]:
    yield f"{case.id}, a row of {case.vendor} for {case.clause.id}"
    yield f"  {case.clause.says.strip()}"
    yield f"  {_versions(case)}"
    yield ""
    parts = {"needs": case.needs, "effect": case.effect, "given": list(case.given), **case.step, "then": list(case.then)}
    row = {"id": case.id, "clause": case.clause.id, **{name: part for name, part in parts.items() if part}}
    yield from yaml.safe_dump([row], sort_keys=False, allow_unicode=True, width=140).splitlines()
