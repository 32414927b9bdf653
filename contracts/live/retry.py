"""Which request is sent again: one that was refused for now, that never left, or that changes nothing."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from .pace import Pace
from .resource import SAFE

TRIES = "tries"
"""An answer's extension: how often its request was sent."""
MOST = 3
LONGEST = 60.0
"""Seconds that are waited for one try at the most."""
UNTOLD = 1.0
"""Seconds before the second try where the server says none; twice as many before the third."""
BROKEN = 0.25
"""As many after a connection that failed."""

UNSENT = (httpx.ConnectError, httpx.ConnectTimeout)
"""Failures of a request that never left."""
_LOST = (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)
_DIGITS = re.compile(r"[0-9]{1,18}")


class Busy(httpx.TransportError):
    """The server refuses requests for longer, or more often, than a run waits; the message says what it asks for."""


class Patient(httpx.BaseTransport):
    """Sends each request at its pace, and again where that is safe, MOST times in all; the answer's extension TRIES tells how often.

    After a 429 every request: it was refused. After a 503 that names a time, or a connection that broke off, one that changes nothing. After a
    connection that did not come about every one, but none any more while the server is down: a run would wait for each of its rows.
    """

    def __init__(self, inner: httpx.BaseTransport, pace: Pace, longest: float = LONGEST) -> None:
        self._inner = inner
        self._pace = pace
        self._longest = longest
        self._down = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer. Busy, httpx.TransportError, Spent."""
        # Anything else can be read once alone.
        most = MOST if isinstance(request.stream, httpx.ByteStream) else 1
        number = 0
        while True:
            number += 1
            self._pace.take()
            try:
                answer = self._inner.handle_request(request)
            except (*UNSENT, *_LOST) as error:
                unsent = isinstance(error, UNSENT)
                if number == most or self._down or not (unsent or request.method in SAFE):
                    self._down = unsent
                    raise
                self._pace.pause(BROKEN * 2 ** (number - 1))
                continue
            self._down = False
            answer.extensions[TRIES] = number
            if not _asks_to_wait(request, answer) or (number == most and answer.status_code != httpx.codes.TOO_MANY_REQUESTS):
                return answer
            answer.close()
            self._pause(answer, number, most)

    def close(self) -> None:
        """End the connections."""
        self._inner.close()

    def _pause(self, answer: httpx.Response, number: int, most: int) -> None:
        asked = retry_after(answer)
        told = f"the server answered {answer.status_code} and asks " + ("for no time" if asked is None else f"to wait {asked:,.0f} s (Retry-After)")
        if number == most:
            raise Busy(f"{told}; it was asked {number} times")
        wait = UNTOLD * 2 ** (number - 1) if asked is None else asked
        longest = max(0.0, min(self._longest, self._pace.left()))
        if wait > longest:
            raise Busy(f"{told}; {longest:,.0f} s are waited at the most")
        self._pace.pause(wait)


def _asks_to_wait(request: httpx.Request, answer: httpx.Response) -> bool:
    if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        return request.method in SAFE and retry_after(answer) is not None
    return answer.status_code == httpx.codes.TOO_MANY_REQUESTS


def retry_after(answer: httpx.Response) -> float | None:
    """Return how many seconds the answer asks to wait, None where it does not say so as RFC 9110 has it. A time is counted from the answer's own."""
    told = answer.headers.get("retry-after", "").strip()
    if _DIGITS.fullmatch(told):
        return float(told)
    until = moment(told)
    if until is None:
        return None
    # The server's clock need not be this machine's.
    return max(0.0, until - (moment(answer.headers.get("date", "")) or time.time()))


def moment(told: str) -> float | None:
    """Return the time that a header tells, None where it tells none; where it names no zone, it is UTC."""
    try:
        found: datetime = parsedate_to_datetime(told)
    except (ValueError, OverflowError, IndexError):
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
