"""Traits of a request that a deployment may mind, though the contract does not: what mutants of answers refuse by."""

from __future__ import annotations

from collections.abc import Callable

from ...engine.alter import when
from ...engine.exchange import WorldExchange
from ...engine.held import Held
from ...engine.mutants import Alter, Mutant

Trait = Callable[[WorldExchange, Held], bool]


def always(_exchange: WorldExchange, _held: Held) -> bool:
    """Return that every request has it."""
    return True


def has(name: str) -> Trait:
    """Return whether a request carries a header."""
    return lambda exchange, _: any(key.lower() == name.encode() for key, _value in exchange.sent["headers"])


def typed_and_empty(exchange: WorldExchange, held: Held) -> bool:
    """Return whether a request has a Content-Type and no body."""
    return not exchange.body and has("content-type")(exchange, held)


def asked_more(exchange: WorldExchange, _: Held) -> bool:
    """Return whether a request has a query."""
    return bool(exchange.sent["query_string"])


def ends_with_a_slash(exchange: WorldExchange, _: Held) -> bool:
    """Return whether the path ends with a slash."""
    return str(exchange.sent["path"]).endswith("/")


def raw_colon(exchange: WorldExchange, _: Held) -> bool:
    """Return whether the path has the colon of user: as it is."""
    return b"user:" in exchange.sent["raw_path"]


def minds(clause: str, says: str, operations: frozenset[str], trait: Trait, change: Alter) -> Mutant:
    """Return a mutant that refuses what has a trait and would succeed without it."""

    def succeeded(exchange: WorldExchange, held: Held) -> bool:
        return held.status < 300 and trait(exchange, held)  # noqa: PLR2004 - HTTP's success

    return Mutant(says=says, operations=operations, clauses=(clause,), answer=when(succeeded, change))
