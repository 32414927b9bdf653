"""What is looked at before a run: whether the deployment is there, whose credentials these are, and whether it is what the target file describes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

import httpx

from ..columns import column
from ..target import Target, TargetError
from ..targets.document import Path, named
from ..unavailable import Unavailable
from .identity import Refused
from .keyring import INSTEAD
from .retry import moment
from .traffic import AWAY
from .watch import Watch

GRANULARITY = 0.5
"""Seconds by which a Date header may be wrong: it tells whole ones."""
MEANT = 2.0
"""Seconds of difference that are worth no word."""
SILENT = 2
"""After so many questions in a row without an answer no more are asked."""
UNREAD = "not checked: "


class State(StrEnum):
    """What a line of a preflight says: it is so, it is so by a login alone, it is not, or nobody can tell."""

    OK = "ok"
    INSTEAD = "signed in instead"
    WRONG = "wrong"
    UNREAD = "not checked"


@dataclass(frozen=True)
class Line:
    """at: the field of the target file. what: what was looked at there. says: how it was seen, or why not. mend: what to do."""

    at: str
    what: str
    state: State
    says: str = ""
    mend: str = ""

    def __str__(self) -> str:
        """Tell it in one line."""
        return f"{self.at}, {self.what}: {self.says}" + (f"; {self.mend}" if self.mend else "")


def preflight(target: Target, watch: Watch, vendors: Sequence[str]) -> tuple[Line, ...]:
    """Return a line for all that can be looked at without a change to the deployment; of one that is not there the first alone."""
    reached = tuple(_reached(target, watch))
    if any(line.state is State.WRONG for line in reached):
        return reached
    return (*reached, *_Asked(watch).lines(target, vendors))


def wrong(lines: Sequence[Line]) -> list[Line]:
    """Return those that a run cannot begin with."""
    return [line for line in lines if line.state is State.WRONG]


def require_ready(target: Target, watch: Watch, vendors: Sequence[str]) -> None:
    """Return if the target is ready for a run. TargetError: with every line that is not right."""
    failed = wrong(preflight(target, watch, vendors))
    if failed:
        raise TargetError(f"{target.base_url} is not ready for a run, and nothing was played:\n" + "\n".join(f"- {line}" for line in failed))


def _reached(target: Target, watch: Watch) -> Iterator[Line]:
    at, what = "base_url", f"{target.base_url} answers"
    before = time.time()
    try:
        answer = watch.ask("GET", "/")
    except (httpx.HTTPError, Unavailable) as error:
        yield Line(at, what, State.WRONG, f"it does not answer: {_told(error)}", _mend(error))
        return
    after = time.time()
    if answer.status_code in AWAY:
        yield Line(at, what, State.WRONG, f"it is not there: status {answer.status_code}", "try again when it is up")
        return
    yield Line(at, what, State.OK, f"status {answer.status_code}")
    yield _clock(target.limits.skew, answer.headers.get("date", ""), before, after)


def _clock(allowed: float, date: str, before: float, after: float) -> Line:
    """Return how far the clocks differ. before, after: when the question was sent, and when its answer was there."""
    at, what = "limits.clock_skew", "the clocks agree"
    dated = moment(date)
    if dated is None:
        return Line(at, what, State.UNREAD, "the answer has no date")
    there = dated + GRANULARITY
    # The answer was dated somewhere between the two.
    apart, blur = there - (before + after) / 2, (after - before) / 2 + GRANULARITY
    told = f"the deployment's is {abs(apart):.0f} s {'ahead' if apart > 0 else 'behind'}"
    if abs(apart) - blur > allowed:
        mend = f"{allowed:g} s are allowed: set the clock that is wrong, or `clock_skew` in [limits]"
        return Line(at, what, State.WRONG, told, mend)
    return Line(at, what, State.OK, told if abs(apart) > blur + MEANT else "")


class _Asked:
    """Asks one question after the other, until nobody answers any more."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._silent = 0

    def lines(self, target: Target, vendors: Sequence[str]) -> Iterator[Line]:
        keys, ask = self._watch.keys, self._watch.ask
        for vendor in vendors:
            mine = keys.of_vendor(vendor)
            for key in mine:
                if not key.identity.of_many:
                    yield self._line((vendor, *key.identity.at), key.identity.who, partial(keys.prove, key))
            for check in column(vendor).checks(target.tables[vendor]):
                yield self._line((vendor, *check.at), check.what, partial(check.run, ask, keys))

    def _line(self, path: Path, what: str, look: Callable[[], str]) -> Line:
        at = named(path).removeprefix("$.")
        if self._silent >= SILENT:
            return Line(at, what, State.WRONG, "not asked: the deployment does not answer any more", "try again when it is up")
        try:
            note = self._watch.keys.masked(look())
        except httpx.HTTPError as error:
            self._silent += 1
            return Line(at, what, State.WRONG, f"it does not answer: {self._watch.keys.told(error)}", _mend(error))
        except Unavailable as reason:
            return Line(at, what, State.WRONG, self._watch.keys.told(reason))
        except Refused as refused:
            self._silent = 0
            return Line(at, what, State.WRONG, self._watch.keys.told(refused), refused.mend)
        self._silent = 0
        return _noted(at, what, note)


def _noted(at: str, what: str, note: str) -> Line:
    """Return what the note of somebody who is right comes to."""
    if note.startswith(INSTEAD):
        return Line(at, what, State.INSTEAD, note.removeprefix(INSTEAD), "renew it, or leave it out")
    return Line(at, what, State.UNREAD if note.startswith(UNREAD) else State.OK, note.removeprefix(UNREAD))


def _told(error: Exception) -> str:
    return str(error) or type(error).__name__


def _mend(error: Exception) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "name the CA that it comes from as `ca` in the target file"
    return "is base_url right, and the deployment up? `proxy`, `client_certificate` and `limits` of the target file say how it is asked"
