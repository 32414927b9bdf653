"""What mutants of answers are made of: small changes to an answer that is ready to go."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ...specs import Json
from .exchange import WorldExchange
from .held import BODILESS, Held, as_json
from .mutants import Alter
from .vendor import Reply


def both(*changes: Alter) -> Alter:
    """Return the changes, one after the other."""

    def alter(exchange: WorldExchange, held: Held) -> None:
        for change in changes:
            change(exchange, held)

    return alter


def where(clauses: frozenset[str], change: Alter) -> Alter:
    """Return the change for answers alone that one of these clauses decided."""
    return when(lambda exchange, _: exchange.decided in clauses, change)


def status(number: int) -> Alter:
    """Return what answers with another status; one that has no body loses it."""

    def alter(_: WorldExchange, held: Held) -> None:
        held.status = number
        if number in BODILESS:
            without_body(_, held)

    return alter


def media(name: str) -> Alter:
    """Return what says that the body is of another media type."""
    return header("content-type", name)


def header(name: str, value: str) -> Alter:
    """Return what sets a header in the place of those of this name, which is in lower case."""

    def alter(_: WorldExchange, held: Held) -> None:
        held.headers = [(key, text) for key, text in held.headers if key.lower() != name.encode()] + [(name.encode(), value.encode("latin-1"))]

    return alter


def without_body(_: WorldExchange, held: Held) -> None:
    """Take the body away, and what says of which type it is."""
    held.headers = [(key, value) for key, value in held.headers if key.lower() != b"content-type"]
    held.put(b"")


def body(change: Callable[[Any], Any], written: Callable[[Json], bytes] = as_json) -> Alter:
    """Return what changes a body that is JSON, and leaves any other. change: its value, which may be changed in place → the value to send.

    written: that → the body's bytes.
    """

    def alter(_: WorldExchange, held: Held) -> None:
        try:
            value = json.loads(held.body)
        except ValueError:
            return
        held.put(written(change(value)))

    return alter


def fields(**values: Any) -> Alter:
    """Return what sets these fields of a body that is an object; a callable is asked with the value that was there, or None."""

    def change(value: Any) -> Any:
        if isinstance(value, dict):
            value |= {name: told(value.get(name)) if callable(told) else told for name, told in values.items()}
        return value

    return body(change)


def without(*names: str) -> Alter:
    """Return what takes these fields out of a body that is an object."""
    return body(lambda value: {name: told for name, told in value.items() if name not in names} if isinstance(value, dict) else value)


def when(holds: Callable[[WorldExchange, Held], bool], change: Alter) -> Alter:
    """Return the change for those answers alone of which this holds."""

    def alter(exchange: WorldExchange, held: Held) -> None:
        if holds(exchange, held):
            change(exchange, held)

    return alter


def instead(number: int, value: Any = None, name: str = "application/json") -> Alter:
    """Return what sends another answer: its status, its JSON value (None for no body) and its media type."""

    def alter(exchange: WorldExchange, held: Held) -> None:
        held.hold(Reply(number, exchange.decided, value, None if value is None else name))

    return alter


def renamed(field: str, name: str) -> Alter:
    """Return what gives a field of a body that is an object another name."""
    return body(lambda value: {name if key == field else key: told for key, told in value.items()} if isinstance(value, dict) else value)
