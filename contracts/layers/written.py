"""What was found on the way, written as a row of a case file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from ..case import Case
from ..model import Step
from ..wait import WAIT


def as_row(case: Case, history: Sequence[Step]) -> str:
    """Return a walk's steps, each with what it is to come to, as the YAML of a case file with this one row."""
    steps: list[Mapping[str, Any]] = json.loads(json.dumps([dict(step) for step in history]))
    # A row's request is no wait: what is waited before it is given.
    first = next(number for number, step in enumerate(steps) if WAIT not in step)
    row: dict[str, Any] = {"id": f"found-by-{case.id}", "clause": case.clause.id, "needs": case.needs, "effect": case.effect}
    row |= {"given": steps[:first], **steps[first], "then": steps[first + 1 :]}
    row = {key: value for key, value in row.items() if value not in ([], {})}
    text: str = yaml.safe_dump([row], sort_keys=False, allow_unicode=True, width=140, default_flow_style=None)
    return text
