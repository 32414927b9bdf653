"""One row on a mock server and on a deployment: whether they agree, and if not, which of them is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ..case import Case
from ..columns import column
from ..result import Result, Verdict
from .values import named


class Outcome(StrEnum):
    """What is said of a row, the gravest first; of a cell that of its gravest row."""

    DEPLOYMENT = "the deployment is wrong"
    MOCK = "the mock is wrong"
    BOTH = "both are wrong"
    DIFFERS = "differs"
    SILENT = "the page is silent"
    AGREE = "agree"
    UNCOMPARED = "not compared"


GRAVEST = tuple(Outcome)
DISAGREE = (Outcome.DEPLOYMENT, Outcome.MOCK, Outcome.BOTH)
"""What the vendor's page decides: one of the two does not do what it says, or neither."""
COMPARABLE = (Verdict.PASS, Verdict.FAIL, Verdict.DIFFERS, Verdict.REPORTED)


@dataclass(frozen=True)
class Compared:
    """A row on both. mock, deployment: its results. apart: the picks in which they differ, with what each does."""

    case: Case
    outcome: Outcome
    mock: Result | None
    deployment: Result
    apart: Mapping[str, tuple[str, str]]

    @property
    def expected(self) -> str:
        """What was expected where they part."""
        return self._telling.expected

    @property
    def the_mock(self) -> str:
        """What the mock does."""
        return "; ".join(f"{name}: {mock}" for name, (mock, _) in self.apart.items()) or _does(self.mock)

    @property
    def the_deployment(self) -> str:
        """What the deployment does."""
        if self.outcome is Outcome.UNCOMPARED:
            return self.reason
        return "; ".join(f"{name}: {deployment}" for name, (_, deployment) in self.apart.items()) or _does(self.deployment)

    @property
    def reason(self) -> str:
        """Why they could not be compared."""
        if self.mock is not None and self.mock.verdict not in COMPARABLE:
            return f"{self.mock.verdict} on the mock: {self.mock.reason}"
        return f"{self.deployment.verdict}: {self.deployment.reason}"

    @property
    def _telling(self) -> Result:
        return self.mock if self.outcome is Outcome.MOCK and self.mock is not None else self.deployment


def compare(case: Case, mock: Result | None, deployment: Result, read: Mapping[str, tuple[Any, Any]]) -> Compared:
    """Return what is said of a row. mock: None where it was not played. read: by pick, values read off that differ: (mock's, deployment's)."""
    if mock is None or mock.verdict not in COMPARABLE or deployment.verdict not in COMPARABLE:
        return Compared(case, Outcome.UNCOMPARED, mock, deployment, {})
    wrong = (mock.verdict is Verdict.FAIL, deployment.verdict is Verdict.FAIL)
    if any(wrong):
        return Compared(case, Outcome.BOTH if all(wrong) else Outcome.MOCK if wrong[0] else Outcome.DEPLOYMENT, mock, deployment, {})
    if Verdict.DIFFERS in (mock.verdict, deployment.verdict):
        return Compared(case, Outcome.DIFFERS, mock, deployment, {})
    apart = dict(_apart(case, mock, deployment, read))
    # Where no option of a pick's fits, or nobody says anything of it at all, the answers of both are told.
    silent = bool(apart) or (Verdict.REPORTED in (mock.verdict, deployment.verdict) and mock.seen != deployment.seen)
    return Compared(case, Outcome.SILENT if silent else Outcome.AGREE, mock, deployment, apart)


def _apart(case: Case, mock: Result, deployment: Result, read: Mapping[str, tuple[Any, Any]]) -> Iterable[tuple[str, tuple[str, str]]]:
    for name, fits in mock.picks.items():
        others = deployment.picks.get(name)
        if others and fits and name not in column(case.vendor).readings and not set(fits) & set(others):
            yield name, (" or ".join(fits), " or ".join(others))
    for name in sorted(named(case) & read.keys()):
        yield name, (str(read[name][0]), str(read[name][1]))


def _does(result: Result | None) -> str:
    if result is None:
        return ""
    return "as expected" if result.verdict is Verdict.PASS else result.seen or result.reason


@dataclass(frozen=True)
class Cell:
    """The rows of one clause at one operation. operation: empty where the rows call none by name."""

    vendor: str
    operation: str
    clause: str
    grade: str
    rows: tuple[Compared, ...]

    @property
    def outcome(self) -> Outcome:
        """That of the gravest row."""
        return min((row.outcome for row in self.rows), key=GRAVEST.index)


def cells(rows: Iterable[Compared]) -> list[Cell]:
    """Return the cells that these rows make up, in the order of their first rows."""
    found: dict[tuple[str, str, str, str], list[Compared]] = {}
    for row in rows:
        case = row.case
        found.setdefault((case.vendor, case.step.get("call", ""), case.clause.id, case.clause.grade), []).append(row)
    return [Cell(*key, tuple(of)) for key, of in found.items()]
