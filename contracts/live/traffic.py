"""What goes out and comes back while a row is played, as far as it tells whether the deployment is there and knows who asks."""

from __future__ import annotations

import time
from http import HTTPStatus

import httpx

from ..again import NOT_THERE
from ..unavailable import Unavailable
from .pace import Spent
from .resource import EFFECT, NONE

AWAY = frozenset(NOT_THERE)
"""What is answered in the place of a deployment that is not there, or not for us."""
REFUSING = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class Traffic(httpx.BaseTransport):
    """Passes requests to `onward`. sent, answered: how many since `begin`. refused: the headers of those that were refused for who asked.

    last: the moment of the last of them. changed: whether one may have changed something. failure: what came in place of the last answer.
    spent: that the run's limits are, once they are.
    """

    def __init__(self, onward: httpx.BaseTransport) -> None:
        self.onward = onward
        self.spent: Spent | None = None
        self.begin()

    def begin(self) -> None:
        """Forget what has been."""
        self.sent = self.answered = 0
        self.refused: list[dict[str, str]] = []
        self.last = float("-inf")
        self.changed = False
        self.failure = ""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it. Unavailable: it was not sent. httpx.HTTPError."""
        reads = request.extensions.get(EFFECT) == NONE
        try:
            answer = self.onward.handle_request(request)
        except Spent as spent:
            self.spent = spent
            raise
        except Unavailable:
            raise
        except httpx.HTTPError as error:
            self.sent += 1
            self.changed |= not reads
            self.failure = f"{type(error).__name__}: {error}"
            raise
        self.sent += 1
        self._note(request, answer, reads=reads)
        return answer

    def close(self) -> None:
        """Close what lies behind."""
        self.onward.close()

    def _note(self, request: httpx.Request, answer: httpx.Response, *, reads: bool) -> None:
        if answer.status_code in AWAY:
            self.failure = f"status {answer.status_code}"
        else:
            self.answered += 1
        if answer.status_code in REFUSING:
            self.refused.append(dict(request.headers))
            self.last = time.monotonic()
        else:
            self.changed |= not reads
