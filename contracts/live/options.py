"""The options of a run that say how much of a deployment it may touch."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from pathlib import Path

from ... import specs
from ..patience import seconds
from ..unable import RunError
from .mode import Mode

MODES = [str(mode) for mode in Mode if mode is not Mode.WORLDS]
"""The modes that a deployment without a control API can have, by their names in a target file."""
MODE = "what may be sent to a deployment without a control API, in place of what its file says (read-only by default)"
LEDGER = "the folder of what runs touched, in place of the file's"
WHOLE = (0, 1)
SLICE = "this part of the pools alone, such as 2/5, for jobs that share a deployment but no ledger (default: all)"


def part(text: str) -> tuple[int, int]:
    """Return which part of how many the text says, counted from 0. argparse.ArgumentTypeError."""
    found = re.fullmatch(r"([0-9]{1,4})/([0-9]{1,4})", text)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise argparse.ArgumentTypeError(f"{text!r} is no part: 2/5 is the second of five")
    return int(found[1]) - 1, int(found[2])


SMOKE = "the most telling rows first, until so many seconds are used up (the row that is under way then is finished)"
FUZZING = "send generated requests too, on what the run makes or leases alone: in mode fixtures (worlds of a mock's always get them)"
DRY_RUN = "send nothing: print every request that would be sent, what would be made, and what would be used up"


def add_live(parser: argparse.ArgumentParser) -> None:
    """Add --mode, --ledger and --slice to a command that reads a target file."""
    parser.add_argument("--mode", choices=MODES, help=MODE)
    parser.add_argument("--ledger", type=Path, metavar="DIR", help=LEDGER)
    parser.add_argument("--slice", type=part, default=WHOLE, metavar="N/OF", help=SLICE)


def add_where(parser: argparse.ArgumentParser) -> None:
    """Add --url and --vendor to a command that reads a target file."""
    parser.add_argument("--url", help="base URL in place of the target file's, for a proxy in front")
    parser.add_argument("--vendor", action="append", choices=specs.vendors(), default=[], help="this vendor alone (may be given again)")


def add_short(parser: argparse.ArgumentParser) -> None:
    """Add --dry-run and --smoke to a command that can do so: one that only took them would send what it is told not to."""
    parser.add_argument("--dry-run", action="store_true", help=DRY_RUN)
    parser.add_argument("--smoke", type=seconds, metavar="SECONDS", help=SMOKE)


def add_fuzzing(parser: argparse.ArgumentParser) -> None:
    """Add --allow-fuzzing to a command that has a layer of generated requests."""
    parser.add_argument("--allow-fuzzing", action="store_true", help=FUZZING)


def require_fuzzable(mode: Mode, *, allowed: bool) -> None:
    """Return unless fuzzing is allowed where nothing may be changed. RunError."""
    if allowed and mode is Mode.READ_ONLY:
        raise RunError("--allow-fuzzing sends what changes something, and the mode is read-only: set mode to fixtures, or leave it out")


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
    said += [f"--ownership-slice={options.slice[0] + 1}/{options.slice[1]}"] if options.slice != WHOLE else []
    said += ["--ownership-ledger", str(options.ledger.absolute())] if options.ledger else []
    said += ["--ownership-smoke", str(options.smoke)] if options.smoke is not None else []
    said += ["--ownership-allow-fuzzing"] if options.allow_fuzzing else []
    return [*said, "--ownership-dry-run"] if options.dry_run else said


def add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "check",
        help="look whether a target is ready for a run",
        description="Look at what a run begins with: whether the deployment is there, and whether the target file's principals are who it says.",
    )
    parser.add_argument("--target", type=Path, metavar="FILE", required=True, help="the deployment to look at")
    add_where(parser)


def add_cleanup(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the subcommand that finishes runs."""
    cleanup = commands.add_parser(
        "cleanup",
        help="take back what runs on a deployment have left",
        description=(
            "Take back what the ledgers say that runs which are over have left on a deployment, read that back, and list what nobody can take back. "
            "A run that still goes on is not touched."
        ),
    )
    cleanup.add_argument("--target", type=Path, required=True, metavar="FILE", help="the deployment, with the credentials that the runs had")
    cleanup.add_argument("--url", help="base URL in place of the target file's, as the runs had it")
    cleanup.add_argument("--ledger", type=Path, metavar="DIR", help=LEDGER)
    cleanup.add_argument("--run", action="append", default=[], metavar="ID", help="this run alone, finished or not (may be given again)")
    cleanup.add_argument("--dry-run", action="store_true", help="list what stands in the ledgers; send nothing")
    cleanup.add_argument("--json", type=Path, metavar="FILE", help="write all of it to this file as JSON")
