"""The check subcommand: the preflight of a target alone."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace

from rich.markup import escape
from rich.table import Table

from ..bar import console
from ..driver import require_answer
from ..target import Target, TargetError, choose
from ..unable import RunError
from .mode import Mode
from .preflight import Line, State, preflight, wrong
from .watch import Watch

COLOURS = {State.OK: "green", State.INSTEAD: "yellow", State.WRONG: "red", State.UNREAD: "yellow"}
ALONE = "It has a control API: each row is played in a world of its own, and there is nothing else to look at."


def check(options: argparse.Namespace) -> int:
    """Print what is looked at before a run, and return 0; 2 where a run could not begin. Nothing is changed. options: see cli. RunError."""
    shown = console()
    try:
        target = choose(options.target, options.url, options.vendor)
        if target.mode is Mode.WORLDS:
            require_answer(target)
            shown.print(f"{escape(target.base_url)} answers. {ALONE}")
            return 0
        lines = looked_at(replace(target, mode=Mode.READ_ONLY), options.vendor)
    except TargetError as error:
        raise RunError(str(error)) from None
    table = Table("field", "what", "", "says")
    for line in lines:
        says = "; ".join(filter(None, (line.says, line.mend)))
        table.add_row(escape(line.at), escape(line.what), f"[{COLOURS[line.state]}]{line.state}", escape(says))
    shown.print(table)
    return 2 if wrong(lines) else 0


def looked_at(target: Target, vendors: Sequence[str]) -> tuple[Line, ...]:
    """Return what a preflight of the target says. vendors: those to look at; else all that it describes."""
    watch = Watch(target)
    with watch.client:
        return preflight(target, watch, vendors or list(target.tables))
