"""The report on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..result import Result, Verdict
from .clauses import ClauseRow, by_clause, counts, unobservable, unplayed
from .source import explain

STYLES = {
    Verdict.PASS: "green",
    Verdict.FAIL: "bold red",
    Verdict.ERROR: "bold red",
    Verdict.FLAKY: "magenta",
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


MORE = 10
"""So many of a clause's further broken rows are named below the one that is told whole."""


def print_broken(console: Console, results: Iterable[Result]) -> None:
    """Print of each broken clause its first broken row, with requests and answers, and the reasons of the others."""
    found: dict[tuple[str, str], list[Result]] = {}
    # What breaks the clause is told before what could not be played to its end.
    for result in sorted(results, key=lambda result: result.verdict is not Verdict.FAIL):
        if result.verdict.breaks:
            found.setdefault((result.vendor, result.clause), []).append(result)
    for first, *others in found.values():
        lines = [explain(first), f"  row: {first.case}", *([f"  again: {first.curl}"] if first.curl else [])]
        lines += [f"  also {other.case}: {other.reason.partition('; ')[0]}" for other in others[:MORE]]
        lines += [f"  and {len(others) - MORE} more: --html and --json have all"] if len(others) > MORE else []
        console.print("\n" + "\n".join(lines), markup=False, soft_wrap=True)


def print_sum(console: Console, results: Sequence[Result], *, whole: bool) -> None:
    """Print the counts, layer by layer where there are several, and the clauses that only a probe could have shown.

    whole: whether it was the whole suite; then the documented clauses that were left unjudged are named too.
    """
    layers = list(dict.fromkeys(result.layer for result in results))
    for layer in layers if len(layers) > 1 else []:
        console.print(f"{layer:<12}{_counted([result for result in results if result.layer == layer])}")
    console.print(("in all      " if len(layers) > 1 else "") + _counted(results))
    for vendor in dict.fromkeys(result.vendor for result in results):
        hidden = unobservable(vendor, results)
        if hidden:
            console.print(f"{len(hidden)} clauses not observable without a probe ({vendor}): {', '.join(hidden)}", soft_wrap=True)
        missed = unplayed(vendor, results) if whole else []
        if missed:
            console.print(f"[yellow]not checked, though documented[/] ({vendor}): {', '.join(missed)}")


def _counted(results: Sequence[Result]) -> str:
    return ", ".join(f"[{STYLES[verdict]}]{count} {verdict}[/]" for verdict, count in counts(results).items() if count)


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
