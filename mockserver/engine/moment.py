"""Moments as scenarios and the control API write them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .clock import LAST, Clock


def moment(written: str | float) -> float:
    """Return the moment in seconds since the epoch: ISO 8601 with a zone, or such seconds. ValueError says what is wrong."""
    if isinstance(written, str):
        try:
            read = datetime.fromisoformat(written)
        except ValueError:
            raise ValueError(f"{written!r} is no moment: ISO 8601 with a zone is, such as 2026-01-01T00:00:00Z") from None
        if read.tzinfo is None:
            raise ValueError(f"{written!r} has no zone: put Z for UTC at its end, or +01:00")
        try:
            written = read.timestamp()
        except OverflowError:
            raise ValueError(f"{written!r} cannot be reckoned with") from None
    if not 0 <= written <= LAST:
        raise ValueError(f"{written} is no moment that a clock shows here: 0 to {LAST:.0f}, in seconds since the epoch, are")
    return float(written)


def start(clock: Clock, written: Mapping[str, Any]) -> None:
    """Let the clock show and do what a scenario or a caller says: now, a moment; frozen, whether it stands still. ValueError."""
    if "now" in written:
        clock.set(moment(written["now"]))
    if written.get("frozen") is True:
        clock.freeze()
    elif written.get("frozen") is False:
        clock.run()
