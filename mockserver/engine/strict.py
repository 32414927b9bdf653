"""JSON read so that it can be read in one way alone."""

from __future__ import annotations

import json
import math
from typing import Any

from ...specs import Json

DEEPEST = 64
"""How many levels deep a value may be nested."""
DEEPEST_DOCUMENT = DEEPEST + 20
"""How many levels deep a document may be that holds a whole world: what a request has brought may lie some levels down in it."""
LONGEST_NUMBER = 400
"""How many characters a number may have."""
_SHOWN = 60


def read_json(content: bytes, deepest: int = DEEPEST) -> Json:
    """Return the JSON value of these bytes. ValueError says what is wrong, and where.

    Stricter than Python's own: UTF-8 without a byte order mark, no name twice in an object, no number beyond a double's range, no
    surrogate without its other half, nothing nested deeper than `deepest` levels.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} is not UTF-8") from None
    if text.startswith("\ufeff"):
        raise ValueError("it begins with a byte order mark")
    try:
        value = _READ(text)
    except RecursionError:
        raise ValueError(f"it is nested deeper than {deepest} levels") from None
    _check(value, deepest)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise ValueError(f"an object has the name {_shown(twice)} more than once")
    return found


def _integer(text: str) -> int:
    _number(text)
    return int(text)


def _number(text: str) -> float:
    if len(text) > LONGEST_NUMBER or not math.isfinite(float(text)):
        raise ValueError(f"the number {_shown(text)} is too long or too large")
    return float(text)


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


_READ = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_number, parse_constant=_constant).decode


def _check(value: Json, deepest: int) -> None:
    level = [value]
    for _ in range(deepest + 1):
        inside: list[Json] = []
        for part in level:
            if isinstance(part, str):
                _check_text(part)
            elif isinstance(part, dict):
                inside.extend(part)
                inside.extend(part.values())
            elif isinstance(part, list):
                inside.extend(part)
        if not inside:
            return
        level = inside
    raise ValueError(f"it is nested deeper than {deepest} levels")


def _check_text(text: str) -> None:
    if text.isascii():
        return
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        # It may be a password: it is not shown.
        raise ValueError("a text holds half a surrogate pair") from None


def _shown(text: str) -> str:
    return json.dumps(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
