"""All that a comparison found out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..verdict.conclude import BROKEN
from .compared import DISAGREE, GRAVEST, Cell, Compared, Outcome, cells
from .learnt import Learnt


@dataclass(frozen=True)
class VendorPicks:
    """A vendor's picks: what the mock was made to pick, and what is known of the deployment's."""

    vendor: str
    mock: Mapping[str, Any]
    found: Mapping[str, Learnt]


@dataclass(frozen=True)
class Comparison:
    """base_url: the deployment's. picks: by vendor. rows: each on both."""

    base_url: str
    picks: tuple[VendorPicks, ...]
    rows: tuple[Compared, ...]

    @cached_property
    def cells(self) -> list[Cell]:
        """The rows by operation and clause."""
        return cells(self.rows)

    @property
    def code(self) -> int:
        """The exit code: 1 where one of the two does not do what a vendor's page says."""
        return BROKEN if any(row.outcome in DISAGREE for row in self.rows) else 0

    def counts(self) -> dict[Outcome, int]:
        """Return how many cells have each outcome, the gravest first."""
        found = Counter(cell.outcome for cell in self.cells)
        return {outcome: found[outcome] for outcome in GRAVEST if found[outcome]}
