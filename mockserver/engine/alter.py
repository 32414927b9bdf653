"""What mutants of answers are made of: small changes to an answer that is ready to go."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .exchange import WorldExchange
from .held import BODILESS, Held, as_json
from .mutants import Alter


def both(*changes: Alter) -> Alter:
    """Return the changes, one after the other."""

    def alter(exchange: WorldExchange, held: Held) -> None:
        for change in changes:
            change(exchange, held)

    return alter


def where(clauses: frozenset[str], change: Alter) -> Alter:
    """Return the change for answers alone that one of these clauses decided."""

    def alter(exchange: WorldExchange, held: Held) -> None:
        if exchange.decided in clauses:
            change(exchange, held)

    return alter


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


def body(change: Callable[[Any], Any]) -> Alter:
    """Return what changes a body that is JSON. change: its value, which may be changed in place → the value to send."""

    def alter(_: WorldExchange, held: Held) -> None:
        if held.body:
            held.put(as_json(change(json.loads(held.body))))

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
