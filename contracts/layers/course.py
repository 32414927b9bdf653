"""A reference model's course through the steps of a row: the state that it has come to, and by which names it knows what the steps keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..fixtures import VARIABLE
from ..judge import chosen
from ..model import Model, ModelError, Outcome, State, Step
from ..wait import WAIT


@dataclass(frozen=True)
class Course:
    """names: what steps have kept under names of their own, by those names: the model's own."""

    model: Model
    state: State
    names: Mapping[str, str] = field(default_factory=dict)

    def worded(self, step: Step) -> Step:
        """Return what is asked, or how long is waited, with each kept value by the model's own name."""
        words = {key: step[key] for key in ("as", "call", "send", "with", WAIT) if key in step}
        return {key: self._renamed(value) for key, value in words.items()} if self.names else words

    def go(self, step: Step) -> tuple[Step, Outcome, Course]:
        """Return the step as the model words it, with what is to be kept of its answer; what it comes to; the course behind it. ModelError."""
        words = self.worded(step)
        outcome = self.model.outcome(self.state, words)
        if outcome.keep:
            words = {**words, "keep": dict(outcome.keep)}
        own = {pointer: name for name, pointer in outcome.keep.items()}
        named = {name: own[pointer] for name, pointer in step.get("keep", {}).items() if isinstance(pointer, str) and pointer in own}
        return words, outcome, replace(self, state=outcome.after, names={**self.names, **named})

    def _renamed(self, node: Any) -> Any:
        if isinstance(node, str):
            return VARIABLE.sub(lambda found: f"${self.names.get(found[1], found[1])}{found[2]}", node)
        if isinstance(node, list):
            return [self._renamed(item) for item in node]
        if isinstance(node, Mapping):
            return {key: self._renamed(value) for key, value in node.items()}
        return node


def succeeds(expect: Mapping[str, Any], picks: Mapping[str, Any]) -> bool:
    """Return whether what is expected is a success: by the status that is said best, where picks choose by the picks. ModelError: it is not said."""
    status = _status(expect, picks)
    if status is None:
        raise ModelError("it says no status of the answer")
    return status == "success" or (isinstance(status, int) and 200 <= status < 300)  # noqa: PLR2004 - HTTP's success


def _status(expect: Mapping[str, Any], picks: Mapping[str, Any]) -> int | str | None:
    if "status" in expect:
        status: int | str = expect["status"]
        return status
    for name, options in expect.get("picks", {}).items():
        found = _status(options[chosen(picks[name], options)], picks)
        if found is not None:
            return found
    nested = (_status(expect[grade], picks) for grade in ("public", "unspecified") if grade in expect)
    return next((found for found in nested if found is not None), None)
