"""A world's own time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

LAST = 250_000_000_000.0
"""The last moment that a world's clock can show, in seconds since the epoch: the year 9892, so that what is reckoned from it is a date too."""


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

    def set(self, moment: float) -> None:
        """Show this moment, seconds since the epoch; what runs goes on from there. ValueError where it is before the epoch or after LAST."""
        if not 0 <= moment <= LAST:
            raise ValueError(f"{moment} is no moment that a clock shows here: 0 to {LAST:.0f}, in seconds since the epoch, are")
        if self.frozen is None:
            self.ahead = moment - time.time()
        else:
            self.frozen = float(moment)

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
    def showing(self, moment: float) -> Iterator[None]:
        """Show this moment while the block lasts."""
        before, self.frozen = self.frozen, _shown(moment)
        try:
            yield
        finally:
            self.frozen = before


def _shown(seconds: float) -> float:
    return min(max(0.0, seconds), LAST)
