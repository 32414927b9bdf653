"""What a pytest session was asked to run, and against what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from .case import Case, cases
from .columns import column
from .connection import connection
from .dry.plan import Plan
from .dry.player import DryPlayer
from .edition import adopted, in_force
from .fixtures import picks
from .kills import LAYERS
from .layers.matrix import PRINCIPAL, cells
from .layers.races import Race, races
from .live.ledger import Ledger
from .live.mode import Mode
from .live.options import require_fuzzable
from .live.watch import Watch
from .play import Player
from .target import choose
from .telling import Smoke
from .verdict.baseline import load
from .verdict.conclude import Terms
from .verdict.demands import demands


class Contracts:
    """What a session's rows share: the target, and one connection to it."""

    def __init__(self, config: pytest.Config, file: Path) -> None:
        """Read what was asked for. TargetError, CaseError, RunError."""
        self.file = file
        chosen: list[str] = config.getoption("--ownership-vendor")
        ledger: str | None = config.getoption("--ownership-ledger")
        mode: str | None = config.getoption("--ownership-mode")
        self.target = choose(file, config.getoption("--ownership-url"), chosen, mode, Path(ledger) if ledger else None)
        self.fuzzing: bool = config.getoption("--ownership-allow-fuzzing")
        require_fuzzable(self.target.mode, allowed=self.fuzzing)
        self.vendors = chosen or list(self.target.tables)
        self.grades: list[str] = config.getoption("--ownership-grade")
        self.named: list[str] = config.getoption("--ownership-layer")
        budget: float | None = config.getoption("--ownership-smoke")
        # The most telling are rows, and what takes long by itself has no place in a short run.
        self.layers = set(self.named or (LAYERS if budget is None else ("case",)))
        self.layers -= {"properties"} if config.getoption("--ownership-no-properties") else set()
        # Those that cite no clause of their own are of no grade.
        self.layers -= {"model", "properties"} if self.grades else set()
        # A row by itself can be chosen by its name; else those of a group are one item: an item costs as much as a row.
        self.apart = bool(config.getoption("keyword"))
        self.seed: int = config.getoption("--ownership-seed")
        self.examples: int = config.getoption("--ownership-examples")
        self.walks: int = config.getoption("--ownership-walks")
        self.steps: int = config.getoption("--ownership-steps")
        self.terms = self._terms(config)
        self.plan = Plan(self.target) if config.getoption("--ownership-dry-run") else None
        self.smoke = None if budget is None else Smoke(budget, self.target.mode, self.plan)
        self.ledger: Ledger | None = None
        self.watch: Watch | None = None
        self.player = self._player(config, config.getoption("--ownership-judge-public"), config.getoption("--ownership-patience"))

    def _player(self, config: pytest.Config, judge_public: bool, patience: float) -> Player:
        """Return what plays the rows, once there is what they go out by."""
        worker, workers = _worker(config)
        part, parts = config.getoption("--ownership-slice")
        # Each worker has a part of the slice.
        share = part + parts * worker, parts * workers
        if self.plan is not None:
            if not self.plan.in_worlds:
                self.plan.look(self.vendors)
            self.client = self.plan.client
            return DryPlayer.of(self.plan, judge_public, share, patience)
        if self.target.mode is Mode.FIXTURES:
            self.ledger = Ledger(self.target, f"{worker}" if workers > 1 else "")
        mine = replace(self.target, limits=self.target.limits.shared(workers))
        self.watch = None if self.target.mode is Mode.WORLDS else Watch(mine, self.ledger)
        self.client = connection(mine) if self.watch is None else self.watch.client
        return Player(self.target, self.client, judge_public, share, patience, ledger=self.ledger, watch=self.watch)

    def close(self) -> None:
        """End the connection, and the ledger."""
        self.client.close()
        if self.ledger is not None:
            self.ledger.close()

    def rows(self, vendor: str) -> list[Case]:
        """Return the vendor's cases that were asked for."""
        return self._graded(in_force(cases(vendor), self._adopted(vendor))) if "case" in self.layers else []

    def groups(self, vendor: str) -> dict[str, list[Case]]:
        """Return the cells of the vendor's matrix that were asked for: those that differ by the principal alone under one name. CaseError."""
        grouped: dict[str, list[Case]] = {}
        for cell in self._graded(cells(vendor, picks(vendor, self.target.tables[vendor]))):
            grouped.setdefault(cell.id if self.apart else _group(cell), []).append(cell)
        return grouped

    def races(self, vendor: str) -> list[Race]:
        """Return the vendor's races that were asked for. CaseError."""
        chosen = {case.id for case in self._graded(in_force((race.case for race in races(vendor)), self._adopted(vendor)))}
        return [race for race in races(vendor) if race.case.id in chosen]

    def over_a_model(self, vendor: str) -> list[str]:
        """Return the layers that were asked for and need the vendor's reference model; none where it has none."""
        return [layer for layer in ("matrix", "model", "races") if layer in self.layers] if column(vendor).oracle else []

    def _adopted(self, vendor: str) -> int:
        return adopted(vendor, self.target.tables[vendor])

    def _terms(self, config: pytest.Config) -> Terms:
        """Return what the run is judged by. RunError."""
        file = config.getoption("--ownership-baseline")
        asked = demands(config.getoption("--ownership-require"), self.vendors)
        versions = {vendor: self._adopted(vendor) for vendor in self.vendors}
        return Terms(datetime.now(UTC).date(), asked, load(Path(file)) if file else (), versions)

    def _graded(self, rows: Iterable[Case]) -> list[Case]:
        return [row for row in rows if not self.grades or row.clause.grade in self.grades]


def _group(cell: Case) -> str:
    """Return the cell's id without its principal."""
    names = [name for axis, name in zip(("", *cell.axes), cell.id.split("/"), strict=True) if axis != PRINCIPAL]
    return "/".join(names)


def _worker(config: pytest.Config) -> tuple[int, int]:
    """Return which of how many processes of the run this is: xdist has several."""
    worker = getattr(config, "workerinput", None)
    return (int(worker["workerid"].removeprefix("gw")), worker["workercount"]) if worker else (0, 1)
