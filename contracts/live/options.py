"""The options of a run that say how much of a deployment it may touch."""

from __future__ import annotations

import argparse
from pathlib import Path

from ... import specs
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


def add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "check",
        help="look whether a target is ready for a run",
        description="Look at what a run begins with: whether the deployment is there, and whether the target file's principals are who it says.",
    )
    parser.add_argument("--target", type=Path, metavar="FILE", required=True, help="the deployment to look at")
    parser.add_argument("--url", help="base URL in place of the target file's, for a proxy in front")
    parser.add_argument("--vendor", action="append", choices=specs.vendors(), default=[], help="this vendor alone (may be given again)")
