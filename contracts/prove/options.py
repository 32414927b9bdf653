"""What the prove subcommand takes."""

from __future__ import annotations

import argparse
import os
from typing import Any

from ... import specs
from ..patience import seconds
from ..report.options import add_options

LAYERS = ("case", "races", "matrix", "model")
"""The layers that a mutant is tried with, the cheapest first. A run of Schemathesis takes too long to be one: it is graded as another suite."""
PATIENCE = 600.0
"""Seconds that another suite has for one run."""


def add_prove(commands: Any, workers: Any) -> None:
    """Add the subcommand to a parser's subcommands. workers: reads a number of processes."""
    prove = commands.add_parser(
        "prove",
        help="find out whether a suite sees servers that go wrong",
        description="Play the suite, or another one, against mock servers that each go wrong in one known way. Those that it does not see fail the "
        "command, and so does one that differs harmlessly and is called broken.",
    )
    prove.add_argument("--vendor", action="append", choices=specs.vendors(), default=[], help="this vendor alone (may be given again)")
    prove.add_argument("--mutant", action="append", metavar="GLOB", default=[], help="mutants whose full names fit (may be given again)")
    prove.add_argument("--first", action="store_true", help="stop at a mutant's first kill, the likeliest rows first: a short run")
    prove.add_argument("--full", action="store_true", help="play all rows of all layers for every mutant: a long run")
    prove.add_argument("--layer", action="append", choices=LAYERS, default=[], help="this layer alone (may be given again)")
    prove.add_argument("--case", action="append", metavar="GLOB", default=[], help="rows whose ids fit alone (may be given again)")
    prove.add_argument(
        "--without-cases", action="append", metavar="VENDOR/FILE", default=[], help="leave a case file out, to see what is missed then"
    )
    prove.add_argument("--require-clauses", action="store_true", help="fail where a clause that cases are to show is shown by none")
    prove.add_argument("--suite", metavar="COMMAND", help="grade this command in place of our suite; {url}, {target} and {vendor} are filled in")
    prove.add_argument("--timeout", type=seconds, default=PATIENCE, metavar="SECONDS", help="how long it has for one run (default: %(default)g)")
    prove.add_argument("--seed", type=int, default=1, metavar="N", help="where what is random comes from (default: %(default)s)")
    prove.add_argument("-n", "--workers", type=workers, default=None, metavar="N", help="what runs side by side (default: one a core)")
    add_options(prove)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def asked(options: argparse.Namespace) -> tuple[str, ...]:
    """Return the words that chose a part of the mutants, or of what is played; none: it is the whole proof."""
    flags = tuple(f"--{name}" for name in ("first", "full") if getattr(options, name))
    names = ("vendor", "mutant", "layer", "case", "without_cases")
    words = tuple(word for name in names for value in getattr(options, name) for word in (f"--{name.replace('_', '-')}", value))
    return (*flags, *words, *(() if options.suite is None else ("--suite", options.suite)))


def conflict(options: argparse.Namespace) -> str | None:
    """Return which options do not go together, or None."""
    ours = [name for name in ("first", "full", "layer", "case", "without_cases", "require_clauses") if getattr(options, name)]
    if options.suite is not None and ours:
        return f"--suite grades another suite: --{ours[0].replace('_', '-')} is about ours"
    if options.first and options.full:
        return "--first stops early and --full plays all: one of them"
    if options.first and options.require_clauses:
        return "--first stops at the first kill, so that it cannot tell which clauses are shown: leave --require-clauses out, or --first"
    return None
