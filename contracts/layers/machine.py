"""Random walks: a state machine asks whatever its vendor's reference model has words for, and compares every answer and every list with the model."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass

import httpx
from hypothesis import HealthCheck, Phase, Verbosity, settings, strategies
from hypothesis import seed as seeded
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from ..columns import column
from ..model import Oracle, Step
from ..play import Player
from ..result import Result, Verdict
from ..target import Target
from .chance import BACKEND
from .way import Over, Way, begun, told

TRIES = 150
"""So many shorter walks are tried at most for the shortest that fails. A number and no time: the same seed is to tell the same."""
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
        return told(vendor, name, Verdict.SKIPPED, "the vendor has no reference model")
    if target.control is None:
        return told(vendor, name, Verdict.SKIPPED, UNCONTROLLED)
    walks = _Walks(Player(target, client, mutants=tuple(mutants)), oracle(), vendor, name, seed)
    try:
        _run(walks, examples, steps)
    except Over as over:
        return _shortest(walks, over).result if shrink and over.moves else over.result
    return told(vendor, name, Verdict.PASS, seen=f"{walks.worlds} worlds, {walks.steps} steps, seed {seed}")


def _run(walks: _Walks, examples: int, steps: int) -> None:
    @seeded(walks.seed)
    class Walk(_Walk):
        shared = walks

    chosen = settings(
        max_examples=examples,
        # One more: a walk begins with its world.
        stateful_step_count=steps + 1,
        # The first failure ends the walks; it is made shorter here, step by step, which takes a tenth of what Hypothesis would draw anew for it.
        phases=(Phase.generate,),
        # The seed alone decides: nothing is remembered from run to run, nor judged by the time that it takes.
        database=None,
        backend=BACKEND,
        derandomize=False,
        deadline=None,
        # They complain of tests that are slow or draw much; a walk is both, and is bounded by its numbers.
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        verbosity=Verbosity.quiet,
    )
    run_state_machine_as_test(Walk, settings=chosen)


def _shortest(walks: _Walks, found: Over) -> Over:
    """Return how the walks end on the shortest way to a failure: steps are left out, many at once and then fewer, while what is left still fails."""
    size, tries = len(found.moves) // 2, 0
    while size:
        shorter = False
        for end in range(len(found.moves), 0, -size):
            left = (*found.moves[: max(0, end - size)], *found.moves[end:])
            if not left or tries == TRIES:
                continue
            tries += 1
            again = _again(walks, left)
            if again is not None and len(again.moves) < len(found.moves):
                found, shorter = again, True
                break
        size = min(size, len(found.moves) // 2) if shorter else size // 2
    return found


def _again(walks: _Walks, moves: Sequence[Step]) -> Over | None:
    """Return how these steps fail in a fresh world, None where they do not, or where the model has no words for them without those left out."""
    try:
        with walks.begin("again") as way:
            for step in moves:
                way.take(step)
            way.look()
    except Over as over:
        return over if over.moves else None
    return None


@dataclass
class _Walks:
    """What the walks of one run share."""

    player: Player
    oracle: Oracle
    vendor: str
    name: str
    seed: int
    worlds: int = 0
    steps: int = 0

    def begin(self, number: object) -> AbstractContextManager[Way]:
        """Return a walk, to be entered. number: which of this seed's worlds it has."""
        return begun(self.player, self.oracle, self.vendor, self.name, f"{self.seed}-{number}")


class _Walk(RuleBasedStateMachine):
    """One walk in a world of its own. shared: what it shares with the others."""

    shared: _Walks

    def __init__(self) -> None:
        super().__init__()
        self.walks = self.shared
        self.stack = ExitStack()
        self.way: Way | None = None

    @initialize(number=strategies.integers(0, (1 << 16) - 1))
    def begin(self, number: int) -> None:
        """Make the world."""
        self.way = self.stack.enter_context(self.walks.begin(number))
        self.walks.worlds += 1

    @rule(data=strategies.data())
    def move(self, data: strategies.DataObject) -> None:
        """Ask something."""
        assert self.way is not None  # noqa: S101 - begin comes first; said for the type checker
        step = data.draw(self.walks.oracle.moves(self.way.course.state))
        self.walks.steps += 1
        self.way.take(step)

    def teardown(self) -> None:
        """Look at the end, and give the world back."""
        try:
            # Where something else ends the walk already, that is what is told.
            if self.way is not None and sys.exc_info()[0] is None:
                self.way.look()
        finally:
            self.stack.close()
