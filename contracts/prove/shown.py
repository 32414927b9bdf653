"""What a proof came to, on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..kills import Trial
from .coverage import Coverage

FEW = 3
"""How many killers of a mutant are named."""


def print_trials(console: Console, trials: Sequence[Trial], layers: Sequence[str]) -> None:
    """Print a line a mutant: what it came to, how often each layer killed it, what killed it first, how many rows were not played."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("mutant", "comes to", *layers, "errors", "killed by", "not played"):
        numbers = heading in (*layers, "errors", "not played")
        table.add_column(heading, justify="right" if numbers else "left", overflow="fold", no_wrap=heading != "killed by")
    for trial in trials:
        counts = [f"{len(trial.kills.get(layer, ()))}/{trial.played[layer]}" if layer in trial.played else "" for layer in layers]
        word = f"[{'green' if trial.good else 'bold red'}]{comes_to(trial)}[/]"
        table.add_row(escape(trial.mutant.name), word, *counts, str(len(trial.errors)), escape(_killers(trial)), str(trial.not_played))
    console.print(table)


def _killers(trial: Trial) -> str:
    found = [unit for kills in trial.kills.values() for unit in kills] or list(trial.errors)
    return ", ".join(found[:FEW]) + (f" and {len(found) - FEW} more" if len(found) > FEW else "")


def comes_to(trial: Trial) -> str:
    """Return the word for what the trial came to."""
    if trial.mutant.harmless:
        return "green" if trial.good else "cries wolf"
    return "killed" if trial.killed else "survives"


def print_sum(console: Console, trials: Sequence[Trial], layers: Sequence[str]) -> None:
    """Print the counts, what each layer by itself misses, then the survivors and the wolves."""
    broken = [trial for trial in trials if not trial.mutant.harmless]
    harmless = [trial for trial in trials if trial.mutant.harmless]
    killed, green = sum(trial.killed for trial in broken), sum(trial.good for trial in harmless)
    counts = [f"{killed} of {len(broken)} mutants killed"] if broken else []
    counts += [f"{green} of {len(harmless)} harmless ones green"] if harmless else []
    console.print(f"\n{', '.join(counts)}")
    for layer in layers:
        missed = [trial.mutant.name for trial in broken if layer in trial.played and not trial.kills.get(layer)]
        if missed and any(trial.killed for trial in broken if trial.mutant.name in missed):
            console.print(f"missed by the {layer} layer: {', '.join(missed)}", soft_wrap=True)
    for trial in broken:
        if not trial.killed:
            told = f"{trial.mutant.says} (attacks {', '.join(trial.mutant.clauses) or 'no clause'})"
            console.print(f"[bold red]survives[/] {escape(trial.mutant.name)}: {escape(told)}", soft_wrap=True)
    for trial in harmless:
        for unit, told in trial.failures.items():
            console.print(f"[bold red]cries wolf[/] {escape(trial.mutant.name)}: {escape(unit)}: {escape(told)}", soft_wrap=True)


def print_coverage(console: Console, found: Coverage) -> None:
    """Print the clauses that no case shows, each with why, and the cases that kill nothing."""
    if found.covered or found.uncovered:
        known = len(found.covered) + len(found.uncovered)
        console.print(f"{found.vendor}: {len(found.covered)} of {known} clauses shown by a case that fails where they are broken")
    for why in dict.fromkeys(found.uncovered.values()):
        clauses = [clause for clause, told in found.uncovered.items() if told == why]
        console.print(f"[yellow]not shown[/] {', '.join(clauses)}: {escape(why)}", soft_wrap=True)
    if found.idle_cases:
        console.print(f"[yellow]{len(found.idle_cases)} cases kill nothing[/]: {', '.join(found.idle_cases)}", soft_wrap=True)
