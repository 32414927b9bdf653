"""What there is, in the words of an error: for whoever has named what there is not."""

from __future__ import annotations

from collections.abc import Iterable

MOST = 20
"""So many names are told; of more, how many there are."""


def listed(names: Iterable[str]) -> str:
    """Return the names as a text, at most MOST of them."""
    known = list(names)
    more = f" and {len(known) - MOST} more" if len(known) > MOST else ""
    return (", ".join(known[:MOST]) or "none") + more
