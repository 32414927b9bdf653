"""A world's script: lines that act on requests, and lines that fire when the world's clock reaches a moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .match import Facts, Match
from .vendor import Reply

START = "start"
"""The state in which every script begins."""


@dataclass(frozen=True)
class Line:
    """One line. written: as it stands in a scenario, checked; its fields are explained in the scenario's JSON Schema.

    since: from when on its `after` counts, in seconds of world time: when the world began, or the line was loaded.
    """

    name: str
    written: Mapping[str, Any]
    since: float

    @property
    def match(self) -> Match | None:
        """Which requests it is about; None for a line that fires by the clock."""
        return Match(self.written["when"]) if "when" in self.written else None

    @property
    def serve(self) -> bool:
        """Whether the operation runs. One whose answer is written here, or whose connection drops, does not unless the line says so."""
        return bool(self.written.get("serve", not ("answer" in self.written or self.written.get("drop"))))

    @property
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


def events_of(written: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Return vendor, event and arguments of each event as a line writes them: `{VENDOR.EVENT: {…}}`."""
    return [(*name.split(".", 1), arguments) for row in written for name, arguments in row.items()]


@dataclass
class Script:
    """Lines, first those that count first, and where the story stands. since: when its state was entered, in seconds of world time.

    seen: how many requests each line has fitted; for a line that names a state, since that was entered. fired: the lines whose moment has passed.
    """

    since: float
    lines: list[Line] = field(default_factory=list)
    state: str = START
    seen: dict[str, int] = field(default_factory=dict)
    fired: list[str] = field(default_factory=list)

    def acting(self, facts: Facts, *, early: bool) -> Line | None:
        """Return the first line that acts on the request, and count it at each that it fits.

        early: of the lines that can be told before who calls is known, else of the others.
        """
        chosen = None
        for line in self.lines:
            match = line.match
            if match is None or match.early != early or not self._stands(match.criteria.get("state")) or not match.fits(facts):
                continue
            turn = self.seen[line.name] = self.seen.get(line.name, 0) + 1
            if chosen is None and _is_turn(match.criteria.get("nth"), turn):
                chosen = line
        return chosen

    def enter(self, state: str, now: float) -> None:
        """Move the story to a state. The lines that name it count from the beginning, and fire anew."""
        self.state, self.since = state, now
        anew = {line.name for line in self.lines if (line.written.get("when") or line.written.get("at", {})).get("state") == state}
        self.seen = {name: count for name, count in self.seen.items() if name not in anew}
        self.fired = [name for name in self.fired if name not in anew]

    def due(self, now: float) -> tuple[float, Line] | None:
        """Return the line that fires next of those whose moment has come, and its moment; and reckon it as fired."""
        waiting = [(self._moment(line), line) for line in self.lines if "at" in line.written and line.name not in self.fired]
        come = [(moment, line) for moment, line in waiting if moment is not None and moment <= now]
        if not come:
            return None
        moment, line = min(come, key=lambda pair: pair[0])
        self.fired.append(line.name)
        return moment, line

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

    def _stands(self, state: str | None) -> bool:
        return state is None or state == self.state

    def _moment(self, line: Line) -> float | None:
        """Return when the line fires, in world time; None while the story is not in its state."""
        at = line.written["at"]
        if not self._stands(at.get("state")):
            return None
        if "time" in at:
            return datetime.fromisoformat(at["time"]).timestamp()
        return float((self.since if "state" in at else line.since) + at["after"])


def _is_turn(nth: int | Mapping[str, int] | None, turn: int) -> bool:
    if isinstance(nth, int):
        return turn == nth
    return nth is None or nth.get("from", 1) <= turn <= nth.get("to", turn)
