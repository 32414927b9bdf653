"""The init subcommand: a target file to begin with."""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path

from ... import specs
from ..unable import RunError
from .environment import names

EXAMPLE = "target.example.toml"
WIDTH = 150
PICKS = (
    "# What the vendor's pages leave open, as this deployment does it: a pick that is declared is judged, and with one or more of them public facts",
    "# are too. Left out: what the deployment does is reported. The values below are the mock's; `ownership-contracts parity` finds out others.",
)


def add_init(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "init",
        help="write a target file to begin with",
        description="Write a target file with every setting explained, to be filled in. A file that is there is never overwritten.",
    )
    parser.add_argument("--vendor", action="append", choices=specs.vendors(), required=True, help="whose API the deployment has (may be given again)")
    parser.add_argument("file", type=Path, nargs="?", default=Path("target.toml"), metavar="FILE", help="what to write (default: %(default)s)")


def init(options: argparse.Namespace) -> int:
    """Write the file, tell what is to be set, and return 0. options: see add_init. RunError where the file is there or cannot be written."""
    text = example(options.vendor)
    try:
        # Nobody's file is lost, whoever writes it at the same moment.
        with options.file.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise RunError(f"{options.file} is there already, and is not overwritten: name another file") from None
    except OSError as error:
        raise RunError(f"{options.file} cannot be written: {error.strerror}") from None
    print(f"Wrote {options.file}. Look it over, set {', '.join(wanted(text))}, and then:\n  ownership-contracts run --target {options.file}")
    return 0


def example(vendors: Iterable[str]) -> str:
    """Return the text of a target file for these vendors, each once."""
    package = files(__package__)
    parts = [package.joinpath(EXAMPLE).read_text("utf-8")]
    for vendor in dict.fromkeys(vendors):
        table = package.joinpath("..", vendor, EXAMPLE).read_text("utf-8")
        parts += [table, "\n".join(_picks(vendor)) + "\n"]
    return "\n".join(parts)


def wanted(text: str) -> list[str]:
    """Return the names of the environment variables that the settings of such a text refer to which are on, each once."""
    settings = [line for line in text.splitlines() if not line.startswith("#")]
    return list(dict.fromkeys(name for line in settings for name in names(line)))


def _picks(vendor: str) -> Iterator[str]:
    yield from PICKS
    yield f"[{vendor}.picks]"
    for clause in specs.ledger(vendor).clauses.values():
        if clause.pick is None:
            continue
        yield from ("", *_comment(clause.says, "# "))
        for option, means in (clause.pick.options or {}).items():
            yield from _comment(f"{option}: {means}", "#   ")
        yield f"#{clause.pick.name} = {json.dumps(clause.pick.default)}"


def _comment(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent + ("  " if len(indent) > len("# ") else ""))
