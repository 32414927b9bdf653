"""Mistakes in a scenario: where they stand, and in which words they are told."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

Place = tuple[str | int, ...]
"""Where in a document: the names and numbers that lead there from its root."""
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def json_path(place: Place) -> str:
    """Return the place as a JSON path."""
    return "$" + "".join(_step(step) for step in place)


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN.fullmatch(step) else f"[{step!r}]"


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong. wrong: what it is and what was expected. file, line: where it was read, as far as that is known."""

    place: Place
    wrong: str
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        """Return `FILE:LINE: FIELD: what is wrong`, without what is not known."""
        read = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        return f"{f'{read}: ' if read else ''}{json_path(self.place)}: {self.wrong}"


class ScenarioError(ValueError):
    """A scenario that cannot be used. mistakes: each that was found, in the document's order; none where no document was read."""

    def __init__(self, message: str = "", mistakes: Iterable[Mistake] = ()) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__(message or "\n".join(map(str, self.mistakes)))


def below(place: Place, mistakes: Iterable[Mistake]) -> list[Mistake]:
    """Return the mistakes, whose places are within the value at this place."""
    return [replace(mistake, place=(*place, *mistake.place)) for mistake in mistakes]


def in_order(document: Any, mistakes: Iterable[Mistake]) -> list[Mistake]:
    """Return the mistakes in the document's order, each once."""
    return sorted(dict.fromkeys(mistakes), key=lambda mistake: _position(document, mistake.place))


def _position(document: Any, place: Place) -> list[int]:
    position = []
    for step in place:
        if isinstance(document, dict):
            names = list(document)
            if step not in names:
                break
            position.append(names.index(step))
            document = document[step]
        elif isinstance(document, list) and isinstance(step, int) and step < len(document):
            position.append(step)
            document = document[step]
        else:
            break
    return position
