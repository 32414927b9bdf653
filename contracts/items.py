"""The rows as pytest items."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from .asked import Contracts
from .case import Case
from .layers.fuzzing import NOT_ALLOWED, run_fuzzing
from .layers.machine import UNCONTROLLED, walk
from .layers.properties import run_properties
from .layers.races import Race, run_race
from .layers.sizes import walks
from .layers.together import play_all
from .report.source import explain
from .result import Result, Verdict
from .telling import Smoke
from .told import result_of, veiled
from .unexpected import mistake

PROPERTY = "ownership-contracts"
"""The name under which an item's report carries its result."""
UNASKED = "thousands of rows are played without worlds of a mock's only where they are asked for by name (--layer matrix)"
UNFORESEEN = "a dry run cannot tell what it would send: that comes of what is drawn, and of what is answered"
SUITES = "ownership-contracts"
"""Where the rows stand among pytest's items: SUITES/VENDOR::ROW."""


class Suite(pytest.Collector):
    """A vendor's rows. contracts: the session's."""

    def __init__(self, *, contracts: Contracts, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.contracts = contracts

    def collect(self) -> Iterator[pytest.Item]:
        """Yield an item for each row, for each group of cells, each run of walks and each race, and one for the Schemathesis run."""
        for case in self.contracts.rows(self.name):
            yield CasesItem.from_parent(self, name=case.id, cases=[case], contracts=self.contracts)
        for layer in self.contracts.over_a_model(self.name):
            yield from self._layer(layer)
        if "properties" in self.contracts.layers and self.contracts.plan is not None:
            yield SkippedItem.from_parent(self, name="properties", vendor=self.name, reason=UNFORESEEN, contracts=self.contracts)
        elif "properties" in self.contracts.layers and not (self.contracts.fuzzing or self.contracts.target.control):
            yield SkippedItem.from_parent(self, name="properties", vendor=self.name, reason=NOT_ALLOWED, contracts=self.contracts)
        elif "properties" in self.contracts.layers:
            yield PropertiesItem.from_parent(self, name="properties", vendor=self.name, contracts=self.contracts)

    def _layer(self, layer: str) -> Iterator[pytest.Item]:
        shared: dict[str, Any] = {"contracts": self.contracts}
        if self.contracts.target.control is None and (layer != "matrix" or layer not in self.contracts.named):
            yield SkippedItem.from_parent(self, name=layer, vendor=self.name, reason=UNCONTROLLED if layer != "matrix" else UNASKED, **shared)
        elif self.contracts.plan is not None and layer != "matrix":
            yield SkippedItem.from_parent(self, name=layer, vendor=self.name, reason=UNFORESEEN, **shared)
        elif layer == "matrix":
            for name, cells in self.contracts.groups(self.name).items():
                yield CasesItem.from_parent(self, name=name, cases=cells, **shared)
        elif layer == "model":
            for name, seed in walks(self.contracts.seed).items():
                yield WalkItem.from_parent(self, name=name, vendor=self.name, seed=seed, **shared)
        else:
            for race in self.contracts.races(self.name):
                yield RaceItem.from_parent(self, name=race.case.id, race=race, **shared)


class Broken(Exception):  # noqa: N818 - a verdict
    """The verdicts for which an item is red, of its rows."""

    def __init__(self, results: Sequence[Result]) -> None:
        super().__init__("; ".join(result.reason for result in results))
        self.results = results


class Mistake(Exception):  # noqa: N818 - this program's
    """A failure of this program's; the message says where."""


class Row(pytest.Item):
    """An item that comes to a result, or to several. contracts: the session's."""

    def __init__(self, *, contracts: Contracts, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.contracts = contracts

    def results(self) -> Iterator[Result]:
        """Play the row, or each of the rows."""
        raise NotImplementedError

    def unplayed(self, reason: str) -> Iterator[Result]:
        """Yield the results of what is not played, with the reason."""
        vendor = self.parent.name if self.parent is not None else ""
        yield Result(vendor, self.name, self.name, "documented", Verdict.SKIPPED, reason)

    def runtest(self) -> None:
        """Attach the results to the item's report, and end as their verdicts say.

        Broken where one breaks a clause or leaves open whether it does; an expected failure where what failed is excused; a skip where none is
        a pass.
        """
        results = list(self._timed())
        broken = [result for result in results if result.red]
        if broken:
            raise Broken(broken)
        excused = [result for result in results if result.excuse]
        if excused:
            pytest.xfail("; ".join(f"{result.case}: {result.word}: {result.known or result.reason}" for result in excused))
        if not any(result.verdict is Verdict.PASS for result in results):
            pytest.skip(f"{results[0].verdict}: {results[0].reason}")

    def _timed(self) -> Iterator[Result]:
        """Yield the results, each as the run is judged and with the time that it took, attached to the item. Mistake: this program failed."""
        began = time.monotonic()
        try:
            over = self.contracts.smoke.over if self.contracts.smoke is not None else ""
            for told in self.unplayed(over) if over else self.results():
                ended = time.monotonic()
                shown = veiled(self.contracts.terms.excused(told), self.contracts.target.secrets)
                result = replace(shown, seconds=round(ended - began, 4))
                self.user_properties.append((PROPERTY, result.as_json()))
                yield result
                began = ended
        except Exception as error:
            raise Mistake(mistake(error)) from None

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Tell the clause, its source, what was expected and what came, of each that breaks the run."""
        broken = excinfo.value
        if isinstance(broken, Mistake):
            return str(broken)
        return "\n\n".join(map(explain, broken.results)) if isinstance(broken, Broken) else super().repr_failure(excinfo, style)


class CasesItem(Row):
    """A case, or a group of cells."""

    def __init__(self, *, cases: Sequence[Case], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.cases = cases

    def results(self) -> Iterator[Result]:
        """Play each."""
        return play_all(self.contracts.player, self.cases)

    def unplayed(self, reason: str) -> Iterator[Result]:
        """Yield a skip for each."""
        yield from (result_of(case, Verdict.SKIPPED, reason) for case in self.cases)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Name the row as reports show it."""
        first = self.cases[0]
        return self.config.rootpath, None, f"{first.vendor} {first.clause.id}: {first.id}" if len(self.cases) == 1 else f"{first.vendor}: {self.name}"


def in_order(items: list[pytest.Item], smoke: Smoke) -> None:
    """Put the rows that tell most first, and what is no row last."""
    cases = [item.cases[0] for item in items if isinstance(item, CasesItem)]
    places = smoke.places(cases)
    behind = (2, 0, 0)
    items.sort(key=lambda item: places[item.cases[0].vendor, item.cases[0].id] if isinstance(item, CasesItem) else behind)


class SkippedItem(Row):
    """A layer that is not played on this target."""

    def __init__(self, *, vendor: str, reason: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.vendor = vendor
        self.reason = reason

    def results(self) -> Iterator[Result]:
        """Say why."""
        yield Result(self.vendor, self.name, self.name, "documented", Verdict.SKIPPED, self.reason, layer=self.name)


class WalkItem(Row):
    """A part of the random walks. seed: its own."""

    def __init__(self, *, vendor: str, seed: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.vendor = vendor
        self.seed = seed

    def results(self) -> Iterator[Result]:
        """Walk."""
        asked = self.contracts
        yield walk(asked.target, asked.client, self.vendor, seed=self.seed, examples=asked.walks, steps=asked.steps, name=self.name)


class RaceItem(Row):
    """A race."""

    def __init__(self, *, race: Race, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.race = race

    def results(self) -> Iterator[Result]:
        """Run it, as often as it says."""
        yield run_race(self.contracts.target, self.race.case.vendor, self.race, seed=self.contracts.seed)


class PropertiesItem(Row):
    """The Schemathesis run over one vendor's spec."""

    def __init__(self, *, vendor: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.vendor = vendor

    def results(self) -> Iterator[Result]:
        """Run Schemathesis."""
        asked = self.contracts
        if asked.target.control is not None:
            yield run_properties(asked.target, self.vendor, asked.seed, asked.examples)
        else:
            yield run_fuzzing(asked.player, self.vendor, asked.seed, asked.examples)
