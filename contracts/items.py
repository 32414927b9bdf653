"""The rows as pytest items."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .asked import Contracts
from .case import Case
from .properties import run_properties
from .report.source import explain
from .result import Result, Verdict

PROPERTY = "ownership-contracts"
"""The name under which an item's report carries its result."""
SUITES = "ownership-contracts"
"""Where the rows stand among pytest's items: SUITES/VENDOR::ROW."""


class Suite(pytest.Collector):
    """A vendor's rows. contracts: the session's."""

    def __init__(self, *, contracts: Contracts, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.contracts = contracts

    def collect(self) -> Iterator[pytest.Item]:
        """Yield an item for each row, and one for the Schemathesis run."""
        for case in self.contracts.rows(self.name):
            yield CaseItem.from_parent(self, name=case.id, case=case, contracts=self.contracts)
        if self.contracts.properties:
            yield PropertiesItem.from_parent(self, name="properties", vendor=self.name, contracts=self.contracts)


class Broken(Exception):  # noqa: N818 - a verdict
    """A row's verdict breaks the run."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.reason)
        self.result = result


class Row(pytest.Item):
    """An item that comes to a result. contracts: the session's."""

    def __init__(self, *, contracts: Contracts, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.contracts = contracts

    def result(self) -> Result:
        """Play the row."""
        raise NotImplementedError

    def runtest(self) -> None:
        """Attach the result to the item's report, and end as its verdict says: Broken where it breaks the run, a skip where it is no pass."""
        result = self.result()
        self.user_properties.append((PROPERTY, result.as_json()))
        if result.verdict.breaks:
            raise Broken(result)
        if result.verdict is not Verdict.PASS:
            pytest.skip(f"{result.verdict}: {result.reason}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Tell the clause, its source, what was expected and what came."""
        return explain(excinfo.value.result) if isinstance(excinfo.value, Broken) else super().repr_failure(excinfo, style)


class CaseItem(Row):
    """One case."""

    def __init__(self, *, case: Case, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.case = case

    def result(self) -> Result:
        """Play the case."""
        return self.contracts.player.play(self.case)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Name the row as reports show it."""
        return self.config.rootpath, None, f"{self.case.vendor} {self.case.clause.id}: {self.case.id}"


class PropertiesItem(Row):
    """The Schemathesis run over one vendor's spec."""

    def __init__(self, *, vendor: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.vendor = vendor

    def result(self) -> Result:
        """Run Schemathesis."""
        return run_properties(self.contracts.target, self.vendor, self.contracts.seed, self.contracts.examples)
