"""The broken rows as a page tells them, as many of them in full as have room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import escape

from ..result import Result
from .document import Report, broken
from .markdown import first_of_each_clause

ROOM = 800_000
"""Bytes that the details of broken rows may take together: of thousands that fail alike, the last are told in a line each."""
LONGEST_LINE, LONGEST_TOLD, LONGEST_BRIEF = 1_500, 300, 100


@dataclass(frozen=True)
class Told:
    """A broken row with all that is known of it. whole: whether its details stand here, or only its reason."""

    result: Result
    whole: bool
    reasons: Sequence[str]
    trace: Sequence[str]


def told(report: Report) -> Iterator[Told]:
    """Yield the broken rows, those of one clause together; where not all have room, the first of each clause goes before the others."""
    wrong = broken(report)
    room = ROOM
    whole = set()
    for result in [*first_of_each_clause(wrong), *wrong]:
        room -= 0 if id(result) in whole else _size(result)
        if room > 0:
            whole.add(id(result))
    order = {(result.vendor, result.clause): number for number, result in enumerate(reversed(wrong))}
    for result in sorted(wrong, key=lambda result: -order[result.vendor, result.clause]):
        reasons = [cut(reason) for reason in result.reason.split("; ")]
        yield Told(result, id(result) in whole, reasons, [cut(line, LONGEST_LINE) for line in result.trace])


def _size(result: Result) -> int:
    """Return about how many bytes of the page the row's details take."""
    lines = (
        *(line[:LONGEST_LINE] for line in result.trace),
        *map(cut, result.reason.split("; ")),
        result.curl,
        getattr(result, "row", ""),
        *result.notes,
    )
    return 1_500 + sum(len(escape(line).encode("utf-8", "replace")) for line in lines)


def cut(text: str, longest: int = LONGEST_TOLD) -> str:
    """Return the beginning of a text that may be long."""
    return text if len(text) <= longest else f"{text[:longest]}…"


def brief(text: str) -> str:
    """Return even less of it."""
    return cut(text, LONGEST_BRIEF)
