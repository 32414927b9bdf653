"""What happened in a world: its last requests with their answers, and what decided each; and what happened without a request."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..match import CRITERIA, Facts, Match, glob
from .entries import KEPT_TEXT, Entry, Happening, kept_arguments

KEPT = 500
"""So many requests are kept, and so many happenings."""
KEPT_SIZE = 1024 * 1024
"""And so many bytes of the requests and their answers: where these are large, the oldest are dropped earlier."""


@dataclass
class Lost:
    """Requests that are no longer kept: how many, and when the first and the last of them were answered."""

    count: int
    first: float
    last: float


_OF_ENTRY: Mapping[str, Callable[[Any, Entry], bool]] = {
    "status": lambda wanted, entry: bool(wanted == entry.status),
    "line": lambda wanted, entry: bool(wanted == entry.line),
    "clause": lambda wanted, entry: glob(wanted, entry.decided),
    "since": lambda wanted, entry: bool(entry.at >= wanted),
    "until": lambda wanted, entry: bool(entry.at <= wanted),
}
FILTERS = (*CRITERIA, *_OF_ENTRY, "last")
"""What entries are selected by: the criteria of a Match; status, line and clause (`*` stands for any text); since and until, in seconds of
world time; and last, so many of those that fit."""


def misses(filters: Mapping[str, Any], entry: Entry) -> list[str]:
    """Return the names of the filters that the entry does not fit. ValueError: a name that is none."""
    strange = sorted(set(filters) - set(FILTERS))
    if strange:
        raise ValueError(f"there is no filter {strange[0]!r}; there is {', '.join(FILTERS)}")
    missed = Match(filters).misses(entry.facts(body="body" in filters))
    return missed + [name for name, fits in _OF_ENTRY.items() if name in filters and not fits(filters[name], entry)]


@dataclass
class Journal:
    """The last requests and happenings of a world, oldest first, at most KEPT of each and KEPT_SIZE of requests.

    count: how many there have been; numbers begin at 1. lost: the requests that were dropped for newer ones, by vendor, operation and status.
    """

    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=KEPT))
    happenings: deque[Happening] = field(default_factory=lambda: deque(maxlen=KEPT))
    count: int = 0
    lost: dict[tuple[str, str | None, int], Lost] = field(default_factory=dict)
    _size: int = 0

    @property
    def forgotten(self) -> int:
        """How many requests were dropped for newer ones, but for those that have been cleared since."""
        return self.forgotten_of({})

    def forgotten_of(self, filters: Mapping[str, Any]) -> int:
        """Return how many requests were dropped for newer ones that could have fitted the filters."""
        return sum(lost.count for of, lost in self.lost.items() if _could_fit(filters, of, lost))

    def add(self, **facts: Any) -> Entry:
        """Note an exchange and return its entry; facts are the fields of Entry without the number."""
        self.count += 1
        entry = Entry(number=self.count, **facts)
        self._size += entry.size
        while self.entries and (len(self.entries) == KEPT or self._size > KEPT_SIZE):
            self._lose(self.entries.popleft())
        self.entries.append(entry)
        return entry

    def tell(self, **facts: Any) -> None:
        """Note what happened without a request; facts are the fields of Happening without the number."""
        self.count += 1
        happening = Happening(number=self.count, **facts)
        told = happening.complaint and happening.complaint[:KEPT_TEXT]
        self.happenings.append(replace(happening, arguments=kept_arguments(happening.arguments), complaint=told))

    def selected(self, filters: Mapping[str, Any]) -> list[Entry]:
        """Return the entries that fit every filter (FILTERS), oldest first. ValueError: there is no filter of this name."""
        found = [entry for entry in self.entries if not misses(filters, entry)]
        return _last(found, filters)

    def happened(self, filters: Mapping[str, Any]) -> list[Happening]:
        """Return the happenings that fit since, until, line, vendor and last. Where a filter asks for more than these, it is about requests."""
        if not filters.keys() <= {"since", "until", "line", "vendor", "last"}:
            return []
        since, until = filters.get("since", float("-inf")), filters.get("until", float("inf"))
        found = [
            row
            for row in self.happenings
            if since <= row.at <= until
            and ("line" not in filters or row.by == filters["line"])
            and ("vendor" not in filters or (row.event or "").startswith(f"{filters['vendor']}."))
        ]
        return _last(found, filters)

    def clear(self, filters: Mapping[str, Any]) -> None:
        """Forget what `selected` and `happened` show with these filters. ValueError: there is no filter of this name."""
        gone = {entry.number for entry in self.selected(filters)} | {row.number for row in self.happened(filters)}
        self.entries = deque((row for row in self.entries if row.number not in gone), KEPT)
        self._size = sum(row.size for row in self.entries)
        self.happenings = deque((row for row in self.happenings if row.number not in gone), KEPT)
        # Of what was dropped no more is known than this: where a filter asks for more, some of it may not have been meant.
        if filters.keys() <= {"vendor", "operation", "status"}:
            self.lost = {of: lost for of, lost in self.lost.items() if not _could_fit(filters, of, lost)}

    def view(self, most: int | None = None) -> list[dict[str, Any]]:
        """Return the entries as JSON in short, oldest first: all, or the last `most` of them."""
        return [{name: getattr(entry, name) for name in SHORT} for entry in _last(list(self.entries), {} if most is None else {"last": most})]

    def _lose(self, entry: Entry) -> None:
        self._size -= entry.size
        lost = self.lost.setdefault((entry.vendor, entry.operation, entry.status), Lost(0, entry.at, entry.at))
        lost.count += 1
        lost.first, lost.last = min(lost.first, entry.at), max(lost.last, entry.at)


SHORT = (
    "number", "at", "vendor", "method", "path", "operation", "principal", "status", "decided", "complaint", "line", "sent", "seconds",
)  # fmt: skip
"""What an entry shows in short: nothing of what was sent."""


def _last(found: list[Any], filters: Mapping[str, Any]) -> list[Any]:
    return found[max(0, len(found) - filters["last"]) :] if "last" in filters else found


def _could_fit(filters: Mapping[str, Any], of: tuple[str, str | None, int], lost: Lost) -> bool:
    vendor, operation, status = of
    known = {name: filters[name] for name in ("vendor", "operation") if name in filters}
    return (
        Match(known).fits(Facts(vendor, operation, None, {}, {}, None))
        and filters.get("status", status) == status
        and filters.get("since", lost.last) <= lost.last
        and filters.get("until", lost.first) >= lost.first
    )
