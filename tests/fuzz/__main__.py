"""`python -m tests.fuzz`: attack the mock server. Exit code 0: nothing found, 1: something, 2: it could not be done."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from rich.console import Console

from .attack import SEGMENT, Plan
from .campaign import attack, campaign
from .families import FAMILIES


def main(words: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _options(words)
    plan = Plan(options.seed, options.inputs, tuple(options.only))
    if options.index is not None:
        first = options.index - options.index % SEGMENT
        report = attack(plan, [range(first, options.index + 1)])
    else:
        report = campaign(plan, min(options.servers, len(list(plan.segments()))))
    report.print(Console(soft_wrap=True, width=200))
    if options.json is not None:
        options.json.write_text(json.dumps(report.json(), indent=1), "utf-8")
    return 1 if report.kinds else 0


def _options(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Send mutated HTTP to the mock server and judge what comes back.")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the same seed gives the same inputs (default: %(default)s)")
    parser.add_argument("--inputs", type=_number, default=10_000, metavar="N", help="how many (default: %(default)s)")
    parser.add_argument(
        "--only", action="append", default=[], choices=list(FAMILIES), metavar="FAMILY", help=f"of: {', '.join(FAMILIES)}; may be given again"
    )
    parser.add_argument("--index", type=int, metavar="N", help="only input N, after those before it in its segment, which its world needs")
    parser.add_argument("--servers", type=_number, default=os.cpu_count() or 1, metavar="N", help="how many side by side (default: one a core)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report there, too")
    return parser.parse_args(words)


def _number(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
