"""Random walks: a state machine asks whatever its vendor's reference model has words for, and compares every answer and every list with the model."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace

import httpx
from hypothesis import HealthCheck, Phase, Verbosity, settings, strategies
from hypothesis import seed as seeded
from hypothesis.errors import Flaky
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from ... import specs
from ..case import Case
from ..columns import column
from ..control import ControlError
from ..fixtures import UnboundError, picks
from ..kept import GivenFailed
from ..model import ModelError, Oracle, Step
from ..play import Player
from ..played import Play
from ..result import Result, Verdict
from ..setup import Setup
from ..target import Target, TargetError
from ..told import why
from ..unavailable import Unavailable
from ..wait import WAIT
from .course import Course
from .written import as_row

MODEL = "model"
CLAUSE = "model"
"""What a walk is filed under that ends well: it shows no clause of its own."""
SHRINKING = 20.0
"""Seconds after which the shortest failure found so far has to do."""
UNCONTROLLED = "random requests and races use fixtures up without end: they are sent to worlds of a mock's alone"


def walk(  # noqa: PLR0913 - what a walk is made of, by name
    target: Target,
    client: httpx.Client,
    vendor: str,
    *,
    seed: int,
    examples: int,
    steps: int,
    mutants: Sequence[str] = (),
    shrink: bool = True,
    name: str = "walk",
) -> Result:
    """Walk through so many fresh worlds of the target, so many steps each, and return one result; the same seed takes the same ways.

    mutants: those that are on in each world. shrink: look for the shortest way to a failure. name: the result's.
    """
    oracle = column(vendor).oracle
    if oracle is None:
        return _told(vendor, name, Verdict.SKIPPED, "the vendor has no reference model")
    if target.control is None:
        return _told(vendor, name, Verdict.SKIPPED, UNCONTROLLED)
    walks = _Walks(Player(target, client, mutants=tuple(mutants)), oracle(), vendor, name, seed, shrink)
    # What was found is kept. Flaky: where the same requests do not find it again, it was found nevertheless.
    with suppress(_WrongError, _Stop, Flaky):
        _run(walks, examples, steps)
    if walks.found is not None:
        return walks.found
    return _told(vendor, name, Verdict.PASS, seen=f"{walks.worlds} worlds, {walks.steps} steps, seed {seed}")


def _told(vendor: str, name: str, verdict: Verdict, reason: str = "", seen: str = "") -> Result:
    return Result(vendor=vendor, case=name, clause=CLAUSE, grade="documented", verdict=verdict, reason=reason, seen=seen, layer=MODEL)


def _run(walks: _Walks, examples: int, steps: int) -> None:
    @seeded(walks.seed)
    class Walk(_Walk):
        shared = walks

    chosen = settings(
        max_examples=examples,
        # One more: a walk begins with its world.
        stateful_step_count=steps + 1,
        phases=(Phase.generate, Phase.shrink) if walks.shrink else (Phase.generate,),
        # The seed alone decides: nothing is remembered from run to run, nor judged by the time that it takes.
        database=None,
        derandomize=False,
        deadline=None,
        # They complain of tests that are slow or draw much; a walk is both, and is bounded by its numbers.
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=Verbosity.quiet,
    )
    run_state_machine_as_test(Walk, settings=chosen)


class _WrongError(AssertionError):
    """The server is not as the model has it."""


class _Stop(BaseException):
    """There is nothing more to find out. No Exception: Hypothesis would take that for a failure, and shrink it."""


@dataclass
class _Walks:
    """What the walks of one run share. found: the shortest failure so far, or why they cannot be walked; length: its steps."""

    player: Player
    oracle: Oracle
    vendor: str
    name: str
    seed: int
    shrink: bool
    worlds: int = 0
    steps: int = 0
    found: Result | None = None
    length: int = 0
    until: float = 0.0

    def keep(self, found: Result, length: int) -> None:
        """Keep a failure if none that is shorter is known. _Stop where none is looked for."""
        if self.found is None:
            self.until = time.monotonic() + SHRINKING
        if self.found is None or length <= self.length:
            self.found, self.length = found, length
        if not self.shrink:
            raise _Stop

    def stop(self, verdict: Verdict, reason: str, trace: Sequence[str] = ()) -> _Stop:
        """Return what ends all walks; a failure that was found before counts more."""
        self.found = self.found or replace(_told(self.vendor, self.name, verdict, reason), trace=tuple(trace))
        return _Stop()


@dataclass
class _Way:
    """One walk: how it is played, how far the model has come, and what was asked. cause: the clause that decided last."""

    play: Play
    course: Course
    cause: str
    asked: list[Step] = field(default_factory=list)


class _Walk(RuleBasedStateMachine):
    """One walk in a world of its own. shared: what it shares with the others."""

    shared: _Walks

    def __init__(self) -> None:
        super().__init__()
        self.walks = self.shared
        self.stack = ExitStack()
        self.way: _Way | None = None

    @initialize(number=strategies.integers(0, (1 << 16) - 1))
    def begin(self, number: int) -> None:
        """Make the world."""
        walks = self.walks
        if walks.found is not None and time.monotonic() > walks.until:
            raise _Stop
        case = _carrier(walks)
        try:
            setup = Setup(walks.player.client, walks.player.target.base_url)
            target, pool, world = self.stack.enter_context(walks.player.stage(case, setup, f"{walks.seed}-{number}"))
            if world is not None:
                world.freeze()
            play = Play(walks.player, case, target, pool, world)
            state = walks.oracle.model.begin(walks.oracle.needs, picks(walks.vendor, play.table))
        except Unavailable as reason:
            raise walks.stop(Verdict.SKIPPED, str(reason)) from None
        except (TargetError, ControlError, httpx.HTTPError, ModelError) as error:
            raise walks.stop(Verdict.ERROR, why(error)) from None
        walks.worlds += 1
        self.way = _Way(play, Course(walks.oracle.model, state), case.clause.id)

    @rule(data=strategies.data())
    def move(self, data: strategies.DataObject) -> None:
        """Ask something, compare the answer, and look where something has changed."""
        way = self.way
        assert way is not None  # noqa: S101 - begin comes first; said for the type checker
        before = way.course.state
        step = data.draw(self.walks.oracle.moves(before))
        self.walks.steps += 1
        words, outcome, way.course = way.course.go(step)
        # What only lets time pass is decided by no clause.
        way.cause = outcome.cause or way.cause
        way.asked.append(words if WAIT in words else {**words, "expect": dict(outcome.expect)})
        self._compare(way.asked[-1], way.asked)
        if way.course.state != before:
            self._look()

    def teardown(self) -> None:
        """Look at the end, and give the world back."""
        try:
            # Where something else ends the walk already, that is what is told.
            if self.way is not None and sys.exc_info()[0] is None:
                self._look()
        finally:
            self.stack.close()

    def _look(self) -> None:
        way = self.way
        assert way is not None  # noqa: S101 - as above
        for read in way.course.model.reads(way.course.state):
            self._compare(read, [*way.asked, read])

    def _compare(self, step: Step, history: Sequence[Step]) -> None:
        """Play a step and compare. _WrongError; _Stop where it could not be played."""
        way = self.way
        assert way is not None  # noqa: S101 - as above
        clauses = specs.ledger(self.walks.vendor).clauses
        try:
            way.play.follow(step, f"step {len(history)}", clauses[way.cause].grade)
        except GivenFailed as error:
            if all(finding.holds for finding in way.play.findings):
                raise self.walks.stop(Verdict.ERROR, why(error), way.play.shown()) from None
        except (UnboundError, ControlError, httpx.HTTPError, UnicodeError) as error:
            raise self.walks.stop(Verdict.ERROR, way.play.masked(why(error)), way.play.shown()) from None
        if any(finding.judged and not finding.holds for finding in way.play.findings):
            case = replace(way.play.case, clause=clauses[way.cause], step=dict(history[-1]))
            way.play.case = case
            self.walks.keep(replace(way.play.sum_up(), row=as_row(case, history)), len(history))
            raise _WrongError


def _carrier(walks: _Walks) -> Case:
    """Return what of a case a walk has: its needs."""
    anyone = next(iter(specs.ledger(walks.vendor).clauses.values()))
    return Case(walks.vendor, walks.name, anyone, "fixture", {}, dict(walks.oracle.needs), layer=MODEL)
