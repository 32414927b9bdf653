"""A world's script: lines that act on requests, and lines that fire when the world's clock reaches a moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .clock import moment
from .match import Facts, Match
from .vendor import Reply

START = "start"
"""The state in which every script begins."""
MOST_LINES = 1000
"""How many lines a script may have."""


@dataclass(frozen=True)
class Line:
    """One line. written: as it stands in a scenario, checked; its fields are explained in the scenario's JSON Schema.

    since: from when on its `after` counts, in seconds of world time: when the world began, or the line was loaded.
    """

    name: str
    written: Mapping[str, Any]
    since: float

    @cached_property
    def match(self) -> Match | None:
        """Which requests it is about; None for a line that fires by the clock."""
        return Match(self.written["when"]) if "when" in self.written else None

    @cached_property
    def asks_state(self) -> str | None:
        """The state in which alone it acts or fires; None for any."""
        state: str | None = self.written.get("when" if self.match else "at", {}).get("state")
        return state

    @property
    def serve(self) -> bool:
        """Whether the operation runs. One whose answer is written here, or whose connection drops, does not unless the line says so."""
        return bool(self.written.get("serve", not ("answer" in self.written or self.written.get("drop"))))

    @cached_property
    def reply(self) -> Reply | None:
        """The answer that is written, if one is."""
        answer = self.written.get("answer")
        if answer is None:
            return None
        body = answer.get("body")
        media_type = None if body is None else answer.get("media_type", "application/json")
        return Reply(answer["status"], "script", body, media_type, answer.get("headers", {}))

    @property
    def next_state(self) -> str | None:
        """The state that the script is in from then on; None for the same."""
        state: str | None = self.written.get("state")
        return state

    @property
    def off_contract(self) -> bool:
        """Whether its answer may be one that the spec does not document."""
        return bool(self.written.get("off_contract"))

    def delay(self, of: str) -> float:
        """Return by how many seconds the request is late, or the answer."""
        delay = self.written.get("delay", 0)
        seconds = delay.get(of, 0) if isinstance(delay, dict) else delay if of == "answer" else 0
        return float(seconds)

    def due(self, entered: float) -> float:
        """Return when a line fires by the clock, in world time: not before it was there, nor before its state.

        entered: when the script's state was.
        """
        begins = self.since if self.asks_state is None else entered
        written = begins + self._after if self._time is None else self._time
        return max(written, begins, self.since)

    @cached_property
    def _after(self) -> float:
        return float(self.written["at"]["after"])

    @cached_property
    def _time(self) -> float | None:
        time = self.written["at"].get("time")
        return None if time is None else moment(time)


def events_of(written: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Return vendor, event and arguments of each event as a line writes them: `{VENDOR.EVENT: {…}}`."""
    return [(*name.split(".", 1), arguments) for row in written for name, arguments in row.items()]


@dataclass
class Script:
    """Lines, first those that count first, and where the story stands. since: when its state was entered, in seconds of world time.

    seen: how many requests each line has fitted; for a line that names a state, since that was entered. fired: the lines whose moment has
    passed. entries: how often a state was entered since the script was made here.

    A request that no line acts on is asked about twice: `early`, when nobody knows who calls, and `late`, when it is known to be good.
    """

    since: float
    lines: list[Line] = field(default_factory=list)
    state: str = START
    seen: dict[str, int] = field(default_factory=dict)
    fired: list[str] = field(default_factory=list)
    entries: int = field(default=0, init=False)

    def early(self, facts: Facts) -> tuple[Line | None, bool]:
        """Return the first line that acts on the request, of those that ask nothing of who calls or of the body, and count it at each that fits.

        With it, whether it has to wait for `late`: a line before it may fit, for all that is known of the request by now.
        """
        chosen, waits, before = None, False, False
        for line in self._standing():
            if line.match is None or not line.match.may_fit(facts):
                continue
            if not line.match.early:
                before = True
            elif self._count(line) and chosen is None:
                chosen, waits = line, before
        return chosen, waits

    def late(self, facts: Facts, waiting: Line | None) -> Line | None:
        """Return the first line that acts on the request, of those that `early` could not tell, and count it at each that fits.

        waiting: what `early` has returned.
        """
        chosen = None
        for line in self._standing():
            acts = line is waiting if line.match is None or line.match.early else line.match.fits(facts) and self._count(line)
            if acts and chosen is None:
                chosen = line
        return chosen

    def count_late(self, facts: Facts, entries: int) -> None:
        """Count a request that a line acts on already at the lines that `early` could not tell.

        entries: as it was when the request came. A state that was entered since counts what comes after it.
        """
        for line in self._standing():
            if line.match and not line.match.early and (line.asks_state is None or entries == self.entries) and line.match.fits(facts):
                self._count(line)

    def enter(self, state: str, now: float) -> None:
        """Move the story to a state, also to the one that it is in. The lines that name it count from the beginning, and fire anew."""
        self.state, self.since = state, now
        self.entries += 1
        anew = {line.name for line in self.lines if line.asks_state == state}
        self.seen = {name: count for name, count in self.seen.items() if name not in anew}
        self.fired = [name for name in self.fired if name not in anew]

    def due(self, now: float) -> tuple[float, Line] | None:
        """Return the line that fires next of those whose moment has come, and its moment; and reckon it as fired.

        Of two with the same moment it is the one that stands first.
        """
        fired = frozenset(self.fired)
        waiting = [(line.due(self.since), line) for line in self._standing() if line.match is None and line.name not in fired]
        first = min(waiting, key=lambda pair: pair[0], default=None)
        if first is None or first[0] > now:
            return None
        self.fired.append(first[1].name)
        return first

    def load(self, lines: Sequence[Line]) -> None:
        """Put lines before those that are there; one of the same name takes the place of the other."""
        names = {line.name for line in lines}
        self.forget(names)
        self.lines = [*lines, *self.lines]

    def forget(self, names: set[str]) -> None:
        """Drop the lines of these names, with what was counted."""
        self.lines = [line for line in self.lines if line.name not in names]
        self.seen = {name: count for name, count in self.seen.items() if name not in names}
        self.fired = [name for name in self.fired if name not in names]

    def dump(self) -> dict[str, Any]:
        """Return the script as JSON."""
        lines = [{"name": line.name, "since": line.since, "written": line.written} for line in self.lines]
        return {"state": self.state, "since": self.since, "lines": lines, "seen": dict(self.seen), "fired": list(self.fired)}

    def _standing(self) -> Iterator[Line]:
        """Yield the lines that the story's state lets act or fire."""
        return (line for line in self.lines if line.asks_state in (None, self.state))

    def _count(self, line: Line) -> bool:
        """Count a request that fits the line, and return whether it is this one's turn."""
        turn = self.seen[line.name] = self.seen.get(line.name, 0) + 1
        nth = line.written["when"].get("nth")
        if isinstance(nth, int):
            return turn == nth
        return nth is None or bool(nth.get("from", 1) <= turn <= nth.get("to", turn))
