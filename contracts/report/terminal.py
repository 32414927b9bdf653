"""The report on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..result import Result, Verdict
from .clauses import ClauseRow, by_clause, counts, excused
from .document import Report
from .sentence import conduct, gaps, sentence
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


def style(verdict: Verdict, excuse: str = "") -> str:
    """Return the style of a verdict: a failure that is excused does not shout."""
    return "yellow" if excuse else STYLES[verdict]


def print_table(console: Console, results: Sequence[Result]) -> None:
    """Print a line a clause: verdict, rows, and what was seen where it is no pass."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("clause", "grade", "rows", "verdict", "seen"):
        table.add_column(heading, justify="right" if heading == "rows" else "left", overflow="fold", no_wrap=heading != "seen")
    for row in by_clause(results):
        table.add_row(row.clause, row.grade, row.played, f"[{style(row.verdict, row.excuse)}]{row.word}[/]", escape(_seen(row)))
    console.print(table)


MORE = 10
"""So many of a clause's further broken rows are named below the one that is told whole."""


def print_broken(console: Console, results: Iterable[Result]) -> None:
    """Print of each clause the first of these rows, with requests and answers, and the reasons of the others."""
    found: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        found.setdefault((result.vendor, result.clause), []).append(result)
    for first, *others in found.values():
        lines = [explain(first), f"  row: {first.case}", *([f"  again: {first.curl}"] if first.curl else [])]
        lines += [f"  also {other.case}: {other.reason.partition('; ')[0]}" for other in others[:MORE]]
        lines += [f"  and {len(others) - MORE} more: --html and --json have all"] if len(others) > MORE else []
        console.print("\n" + "\n".join(lines), markup=False, soft_wrap=True)


def print_sum(console: Console, results: Sequence[Result]) -> None:
    """Print the counts, layer by layer where there are several."""
    layers = list(dict.fromkeys(result.layer for result in results))
    for layer in layers if len(layers) > 1 else []:
        console.print(f"{layer:<12}{_counted([result for result in results if result.layer == layer])}")
    console.print(("in all      " if len(layers) > 1 else "") + _counted(results))


def _counted(results: Sequence[Result]) -> str:
    return ", ".join(f"[{STYLES[verdict]}]{told}[/]" for verdict, told in _counts(results).items())


def _counts(results: Sequence[Result]) -> dict[Verdict, str]:
    """Return how many rows came to each verdict, in words; of the failures, also how many are excused."""
    told = {verdict: f"{count} {verdict}" for verdict, count in counts(results).items() if count}
    if known := excused(results):
        told[Verdict.FAIL] += f" ({' and '.join(f'{count} {excuse}' for excuse, count in known.items())})"
    return told


def summary_lines(report: Report) -> list[str]:
    """Return the same as plain lines, for pytest's own terminal: the clauses that are no pass, the counts, what is open, and the verdict."""
    lines = [f"{report.base_url}, {conduct(report)}."] if report.mode and report.results else []
    lines += [f"{row.word:<15} {row.clause}: {_seen(row)}" for row in by_clause(report.results) if row.verdict is not Verdict.PASS]
    lines.append(", ".join(_counts(report.results).values()) or "nothing ran")
    concerned = report.results or report.gate.unmet or report.gate.short
    return [*lines, *(gap.line for gap in gaps(report)), sentence(report)] if concerned else lines


def _seen(row: ClauseRow) -> str:
    if row.telling is None:
        return ""
    told = row.telling
    if told.verdict is Verdict.PASS:
        return told.seen
    return f"{told.case}: expected {told.expected}, saw {told.seen}" if told.seen else f"{told.case}: {told.reason}"
