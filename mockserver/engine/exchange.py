"""One request on its way through the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from time import perf_counter
from typing import Any

from starlette.types import Scope

from ...specs import Json
from .held import Held
from .journal.entries import KEPT_PARAMETER, KEPT_TEXT, message, parsed_query
from .mutants import Mutant, of_vendor
from .paths import joined, origin
from .regular import unreadable
from .script import Line
from .vendor import Api, Trouble, Vendor
from .worlds import World

EXCHANGE = "ownership.exchange"
"""The key in an ASGI scope under which the steps find the exchange."""


@dataclass(kw_only=True)
class Exchange:
    """What the steps learn of one request. api: what it addresses. sent: the scope as it came in. base: the path before the API's own.

    segments: of its path within that, decoded. trouble: what was found wrong before the API's app was reached. parsed: the body's
    JSON value, where the operation takes one. parameters: of the path. decided: the clause that decided. line: of a script, that acts on it.
    off_contract: what the spec does not have in an answer that its line declares to be so. delivery: how the answer leaves, whole, cut,
    garbled or dropped.
    """

    api: Api
    state: Any
    sent: Scope
    base: str
    segments: tuple[str, ...]
    body: bytes
    trouble: Trouble | None = None
    operation: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    principal: Any = None
    decided: str = ""
    parsed: Json = None
    line: Line | None = None
    off_contract: str | None = None
    delivery: str = "whole"

    @property
    def method(self) -> str:
        """The request's method."""
        return str(self.sent["method"])

    @property
    def secure(self) -> bool:
        """Whether the request came over TLS."""
        return bool(self.sent["scheme"] == "https")

    @property
    def origin(self) -> str:
        """Scheme, host and port of this server, as the client has called it."""
        return origin(self.sent)

    @property
    def base_url(self) -> str:
        """Where the API's paths begin, as the client has called it."""
        return self.origin + self.base

    @property
    def query(self) -> Mapping[str, str]:
        """The last value of each query parameter."""
        return parsed_query(self.sent["query_string"])

    @property
    def unreadable(self) -> str | None:
        """Why the body cannot be read whatever its media type, or None."""
        return unreadable(self.sent["headers"])

    @property
    def mutants(self) -> tuple[Mutant, ...]:
        """The mutants that are on for the API."""
        return ()

    @cached_property
    def path(self) -> str:
        """The path within the API, to read."""
        return joined(self.segments)

    def note(self, held: Held, complaint: str | None) -> None:
        """Take notice of the answer that is about to be sent. complaint: what is wrong with it, or with the one first made."""


@dataclass(kw_only=True)
class WorldExchange(Exchange):
    """A request to a vendor's API in one world. happened: the events that its line made happen. complaints: what the line could not do.

    entries: the script's, when the request came. waiting: the line that acts on it unless one does that asks who calls. asked: whether those
    have been asked.
    """

    world: World
    vendor: Vendor
    entries: int = 0
    waiting: Line | None = None
    asked: bool = False
    happened: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    began: float = field(default_factory=perf_counter)
    _named: tuple[Any, str] | None = None

    @property
    def mutants(self) -> tuple[Mutant, ...]:
        """Those that are on in the world for the vendor."""
        return of_vendor(self.world.mutants, self.vendor.name)

    @property
    def caller(self) -> str | None:
        """Who calls, as the journal names it; None for nobody."""
        if self._named is None or self._named[0] is not self.principal:
            self.name_caller()
        return self._named[1] if self._named else None

    def name_caller(self) -> None:
        """Keep what the journal calls who calls: what happens next may take him out of the world."""
        self._named = None if self.principal is None else (self.principal, self.vendor.who(self.state, self.principal))

    def note(self, held: Held, complaint: str | None) -> None:
        """Write the exchange into its world's journal."""
        self.world.journal.add(
            at=self.world.clock.now(),
            vendor=self.vendor.name,
            method=self.method,
            path=self.path[:KEPT_TEXT],
            operation=self.operation,
            principal=self.caller and self.caller[:KEPT_TEXT],
            status=held.status,
            decided=self.decided,
            request=message(self.sent["headers"], self.body),
            answer=message(held.headers, bytes(held.body)),
            complaint="; ".join(filter(None, (*self.complaints, complaint)))[:KEPT_TEXT] or None,
            off_contract=self.off_contract and self.off_contract[:KEPT_TEXT],
            line=self.line.name if self.line else None,
            happened=tuple(self.happened),
            sent=self.delivery,
            seconds=round(perf_counter() - self.began, 6),
            parameters=self.parameters if len(self.path) <= KEPT_TEXT else _shortened(self.parameters),
            query_string=self.sent["query_string"][:KEPT_TEXT],
        )


def _shortened(parameters: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value[:KEPT_PARAMETER] for name, value in parameters.items()}
