"""A ledger of which nothing is written: what a run would make, and what it would use of the pools."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..live.ledger import MAKE, Ledger
from ..live.resource import Resource
from ..target import Target


class Unwritten(Ledger):
    """Knows what the run may change, as the real one does, and leases from no pool but its own memory. made, leased: what a run would."""

    def __init__(self, target: Target) -> None:
        self.folder = target.ledger
        self.base_url = target.base_url
        self.run = "dry-run"
        self.made_up: list[Resource] = []
        self.leased: list[Resource] = []
        self._mine: dict[Resource, tuple[Resource, ...]] = {}
        self._anywhere: set[Resource] = set()

    def leases(self, names: Sequence[Resource]) -> bool:
        """Take it, for nobody else is asked."""
        self._mine[names[0]] = tuple(names)
        self.leased.append(names[0])
        return True

    def close(self) -> None:
        """Do nothing: there is no file."""

    def _write(self, event: str, **what: Any) -> None:
        if event == MAKE:
            self.made_up.append(Resource(**what["resource"]))
