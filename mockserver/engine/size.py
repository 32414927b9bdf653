"""How large a world is, without measuring it at every request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import InitVar, dataclass
from typing import Any

from .worlds import World

GROWTH = 2048
"""By so many bytes at most a world's snapshot grows with one request or event, beside what the request brings."""
COPIES = 16
"""By so many at most with each byte that a request brings: the byte may be kept at several places, at each as an escape of six characters."""

Weigh = Callable[[World], int]


@dataclass
class Size:
    """How many bytes a world has at most: those measured, and what may have come since. weigh: measures it.

    before: the size of the world that was made in its place before, if there was one. doubtful: whether something may have come that is not
    reckoned, so that it is to be measured before it is asked for. fresh: how many bytes it had when it was made.
    """

    world: World
    weigh: Weigh
    before: InitVar[Size | None] = None
    doubtful: bool = False

    def __post_init__(self, before: Size | None) -> None:
        """Measure the world, but for one that is made of the same as the one before it: most are, and to measure takes longer than to make it."""
        self._on_their_way = 0
        same = before is not None and before.world.origin == self.world.origin
        self.fresh: int = before.fresh if before is not None and same else self.weigh(self.world)
        self._take(self.fresh)

    def measure(self) -> None:
        """Find out how large the world is now."""
        self._take(self.weigh(self.world))

    def _take(self, measured: int) -> None:
        self.measured = measured
        self.doubtful = False
        self._count, self._ended, self._grown = self.world.journal.count, 0, 0
        self._step = GROWTH * (1 + max((_events(line.written) for line in self.world.script.lines), default=0))

    @property
    def most(self) -> int:
        """How large the world is at most."""
        # What the journal counts beside the requests has happened by the clock.
        happened = max(0, self.world.journal.count - self._count - self._ended)
        return self.measured + self._on_their_way + self._grown + happened * self._step

    def reaches(self, bound: int) -> bool:
        """Return whether the world is so large. Only one that may be, and in which something has happened since, is measured anew."""
        if self.doubtful or bound <= self.most != self.measured:
            self.measure()
        return self.measured >= bound

    def begin(self, brings: int) -> int:
        """Reckon with a request that brings so many bytes, and return by how many the world may grow with it."""
        growth = self._step + COPIES * brings
        self._on_their_way += growth
        return growth

    def end(self, growth: int) -> None:
        """Note that a request is over, whose growth `begin` has told; 0 for one that was refused."""
        self._on_their_way -= growth
        self._grown += growth
        self._ended += 1


def _events(line: Mapping[str, Any]) -> int:
    return len(line.get("happen", ())) + len(line.get("afterwards", ()))
