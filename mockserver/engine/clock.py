"""A world's own time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

LAST = 250_000_000_000.0
"""The last moment that a world's clock can show, in seconds since the epoch: the year 9892, so that what is reckoned from it is a date too."""


def moment(written: float | str) -> float:
    """Return a moment in seconds since the epoch. written: the same, or a date and time with its zone as ISO 8601 has it. ValueError."""
    if isinstance(written, str):
        try:
            read = datetime.fromisoformat(written)
        except ValueError:
            raise ValueError(f"{written!r} is no date and time, such as 2026-01-31T12:00:00Z is") from None
        if read.tzinfo is None:
            raise ValueError(f"{written!r} names no zone: put Z after it for UTC, or such as +01:00")
        try:
            written = read.timestamp()
        except OverflowError:
            raise ValueError(f"{written!r} is out of every calendar") from None
    if not 0 <= written <= LAST:
        raise ValueError(f"{written} is no moment that a clock shows here: 0 to {LAST:.0f}, in seconds since the epoch, are")
    return float(written)


@dataclass
class Clock:
    """Seconds since the epoch. frozen: where the clock stands, None while it runs. ahead: by how many a running clock is before the machine's.

    It shows nothing before the epoch and nothing after LAST: what runs comes to a stop there.
    """

    frozen: float | None = None
    ahead: float = 0.0

    def now(self) -> float:
        """Return the world's present time in seconds since the epoch."""
        return _shown(time.time() + self.ahead) if self.frozen is None else self.frozen

    def set(self, written: float | str) -> None:
        """Show this moment (see `moment`); what runs goes on from there. ValueError where it is before the epoch or after LAST."""
        shown = moment(written)
        if self.frozen is None:
            self.ahead = shown - time.time()
        else:
            self.frozen = shown

    def advance(self, seconds: float) -> None:
        """Show what is so many seconds from now. ValueError where that is in the past or after LAST."""
        if not 0 <= seconds <= LAST:
            raise ValueError(f"{seconds} seconds: a clock is advanced by 0 to {LAST:.0f}; to go back, set it")
        self.set(self.now() + seconds)

    def freeze(self) -> None:
        """Stand still."""
        self.frozen = self.now()

    def run(self) -> None:
        """Run on from where the clock stands."""
        if self.frozen is not None:
            self.ahead, self.frozen = self.frozen - time.time(), None

    @contextmanager
    def showing(self, then: float) -> Iterator[None]:
        """Show this moment while the block lasts."""
        before, self.frozen = self.frozen, _shown(then)
        try:
            yield
        finally:
            self.frozen = before


def clock_at(now: float | str | None = None, *, frozen: bool = False) -> Clock:
    """Return a clock that shows this moment at first (see `moment`); None for the machine's. frozen: it stands there. ValueError."""
    made = Clock()
    if frozen:
        made.freeze()
    if now is not None:
        made.set(now)
    return made


def _shown(seconds: float) -> float:
    return min(max(0.0, seconds), LAST)
