"""The one value that every form of a report is made from."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from ... import specs
from ..edition import edition
from ..kills import Mutant, Trial
from ..result import Result, Verdict
from ..verdict.conclude import Shortcomings
from .clauses import by_clause, counts, kept_back, unplayed

RUN, PROVE = "run", "prove"
"""The commands that a report can be of."""
_USER = re.compile(r"(?<=//)[^/@]*@")


@cache
def tool() -> str:
    """Return the version of this package; of a tree that is not installed, none is known."""
    try:
        return version("ownership-contracts")
    except PackageNotFoundError:
        return "unknown"


@cache
def contract(vendor: str) -> str:
    """Return which contract of the vendor's is held against a target: its version, the spec's own one, and a digest of spec, ledger and rows."""
    digest = hashlib.sha256()
    for part in (specs.__name__, __package__.rpartition(".")[0]):
        for file in _data(files(part) / vendor):
            digest.update(file.read_bytes())
    return f"{edition(vendor).version} (spec {specs.openapi(vendor)['info']['version']}, {digest.hexdigest()[:12]})"


def _data(folder: Traversable) -> Iterator[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _data(entry)
        elif entry.name.endswith(".yaml"):
            yield entry


@dataclass(frozen=True)
class Report:
    """What a command found out.

    command: RUN or PROVE. code: its exit code. gate: what the results do not tell of it.
    results: one a row, in the order of the suite. trials: one a mutant, of PROVE alone.
    coverage, idle_cases: what PROVE says of clauses and of rows that kill nothing. base_url: of the target, empty where each trial had its own.
    mode: what a run might do to the target, as a Mode has it; empty where that is not known.
    tool, contract: versions, the latter by vendor. began: ISO 8601, UTC. asked: the words that chose a part of the suite; none: all of it was played.
    """

    command: str
    code: int
    vendors: tuple[str, ...]
    results: tuple[Result, ...] = ()
    trials: tuple[Trial, ...] = ()
    coverage: Mapping[str, Any] = field(default_factory=dict)
    idle_cases: tuple[str, ...] = ()
    base_url: str = ""
    mode: str = ""
    seed: int | None = None
    began: str = ""
    seconds: float = 0.0
    asked: tuple[str, ...] = ()
    tool: str = field(default_factory=tool)
    contract: Mapping[str, str] = field(default_factory=dict)
    gate: Shortcomings = field(default_factory=Shortcomings)

    def __post_init__(self) -> None:
        """Leave no password in the target's URL, and say of which contract this is."""
        object.__setattr__(self, "base_url", _USER.sub("***@", self.base_url))
        if not self.contract:
            object.__setattr__(self, "contract", {vendor: contract(vendor) for vendor in self.vendors if vendor in specs.vendors()})

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON: with the results stand the verdict of each clause and the counts."""
        plain = ("command", "seed", "began", "seconds", "base_url", "tool")
        return {
            **{name: getattr(self, name) for name in plain},
            "exit_code": self.code,
            "vendors": list(self.vendors),
            "asked": list(self.asked),
            "contract": dict(self.contract),
            **(self._run() if self.command == RUN else self._proof()),
        }

    def _run(self) -> dict[str, Any]:
        return {
            "mode": self.mode,
            "gate": self.gate.as_json(),
            "unchecked": {vendor: unplayed(vendor, self.results) for vendor in self.vendors if vendor in specs.vendors()},
            "kept_back": {vendor: kept_back(vendor, self.results) for vendor in self.vendors if vendor in specs.vendors()},
            "counts": {str(verdict): count for verdict, count in counts(self.results).items()},
            "clauses": [
                {**{name: getattr(row, name) for name in ("vendor", "clause", "grade", "excuse", "rows", "judged")}, "verdict": str(row.verdict)}
                for row in by_clause(self.results)
            ],
            "results": [result.as_json() for result in self.results],
        }

    def _proof(self) -> dict[str, Any]:
        return {"trials": [trial.as_json() for trial in self.trials], "clauses": dict(self.coverage), "idle_cases": list(self.idle_cases)}


def from_json(document: Mapping[str, Any]) -> Report:
    """Return the report that as_json made this of; what a later version may have added is left out."""
    proof = "trials" in document
    return Report(
        command=PROVE if proof else RUN,
        code=document["exit_code"],
        vendors=tuple(document["vendors"]),
        results=tuple(_result(row) for row in document.get("results", ())),
        trials=tuple(_trial(row) for row in document.get("trials", ())),
        coverage=document["clauses"] if proof else {},
        idle_cases=tuple(document.get("idle_cases", ())),
        asked=tuple(document["asked"]),
        mode=document.get("mode", ""),
        gate=Shortcomings.from_json(document.get("gate", {})),
        **{name: document[name] for name in ("base_url", "seed", "began", "seconds", "tool", "contract")},
    )


def _known(kind: type[Any], row: Mapping[str, Any]) -> dict[str, Any]:
    names = {one.name for one in fields(kind)}
    return {name: value for name, value in row.items() if name in names}


def _result(row: Mapping[str, Any]) -> Result:
    return Result.from_json(_known(Result, row))


def _trial(row: Mapping[str, Any]) -> Trial:
    mutant = _known(Mutant, row["mutant"])
    told = {**_known(Trial, row), "errors": tuple(row.get("errors", ()))}
    told["kills"] = {layer: tuple(ids) for layer, ids in row.get("kills", {}).items()}
    told["mutant"] = Mutant(**{**mutant, "operations": tuple(mutant["operations"]), "clauses": tuple(mutant["clauses"])})
    return Trial(**told)


def broken(report: Report) -> tuple[Result, ...]:
    """Return the results that are told in full: those that break a clause, those that leave open whether they do, and failures that are excused."""
    told = [result for result in report.results if result.verdict.in_full]
    return tuple(sorted(told, key=lambda result: (result.verdict is not Verdict.FAIL or bool(result.excuse), bool(result.excuse), result.verdict)))
