"""How fast a run asks, and how much it asks in all."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

from ..unavailable import Unavailable
from .mode import Limits


class Spent(Unavailable):
    """The run has used up what its limits give it; the message says which of them. What was not asked yet is not asked any more."""


class Pace:
    """Holds all that passes it, from any thread, to the limits' requests a second, requests in all, and seconds in all.

    The seconds begin with the first request. clock: never goes back. sleep: passes so many seconds.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep) -> None:
        self.sent = 0
        self._limits = limits
        self._clock = clock
        self._sleep = sleep
        self._lock = Lock()
        self._begun: float | None = None
        self._next = 0.0

    def left(self) -> float:
        """Return how many seconds the run may still take."""
        return self._limits.seconds if self._begun is None else self._begun + self._limits.seconds - self._clock()

    def require(self) -> None:
        """Return if another request may be sent. Spent."""
        self._require(0)

    def take(self) -> None:
        """Count a request, and return when it may be sent. Spent: it may not be; it is not counted."""
        with self._lock:
            now = self._clock()
            if self._begun is None:
                self._begun = self._next = now
            at = max(now, self._next)
            self._require(at - now)
            self.sent += 1
            self._next = at + 1 / self._limits.per_second
        if at > now:
            self._sleep(at - now)

    def pause(self, seconds: float) -> None:
        """Let nothing be sent for so long: whoever takes next waits. What was let through before is not held back."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)

    def _require(self, wait: float) -> None:
        if self.sent >= self._limits.requests:
            raise Spent(f"the run has sent the {self._limits.requests:,} requests that its limits give it (`requests`)")
        if wait >= self.left():
            raise Spent(f"the run has taken the {self._limits.seconds:g} seconds that its limits give it (`seconds`)")
