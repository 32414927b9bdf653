"""Kii's part of a world: its data, its rules, and how it looks from outside."""

from __future__ import annotations

from typing import Any

from ..engine.clock import Clock
from ..engine.supply import Supply
from ..engine.vendor import Settings
from . import snapshot, view
from .accounts import Accounts
from .flows import Flows
from .logins import Logins
from .ownerships import Ownerships
from .things import Things


class KiiWorld(Ownerships, Flows, Things, Accounts, Logins):
    """All of Kii's rules over one state, each rule in the module of its subject."""

    @classmethod
    def restored(cls, data: Any, settings: Settings, supply: Supply, clock: Clock) -> KiiWorld:
        """Return the world that was dumped so. ValueError says where the data are wrong, or do not hold together."""
        apps, tokens = snapshot.read(data, settings)
        return cls(settings=settings, supply=supply, clock=clock, apps=apps, tokens=tokens)

    def dump(self) -> dict[str, Any]:
        """Return all of the state as JSON (see snapshot.dump)."""
        return snapshot.dump(self.apps, self.tokens)

    def view(self) -> dict[str, Any]:
        """Return the state as JSON (see view.state_view)."""
        return view.state_view(self.apps, self.tokens)

    def target(self, base_url: str, world_url: str) -> dict[str, Any]:  # noqa: ARG002 - another vendor's probes need the second
        """Return Kii's table of a target file (see view.target_table)."""
        return view.target_table(self.apps, self.tokens, self.settings)

    def principals(self) -> list[tuple[str, str]]:
        """Return who may call: a label, and the header that carries the credential."""
        return view.principals(self.apps, self.tokens)
