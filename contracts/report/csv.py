"""The report as CSV: a line a row of the suite, or a line a mutant."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from ... import specs
from ..kills import Trial
from ..result import Result
from .clauses import unplayed
from .document import RUN, Report
from .source import excuse, page
from .trials import killers, outcome

ROW_HEADINGS = (
    *("vendor", "clause", "grade", "page", "section", "case", "layer", "operation"),
    *("verdict", "excuse", "expected", "seen", "reason", "mode"),
)
TRIAL_HEADINGS = ("vendor", "mutant", "says", "harmless", "verdict", "clauses", "killed by")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula: a server's text must not become one."""


def as_csv(report: Report) -> str:
    """Return the report as CSV by RFC 4180, with a line of headings."""
    out = io.StringIO()
    writer = csv.writer(out)
    if report.command == RUN:
        writer.writerow(ROW_HEADINGS)
        writer.writerows(_plain((*cells, report.mode)) for cells in (*_rows(report.results), *_unchecked(report)))
    else:
        writer.writerow(TRIAL_HEADINGS)
        writer.writerows(_plain(cells) for cells in _trials(report.trials))
    return out.getvalue()


def _rows(results: Iterable[Result]) -> Iterator[tuple[str, ...]]:
    for r in results:
        title, section = page(r.vendor, r.clause)
        told = str(r.verdict), "; ".join(excuse(r)), r.expected, r.seen, r.reason
        yield r.vendor, r.clause, r.grade, title, section, r.case, r.layer, r.operation, *told


def _unchecked(report: Report) -> Iterator[tuple[str, ...]]:
    """Yield a line for each documented clause of a whole run that no row judged, and for each that was required and is not checked."""
    required = {(one.vendor, one.clause): f"required: {one.why}" for one in report.gate.unmet}
    left = [(vendor, clause) for vendor in report.vendors if not report.asked for clause in unplayed(vendor, report.results)]
    for vendor, clause in dict.fromkeys([*required, *left]):
        title, section = page(vendor, clause)
        grade = specs.ledger(vendor).clauses[clause].grade
        yield vendor, clause, grade, title, section, *[""] * 3, "not checked", *[""] * 3, required.get((vendor, clause), "no row of it was judged")


def _trials(trials: Iterable[Trial]) -> Iterator[tuple[str, ...]]:
    for trial in trials:
        mutant = trial.mutant
        told = mutant.vendor, mutant.name, mutant.says, str(mutant.harmless).lower(), outcome(trial)
        yield *told, " ".join(mutant.clauses), " ".join(killers(trial))


def _plain(cells: Iterable[str]) -> list[str]:
    return [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells]
