"""A ledger of which nothing is written: what a run would make, and what it would use of the pools."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..live import accounts
from ..live.accounts import Account
from ..live.ledger import Ledger
from ..live.resource import Resource
from ..target import Target
from ..veil import veil


class DryLedger(Ledger):
    """Knows what the run may change, as the real one does, and leases from no pool but its own memory. made_up, leased: what a run would."""

    def __init__(self, target: Target) -> None:
        self.folder = target.ledger
        self.base_url = target.base_url
        self.run = "dry-run"
        self.made_up: list[Resource] = []
        self.leased: list[Resource] = []
        self.accounts: dict[Resource, Account] = {}
        self._mine: dict[Resource, tuple[Resource, ...]] = {}
        self._anywhere: set[Resource] = set()
        self._of: str | None = None
        self._veil = veil(target.secrets)

    def leases(self, names: Sequence[Resource]) -> bool:
        """Take it, for nobody else is asked."""
        resource, *others = names
        self._tell(accounts.LEASE, resource, names=[other.name for other in others])
        return True

    def close(self) -> None:
        """Do nothing: there is no file."""

    def _write(self, event: str, *, at_once: bool = True, **what: Any) -> None:  # noqa: ARG002 - nothing is on a disk
        resource = Resource(**what["resource"]) if "resource" in what else None
        if resource is not None and event == accounts.MAKE:
            self.made_up.append(resource)
        elif resource is not None and event == accounts.LEASE:
            self.leased.append(resource)
        elif resource in self.leased and event == accounts.RELEASE:
            self.leased.remove(resource)
