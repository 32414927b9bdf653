"""What does not hold together in a vendor's part of a world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


class MisfitError(ValueError):
    """Data that do not hold together. misfits: where in the vendor's part, and what is wrong there."""

    def __init__(self, vendor: str, misfits: Sequence[tuple[tuple[str | int, ...], str]]) -> None:
        self.misfits = tuple(misfits)
        super().__init__("\n".join(f"{'.'.join(map(str, (vendor, *place)))}: {why}" for place, why in self.misfits))


@dataclass
class Misfits:
    """Collects what does not hold together while a vendor's part of a world is built."""

    vendor: str
    found: list[tuple[tuple[str | int, ...], str]] = field(default_factory=list)

    def add(self, *place: str | int, why: str) -> None:
        """Note that something is wrong at this place of the vendor's part."""
        self.found.append((place, why))

    def check(self) -> None:
        """Return if nothing was noted. MisfitError."""
        if self.found:
            raise MisfitError(self.vendor, self.found)
