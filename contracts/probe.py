"""Probes: what a target shows beside its vendors' operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .case import Case

PROBE = "probe"


class NotObservable(Exception):  # noqa: N818 - no error: what this target cannot show
    """Only a probe could see it, and the target names none."""


def require_probes(case: Case, table: Mapping[str, Any]) -> None:
    """Return if the table names every probe that the row looks through. NotObservable: then the row is not begun, and uses nothing up."""
    for step in case.then:
        if PROBE in step and step[PROBE] not in table.get("probes", {}):
            raise NotObservable(f"the target names no probe {step[PROBE]!r}")
