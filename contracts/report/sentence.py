"""What a report comes to, in a sentence."""

from __future__ import annotations

from ..result import Verdict
from .clauses import by_clause, unobservable, unplayed
from .document import RUN, Report


def sentence(report: Report) -> str:
    """Return the verdict in a sentence: whether the target may go out, or whether the suite can be trusted."""
    return _of_run(report) if report.command == RUN else _of_proof(report)


def _of_run(report: Report) -> str:
    if not any(result.judged for result in report.results):
        return "Nothing is known: no row was judged, and that is no pass."
    rows = by_clause(report.results)
    broken = [row for row in rows if row.verdict is Verdict.FAIL]
    stuck = [row for row in rows if row.verdict is Verdict.ERROR]
    if broken:
        documented = sum(row.grade == "documented" for row in broken)
        known = f", {documented} of them documented by the vendor" if documented else ""
        return f"It may not go out: {many(len(broken), 'clause is', 'clauses are')} broken{known}."
    if stuck or report.code:
        return f"It may not go out: {many(len(stuck), 'clause', 'clauses')} could not be judged to the end."
    return "The part that was asked for holds; the rest was not played." if report.asked else "It may go out: every clause that was judged holds."


def _of_proof(report: Report) -> str:
    wrong = [trial for trial in report.trials if not trial.mutant.harmless]
    harmless = [trial for trial in report.trials if trial.mutant.harmless]
    missed = sum(not trial.good for trial in wrong)
    cried = sum(not trial.good for trial in harmless)
    if not report.trials:
        return "Nothing is known: the suite was played against no mutant."
    if missed or cried:
        parts = [f"it misses {missed} of {many(len(wrong), 'broken server', 'broken servers')}"] if missed else []
        parts += [f"it cries wolf at {cried} of {many(len(harmless), 'harmless one', 'harmless ones')}"] if cried else []
        return f"The suite cannot be trusted yet: {', and '.join(parts)}."
    told = f"it fails on each of {many(len(wrong), 'broken server', 'broken servers')}"
    told += f", and on none of {len(harmless)} that differ harmlessly" if harmless else ""
    if report.asked and not report.code:
        return f"The part that was asked for holds: the suite {told.removeprefix('it ')}."
    return f"The suite cannot be trusted yet: {told}, but leaves clauses uncovered." if report.code else f"The suite can be trusted: {told}."


def gaps(report: Report) -> list[str]:
    """Return what the sentence does not speak for: the clauses that were not judged, vendor by vendor."""
    if report.command != RUN:
        return []
    told = []
    for vendor in report.vendors:
        hidden = unobservable(vendor, report.results)
        missed = [] if report.asked else unplayed(vendor, report.results)
        told += [f"Not observable without a probe ({vendor}): {', '.join(hidden)}."] if hidden else []
        told += [f"Not checked, though documented ({vendor}): {', '.join(missed)}."] if missed else []
    return told


def many(count: int, one: str, several: str) -> str:
    """Return the count with its noun."""
    return f"{count:,} {one if count == 1 else several}"
