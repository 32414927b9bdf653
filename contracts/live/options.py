"""The options of a run that say how much of a deployment it may touch."""

from __future__ import annotations

import argparse
from pathlib import Path

from .mode import Mode

MODES = [str(mode) for mode in Mode if mode is not Mode.WORLDS]
"""The modes that a deployment without a control API can have, by their names in a target file."""
MODE = "what may be sent to a deployment without a control API, in place of what its file says (read-only by default)"
LEDGER = "the folder of what runs touched, in place of the file's"


def add_live(parser: argparse.ArgumentParser) -> None:
    """Add --mode and --ledger to a command that reads a target file."""
    parser.add_argument("--mode", choices=MODES, help=MODE)
    parser.add_argument("--ledger", type=Path, metavar="DIR", help=LEDGER)


def words(options: argparse.Namespace) -> list[str]:
    """Return these options as the plugin wants them."""
    said = ["--ownership-mode", options.mode] if options.mode else []
    return [*said, "--ownership-ledger", str(options.ledger.absolute())] if options.ledger else said
