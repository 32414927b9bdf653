"""What a pytest session was asked to run, and against what."""

from __future__ import annotations

from pathlib import Path

import pytest

from .. import specs
from .case import Case, cases
from .connection import connection
from .play import Player
from .target import choose


class Contracts:
    """What a session's rows share: the target, and one connection to it."""

    def __init__(self, config: pytest.Config, file: Path) -> None:
        self.file = file
        chosen: list[str] = config.getoption("--ownership-vendor")
        self.target = choose(file, config.getoption("--ownership-url"), chosen)
        self.vendors = chosen or [vendor for vendor in specs.vendors() if vendor in self.target.tables]
        self.grades: list[str] = config.getoption("--ownership-grade")
        self.properties = not (config.getoption("--ownership-no-properties") or self.grades)
        self.seed: int = config.getoption("--ownership-seed")
        self.examples: int = config.getoption("--ownership-examples")
        self.client = connection(self.target)
        judge_public, patience = config.getoption("--ownership-judge-public"), config.getoption("--ownership-patience")
        self.player = Player(self.target, self.client, judge_public, _share(config), patience)

    def rows(self, vendor: str) -> list[Case]:
        """Return the vendor's cases that were asked for."""
        return [case for case in cases(vendor) if not self.grades or case.clause.grade in self.grades]


def _share(config: pytest.Config) -> tuple[int, int]:
    """Return which part of a target's pools this process may use up: under xdist, each worker has its own."""
    worker = getattr(config, "workerinput", None)
    return (int(worker["workerid"].removeprefix("gw")), worker["workercount"]) if worker else (0, 1)
