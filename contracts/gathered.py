"""The results of a pytest session, gathered from its reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from .. import specs
from .case import cases
from .items import PROPERTY, SUITES
from .result import Result, Verdict


class Gathered:
    """What the rows of a session came to; under xdist the controller gathers every worker's."""

    def __init__(self) -> None:
        self._found: dict[str, list[Result]] = {}
        self._order: Sequence[str] = ()

    @property
    def results(self) -> list[Result]:
        """The results in the order in which the rows were collected, whichever process played them."""
        place = {name: number for number, name in enumerate(self._order)}
        return [result for name in sorted(self._found, key=lambda name: place.get(name, len(place))) for result in self._found[name]]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn the order."""
        self._order = self._order or [item.nodeid for item in session.items]

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:  # noqa: ARG002 - xdist's signature
        """Learn it from a worker."""
        self._order = ids

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the results. A row whose process died, or that failed by a mistake of ours, has none: that is an error of its own."""
        found = [dict(value) for name, value in report.user_properties if name == PROPERTY and report.when == "call"]  # type: ignore[call-overload]  # typed as object
        if found:
            self._found[report.nodeid] = [Result.from_json(row) for row in found]
        told = self._found.get(report.nodeid, [])
        if report.failed and report.nodeid.startswith(f"{SUITES}/") and not any(result.red for result in told):
            self._found[report.nodeid] = [*told, _broken_off(report)]


def _broken_off(report: pytest.TestReport) -> Result:
    vendor, _, name = report.nodeid.removeprefix(f"{SUITES}/").partition("::")
    clause = next((case.clause for case in cases(vendor) if case.id == name), None) if vendor in specs.vendors() else None
    told = str(report.longrepr).strip().splitlines() or ["it ended without a word"]
    grade = clause.grade if clause else specs.GRADES[0]
    return Result(vendor, name, clause.id if clause else name, grade, Verdict.ERROR, reason=f"the row could not be played: {told[-1]}")
