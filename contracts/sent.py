"""What a control API is sent: Python's values as JSON and as query parameters, and by what a journal's requests may be chosen."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypedDict

from .live.wire import BODY

LARGE = {BODY: 33_554_432}
"""What a request says of itself: so many bytes its answer may have. Snapshots and journals come whole, escaped as JSON may escape them."""
Document = dict[str, Any]
Moment = float | str | datetime
"""Seconds since the epoch, an ISO time with its zone, or a datetime with its zone."""


class _Chosen(TypedDict, total=False):
    """In principal and clause `*` stands for any text; no principal, None, is nobody. status: 0 where no answer was made."""

    vendor: str
    principal: str | None
    status: int
    line: str
    clause: str
    since: Moment
    until: Moment


class Filters(_Chosen, total=False):
    """Which requests of a journal are shown or forgotten. operation: `*` stands for any text. last: so many of those that fit, the newest."""

    operation: str
    last: int


class Asked(_Chosen, total=False):
    """Which requests are counted. operation: one or several. path, query: parameters and their values. body: fields that it has at least."""

    operation: str | list[str]
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]


class Anew(TypedDict, total=False):
    """What a world is made from in place of what it was made from before."""

    scenario: str | Mapping[str, Any]
    snapshot: Mapping[str, Any]
    seed: str
    settings: Mapping[str, Mapping[str, Any]]
    clock: Mapping[str, Any]
    mutants: Sequence[str]


def said(values: Mapping[str, Any]) -> Document:
    """Return those of the values that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def as_json(value: Any) -> bytes:
    """Return the value as JSON: a datetime, such as YAML makes of a moment, by its ISO time, a timedelta by its seconds. ValueError."""
    try:
        return json.dumps(value, default=_plain, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"what it was to be sent is no JSON: {error}") from None


def as_texts(filters: Filters) -> dict[str, str]:
    """Return the filters as query parameters; nobody is the empty principal there."""
    values = said(filters)
    if "principal" in filters:
        values["principal"] = filters["principal"] or ""
    return {
        name: value if isinstance(value, str) else value.isoformat() if isinstance(value, datetime) else str(value) for name, value in values.items()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(f"{type(value).__name__} has no form in it")
