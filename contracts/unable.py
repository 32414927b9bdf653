"""A command that could not do what it was asked to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

MOST = 3
"""So many reasons are told why nothing was found out."""


class RunError(Exception):
    """The run could not be done: the message says why, and what to do."""


def for_nothing(says: str, reasons: Iterable[str]) -> RunError:
    """Return the error of a command that found nothing out. reasons: of each row why, of which the commonest are told."""
    told = "; ".join(reason for reason, _ in Counter(reasons).most_common(MOST))
    return RunError(f"{says}: {told or 'nothing fits what was asked for'}")
