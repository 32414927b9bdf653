"""What came of playing the suite against servers that go wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

LAYERS = ("case", "matrix", "model", "races", "properties")
"""The parts of the suite, in the order in which they are played."""


@dataclass(frozen=True)
class Mutant:
    """A mutant as a control API tells of it. operations: operationIds, an empty text for answers of none. clauses: those that it attacks."""

    name: str
    vendor: str
    says: str
    operations: tuple[str, ...]
    clauses: tuple[str, ...]
    harmless: bool


@dataclass(frozen=True)
class Trial:
    """What one mutant came to. By layer: kills, the ids of the rows that failed; played, how many rows were.

    errors: ids of rows that could not be played to their end, and so judged no clause: they are no kills. not_played: how many rows were left
    out since they call nothing that it touches, or since an earlier layer had killed it. failures: of a harmless one, what the rows said.
    """

    mutant: Mutant
    kills: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    errors: tuple[str, ...] = ()
    played: Mapping[str, int] = field(default_factory=dict)
    not_played: int = 0
    failures: Mapping[str, str] = field(default_factory=dict)

    @property
    def killed(self) -> bool:
        """Whether a row failed on it."""
        return any(self.kills.values())

    @property
    def good(self) -> bool:
        """Whether the suite did as it should: it fails where the contract is broken, and nowhere else."""
        return not (self.killed or self.errors) if self.mutant.harmless else self.killed

    def as_json(self) -> dict[str, Any]:
        """Return the trial as JSON."""
        return {**asdict(self), "killed": self.killed, "good": self.good}
