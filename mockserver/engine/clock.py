"""A world's own time."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass
class Clock:
    """Seconds since the epoch: the machine's, or those at which the clock stands frozen."""

    frozen: float | None = None

    def now(self) -> float:
        """Return the world's present time in seconds since the epoch."""
        return time.time() if self.frozen is None else self.frozen
