"""What came out: one result a row, and the verdict on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What is said of one row.

    PASS: it holds. FAIL: it does not, and it is judged here. DIFFERS: a public fact does not hold; not judged here.
    REPORTED: no source says it and the target declares no pick; what it does is told. SKIPPED: not played, with the reason.
    NOT_OBSERVABLE: only a probe could see it, and the target names none. ERROR: it could not be played to its end.
    FLAKY: it did not hold, and held when it was asked again.
    """

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    FLAKY = "flaky"
    DIFFERS = "differs"
    REPORTED = "reported"
    SKIPPED = "skipped"
    NOT_OBSERVABLE = "not observable"
    ERROR = "error"

    @property
    def unsettled(self) -> bool:
        """Whether it leaves open what it was to find out: such a row was asked, and is no pass."""
        return self in (Verdict.ERROR, Verdict.FLAKY)

    @property
    def in_full(self) -> bool:
        """Whether a row that came to this is told with its requests and answers."""
        return self is Verdict.FAIL or self.unsettled


# The verdict of a clause is the first of these that one of its rows has.
WORST_FIRST = (Verdict.FAIL, Verdict.ERROR, Verdict.FLAKY, Verdict.DIFFERS, Verdict.REPORTED, Verdict.PASS, Verdict.NOT_OBSERVABLE, Verdict.SKIPPED)


@dataclass(frozen=True)
class Finding:
    """One expectation and whether it held. grade: how well it is known. judged: whether a miss breaks the contract on this target.

    pick, fits: the pick that it is about, and those of its options, or what of its value, the answer fits.
    """

    grade: str
    judged: bool
    holds: bool
    expected: str
    seen: str
    where: str = ""
    pick: str = ""
    fits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """One row's outcome. notes: what the target sent beyond its spec. trace: the requests and answers, in order, credentials masked.

    layer: which part of the suite the row is of: case, matrix, model, races or properties. operation: the operationId that it judges; empty where it
    judges none, or several. axes: where a cell of the matrix stands, by the axes' names. answered: the status that its request was
    answered with, 0 where none came. curl: a command that repeats the request of a row that did not pass, secrets masked.
    row: what a random walk found, as the YAML of a case that shows it again.
    picks: by pick, those of its options that the answer fits, or what of its value it shows; told where rows are compared.
    advisory: the row is newer than the contract that the target has adopted. known: why a baseline says that it may fail.
    since: the version of the contract that the row came with. seconds: how long it took; no part of what came out.
    """

    vendor: str
    case: str
    clause: str
    grade: str
    verdict: Verdict
    reason: str = ""
    expected: str = ""
    seen: str = ""
    notes: tuple[str, ...] = ()
    trace: tuple[str, ...] = field(default=(), repr=False)
    layer: str = "case"
    operation: str = ""
    axes: Mapping[str, str] = field(default_factory=dict)
    answered: int = 0
    curl: str = field(default="", repr=False)
    row: str = field(default="", repr=False)
    picks: Mapping[str, list[str]] = field(default_factory=dict)
    advisory: bool = False
    known: str = ""
    since: int = 1
    seconds: float = field(default=0.0, compare=False)

    @property
    def judged(self) -> bool:
        """Whether something was found out about the target."""
        return self.verdict not in (Verdict.SKIPPED, Verdict.NOT_OBSERVABLE, Verdict.ERROR)

    @property
    def breaks(self) -> bool:
        """Whether it breaks a clause of the contract that the target has adopted, and no baseline knows of it."""
        return self.verdict is Verdict.FAIL and not self.excuse

    @property
    def excuse(self) -> str:
        """Why its failure breaks nothing: known or advisory; empty where it does, or where it did not fail."""
        return ("known" if self.known else "advisory" if self.advisory else "") if self.verdict is Verdict.FAIL else ""

    @property
    def word(self) -> str:
        """The verdict, with what excuses it."""
        return f"{self.verdict} ({self.excuse})" if self.excuse else str(self.verdict)

    @property
    def red(self) -> bool:
        """Whether a test of it is red: it breaks a clause, or leaves open whether it does."""
        return self.breaks or self.verdict.unsettled

    def as_json(self) -> dict[str, Any]:
        """Return the result as JSON."""
        return {**asdict(self), "verdict": str(self.verdict), "notes": list(self.notes), "trace": list(self.trace)}

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Result:
        """Return the result that as_json made this of."""
        return cls(**{**row, "verdict": Verdict(row["verdict"]), "notes": tuple(row["notes"]), "trace": tuple(row["trace"])})


def verdict_of(findings: list[Finding]) -> Verdict:
    """Return the verdict that a row's findings add up to."""
    missed = [finding for finding in findings if not finding.holds]
    if any(finding.judged for finding in missed):
        return Verdict.FAIL
    if any(finding.grade == "public" for finding in missed):
        return Verdict.DIFFERS
    if any(not finding.judged and finding.grade == "unspecified" for finding in findings):
        return Verdict.REPORTED
    return Verdict.PASS


def worst(verdicts: list[Verdict]) -> Verdict:
    """Return what a clause with these rows comes to. ValueError where there is no row."""
    return min(verdicts, key=WORST_FIRST.index)


def excuse_of(results: Iterable[Result]) -> str:
    """Return why none of these failures breaks anything; empty where one does, or where nothing failed."""
    excuses = [result.excuse for result in results if result.verdict is Verdict.FAIL]
    return excuses[0] if excuses and all(excuses) else ""
