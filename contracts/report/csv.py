"""The report as CSV: a line a row of the suite, or a line a mutant."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from ..kills import Trial
from ..result import Result
from .document import RUN, Report
from .source import page
from .trials import killers, outcome

ROW_HEADINGS = ("vendor", "clause", "grade", "page", "section", "case", "layer", "operation", "verdict", "expected", "seen", "reason")
TRIAL_HEADINGS = ("vendor", "mutant", "says", "harmless", "verdict", "clauses", "killed by")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula: a server's text must not become one."""


def as_csv(report: Report) -> str:
    """Return the report as CSV by RFC 4180, with a line of headings."""
    out = io.StringIO()
    writer = csv.writer(out)
    if report.command == RUN:
        writer.writerow(ROW_HEADINGS)
        writer.writerows(_plain(cells) for cells in _rows(report.results))
    else:
        writer.writerow(TRIAL_HEADINGS)
        writer.writerows(_plain(cells) for cells in _trials(report.trials))
    return out.getvalue()


def _rows(results: Iterable[Result]) -> Iterator[tuple[str, ...]]:
    for r in results:
        title, section = page(r.vendor, r.clause)
        yield r.vendor, r.clause, r.grade, title, section, r.case, r.layer, r.operation, str(r.verdict), r.expected, r.seen, r.reason


def _trials(trials: Iterable[Trial]) -> Iterator[tuple[str, ...]]:
    for trial in trials:
        mutant = trial.mutant
        told = mutant.vendor, mutant.name, mutant.says, str(mutant.harmless).lower(), outcome(trial)
        yield *told, " ".join(mutant.clauses), " ".join(killers(trial))


def _plain(cells: Iterable[str]) -> list[str]:
    return [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells]
