"""What a Connhex world is made of beside its accounts: plain data."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .accounts import Session

RESOURCE = "resource:devices"
ACTION = "resource:devices:register"


@dataclass(frozen=True)
class Principal:
    """A user who calls, by which credential (bearer or cookie), in which session, and what the scenario calls him."""

    user_id: str
    by: str
    session: Session | None = field(default=None, compare=False)
    label: str = field(default="", compare=False)


@dataclass
class Device:
    """A manufactured device. enabled_at: when its registration-enable message came, in seconds since the epoch."""

    id: str
    enabled_at: float | None = None


@dataclass
class Resource:
    """What a claim makes: the device as an active entity of its owner's."""

    id: str
    device: str
    owner: str
    state: str = "active"

    @property
    def entity(self) -> str:
        """What policies call it."""
        return f"{RESOURCE}:{self.id}"


@dataclass
class Statement:
    """One line of a policy. effect: ALLOW or DENY. actions and resources may hold wildcards."""

    effect: str
    actions: list[str]
    resources: list[str]

    def covers(self, action: str, resource: str) -> bool:
        """Return whether the statement speaks of this action on this resource."""
        return any(_fits(a, action) for a in self.actions) and any(_fits(r, resource) for r in self.resources)


@dataclass
class Policy:
    """What its members may and may not do. members: user ids and team:local:ID."""

    id: str
    name: str
    members: list[str]
    statements: list[Statement]


def _fits(pattern: str, text: str) -> bool:
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), text) is not None
