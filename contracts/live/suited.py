"""Which rows a mode allows: one that would be refused on its way is not begun."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..case import Case
from ..columns import column
from ..contract import operations
from ..probe import PROBE
from ..unavailable import Unavailable
from ..wait import WAIT
from .mode import READS, Mode
from .resource import FIXTURE, NONE, SAFE


def effect_of(case: Case, step: Mapping[str, Any]) -> str:
    """Return what changes if this step of the row is accepted: of the request that it judges, as the row says; of others, by their operation."""
    if step is case.step:
        return case.effect
    operation = operations(case.vendor)[step["call"]] if "call" in step else None
    harmless = operation is not None and (operation.method in SAFE or column(case.vendor).is_login(operation.method, operation.template))
    return NONE if harmless else FIXTURE


def require_suited(case: Case, mode: Mode) -> None:
    """Return if the row may be played in this mode. Unavailable."""
    if mode is not Mode.READ_ONLY:
        return
    if case.effect != NONE:
        raise Unavailable(f"{READS}, and the row's request changes something where it is accepted, rightly or wrongly")
    changing = [step for step in (*case.given, *case.then) if not {WAIT, PROBE} & step.keys() and effect_of(case, step) != NONE]
    if changing:
        raise Unavailable(f"{READS}, and the row begins or ends with calls that change something")
