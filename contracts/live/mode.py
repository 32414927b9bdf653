"""How much of a deployment a run may touch, and how much it may ask of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Mode(StrEnum):
    """WORLDS: anything, for every row has a world of its own at a control API.

    READ_ONLY: what changes nothing, even where a server wrongly accepts it.
    FIXTURES: besides, what changes a resource that the run has made or a pool lists.
    """

    WORLDS = "worlds"
    READ_ONLY = "read-only"
    FIXTURES = "fixtures"


READS = f"the mode is {Mode.READ_ONLY}"
"""How the reason begins why a row is not played that another mode would allow."""


@dataclass(frozen=True)
class Limits:
    """per_second, requests: so many requests a second and in all. seconds: how long the run may take. skew: seconds that the clocks may differ.

    timeout: seconds for one request, from its first byte to the last of its answer. body: bytes of one answer. These two hold in every mode.
    """

    per_second: float = 10.0
    requests: int = 20_000
    seconds: float = 1_800.0
    skew: float = 30.0
    timeout: float = 30.0
    body: int = 1_048_576

    def shared(self, by: int) -> Limits:
        """Return the part of one of so many processes that run at once."""
        return replace(self, per_second=self.per_second / by, requests=self.requests // by)
