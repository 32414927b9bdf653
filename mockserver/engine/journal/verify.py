"""Whether so many requests of a kind came: what a test asks the journal at its end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .entries import Entry
from .journal import Journal, misses

NEAREST = 5
"""So many of the requests that came are told of where what was asked for does not hold."""


class VerifyError(ValueError):
    """What was asked for does not hold, or cannot be told: the message counts, and says what came. count: of those that fit and are kept."""

    def __init__(self, count: int, message: str) -> None:
        super().__init__(message)
        self.count = count


def verify(journal: Journal, request: Mapping[str, Any], at_least: int | None = None, at_most: int | None = None, exactly: int | None = None) -> int:
    """Return how many requests came that fit (FILTERS of the journal): at least, at most or exactly as many as wanted; at least one, if none is.

    VerifyError: they are more or fewer, or it cannot be told, since too many were forgotten. ValueError: filters that there are not.
    """
    bounds = {"at least": at_least, "at most": at_most, "exactly": exactly}
    wanted = {word: number for word, number in bounds.items() if number is not None} or {"at least": 1}
    least = max(wanted.get("at least", 0), wanted.get("exactly", 0))
    most = min(number for number in (at_most, exactly, float("inf")) if number is not None)
    count, unknown = len(journal.selected(request)), _unknown(journal, request)
    if count > most or count + unknown < least:
        raise VerifyError(count, f"{_asked(wanted, request)}; {_came(count)}. {_told(journal, request, too_many=count > most)}")
    if count < least or count + unknown > most:
        why = f"of {unknown} more it is no longer known whether they fit: clear the journal before the test, or have fewer requests before you verify"
        raise VerifyError(count, f"{_asked(wanted, request)}; {_came(count)}, and {why}. {_told(journal, request, too_many=False)}")
    return count


def _unknown(journal: Journal, request: Mapping[str, Any]) -> int:
    """Return of how many requests it cannot be told whether they fit: those forgotten, and those whose body is not kept whole."""
    doubtful = 0
    if "body" in request:
        rest = {name: value for name, value in request.items() if name != "body"}
        doubtful = sum(not entry.request.whole for entry in journal.selected(rest))
    return journal.forgotten_of(request) + doubtful


def _asked(wanted: Mapping[str, int], request: Mapping[str, Any]) -> str:
    criteria = ", ".join(f"{name} {'nobody' if value is None else _spelled(value)}" for name, value in request.items())
    return f"{' and '.join(f'{word} {number}' for word, number in wanted.items())} should have come with {criteria or 'any'}"


def _spelled(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _came(count: int) -> str:
    return f"{count} came" if count else "none came"


def _told(journal: Journal, request: Mapping[str, Any], *, too_many: bool) -> str:
    """Return the requests that are too many, or those that come nearest to what was wanted, a line each; of both the newest."""
    differing = [(misses(request, entry), entry) for entry in journal.entries]
    if too_many:
        named, rows = "They are", [(differs, entry) for differs, entry in differing if not differs]
    else:
        named, rows = "The nearest of what came", [(differs, entry) for differs, entry in differing if differs]
    rows.sort(key=lambda row: (len(row[0]), -row[1].number))
    if not rows:
        return "Nothing else came." if differing else "Nothing came at all."
    more = f"\n… and {len(rows) - NEAREST} more" if len(rows) > NEAREST else ""
    return "\n".join([f"{named}:", *(_line(entry, differs) for differs, entry in rows[:NEAREST])]) + more


def _line(entry: Entry, differs: list[str]) -> str:
    outcome = f"{entry.status or 'no answer'} to {entry.principal or 'nobody'}"
    other = f" (another {', '.join(differs)})" if differs else ""
    return f"#{entry.number} {entry.vendor} {entry.operation or 'no operation'}: {entry.method} {entry.path} -> {outcome}{other}"
