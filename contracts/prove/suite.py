"""Another suite, graded as ours is: run against the good server, then against each mutant."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..connection import connection
from ..control import Control, ControlError
from ..driver import Driver
from ..kills import Mutant, Trial
from ..mock import local_mock
from ..shown import printable
from ..target import Target, TargetError, load
from ..veil import hidden, hide
from .catalogue import chosen
from .job import ProveError, mutant_of
from .other import TARGET, URL, VENDOR, Commands, Ended, words_of
from .told import secrets_of

LAYER = "suite"
"""What stands for a layer in the trials of another suite."""


@dataclass(frozen=True)
class Grading:
    """How another suite is graded. patterns: of the mutants' names. workers: how many runs side by side. patience: seconds that one run has."""

    command: str
    vendors: Sequence[str]
    patterns: Sequence[str]
    workers: int
    patience: float


def grade(asked: Grading, said: Callable[[str, int, int], None]) -> list[Trial]:
    """Return what each mutant comes to. said: told what is run, how often in all, and how often so far. ProveError."""
    commands = Commands(asked.patience)
    with ExitStack() as stack, ThreadPoolExecutor(asked.workers) as pool:
        try:
            words = words_of(asked.command)
            hide(secrets_of(words, os.environ))
            suite = Suite(words, load(stack.enter_context(local_mock(asked.vendors))), commands)
            mutants = chosen(suite.mutants(), asked.patterns)
            for vendor in dict.fromkeys(mutant.vendor for mutant in mutants):
                said(f"the good server ({vendor})", len(mutants), 0)
                suite.require_good(vendor)
            found = {}
            for number, done in enumerate(as_completed([pool.submit(suite.tried, mutant) for mutant in mutants]), 1):
                trial = done.result()
                found[trial.mutant.name] = trial
                said("mutants", len(mutants), number)
        except (TargetError, ControlError) as error:
            raise ProveError(str(error)) from None
        finally:
            # Before the pool waits for what runs.
            commands.end()
            pool.shutdown(cancel_futures=True)
    return [found[mutant.name] for mutant in mutants]


class Suite:
    """A command that tests a server. target: a mock server's, on which each run has a fresh world.

    Where the command wants a target file, each run has a server of its own in place of that: all worlds of that server go wrong in the same way, also
    those that the suite makes for itself.
    """

    def __init__(self, words: list[str], target: Target, commands: Commands) -> None:
        self.words = words
        self.target = target
        self.commands = commands
        self._apart = any(TARGET in word for word in words)

    def mutants(self) -> list[Mutant]:
        """Return the server's catalogue. ControlError."""
        with Control(str(self.target.control), self.target.control_token) as control:
            return [mutant_of(row) for row in control.mutants()]

    def require_good(self, vendor: str) -> None:
        """Return if the suite is green on a server that goes wrong in nothing. ProveError, with what the suite said."""
        ended = self._run(vendor, ())
        if ended.code != 0:
            raise ProveError(f"the suite fails on a good server ({vendor}, {ended.word}), so that its failures say nothing:\n{_told(ended)}")

    def tried(self, mutant: Mutant) -> Trial:
        """Return what the mutant comes to. ProveError: its server ended meanwhile, or there was none."""
        ended = self._run(mutant.vendor, (mutant.name,))
        kills = {} if ended.code == 0 else {LAYER: (ended.word,)}
        return Trial(mutant, kills, played={LAYER: 1}, failures={ended.word: _told(ended)} if kills and mutant.harmless else {})

    def _run(self, vendor: str, mutants: Sequence[str]) -> Ended:
        with self._place(vendor, mutants) as (target, file):
            ended = self.commands.run(self.words, {URL: target.base_url, TARGET: str(file), VENDOR: vendor})
            if ended.code != 0:
                self._require_server(target)
            return ended

    @contextmanager
    def _place(self, vendor: str, mutants: Sequence[str]) -> Iterator[tuple[Target, Path | None]]:
        """Yield where the suite is to look, and the target file, if there is one."""
        if self._apart:
            with local_mock([vendor], [word for name in mutants for word in ("--mutant", name)]) as file:
                yield load(file), file
        else:
            with connection(self.target) as client, Driver(self.target, client, mutants).world({}) as (world, _):
                yield world, None

    def _require_server(self, place: Target) -> None:
        server = place if self._apart else self.target
        with Control(str(server.control), server.control_token) as control:
            try:
                control.health()
            except ControlError as error:
                raise ProveError(f"the mock server ended while the suite ran: {error}") from None


def _told(ended: Ended) -> str:
    return "\n".join(f"  {printable(hidden(line))}" for line in ended.said.splitlines()[-20:]) or "  it said nothing"
