"""The report on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..result import Result, Verdict
from .clauses import ClauseRow, by_clause, counts, unobservable, unplayed

STYLES = {
    Verdict.PASS: "green",
    Verdict.FAIL: "bold red",
    Verdict.ERROR: "bold red",
    Verdict.DIFFERS: "yellow",
    Verdict.REPORTED: "cyan",
    Verdict.SKIPPED: "dim",
    Verdict.NOT_OBSERVABLE: "dim",
}


def print_table(console: Console, results: Sequence[Result]) -> None:
    """Print a line a clause: verdict, rows, and what was seen where it is no pass."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("clause", "grade", "rows", "verdict", "seen"):
        table.add_column(heading, justify="right" if heading == "rows" else "left", overflow="fold", no_wrap=heading != "seen")
    for row in by_clause(results):
        table.add_row(row.clause, row.grade, str(row.rows), f"[{STYLES[row.verdict]}]{row.verdict}[/]", escape(_seen(row)))
    console.print(table)


def print_sum(console: Console, results: Sequence[Result], *, whole: bool) -> None:
    """Print the counts, the clauses that only a probe could have shown and, after the whole suite, the documented ones left unjudged."""
    console.print(", ".join(f"[{STYLES[verdict]}]{count} {verdict}[/]" for verdict, count in counts(results).items() if count))
    for vendor in dict.fromkeys(result.vendor for result in results):
        hidden = unobservable(vendor, results)
        if hidden:
            console.print(f"{len(hidden)} clauses not observable without a probe ({vendor}): {', '.join(hidden)}", soft_wrap=True)
        missed = unplayed(vendor, results) if whole else []
        if missed:
            console.print(f"[yellow]not checked, though documented[/] ({vendor}): {', '.join(missed)}")


def summary_lines(results: Iterable[Result]) -> list[str]:
    """Return the same as plain lines, for pytest's own terminal: the clauses that are no pass, and the counts."""
    results = list(results)
    lines = [f"{row.verdict:<15} {row.clause}: {_seen(row)}" for row in by_clause(results) if row.verdict is not Verdict.PASS]
    return [*lines, ", ".join(f"{count} {verdict}" for verdict, count in counts(results).items() if count) or "nothing ran"]


def _seen(row: ClauseRow) -> str:
    if row.telling is None:
        return ""
    told = row.telling
    if told.verdict is Verdict.PASS:
        return told.seen
    return f"{told.case}: expected {told.expected}, saw {told.seen}" if told.seen else f"{told.case}: {told.reason}"
