"""All that a terminal shows of a report, the verdict last."""

from __future__ import annotations

from rich.console import Console

from .document import RUN, Report, broken
from .matrix import print_grids
from .sentence import conduct, gaps, sentence
from .terminal import print_broken, print_sum, print_table


def print_report(console: Console, report: Report) -> None:
    """Print a run, its mode first and its verdict last; grids whole where the matrix was asked for by name. Of a proof, print the verdict alone."""
    if report.command == RUN:
        if report.mode:
            console.print(f"{report.base_url}, {conduct(report)}.\n", markup=False, soft_wrap=True)
        print_table(console, report.results)
        print_grids(console, report.results, whole="matrix" in report.asked)
        print_broken(console, broken(report))
        console.print()
        print_sum(console, report.results)
        for gap in gaps(report):
            console.print(f"[yellow]{gap.title}[/]: ", end="")
            console.print(gap.line.removeprefix(f"{gap.title}: "), markup=False, soft_wrap=True)
    console.print(sentence(report))
