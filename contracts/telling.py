"""Which rows tell most: in what order a run plays them that has little time."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache

from .case import Case
from .dry.plan import Plan
from .live.mode import Mode
from .rows import HERE, read

_ORDER = {"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}}
ORDERS: Mapping[Mode, str] = {Mode.WORLDS: "worlds", Mode.FIXTURES: "fixtures", Mode.READ_ONLY: "read_only"}
"""The orders of a vendor's telling.yaml, by the mode that each is for: each row, and how many mutants it kills that none before it does."""
_SCHEMA = {"type": "object", "additionalProperties": False, "required": [*ORDERS.values()], "properties": dict.fromkeys(ORDERS.values(), _ORDER)}
Place = tuple[int, int, int]
"""Where something stands in the order; what is less comes first."""
FILE = "telling.yaml"


@cache
def orders(vendor: str) -> Mapping[str, Mapping[str, int]]:
    """Return the vendor's orders; none where they have not been measured. CaseError."""
    if not (HERE / vendor / FILE).is_file():
        return {name: {} for name in ORDERS.values()}
    found: Mapping[str, Mapping[str, int]] = read(f"{vendor}/{FILE}", _SCHEMA)
    return found


class Smoke:
    """A run that has so many seconds from now on. plan: a dry run's, which takes as long as it would."""

    def __init__(self, seconds: float, mode: Mode, plan: Plan | None = None) -> None:
        self.seconds = seconds
        self._mode = mode
        self._plan = plan
        self._until = time.monotonic() + seconds

    @property
    def over(self) -> str:
        """Why nothing more is begun; empty where there is time."""
        used_up = time.monotonic() >= self._until if self._plan is None else self._plan.seconds >= self.seconds
        return f"the smoke budget of {self.seconds:g} s was used up" if used_up else ""

    def places(self, rows: Iterable[Case]) -> dict[tuple[str, str], Place]:
        """Return where each row stands, by its vendor and its id: those that tell most, then one of each clause, then a second one."""
        ranks: dict[str, dict[str, int]] = {}
        seen: Counter[str] = Counter()
        found = {}
        for number, row in enumerate(rows):
            known = ranks.setdefault(row.vendor, {name: rank for rank, name in enumerate(orders(row.vendor)[ORDERS[self._mode]])})
            if row.id in known:
                found[row.vendor, row.id] = (0, known[row.id], number)
            else:
                found[row.vendor, row.id] = (1, seen[row.clause.id], number)
                seen[row.clause.id] += 1
        return found
