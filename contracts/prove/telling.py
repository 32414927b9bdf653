"""Measures which rows tell most: python -m ownership_contracts.contracts.prove.telling PROOF.json writes each vendor's telling.yaml.

The proof is the JSON report of a whole `prove`, or of one of the layer case. Of the rows that may be played, the one comes first that kills most
mutants; then the one that kills most of those that are left.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import yaml

from ... import specs
from ..case import Case, cases
from ..kills import Trial
from ..live.mode import Mode
from ..live.suited import require_suited
from ..report.json import read_json
from ..telling import FILE, ORDERS
from ..unavailable import Unavailable

HEAD = """# Which rows tell most: each, and how many mutants it kills that none before it does. Measured, not written: CONTRIBUTING.md, 'Smoke runs'.
# worlds: of all rows. fixtures: of those that need no setting, so that any deployment can be asked. read_only: of these, what changes nothing.
"""


def order(rows: Iterable[Case], trials: Iterable[Trial]) -> dict[str, int]:
    """Return the rows in the order in which they tell most, each with how many mutants it kills that none before it does."""
    left = {row.id: set[str]() for row in rows}
    for trial in (trial for trial in trials if not trial.mutant.harmless):
        for name in left.keys() & set(trial.kills.get("case", ())):
            left[name].add(trial.mutant.name)
    steps = {row.id: (len(row.given) + len(row.then), number) for number, row in enumerate(rows)}
    found: dict[str, int] = {}
    while left:
        best = min(left, key=lambda name: (-len(left[name]), steps[name]))
        killed = left.pop(best)
        if not killed:
            break
        found[best] = len(killed)
        left = {name: others - killed for name, others in left.items()}
    return found


def suitable(vendor: str, mode: Mode) -> list[Case]:
    """Return the vendor's rows that a target of this mode can be asked at once."""
    if mode is Mode.WORLDS:
        return list(cases(vendor))
    return [row for row in cases(vendor) if "settings" not in row.needs and _suits(row, mode)]


def _suits(row: Case, mode: Mode) -> bool:
    try:
        require_suited(row, mode)
    except Unavailable:
        return False
    return True


def measured(vendor: str, trials: Iterable[Trial]) -> Mapping[str, Mapping[str, int]]:
    """Return the vendor's orders."""
    own = [trial for trial in trials if trial.mutant.vendor == vendor]
    return {name: order(suitable(vendor, mode), own) for mode, name in ORDERS.items()}


def written(orders: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """Yield the text of the file."""
    yield HEAD
    yield yaml.safe_dump({name: dict(found) for name, found in orders.items()}, sort_keys=False, width=150)


def main() -> None:
    """Write the files, beside the rows of this installation."""
    trials = read_json(Path(sys.argv[1])).trials
    for vendor in specs.vendors():
        (Path(__file__).parent.parent / vendor / FILE).write_text("".join(written(measured(vendor, trials))), "utf-8")


if __name__ == "__main__":
    main()
