"""What each version of the contract consists of, so that none changes that is released.

`python -m ownership_contracts.contracts.digest` prints what each vendor's contract.yaml says of them, as the rows are now.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

from .. import specs
from .case import cases
from .contract import operations
from .edition import edition, in_force, since
from .fixtures import picks
from .layers.matrix import MATRIX, cells
from .layers.races import RACES, races


def digests(vendor: str, version: int) -> dict[str, str]:
    """Return what each part of this version of the contract consists of, twelve digits each: its rows, and what the spec has answers judged by.

    A layer that came later is none of its parts.
    """
    parts: dict[str, list[Any]] = {"case": [], MATRIX: [], RACES: []}
    calls: set[str] = set()
    of_race = {race.case.id: [race.sides, race.then, race.times] for race in races(vendor)}
    rows = [*cases(vendor), *(race.case for race in races(vendor)), *cells(vendor, picks(vendor, {}))]
    for row in in_force(rows, version):
        if row.since <= version:
            # What tells when it came and went is none of what it says, nor is how its clause is worded.
            said = {**asdict(replace(row, since=1, until=None, file="")), "clause": (row.clause.id, row.clause.grade)}
            parts[row.layer].append(_text([said, of_race[row.id] if row.layer == RACES else None]))
            calls.update(step["call"] for step in (*row.given, row.step, *row.then) if "call" in step)
    spec = [_text(_judged_by(vendor, call)) for call in sorted(calls)]
    there = {name: _digest(sorted(found)) for name, found in parts.items() if since(vendor, name) <= version}
    return {**there, "spec": _digest(spec)}


def _judged_by(vendor: str, call: str) -> list[Any]:
    """Return what the answers of an operation are held against in the spec, without what is there to be read only."""
    one, clauses = operations(vendor)[call], specs.ledger(vendor).clauses
    cited = sorted({clause for response in one.responses.values() for clause in response["x-clause"]})
    return [one.id, one.method, one.template, one.media_types, _bare(one.responses), {clause: clauses[clause].grade for clause in cited}]


def _bare(node: Any) -> Any:
    if isinstance(node, list | tuple):
        return [_bare(item) for item in node]
    if isinstance(node, Mapping):
        return {str(name): _bare(value) for name, value in node.items() if name not in ("description", "example", "examples", "summary", "links")}
    return node


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _digest(texts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:12]


def complaints(vendor: str) -> Iterator[str]:
    """Yield what is wrong with the versions of the vendor's rows, each with what to do."""
    known = edition(vendor)
    for row in (*cases(vendor), *(race.case for race in races(vendor))):
        if row.since > known.version:
            yield f"{row.id}: it came with version {row.since}, and the contract is at {known.version}: raise `version` in {vendor}/contract.yaml"
        if row.until is not None and row.until < row.since:
            yield f"{row.id}: it is replaced after version {row.until}, and came with {row.since}"
    for version in range(1, known.version):
        if version not in known.released:
            yield f"version {version} is followed by another, and its digests are not in {vendor}/contract.yaml"
    for version, recorded in known.released.items():
        yield from (f"version {version} of {vendor}: {wrong}" for wrong in _changed(recorded, digests(vendor, version)))


def _changed(recorded: Mapping[str, str], found: Mapping[str, str]) -> Iterator[str]:
    for part, told in found.items():
        if recorded.get(part) != told:
            yield (
                f"what is released of {part} has changed ({recorded.get(part)}, now {told}). A new row says `since`; a changed one "
                "keeps its old form with `until` and comes anew under another id. What only asks less than before is put in with "
                "`python -m ownership_contracts.contracts.digest` (CONTRIBUTING.md, 'Versions of the contract')"
            )


def main() -> None:
    """Print for each vendor the digests of every version up to the one that its rows are at."""
    for vendor in specs.vendors():
        print(f"# {vendor}/contract.yaml\nreleased:")
        for version in range(1, edition(vendor).version + 1):
            print(f"  v{version}: {{{', '.join(f'{part}: {told!r}' for part, told in digests(vendor, version).items())}}}")


if __name__ == "__main__":
    main()
