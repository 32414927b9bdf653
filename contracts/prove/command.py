"""The prove subcommand: a progress bar, a table, and an exit code."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import Progress

from ... import specs
from ..bar import bar, console
from ..kills import Mutant, Trial
from ..report.document import PROVE, Report
from ..report.forms import WriteError, check, write
from ..report.last import remember
from ..report.options import asked_for
from ..rows import CaseError
from ..unable import RunError
from ..verdict.conclude import BROKEN
from .catalogue import chosen
from .coverage import Coverage, as_json, coverage
from .crew import Crew
from .job import ProveError, mutant_of
from .options import LAYERS, asked, conflict, cores
from .proof import Asked, Proof
from .shown import print_coverage, print_sum, print_trials
from .suite import LAYER, Grading, grade
from .units import units


def prove(options: argparse.Namespace) -> int:
    """Try the suite, print what came of it, and return 0 or 1. options: see options. RunError."""
    wrong = conflict(options)
    if wrong is not None:
        raise RunError(wrong)
    files = asked_for(options)
    shown_on = console()
    try:
        check(files)
        report, found = _tried(options, shown_on)
        remember(report)
        write(report, files)
    except (ProveError, CaseError, WriteError) as error:
        raise RunError(str(error)) from None
    layers = _layers(options) if options.suite is None else (LAYER,)
    print_trials(shown_on, report.trials, layers)
    print_sum(shown_on, report.trials, layers)
    for part in found:
        print_coverage(shown_on, part)
    shown_on.print(f"{report.seconds:g} s")
    return report.code


def _tried(options: argparse.Namespace, shown_on: Console) -> tuple[Report, list[Coverage]]:
    clock, began = time.monotonic(), datetime.now(UTC)
    trials, found = _ours(options, shown_on) if options.suite is None else (_another(options, shown_on), [])
    unshown = options.require_clauses and any(part.uncovered for part in found)
    report = Report(
        command=PROVE,
        code=BROKEN if unshown or not all(trial.good for trial in trials) else 0,
        vendors=tuple(_vendors(options)),
        trials=tuple(trials),
        coverage=as_json(found),
        idle_cases=tuple(case for part in found for case in part.idle_cases),
        seed=options.seed,
        began=began.isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - clock, 1),
        asked=asked(options),
    )
    return report, found


def _vendors(options: argparse.Namespace) -> list[str]:
    return options.vendor or list(specs.vendors())


def _layers(options: argparse.Namespace) -> tuple[str, ...]:
    return tuple(layer for layer in LAYERS if not options.layer or layer in options.layer)


def _ours(options: argparse.Namespace, shown_on: Console) -> tuple[list[Trial], list[Coverage]]:
    vendors = _vendors(options)
    wanted = Asked(_layers(options), options.full, options.first, tuple(options.case), _left_out(options.without_cases), options.seed)
    if not any(wanted.units(vendor, layer) for vendor in vendors for layer in wanted.layers):
        raise ProveError("no row fits what was asked for: there is nothing to prove")
    with Crew(options.workers or cores()) as crew, bar(shown_on) as progress:
        known = [mutant_of(row) for vendor in vendors for row in crew.mutants(vendor)]
        mutants = chosen(known, options.mutant)
        trials = Proof(crew, wanted, mutants, _teller(progress)).run()
    return trials, [] if options.first else _coverage(vendors, trials, wanted, known, mutants)


def _another(options: argparse.Namespace, shown_on: Console) -> list[Trial]:
    grading = Grading(options.suite, _vendors(options), options.mutant, options.workers or cores(), options.timeout)
    with bar(shown_on) as progress:
        return grade(grading, _teller(progress))


def _teller(progress: Progress) -> Callable[[str, int, int], None]:
    task = progress.add_task("", total=None)

    def said(what: str, total: int, so_far: int) -> None:
        progress.update(task, description=what, total=total, completed=so_far)

    return said


def _coverage(vendors: Sequence[str], trials: Sequence[Trial], wanted: Asked, known: Sequence[Mutant], mutants: Sequence[Mutant]) -> list[Coverage]:
    if "case" not in wanted.layers:
        return []
    whole = len(known) == len(mutants)
    return [coverage(vendor, trials, wanted.units(vendor, "case"), whole=whole) for vendor in vendors]


def _left_out(files: Sequence[str]) -> frozenset[str]:
    """Return the case files that are left out, as VENDOR/FILE. ProveError where there is none of such a name."""
    known = {f"{vendor}/{unit.file}" for vendor in specs.vendors() for unit in units(vendor, "case")}
    wanted = {name if name.endswith(".yaml") else f"{name}.yaml" for name in files}
    for name in sorted(wanted - known):
        raise ProveError(f"--without-cases {name}: there is no such case file; there are {', '.join(sorted(known))}")
    return frozenset(wanted)
