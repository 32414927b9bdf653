"""The progress bar of a run."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from .unread import unread

WIDE = 240
"""Columns where the output is no terminal: whoever reads it later has room, and looks for whole names."""


class _Console(Console):
    """rich's, but for the exit code where nobody reads any more."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        raise SystemExit(unread())


def console() -> Console:
    """Return the console on stdout."""
    made = _Console(highlight=False)
    if not made.is_terminal:
        made.width = WIDE
    return made


def bar(shown_on: Console) -> Progress:
    """Return a progress bar, gone at its end, and nothing where the console is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # A console of its own on the same stream: what is caught around the run does not catch the bar.
    return Progress(*columns, console=Console(file=shown_on.file), transient=True, disable=not shown_on.is_terminal)
