"""One request on its way through the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import Scope

from ...specs import Json
from .paths import joined, origin
from .regular import unreadable
from .vendor import State, Trouble, Vendor
from .worlds import World

EXCHANGE = "ownership.exchange"
"""The key in an ASGI scope under which the steps find the exchange."""


@dataclass
class Exchange:
    """What the steps learn of one request. sent: the scope as it came in. base: the path of its world.

    segments: of its path within the world, decoded. trouble: what was found wrong before the vendor's app was reached. parsed: the body's
    JSON value, where the operation takes one. decided: the clause that decided.
    """

    world: World
    vendor: Vendor
    sent: Scope
    base: str
    segments: tuple[str, ...]
    body: bytes
    trouble: Trouble | None = None
    operation: str | None = None
    principal: Any = None
    decided: str = ""
    parsed: Json = None

    @property
    def method(self) -> str:
        """The request's method."""
        return str(self.sent["method"])

    @property
    def secure(self) -> bool:
        """Whether the request came over TLS."""
        return bool(self.sent["scheme"] == "https")

    @property
    def base_url(self) -> str:
        """Where the world's paths begin, as the client has called it."""
        return origin(self.sent) + self.base

    @property
    def query(self) -> Mapping[str, str]:
        """The last value of each query parameter."""
        return dict(parse_qsl(self.sent["query_string"].decode("latin-1"), keep_blank_values=True))

    @property
    def unreadable(self) -> str | None:
        """Why the body cannot be read whatever its media type, or None."""
        return unreadable(self.sent["headers"])

    @cached_property
    def path(self) -> str:
        """The path within the world, to read."""
        return joined(self.segments)

    @property
    def state(self) -> State:
        """The vendor's state in the request's world."""
        return self.world.states[self.vendor.name]

    def note(self, status: int, complaint: str | None) -> None:
        """Write the exchange into its world's journal. complaint: what the guard found wrong with the answer first made."""
        self.world.journal.add(
            at=self.world.clock.now(),
            vendor=self.vendor.name,
            method=self.method,
            path=self.path,
            operation=self.operation,
            principal=self.vendor.who(self.state, self.principal) if self.principal is not None else None,
            status=status,
            decided=self.decided if complaint is None else "guard",
            complaint=complaint,
        )
