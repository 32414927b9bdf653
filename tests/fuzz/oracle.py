"""What must hold after each input."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from .inputs import Input
from .known import KNOWN, WATCHED
from .site import DEFAULT, Site
from .wire import PATIENCE, Answer, Heard, exchange

ALLOWED_5XX = frozenset({503})
"""Statuses over 499 that a server may answer: that it is over its bounds."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing even where they succeed."""
BEGINS = "/auth/self-service/login/api"
"""The one path at which a safe method makes something: a login is begun."""
SLOWER, BY = 3.0, 0.01
"""A server has become slow when its fastest answer takes this many times what it took, and so many seconds longer.

The fastest and not the median: a machine that is busy with other things makes some answers slow, but not all.
"""
SAMPLE = 60


@dataclass(frozen=True)
class Broken:
    """One thing that did not hold.

    check: answer-5xx, no-http, silent, other-answer, state-changed, watched-changed, known-answer, traceback, slow, gone.
    """

    check: str
    told: str


@dataclass(frozen=True)
class Pace:
    """How long a known request took on connections of its own, in seconds."""

    median: float
    fastest: float


@dataclass
class Oracle:
    """The memory of one server's worlds, against which each input is judged. world: the one that the inputs address."""

    site: Site
    patience: float = PATIENCE
    world: str = DEFAULT
    known: tuple[Answer, ...] = ()
    start: Pace | None = None
    _state: bytes = b""
    _watched: bytes = b""

    def begin(self) -> None:
        """Learn the known requests' answers, the watched world's state, and how quickly the server answers."""
        self._watched = self.site.state(WATCHED)
        self.known = tuple(exchange(self.site.address, raw).answers[0] for raw in KNOWN)
        self.start = self.pace()

    def look_at(self, world: str) -> None:
        """Judge by this world from now on, as it is now."""
        self.world, self._state = world, self.site.state(world)

    def judge(self, tried: Input, heard: Heard) -> Iterator[Broken]:
        """Yield what this input broke, once its answers are here."""
        yield from self._answers(heard)
        yield from self._order(tried, heard)
        before, self._state = self._state, self.site.state(self.world)
        if before != self._state and (not accepted(tried, heard) or _asks_for_nothing(heard)):
            yield Broken("state-changed", f"{self.world}: {difference(before, self._state)}")
        logged = self.site.printed()
        if "Traceback" in logged:
            yield Broken("traceback", " | ".join(logged.split("Traceback", 1)[1].strip().splitlines()[-2:]))

    @staticmethod
    def _answers(heard: Heard) -> Iterator[Broken]:
        for answer in heard.answers:
            if answer.status >= 500 and answer.status not in ALLOWED_5XX:
                yield Broken("answer-5xx", str(answer))
        if heard.fault is not None:
            yield Broken("no-http", heard.fault)
        if heard.ended == "silent":
            yield Broken("silent", f"after {len(heard.answers)} answers the connection stays open and nothing more comes")

    def _order(self, tried: Input, heard: Heard) -> Iterator[Broken]:
        """The answers before the first spoilt part are the known ones, and so is the last where every request was answered."""
        for number, (part, answer) in enumerate(zip(tried.parts, heard.answers, strict=False)):
            if not isinstance(part, int):
                break
            if not self._is(part, answer):
                yield Broken("other-answer", f"answer {number + 1} is not its own request's, but {answer}")
        asked, tail = heard.asked, tried.parts[-1]
        if len(heard.answers) > asked.most:
            yield Broken("other-answer", f"{len(heard.answers)} answers came to {len(asked.methods)} requests; the last is {heard.answers[-1]}")
        whole = asked.whole and len(heard.answers) == len(asked.methods)
        if whole and isinstance(tail, int) and _known_at_the_end(tried, heard) and not self._is(tail, heard.answers[-1]):
            yield Broken("other-answer", f"the last of {len(heard.answers)} answers is not its own request's, but {heard.answers[-1]}")

    def _is(self, number: int, answer: Answer) -> bool:
        return answer == self.known[number]

    def rest(self) -> Iterator[Broken]:
        """Yield what no single input shows: the watched world, and the known requests, each on a new connection."""
        now = self.site.state(WATCHED)
        if now != self._watched:
            yield Broken("watched-changed", difference(self._watched, now))
            self._watched = now
        for number, raw in enumerate(KNOWN):
            heard = exchange(self.site.address, raw, self.patience)
            if not heard.answers or not self._is(number, heard.answers[0]):
                yield Broken("known-answer", f"{raw[:60]!r} is answered with {', '.join(map(str, heard.answers)) or heard.ended}")

    def pace(self) -> Pace:
        """Measure how long a known request takes, once a few have warmed the server up."""
        for _ in range(SAMPLE // 4):
            exchange(self.site.address, KNOWN[0], self.patience)
        took = []
        for _ in range(SAMPLE):
            begun = time.perf_counter()
            exchange(self.site.address, KNOWN[0], self.patience)
            took.append(time.perf_counter() - begun)
        return Pace(statistics.median(took), min(took))

    def slowed(self, now: Pace) -> Iterator[Broken]:
        """Yield a finding where the server has become slow."""
        assert self.start is not None
        if now.fastest > SLOWER * self.start.fastest and now.fastest - self.start.fastest > BY:
            then, later = self.start.fastest * 1000, now.fastest * 1000
            yield Broken("slow", f"the fastest of {SAMPLE} answers took {then:.1f} ms at the start, and {later:.1f} ms at the end")


def accepted(tried: Input, heard: Heard) -> bool:
    """Return whether one of the answers to the spoilt parts is a success. The known requests change nothing, and do not count."""
    lead = next((number for number, part in enumerate(tried.parts) if not isinstance(part, int)), len(tried.parts))
    answers = heard.answers[lead:]
    if heard.asked.whole and len(heard.answers) == len(heard.asked.methods):
        answers = answers[: max(0, len(answers) - _known_at_the_end(tried, heard))]
    return any(200 <= answer.status < 300 for answer in answers)


def _asks_for_nothing(heard: Heard) -> bool:
    """Return whether no request of an input would change a thing even where it succeeds."""
    begins = any(BEGINS in unquote(target.decode("latin-1")) for target in heard.asked.targets)
    return heard.asked.whole and SAFE.issuperset(heard.asked.methods) and not begins


def _known_at_the_end(tried: Input, heard: Heard) -> int:
    """Return how many of the last requests are known ones: a spoilt one before them may have taken some for its body."""
    count = 0
    for part, target in zip(reversed(tried.parts), reversed(heard.asked.targets), strict=False):
        if not isinstance(part, int) or target != KNOWN[part].split()[1]:
            break
        count += 1
    return count


def difference(before: bytes, after: bytes) -> str:
    """Return where two states begin to differ."""
    place = next((number for number, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after)))
    start = max(0, place - 60)
    return f"{before[start : place + 80]!r} became {after[start : place + 80]!r}"


def escaped(raw: bytes, most: int = 600) -> str:
    """Return bytes as one line of ASCII: the whole, or its beginning and its end."""
    shown: Sequence[bytes] = (raw,) if len(raw) <= most else (raw[: most // 2], raw[-most // 2 :])
    return f" …{len(raw) - most} more… ".join(repr(piece)[2:-1] for piece in shown)
