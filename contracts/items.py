"""The rows as pytest items."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .. import specs
from .case import Case
from .properties import run_properties
from .result import Result, Verdict

if TYPE_CHECKING:
    from .session import Contracts

PROPERTY = "ownership-contracts"
"""The name under which an item's report carries its result."""


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


class CaseItem(pytest.Item):
    """One row."""

    def __init__(self, *, case: Case, contracts: Contracts, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.case = case
        self.contracts = contracts

    def runtest(self) -> None:
        """Play the row; Broken where its verdict breaks the run, a skip where there is none to count."""
        conclude(self, self.contracts.player.play(self.case))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Tell the clause, its source, what was expected and what came."""
        if isinstance(excinfo.value, Broken):
            return explain(excinfo.value.result)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Name the row as reports show it."""
        return self.config.rootpath, None, f"{self.case.vendor} {self.case.clause.id}: {self.case.id}"


class PropertiesItem(pytest.Item):
    """The Schemathesis run over one vendor's spec."""

    def __init__(self, *, vendor: str, contracts: Contracts, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.vendor = vendor
        self.contracts = contracts

    def runtest(self) -> None:
        """Run it; Broken where it complains."""
        conclude(self, run_properties(self.contracts.target, self.vendor, self.contracts.seed, self.contracts.examples))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Tell every complaint."""
        return explain(excinfo.value.result) if isinstance(excinfo.value, Broken) else super().repr_failure(excinfo, style)


def conclude(item: pytest.Item, result: Result) -> None:
    """Attach the result to the item's report and end the item as its verdict says. Broken, or pytest's skip."""
    item.user_properties.append((PROPERTY, result.as_json()))
    if result.verdict.breaks:
        raise Broken(result)
    if result.verdict is not Verdict.PASS:
        pytest.skip(f"{result.verdict}: {result.reason}")


def explain(result: Result) -> str:
    """Return a failed row as text: the clause and where it stands, what was expected, what came, and the requests."""
    clause = specs.ledger(result.vendor).clauses.get(result.clause)
    lines = [f"{result.vendor} {result.clause}: {result.verdict}"]
    if clause is not None:
        page = specs.ledger(result.vendor).pages[clause.page]
        lines += [f"  {clause.says.strip()}", f"  ({clause.grade}; {page['title']}, {clause.section})"]
    lines += [f"  {part}" for part in result.reason.split("; ")]
    lines += [f"    {line}" for line in result.trace]
    return "\n".join(lines)
