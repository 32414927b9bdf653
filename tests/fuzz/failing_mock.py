"""The mock server with one thing broken that the fuzzer must find: `python failing_mock.py FAULT serve …`."""

from __future__ import annotations

import os
import sys
from collections import Counter
from typing import Any

from ownership_contracts.mockserver import cli
from ownership_contracts.mockserver.engine.exchange import WorldExchange
from ownership_contracts.mockserver.engine.held import Held
from ownership_contracts.mockserver.kii.world import KiiWorld

LIFE = 40
"""After how many requests the server ends that ends."""


def changes_before_it_refuses() -> None:
    """Each refusal is counted in the world's own state."""
    refused: Counter[int] = Counter()
    note, dump = WorldExchange.note, KiiWorld.dump

    def noted(self: WorldExchange, held: Held, complaint: str | None) -> None:
        refused[id(self.world.states["kii"])] += held.status >= 400
        note(self, held, complaint)

    def dumped(self: KiiWorld) -> dict[str, Any]:
        return {**dump(self), "refused": refused[id(self)]}

    WorldExchange.note, KiiWorld.dump = noted, dumped  # type: ignore[method-assign]


def ends() -> None:
    """The process ends at a request."""
    requests: Counter[str] = Counter()
    note = WorldExchange.note

    def noted(self: WorldExchange, held: Held, complaint: str | None) -> None:
        note(self, held, complaint)
        requests["all"] += 1
        if requests["all"] >= LIFE:
            os._exit(1)

    WorldExchange.note = noted  # type: ignore[method-assign]


if __name__ == "__main__":
    {"changes-before-it-refuses": changes_before_it_refuses, "ends": ends}[sys.argv[1]]()
    raise SystemExit(cli.main(sys.argv[2:]))
