"""The causes of every answer: coverage is counted in them, not in status codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ... import specs
from ..contract import Operation, operations
from ..result import Result, Verdict, excuse_of, worst


@dataclass(frozen=True)
class Cause:
    """A clause that a response comes from. verdict: of the rows that cite it, None where none does; excuse: why none of their failures breaks it.

    here: whether one of them calls the operation. by: how the ledger says that the clause is shown.
    """

    clause: str
    grade: str
    verdict: Verdict | None
    here: bool
    by: str
    excuse: str = ""

    @property
    def broken(self) -> bool:
        """Whether a row breaks it."""
        return self.verdict is Verdict.FAIL and not self.excuse

    @property
    def open(self) -> bool:
        """Whether it was asked about, and nobody knows."""
        return self.verdict is not None and self.verdict.unsettled


@dataclass(frozen=True)
class OperationCauses:
    """An operation, with its other address form where it has one. answers: the causes of each status."""

    vendor: str
    names: tuple[str, ...]
    method: str
    template: str
    answers: Mapping[int, tuple[Cause, ...]]

    @property
    def causes(self) -> dict[str, Cause]:
        """Every cause once, by its clause."""
        return {cause.clause: cause for causes in self.answers.values() for cause in causes}

    @property
    def counted(self) -> list[Cause]:
        """The causes that rows are to judge: those that the spec alone shows are none of them."""
        return [cause for cause in self.causes.values() if cause.by == "case" or cause.verdict is not None]

    @property
    def judged(self) -> int:
        """How many of them a row has judged."""
        return sum(not cause.open and cause.verdict not in (None, Verdict.SKIPPED, Verdict.NOT_OBSERVABLE) for cause in self.counted)


def causes(vendor: str, results: Iterable[Result]) -> list[OperationCauses]:
    """Return the vendor's operations in the spec's order, each with the causes of its answers and what their rows came to."""
    by_clause: dict[str, list[Result]] = {}
    for result in results:
        if result.vendor == vendor:
            by_clause.setdefault(result.clause, []).append(result)
    return [_operation(vendor, forms, by_clause) for forms in _forms(vendor)]


def _forms(vendor: str) -> Iterator[Sequence[Operation]]:
    """Yield the operations, those together that are one under two addresses: the name of the second is that of the first, and more."""
    known = operations(vendor)
    seconds = {name for name in known for other in known if name != other and name.startswith(other) and known[name].method == known[other].method}
    for name, operation in known.items():
        if name not in seconds:
            yield [operation, *(known[other] for other in known if other in seconds and other.startswith(name))]


def _operation(vendor: str, forms: Sequence[Operation], by_clause: Mapping[str, Sequence[Result]]) -> OperationCauses:
    names = tuple(form.id for form in forms)
    cited: dict[int, dict[str, None]] = {}
    for form in forms:
        for status, response in form.responses.items():
            cited.setdefault(status, {}).update(dict.fromkeys(response["x-clause"]))
    found = {status: tuple(_cause(vendor, clause, names, by_clause.get(clause, ())) for clause in clauses) for status, clauses in cited.items()}
    return OperationCauses(vendor, names, forms[0].method, forms[0].template, found)


def _cause(vendor: str, clause: str, names: Sequence[str], results: Sequence[Result]) -> Cause:
    known = specs.ledger(vendor).clauses[clause]
    here = [result for result in results if result.operation in names]
    verdicts = [result.verdict for result in here or results]
    return Cause(clause, known.grade, worst(verdicts) if verdicts else None, bool(here), known.shown_by, excuse_of(here or results))
