"""The attack on one server: segment by segment, each with a world of its own."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random

from ownership_contracts import specs

from .draft import draft
from .inputs import Input, make
from .known import ATTACKED, WATCHED
from .operations import operations
from .oracle import Oracle
from .report import Report
from .site import DEFAULT, GoneError, Site
from .vocabulary import Vocabulary, flat, vocabulary
from .wire import exchange

SEGMENT = 250
"""How many inputs a world lives for."""
BARE = 8
"""Each so many-th segment goes to the bare paths, and so to the server's default world."""
ROUNDS = 2
"""How often each operation is called before a segment, for words such as codes and new ids."""


@dataclass(frozen=True)
class Plan:
    """What to send. only: the families; none for all."""

    seed: int
    inputs: int
    only: tuple[str, ...] = ()

    def segments(self) -> Iterator[range]:
        """Yield the numbers of each segment's inputs."""
        for start in range(0, self.inputs, SEGMENT):
            yield range(start, min(start + SEGMENT, self.inputs))


@dataclass
class Attack:
    """One server's part in a campaign."""

    site: Site
    plan: Plan
    oracle: Oracle = field(init=False)
    report: Report = field(init=False)

    def __post_init__(self) -> None:
        self.oracle, self.report = Oracle(self.site), Report(self.plan.seed)

    def run(self, segments: Iterable[range]) -> Report:
        """Send the segments' inputs, judge each, and return what came of them. A server that is gone ends it, as a finding."""
        begun = time.monotonic()
        with self.site:
            self.site.make(WATCHED, "watched")
            self.oracle.begin()
            try:
                for numbers in segments:
                    self._segment(numbers)
                self._finish()
            except (GoneError, OSError) as error:
                self.report.lost(str(error))
        self.report.seconds = time.monotonic() - begun
        return self.report

    def world(self, number: int) -> Vocabulary:
        """Make the world of a segment, have the oracle look at it, and return its words."""
        if number % BARE == BARE - 1:
            self.site.freeze(DEFAULT)
            self.oracle.look_at(DEFAULT)
            return vocabulary("", self.site.default, specs.vendors())
        table = self.site.make(ATTACKED, f"{self.plan.seed}/{number}")
        words = vocabulary(f"/worlds/{ATTACKED}", table, specs.vendors())
        self._learn(Random(f"{self.plan.seed}/words/{number}"), words)
        self.oracle.look_at(ATTACKED)
        return words

    def _learn(self, rng: Random, words: Vocabulary) -> None:
        """Call every operation that takes nothing away, and keep what was sent and came back where it succeeded."""
        for operation in [one for one in operations() if one.method != "DELETE"] * ROUNDS:
            made = draft(rng, words, operation)
            for answer in exchange(self.site.address, made.request().raw).answers:
                if 200 <= answer.status < 300:
                    self.report.operations[operation.name] = self.report.operations.get(operation.name, 0) + 1
                    made.realm.memories.append({**_texts(made.body), **_texts(made.values), **_texts(json.loads(answer.body or b"{}"))})

    def _segment(self, numbers: range) -> None:
        words = self.world(numbers.start // SEGMENT)
        for index in numbers:
            self.try_one(make(self.plan.seed, index, words, self.plan.only))
        self._rest()

    def try_one(self, tried: Input) -> None:
        """Send one input and judge what came back."""
        heard = exchange(self.site.address, tried.raw, self.oracle.patience)
        self.report.note(tried, heard, list(self.oracle.judge(tried, heard)))

    def _rest(self) -> None:
        for broken in self.oracle.rest():
            self.report.found(broken)

    def _finish(self) -> None:
        self._rest()
        start, end = self.oracle.start, self.oracle.pace()
        assert start is not None
        self.report.timed(start, end)
        for broken in self.oracle.slowed(end):
            self.report.found(broken)


def _texts(value: object) -> dict[str, str]:
    """Return the texts of a JSON object by name, those inside lists and objects left out."""
    return {flat(key): inner for key, inner in value.items() if isinstance(inner, str)} if isinstance(value, dict) else {}
