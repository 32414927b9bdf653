"""What is no verdict yet: a row that failed and may be asked again, and an answer of something before a deployment that was not there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from http import HTTPStatus

from .case import Case
from .contract import Answer, operations
from .kept import GivenFailed, excerpt
from .live.resource import NONE, SAFE
from .live.retry import Busy
from .live.suited import effect_of
from .probe import PROBE
from .result import Finding, Result, Verdict
from .unavailable import Unavailable
from .wait import WAIT

TIMES = 2
"""How often a row is asked again at most."""
NOT_THERE = {
    HTTPStatus.BAD_GATEWAY: "what stands before it has no answer of it",
    HTTPStatus.SERVICE_UNAVAILABLE: "it does not serve now",
    HTTPStatus.GATEWAY_TIMEOUT: "what stands before it waited for it in vain",
    HTTPStatus.TOO_MANY_REQUESTS: "it takes no more requests for now (`limits` of the target file slow a run down)",
}


def require_there(answer: Answer, findings: Iterable[Finding], where: str) -> None:
    """Return unless the answer says that the deployment was not there, and a row expected another one: that shows nothing. GivenFailed."""
    if answer.status in NOT_THERE and not all(finding.holds for finding in findings):
        why = NOT_THERE[HTTPStatus(answer.status)]
        raise GivenFailed(f"{where}: the deployment was not there: status {answer.status}, {why}: {excerpt(answer)}".removesuffix(": "))


def repeatable(case: Case) -> bool:
    """Return whether to ask the row again changes nothing, whatever the deployment makes of it."""
    around = (step for step in (*case.given, *case.then) if not {WAIT, PROBE} & step.keys())
    return (case.effect == NONE or _method(case) in SAFE) and all(effect_of(case, step) == NONE for step in around)


def _method(case: Case) -> str:
    return operations(case.vendor)[case.step["call"]].method if "call" in case.step else str(case.step["send"]["method"])


def settled(case: Case, play: Callable[[], Result], begin_again: Callable[[], None]) -> Result:
    """Return what the row comes to; where it fails or is an error, and may be asked again, that it is flaky if it holds then.

    play: plays it. begin_again: forgets what it has come to, and is called before each further time.
    Unavailable, Busy: it cannot be played at all, or not for now; who is asked to wait does not ask again.
    """
    first = play()
    tried = [first]
    while _missed(tried[-1]) and len(tried) <= TIMES and repeatable(case):
        begin_again()
        try:
            tried.append(play())
        except (Unavailable, Busy) as reason:
            return replace(_worst(tried), notes=(*first.notes, f"it could not be asked again: {reason}"))
    return _worst(tried) if _missed(tried[-1]) else _flaky(tried)


def _missed(result: Result) -> bool:
    return result.verdict in (Verdict.FAIL, Verdict.ERROR)


def _worst(tried: list[Result]) -> Result:
    """Return the failure that was seen, or else the error."""
    return next((result for result in tried if result.verdict is Verdict.FAIL), tried[0])


def _flaky(tried: list[Result]) -> Result:
    """Return the last, which holds, as flaky if one before it did not."""
    *missed, last = tried
    if not missed:
        return last
    outcomes = [f"try {number}: {one.verdict}: {one.reason}".removesuffix(": ") for number, one in enumerate(tried, 1)]
    return replace(
        _worst(missed),
        verdict=Verdict.FLAKY,
        reason="; ".join(outcomes),
        trace=tuple(line for number, one in enumerate(tried, 1) for line in (f"try {number}, {one.verdict}:", *one.trace)),
    )
