"""Steps that wait: for how long, and whether a target without a control API is waited for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .case import Case
from .fixtures import PICK, Binding, UnboundError
from .unavailable import Unavailable

WAIT = "wait"
_SPAN = re.compile(r"(\$[a-z][a-z0-9_.]*)(?: ([+-]) ([0-9]+))?")


def seconds(wait: float | str, binding: Binding) -> float:
    """Return how long a step waits: a number, or what a variable stands for, some seconds more or less. UnboundError, Unavailable."""
    if not isinstance(wait, str):
        return float(wait)
    found = _SPAN.fullmatch(wait)
    value = binding.fill(found[1]) if found else None
    if found is None or isinstance(value, bool) or not isinstance(value, int | float):
        raise UnboundError(f"the row waits {wait}, and that is no number of seconds")
    span = float(value) + int(f"{found[2] or '+'}{found[3] or 0}")
    if span < 0:
        raise Unavailable(f"the row waits {wait}, and {found[1]} is {value:g} here: too few seconds to stay below")
    return span


def require_patience(case: Case, picks: Mapping[str, Any], patience: float) -> None:
    """Return if the row waits so long at most. Unavailable: also where it is known only on the way how long the row waits."""
    known = Binding({}, {PICK: picks})
    waits = [step[WAIT] for step in (*case.given, *case.then) if WAIT in step]
    try:
        span = sum(seconds(wait, known) for wait in waits)
    except UnboundError:
        raise Unavailable("the row waits until something ends, and the target has no control API whose clock could be turned") from None
    if span > patience:
        raise Unavailable(
            f"the row waits {span:g} s, and the patience is {patience:g} s (--patience); the target has no control API whose clock could be turned"
        )
