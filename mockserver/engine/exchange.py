"""One request on its way through the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ...specs import Json
from .paths import joined
from .vendor import State, Trouble, Vendor
from .worlds import World

EXCHANGE = "ownership.exchange"
"""The key in an ASGI scope under which the steps find the exchange."""


@dataclass
class Exchange:
    """What the steps learn of one request. segments: of its path within its world, decoded. decided: the clause that decided.

    trouble: what was found wrong before the vendor's app was reached. parsed: the body's JSON value, where the operation takes one.
    secure: the request came over TLS. unreadable: why the body cannot be read whatever its media type, or None.
    base_url: where the world's paths begin, as the client has called it. query: the last value of each parameter.
    """

    world: World
    vendor: Vendor
    method: str
    segments: tuple[str, ...]
    body: bytes
    operation: str | None = None
    principal: Any = None
    decided: str = ""
    trouble: Trouble | None = None
    parsed: Json = None
    secure: bool = False
    unreadable: str | None = None
    base_url: str = ""
    query: Mapping[str, str] = field(default_factory=dict)

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
