"""One random walk: how far it has come on the server and in the model, and what ends it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import httpx

from ... import specs
from ..case import Case
from ..control import ControlError
from ..fixtures import UnboundError, picks
from ..kept import GivenFailed
from ..model import ModelError, Oracle, Step
from ..play import Player
from ..played import Play
from ..result import Result, Verdict
from ..setup import Setup
from ..target import TargetError
from ..told import why
from ..unavailable import Unavailable
from ..wait import WAIT
from .course import Course
from .written import as_row

MODEL = "model"
CLAUSE = "model"
"""What a walk is filed under that ends well: it shows no clause of its own."""


class Over(BaseException):
    """The walks are over: what they found, or why they cannot be walked. moves: what led there.

    No Exception: Hypothesis would take that for a failure of its own, and play it again.
    """

    def __init__(self, result: Result, moves: Sequence[Step] = ()) -> None:
        super().__init__(result.reason)
        self.result = result
        self.moves = tuple(moves)


def told(vendor: str, name: str, verdict: Verdict, reason: str = "", seen: str = "") -> Result:
    """Return a result of the walks of this name that shows no clause."""
    return Result(vendor=vendor, case=name, clause=CLAUSE, grade="documented", verdict=verdict, reason=reason, seen=seen, layer=MODEL)


@dataclass
class Way:
    """A walk in a world of its own. cause: the clause that decided last. moves: what was asked; asked: the same with what it was to come to."""

    play: Play
    course: Course
    cause: str
    moves: list[Step] = field(default_factory=list)
    asked: list[Step] = field(default_factory=list)

    def take(self, step: Step) -> None:
        """Ask something, compare the answer, and look where something has changed. Over."""
        before = self.course.state
        try:
            words, outcome, self.course = self.course.go(step)
        except ModelError as error:
            raise self._broken(why(error)) from None
        # What only lets time pass is decided by no clause.
        self.cause = outcome.cause or self.cause
        # Known by what the step itself calls it, if it is one that was asked before.
        self.moves.append({**words, "keep": {**words.get("keep", {}), **step.get("keep", {})}} if "keep" in words else words)
        self.asked.append(words if WAIT in words else {**words, "expect": dict(outcome.expect)})
        self._compare(self.asked[-1], self.asked)
        if self.course.state != before:
            self.look()

    def look(self) -> None:
        """Compare every list with the model. Over."""
        for read in self.course.model.reads(self.course.state):
            self._compare(read, [*self.asked, read])

    def _compare(self, step: Step, history: Sequence[Step]) -> None:
        clauses = specs.ledger(self.play.case.vendor).clauses
        try:
            self.play.follow(step, f"step {len(history)}", clauses[self.cause].grade)
        except GivenFailed as error:
            if all(finding.holds for finding in self.play.findings):
                raise self._broken(why(error)) from None
        except (UnboundError, ControlError, httpx.HTTPError, UnicodeError) as error:
            raise self._broken(why(error)) from None
        if any(finding.judged and not finding.holds for finding in self.play.findings):
            case = replace(self.play.case, clause=clauses[self.cause], step=dict(history[-1]))
            self.play.case = case
            raise Over(replace(self.play.sum_up(), row=as_row(case, history)), self.moves)

    def _broken(self, reason: str) -> Over:
        case = self.play.case
        return Over(replace(told(case.vendor, case.id, Verdict.ERROR, self.play.masked(reason)), trace=self.play.shown()))


@contextmanager
def begun(player: Player, oracle: Oracle, vendor: str, name: str, seed: str) -> Iterator[Way]:
    """Yield a walk at its beginning, in a fresh world of this seed whose clock stands. name: its result's. Over."""
    anyone = next(iter(specs.ledger(vendor).clauses.values()))
    case = Case(vendor, name, anyone, "fixture", {}, dict(oracle.needs), layer=MODEL)
    try:
        with player.stage(case, Setup(player.client, player.target.base_url), seed) as (target, pool, world):
            if world is not None:
                world.freeze()
            play = Play(player, case, target, pool, world)
            yield Way(play, Course(oracle.model, oracle.model.begin(oracle.needs, picks(vendor, play.table))), anyone.id)
    except Unavailable as reason:
        raise Over(told(vendor, name, Verdict.SKIPPED, str(reason))) from None
    except (TargetError, ControlError, httpx.HTTPError, ModelError) as error:
        raise Over(told(vendor, name, Verdict.ERROR, why(error))) from None
