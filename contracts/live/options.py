"""The options of a run that say how much of a deployment it may touch."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from ..patience import seconds
from ..unable import RunError
from .mode import Mode

MODES = [str(mode) for mode in Mode if mode is not Mode.WORLDS]
"""The modes that a deployment without a control API can have, by their names in a target file."""
MODE = "what may be sent to a deployment without a control API, in place of what its file says (read-only by default)"
LEDGER = "the folder of what runs touched, in place of the file's"

SMOKE = "the most telling rows first, until so many seconds are used up (the row that is under way then is finished)"
DRY_RUN = "send nothing: print every request that would be sent, what would be made, and what would be used up"


def add_live(parser: argparse.ArgumentParser) -> None:
    """Add --mode and --ledger to a command that reads a target file."""
    parser.add_argument("--mode", choices=MODES, help=MODE)
    parser.add_argument("--ledger", type=Path, metavar="DIR", help=LEDGER)
    parser.add_argument("--dry-run", action="store_true", help=DRY_RUN)
    parser.add_argument("--smoke", type=seconds, metavar="SECONDS", help=SMOKE)


def require_unreported(files: Iterable[str]) -> None:
    """Return if a dry run is asked for no report. RunError."""
    for name in files:
        raise RunError(f"a dry run finds nothing out: leave --{name} out")


def require_alone(several: bool) -> None:
    """Return if a run whose rows go one after the other, dry or short, is asked of one process. RunError."""
    if several:
        raise RunError("a dry run and a smoke run play one row after the other: leave -n out")


def words(options: argparse.Namespace) -> list[str]:
    """Return these options as the plugin wants them."""
    said = ["--ownership-mode", options.mode] if options.mode else []
    said += ["--ownership-ledger", str(options.ledger.absolute())] if options.ledger else []
    said += ["--ownership-smoke", str(options.smoke)] if options.smoke is not None else []
    return [*said, "--ownership-dry-run"] if options.dry_run else said
