"""The prove subcommand: a progress bar, a table, and an exit code."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Console
from rich.progress import Progress

from ... import specs
from ..bar import bar, console
from ..kills import Mutant, Trial
from ..rows import CaseError
from ..run import check_writable
from ..unable import RunError
from .catalogue import chosen
from .course import Asked, Course
from .coverage import Coverage, coverage
from .crew import Crew
from .job import ProveError, mutant_of
from .options import LAYERS, conflict, cores
from .shown import print_coverage, print_sum, print_trials
from .suite import LAYER, Grading, grade
from .units import units

MISSED = 1


def prove(options: argparse.Namespace) -> int:
    """Try the suite, print what came of it, and return 0 or 1. options: see options. RunError."""
    wrong = conflict(options)
    if wrong is not None:
        raise RunError(wrong)
    check_writable(options.json)
    began, shown_on = time.monotonic(), console()
    try:
        trials, found = _ours(options, shown_on) if options.suite is None else (_another(options, shown_on), [])
    except (ProveError, CaseError) as error:
        raise RunError(str(error)) from None
    layers = _layers(options) if options.suite is None else (LAYER,)
    print_trials(shown_on, trials, layers)
    print_sum(shown_on, trials, layers)
    for part in found:
        print_coverage(shown_on, part)
    seconds = round(time.monotonic() - began, 1)
    shown_on.print(f"{seconds:g} s")
    if options.json:
        options.json.write_text(json.dumps(_document(trials, found, seconds), indent=1, ensure_ascii=False) + "\n", "utf-8")
    unshown = options.require_clauses and any(part.uncovered for part in found)
    return MISSED if unshown or not all(trial.good for trial in trials) else 0


def _layers(options: argparse.Namespace) -> tuple[str, ...]:
    return tuple(layer for layer in LAYERS if not options.layer or layer in options.layer)


def _ours(options: argparse.Namespace, shown_on: Console) -> tuple[list[Trial], list[Coverage]]:
    vendors = options.vendor or list(specs.vendors())
    asked = Asked(_layers(options), options.full, options.first, tuple(options.case), _left_out(options.without_cases), options.seed)
    if not any(asked.units(vendor, layer) for vendor in vendors for layer in asked.layers):
        raise ProveError("no row fits what was asked for: there is nothing to prove")
    with Crew(options.workers or cores()) as crew, bar(shown_on) as progress:
        known = [mutant_of(row) for vendor in vendors for row in crew.mutants(vendor)]
        mutants = chosen(known, options.mutant)
        trials = Course(crew, asked, mutants, _teller(progress)).run()
    return trials, [] if options.first else _coverage(vendors, trials, asked, known, mutants)


def _another(options: argparse.Namespace, shown_on: Console) -> list[Trial]:
    vendors = options.vendor or list(specs.vendors())
    asked = Grading(options.suite, vendors, options.mutant, options.workers or cores(), options.timeout)
    with bar(shown_on) as progress:
        return grade(asked, _teller(progress))


def _teller(progress: Progress) -> Callable[[str, int, int], None]:
    task = progress.add_task("", total=None)

    def said(what: str, total: int, so_far: int) -> None:
        progress.update(task, description=what, total=total, completed=so_far)

    return said


def _coverage(vendors: Sequence[str], trials: Sequence[Trial], asked: Asked, known: Sequence[Mutant], mutants: Sequence[Mutant]) -> list[Coverage]:
    if "case" not in asked.layers:
        return []
    whole = len(known) == len(mutants)
    return [coverage(vendor, trials, asked.units(vendor, "case"), whole=whole) for vendor in vendors]


def _left_out(files: Sequence[str]) -> frozenset[str]:
    """Return the case files that are left out, as VENDOR/FILE. ProveError where there is none of such a name."""
    known = {f"{vendor}/{unit.file}" for vendor in specs.vendors() for unit in units(vendor, "case")}
    wanted = {name if name.endswith(".yaml") else f"{name}.yaml" for name in files}
    for name in sorted(wanted - known):
        raise ProveError(f"--without-cases {name}: there is no such case file; there are {', '.join(sorted(known))}")
    return frozenset(wanted)


def _document(trials: Sequence[Trial], found: Sequence[Coverage], seconds: float) -> dict[str, Any]:
    parts = [part.as_json() for part in found]
    clauses = {key: {clause: told for part in parts for clause, told in part["clauses"][key].items()} for key in ("covered", "uncovered")}
    idle = [case for part in parts for case in part["idle_cases"]]
    return {"trials": [trial.as_json() for trial in trials], "clauses": clauses, "idle_cases": idle, "seconds": seconds}
