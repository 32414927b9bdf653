"""Whether some order of calls that were made at once explains what came of them: asked of the reference model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..contract import Answer
from ..fixtures import Binding, UnboundError
from ..judge import Judge
from ..kept import GivenFailed, kept
from ..model import ModelError, Outcome, Step
from ..result import Finding
from .course import Course


@dataclass(frozen=True)
class Call:
    """A step and how it was answered. began, ended: seconds on one clock. line: all of it as a line of a trace."""

    step: Step
    answer: Answer
    began: float
    ended: float
    line: str


@dataclass(frozen=True)
class _Point:
    """How far a search has come: how many calls of each side are placed, the model behind them, each side's names, and what the names stand for."""

    placed: tuple[int, ...]
    course: Course
    names: tuple[Mapping[str, str], ...]
    values: Mapping[str, Any]


@dataclass
class Orders:
    """Searches the orders of the sides' calls.

    look: asks a read after all calls, a request or a probe, by what names stand for, and returns its answer. nearest: of what
    the search could not explain, that which came after the most calls; depth: after how many.
    """

    judge: Judge
    binding: Binding
    sides: Sequence[Sequence[Call]]
    after: Sequence[Call]
    look: Callable[[Step, Mapping[str, Any]], Answer]
    nearest: Finding | None = None
    depth: int = -1
    _dead: dict[tuple[int, ...], list[_Point]] = field(default_factory=dict)

    def explained(self, course: Course) -> bool:
        """Return whether there is an order that keeps each side's own, puts no call before one that had ended when it began, and explains all.

        course: the model's before the calls. ModelError.
        """
        return self._from(_Point((0,) * len(self.sides), course, ({},) * len(self.sides), {}))

    def _from(self, point: _Point) -> bool:
        left = [(side, calls[count]) for side, (calls, count) in enumerate(zip(self.sides, point.placed, strict=True)) if count < len(calls)]
        if not left:
            return self._ends(point)
        known = self._dead.setdefault(point.placed, [])
        if point in known:
            return False
        first_end = min(call.ended for _, call in left)
        for side, call in left:
            if call.began <= first_end:
                behind = self._place(point, side, call)
                if behind is not None and self._from(behind):
                    return True
        known.append(point)
        return False

    def _place(self, point: _Point, side: int, call: Call) -> _Point | None:
        """Return the point behind this call, None where the model does not explain its answer there."""
        course = replace(point.course, names={**point.course.names, **point.names[side]})
        found = self._answered(course, call, point.values, sum(point.placed))
        if found is None:
            return None
        behind, values = found
        new = {name: own for name, own in behind.names.items() if name in call.step.get("keep", {})}
        names = tuple({**known, **new} if number == side else known for number, known in enumerate(point.names))
        placed = tuple(count + (number == side) for number, count in enumerate(point.placed))
        return _Point(placed, replace(behind, names=point.course.names), names, values)

    def _ends(self, point: _Point) -> bool:
        """Return whether the calls after the race and the reads are explained too."""
        names = {name: own for side in point.names for name, own in side.items()}
        course, values, depth = replace(point.course, names={**point.course.names, **names}), point.values, sum(point.placed)
        for number, call in enumerate(self.after):
            found = self._answered(course, call, values, depth + number)
            if found is None:
                return False
            course, values = found
        depth += len(self.after)
        reads = course.model.reads(course.state)
        return all(self._holds(read.get("expect") or {"body": read["body"]}, self.look(read, values), values, depth) for read in reads)

    def _answered(self, course: Course, call: Call, values: Mapping[str, Any], depth: int) -> tuple[Course, Mapping[str, Any]] | None:
        _, outcome, behind = course.go(call.step)
        if not self._holds(outcome.expect, call.answer, values, depth):
            return None
        try:
            return behind, {**values, **_learnt(outcome, call.answer)}
        except GivenFailed:
            return None

    def _holds(self, expect: Mapping[str, Any], answer: Answer, values: Mapping[str, Any], depth: int) -> bool:
        try:
            filled = replace(self.binding, values={**self.binding.values, **values}).fill(expect)
        except UnboundError as error:
            raise ModelError(f"it expects what nothing has told: {error}") from None
        for finding in self.judge.findings(filled, answer, "documented", ""):
            if finding.judged and not finding.holds:
                if depth > self.depth:
                    self.nearest, self.depth = finding, depth
                return False
        return True


def _learnt(outcome: Outcome, answer: Answer) -> dict[str, Any]:
    return {name: kept(answer, rule, "the call") for name, rule in outcome.keep.items()}
