"""What a worker is asked to play, and what it tells of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from ..kills import Mutant

GOOD = ""
"""What stands in the place of a mutant's name for the server that goes wrong in nothing."""


class ProveError(Exception):
    """The proof could not be done: the message says why, and what to do."""


@dataclass(frozen=True)
class Job:
    """Some units of one layer, to be played on worlds of one mutant. mutant: its full name, or GOOD. first: stop at the first that breaks."""

    vendor: str
    layer: str
    mutant: str
    units: tuple[str, ...]
    first: bool = False
    seed: int = 1


@dataclass(frozen=True)
class Done:
    """What came of a job. failed, errors: what was said, by the unit's id; idle: of those that judged nothing. played: how many were begun."""

    played: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    idle: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)


def mutant_of(row: dict[str, Any]) -> Mutant:
    """Return a mutant as the control API's catalogue tells of it."""
    return Mutant(**{**row, "operations": tuple(row["operations"]), "clauses": tuple(row["clauses"])})
