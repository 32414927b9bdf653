"""Which values a pick can have, and which of them an answer allows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any

from ... import specs
from ..case import Case
from ..fixtures import PICK
from ..judge import chosen

_NAMED = re.compile(rf"\${PICK}\.([a-z_]+)")


def values(pick: specs.Pick) -> tuple[Any, ...]:
    """Return every value that the pick can have, its default first; none where they are too many to be told."""
    found: tuple[Any, ...] = ()
    schema = pick.values or {}
    if pick.options is not None:
        found = tuple(pick.options)
    elif schema.get("type") == "boolean":
        found = (False, True)
    elif schema.get("type") == "array" and schema.get("uniqueItems") and schema.get("minItems") == len(schema["items"].get("enum", ())):
        found = tuple(map(list, permutations(schema["items"]["enum"])))
    return tuple(sorted(found, key=lambda value: _strangeness(value, pick.default)))


def _strangeness(value: Any, default: Any) -> int:
    """Return how far a value is from the default: of an order, how many pairs of it are turned."""
    if not isinstance(value, list):
        return int(value != default)
    turned = [(default.index(one), default.index(other)) for n, one in enumerate(value) for other in value[n + 1 :]]
    return sum(one > other for one, other in turned)


def allowed(pick: specs.Pick, options: Sequence[str], fits: Sequence[str]) -> tuple[Any, ...]:
    """Return the pick's values that an answer allows. options: what a row distinguishes; fits: those of them that the answer fits."""
    return tuple(value for value in values(pick) if _stands_for_one(value, options) and chosen(value, dict.fromkeys(options)) in fits)


def _stands_for_one(value: Any, options: Sequence[str]) -> bool:
    return not isinstance(value, list) or any(item in options for item in value)


def asked(case: Case) -> dict[str, list[str]]:
    """Return the picks whose options the row distinguishes, with these."""
    return {name: list(options) for name, options in _asked([case.step, *case.then, *case.given])}


def _asked(node: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == "picks" and isinstance(value, Mapping):
                yield from value.items()
            yield from _asked(value)
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for value in node:
            yield from _asked(value)


def named(case: Case) -> frozenset[str]:
    """Return the picks whose values stand in what the row sends, waits or expects."""
    return frozenset(_NAMED.findall(json.dumps([case.step, case.given, case.then])))
