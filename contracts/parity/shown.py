"""A comparison on a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..report.sentence import many
from .compared import DISAGREE, Compared, Outcome
from .comparison import Comparison, VendorPicks
from .learnt import UNASKED, How, told
from .written import remarks

STYLES = {
    Outcome.DEPLOYMENT: "bold red",
    Outcome.MOCK: "bold red",
    Outcome.BOTH: "bold red",
    Outcome.DIFFERS: "yellow",
    Outcome.SILENT: "cyan",
    Outcome.AGREE: "green",
    Outcome.UNCOMPARED: "dim",
}
COMPARED = (
    "Compared is what rows look at: statuses, the fields that they name, what is true afterwards. Other fields, words and media types may differ."
)


def print_comparison(console: Console, found: Comparison, files: Mapping[str, Path]) -> None:
    """Print the cells that do not agree, what breaks a promise with its requests, the picks, and the counts. files: what was written."""
    _print_cells(console, found)
    for row in found.rows:
        if row.outcome in DISAGREE:
            _print_row(console, row)
    for part in found.picks:
        _print_picks(console, part)
    _print_unread(console, found)
    console.print("\ncells: " + ", ".join(f"[{STYLES[outcome]}]{count} {outcome}[/]" for outcome, count in found.counts().items()))
    console.print(COMPARED, soft_wrap=True)
    if "settings" in files:
        console.print(f"The mock does as this deployment does: ownership-mock serve --settings {files['settings']}", markup=False, soft_wrap=True)
    if "picks" in files:
        console.print(f"The suite judges it by its picks: put the tables of {files['picks']} into its target file", markup=False, soft_wrap=True)


def _print_cells(console: Console, found: Comparison) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("operation", "clause", "rows", "", "the mock", "the deployment"):
        table.add_column(heading, justify="right" if heading == "rows" else "left", overflow="fold")
    for cell in found.cells:
        if cell.outcome in (Outcome.AGREE, Outcome.UNCOMPARED):
            continue
        alike: dict[tuple[str, str], list[Compared]] = {}
        for row in cell.rows:
            if row.outcome is cell.outcome:
                alike.setdefault((row.the_mock, row.the_deployment), []).append(row)
        for (mock, deployment), rows in alike.items():
            outcome = f"[{STYLES[cell.outcome]}]{cell.outcome}[/]"
            table.add_row(cell.operation or "-", cell.clause, f"{len(rows)}/{len(cell.rows)}", outcome, escape(mock), escape(deployment))
    if table.row_count:
        console.print(table)


def _print_row(console: Console, row: Compared) -> None:
    case = row.case
    lines = [
        f"\n{case.vendor} {case.clause.id}: {row.outcome}",
        f"  {' '.join(case.clause.says.split())}",
        f"  row: {case.id}, expected {row.expected}",
    ]
    lines += [f"  the mock: {row.the_mock}", f"  the deployment: {row.the_deployment}"]
    shown = row.mock if row.outcome is Outcome.MOCK and row.mock is not None else row.deployment
    lines += [f"    {line}" for line in shown.trace]
    lines += [f"  again: {row.deployment.curl}"] if row.deployment.curl and row.outcome is not Outcome.MOCK else []
    console.print("\n".join(lines), markup=False, soft_wrap=True)


def _print_picks(console: Console, part: VendorPicks) -> None:
    console.print(f"\n[bold]What the page of {part.vendor} leaves open[/]")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("pick", "the mock", "the deployment", "rows", ""):
        table.add_column(heading, overflow="fold")
    for name, one in part.found.items():
        if one.why == UNASKED:
            continue
        style = "red" if one.how is How.CONTRADICTORY else "dim" if not one.known else "cyan" if one.value != part.mock[name] else "green"
        value = escape(told(one.value)) if one.known else str(one.how)
        table.add_row(name, escape(told(part.mock[name])), f"[{style}]{value}[/]", str(len(one.sightings) or ""), escape(one.why or remarks(one)))
    if table.row_count:
        console.print(table)
    unasked = [name for name, one in part.found.items() if one.why == UNASKED]
    if unasked:
        console.print(f"[dim]Not asked for by the chosen rows:[/] {', '.join(unasked)}", soft_wrap=True)


def _print_unread(console: Console, found: Comparison) -> None:
    """Print why rows could not be compared, the commonest reasons first."""
    reasons = Counter(row.reason for row in found.rows if row.outcome is Outcome.UNCOMPARED)
    if reasons:
        console.print(f"\n[dim]{many(sum(reasons.values()), 'row', 'rows')} could not be compared:[/]")
    for reason, count in reasons.most_common(10):
        console.print(f"  {count} {reason}", markup=False, soft_wrap=True)
    if len(reasons) > 10:  # noqa: PLR2004 - as above
        console.print("  … and others: --json has all", markup=False)
