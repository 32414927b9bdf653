"""What happened in a world: its last requests, and what decided each."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

KEPT = 500


@dataclass(frozen=True)
class Entry:
    """One request and its answer. at: seconds since the epoch, world time. decided: a clause id, or why there is none."""

    number: int
    at: float
    vendor: str
    method: str
    path: str
    operation: str | None
    principal: str | None
    status: int
    decided: str
    complaint: str | None = None


@dataclass
class Journal:
    """The last requests of a world, oldest first; at most KEPT of them."""

    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=KEPT))
    count: int = 0

    def add(self, **facts: Any) -> Entry:
        """Note an exchange and return its entry; facts are the fields of Entry without the number."""
        self.count += 1
        entry = Entry(number=self.count, **facts)
        self.entries.append(entry)
        return entry

    def view(self, most: int | None = None) -> list[dict[str, Any]]:
        """Return the entries as JSON, oldest first: all, or the last `most` of them."""
        entries = list(self.entries)
        return [asdict(entry) for entry in entries[max(0, len(entries) - most) if most is not None else 0 :]]
