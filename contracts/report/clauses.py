"""From the results of rows to the verdict of each clause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ... import specs
from ..live.mode import READS
from ..result import Result, Verdict, excuse_of, worst
from ..verdict.demands import documented_cases


@dataclass(frozen=True)
class ClauseRow:
    """A clause and what its rows came to. judged: how many of them were. excuse: why none of its failures breaks it.

    telling: the result that has something to say of it.
    """

    vendor: str
    clause: str
    grade: str
    verdict: Verdict
    rows: int
    judged: int
    telling: Result | None
    excuse: str = ""

    @property
    def played(self) -> str:
        """How many rows it has, and how many of them were judged where that is another number and not none."""
        return f"{self.judged} of {self.rows}" if 0 < self.judged < self.rows else str(self.rows)

    @property
    def word(self) -> str:
        """The verdict, with what excuses it."""
        return f"{self.verdict} ({self.excuse})" if self.excuse else str(self.verdict)


def by_clause(results: Iterable[Result]) -> list[ClauseRow]:
    """Return a row for each clause that was played, in the ledgers' order."""
    grouped: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        grouped.setdefault((result.vendor, result.clause), []).append(result)
    return [_row(vendor, clause, rows) for (vendor, clause), rows in sorted(grouped.items(), key=lambda item: _place(*item[0]))]


def _place(vendor: str, clause: str) -> tuple[int, int]:
    clauses = list(specs.ledger(vendor).clauses)
    return specs.vendors().index(vendor), clauses.index(clause) if clause in clauses else len(clauses)


def _row(vendor: str, clause: str, rows: Sequence[Result]) -> ClauseRow:
    verdict = worst([row.verdict for row in rows])
    # What breaks the clause tells it before what is excused.
    deciding = sorted((row for row in rows if row.verdict is verdict), key=lambda row: not row.breaks)
    telling = next((row for row in deciding if row.seen or row.reason), None)
    return ClauseRow(vendor, clause, rows[0].grade, verdict, len(rows), sum(row.judged for row in rows), telling, excuse_of(rows))


def counts(results: Iterable[Result]) -> dict[Verdict, int]:
    """Return how many rows came to each verdict, in the verdicts' order; none is left out."""
    found = Counter(result.verdict for result in results)
    return {verdict: found[verdict] for verdict in Verdict}


def excused(results: Iterable[Result]) -> dict[str, int]:
    """Return how many of the failures are excused, by what excuses them."""
    return dict(Counter(result.excuse for result in results if result.excuse))


def unplayed(vendor: str, results: Iterable[Result]) -> list[str]:
    """Return the documented clauses shown by cases of which no row was judged in these results; those that are not observable are left out."""
    rows = [result for result in results if result.vendor == vendor]
    known = {row.clause for row in rows if row.verdict not in (Verdict.SKIPPED, Verdict.NOT_OBSERVABLE)} | set(unobservable(vendor, rows))
    return [clause for clause in documented_cases(vendor) if clause not in known]


def hindrances(vendor: str, results: Iterable[Result]) -> Counter[str]:
    """Return the reasons why these results judge no row of documented clauses, each with how many clauses it is of."""
    rows = [result for result in results if result.vendor == vendor]
    left = dict.fromkeys(unplayed(vendor, rows), "")
    for row in rows:
        if row.clause in left:
            left[row.clause] = left[row.clause] or row.reason
    return Counter(reason for reason in left.values() if reason)


def kept_back(vendor: str, results: Iterable[Result]) -> list[str]:
    """Return the documented clauses of which no row was judged in these results, and a row was not played because nothing may be changed."""
    rows = [result for result in results if result.vendor == vendor]
    not_sent = {row.clause for row in rows if row.verdict is Verdict.SKIPPED and READS in row.reason}
    return [clause for clause in unplayed(vendor, rows) if clause in not_sent]


def unobservable(vendor: str, results: Iterable[Result]) -> list[str]:
    """Return the clauses that only a probe could have shown: of every row that was not skipped, the target names none."""
    return [row.clause for row in by_clause(result for result in results if result.vendor == vendor) if row.verdict is Verdict.NOT_OBSERVABLE]
