"""Plays rows on a deployment whose picks are not known: what some rows show opens others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..case import Case
from ..columns import column
from ..play import Player
from ..result import Result
from .learnt import Learnt, known, learn
from .values import named


@dataclass
class Rounds:
    """A vendor's rows on a deployment. played: each with its result. found: what is known of the picks by now. told: called behind each row."""

    player: Player
    vendor: str
    told: Callable[[], None] = lambda: None
    played: list[tuple[Case, Result]] = field(default_factory=list)
    found: dict[str, Learnt] = field(default_factory=dict)

    def play(self, rows: Sequence[Case]) -> None:
        """Play the rows, those first that need to know no pick, and learn from each round what the next may ask."""
        declared = dict(self.player.target.tables[self.vendor].get("picks", {}))
        self._learn(declared)
        waiting = list(rows)
        # A row that needs the value of a pick is put off while others may show it; one that needs another setting is skipped in the end.
        for ready in (self._open, self._fitting, lambda _: True):
            while now := [row for row in waiting if ready(row)]:
                for row in now:
                    self.played.append((row, self.player.play(row)))
                    self.told()
                waiting = [row for row in waiting if row not in now]
                self._learn(declared)
            if not waiting:
                return

    def _learn(self, declared: Mapping[str, Any]) -> None:
        self.found = learn(self.vendor, self.played, declared)
        self.player.declare(self.vendor, known(self.found))

    def _fitting(self, row: Case) -> bool:
        values = known(self.found)
        return all(name in values and values[name] == value for name, value in row.needs.get("settings", {}).items())

    def _open(self, row: Case) -> bool:
        return self._fitting(row) and not (named(row) & column(self.vendor).readings.keys()) - known(self.found).keys()
