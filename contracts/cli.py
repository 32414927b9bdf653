"""The command ownership-contracts."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from .. import specs
from .kills import LAYERS
from .layers.sizes import EXAMPLES, GENERATED, SEEDED, STEPS, WALKS, seed, size
from .live.options import add_check, add_cleanup, add_fuzzing, add_live, add_short, add_where
from .parity.options import add_parity
from .patience import PATIENCE, PATIENT, seconds
from .prove.options import add_prove
from .proxy.options import add_proxy
from .report.options import add_options
from .targets.init import add_init
from .unable import RunError
from .unexpected import mistake
from .unread import unread
from .veil import hidden, hiding
from .verdict.options import add_terms

INTERRUPTED = 130
"""What shells say of a command that SIGINT ended."""

_WHERE = {
    "check": "live.check.check",
    "cleanup": "live.cleanup.cleanup",
    "explain": "explain.explain",
    "init": "targets.init.init",
    "parity": "parity.command.parity",
    "prove": "prove.command.prove",
    "proxy": "proxy.command.proxy",
    "report": "restated.restate",
    "run": "run.run",
}
"""What does each subcommand: a module of this package's, and a function of it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    0 all that had to hold holds, 1 a clause is broken, 2 it could not run, 3 not enough was checked, 130 interrupted.
    """
    options = _parser().parse_args(argv)
    # A run that is told to end ends like one that is interrupted: what it started is taken down.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with hiding():
        code, told = _ended(options)
        if told:
            print(f"ownership-contracts: {hidden(told)}", file=sys.stderr)
    return code


def _ended(options: argparse.Namespace) -> tuple[int, str]:
    """Return the exit code, and what is said of an end before the end."""
    try:
        code = _command(options.command)(options)
        sys.stdout.flush()
    except RunError as error:
        return 2, str(error)
    except BrokenPipeError:
        return unread(), ""
    except KeyboardInterrupt:
        return INTERRUPTED, "interrupted"
    except Exception as error:  # a traceback may hold what nobody is to see
        return 2, mistake(error)
    return code, ""


def _command(name: str) -> Callable[[argparse.Namespace], int]:
    """Return what the subcommand does. Help and bad options need not wait for its imports."""
    module, _, function = _WHERE[name].rpartition(".")
    found: Callable[[argparse.Namespace], int] = getattr(import_module(f"{__package__}.{module}"), function)
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ownership-contracts", description="Does a deployment keep what the vendor's pages promise?")
    commands = parser.add_subparsers(dest="command", required=True)
    _add_run(commands)
    add_prove(commands, _workers)
    for add in (add_init, add_check, add_cleanup, add_proxy, add_parity):
        add(commands)
    _add_told(commands)
    return parser


def _add_run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    run = commands.add_parser(
        "run",
        help="run the contract suites",
        description="Run the contract suites: against a mock server of their own, or against the deployment that a target file describes.",
    )
    run.add_argument("--target", type=Path, metavar="FILE", help="the deployment to test (default: a mock server, started and ended here)")
    add_where(run)
    run.add_argument("--grade", action="append", choices=specs.GRADES, default=[], help="clauses of this grade alone")
    run.add_argument("-k", dest="keyword", metavar="EXPRESSION", default="", help="rows whose ids match (pytest's -k)")
    run.add_argument("--layer", action="append", choices=LAYERS, default=[], help="this part of the suite alone (may be given again; default: all)")
    run.add_argument("--judge-public", action="store_true", help="judge public facts also where the target declares no picks")
    run.add_argument("--no-properties", action="store_true", help="leave the Schemathesis runs out")
    run.add_argument("-n", "--workers", type=_workers, default=1, metavar="N", help="processes that share the rows (default: %(default)s)")
    run.add_argument("--seed", type=seed, default=1, metavar="N", help=f"{SEEDED} (default: %(default)s)")
    run.add_argument("--examples", type=size, default=EXAMPLES, metavar="N", help=f"{GENERATED} (default: %(default)s)")
    run.add_argument("--walks", type=size, default=WALKS, metavar="N", help="random walks in each of their four rows (default: %(default)s)")
    run.add_argument("--steps", type=size, default=STEPS, metavar="N", help="steps of a random walk (default: %(default)s)")
    add_terms(run)
    run.add_argument("--patience", type=seconds, default=PATIENCE, metavar="SECONDS", help=f"{PATIENT} (default: %(default)g)")
    add_live(run)
    add_short(run)
    add_fuzzing(run)
    add_options(run)


def _add_told(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    report = commands.add_parser(
        "report", help="make other reports of a stored one", description="Make other reports of one that `run` or `prove` wrote with --json."
    )
    report.add_argument("file", type=Path, metavar="FILE.json", help="the JSON report")
    add_options(report)
    told = commands.add_parser(
        "explain",
        help="tell all of a clause, or show a row",
        description="Tell what a clause says, where it stands, which rows show it, which mutants attack it, and what the last run made of it.",
    )
    told.add_argument("clause", metavar="CLAUSE", help="a clause's id, or a row's")
    told.add_argument("--report", type=Path, metavar="FILE.json", help="ask this JSON report (default: the last of this folder)")


def _workers(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 64:  # noqa: PLR2004 - far more than a suite of this size can use
        raise argparse.ArgumentTypeError(f"{text!r} is no number of processes: 1 to 64 is")
    return int(text)
