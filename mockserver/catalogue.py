"""The command that lists the mutants."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from .. import specs
from .engine.columns import columns
from .engine.control.mutants import described
from .engine.mutants import NO_OPERATION, Mutant, catalogue, near
from .stories import UNBOUNDED

ROOM = 40
"""Columns that a terminal must have for what a mutant does beside its name; where it has not, that goes on a line of its own."""
SHOWN = 3
"""So many operations are named in the list; of more, how many there are."""


def mutants(options: argparse.Namespace) -> int:
    """Print the mutants whose names are options.names or fit one of them; one that is named, with all that is known of it.

    Return the exit code: 0, or 2 where a name fits none.
    """
    known = catalogue(columns(options.vendor))
    for name in options.names:
        if not any(fnmatchcase(one, name) for one in known):
            print(f"ownership-mock: no mutant {name!r} here; {near(name, known)}", file=sys.stderr)
            return 2
    found = {one: mutant for one, mutant in known.items() if not options.names or any(fnmatchcase(one, name) for name in options.names)}
    if options.json:
        print(json.dumps([described(name, mutant) for name, mutant in found.items()], indent=2, ensure_ascii=False))
    elif len(options.names) == 1 and options.names[0] in found:
        _tell(options.names[0], found[options.names[0]])
    else:
        _list(found)
    return 0


def warning(chosen: Mapping[str, Mutant]) -> list[str]:
    """Return what is to be said of a server on which these are: a line for each."""
    return [f"{'Differs harmlessly' if mutant.harmless else 'BROKEN'} on purpose: {name}: {mutant.says}" for name, mutant in chosen.items()]


def _list(found: Mapping[str, Mutant]) -> None:
    columns_wide, _ = shutil.get_terminal_size((UNBOUNDED, 0))
    rows = [(name, _places(mutant.operations), mutant) for name, mutant in found.items()]
    wide, places = max((len(name) for name, _, _ in rows), default=0), max((len(place) for _, place, _ in rows), default=0)
    for name, place, mutant in rows:
        beginning = f"{name:<{wide}}  {place:<{places}}  "
        says = ("(harmless) " if mutant.harmless else "") + mutant.says
        if columns_wide < len(beginning) + ROOM:
            print(f"{name}  {place}")
            beginning = " " * 4
        print(textwrap.fill(says, max(columns_wide, ROOM), initial_indent=beginning, subsequent_indent=" " * len(beginning)))


def _tell(name: str, mutant: Mutant) -> None:
    print(f"{name}: {mutant.says}\n")
    if mutant.harmless:
        print("It is harmless: nothing of the contract forbids it.\n")
    print("At: " + ", ".join(_named(mutant.operations)))
    ledger = specs.ledger(name.partition(".")[0])
    for clause in mutant.clauses:
        print(f"\nBreaks {clause}:")
        print(textwrap.indent(textwrap.fill(ledger.clauses[clause].says, 100), "  "))
    print(f"\nTo run it: ownership-mock serve --mutant {name}")


def _places(operations: Iterable[str]) -> str:
    names = set(operations)
    # What is another way to the same is told by a star behind the first one's name.
    first = {name for name in names if not any(other and other != name and name.startswith(other) for other in names)}
    named = _named(name + "*" * any(other != name and other.startswith(name) for other in names if name) for name in first)
    return ", ".join(named) if len(named) <= SHOWN else f"{len(named)} operations"


def _named(operations: Iterable[str]) -> list[str]:
    return [name if name != NO_OPERATION else "answers of no operation" for name in sorted(operations)]
