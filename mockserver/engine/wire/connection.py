"""One client's connection: whose turn it is, how long it may last, and how it ends."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ..neutral import neutral, send_reply
from .turn import Outlet, Turn

MOST_DRAINED = 8 * 1024 * 1024
"""How many bytes of what is not taken are read and thrown away, so that its sender can read why."""
LINGER = 2.0
"""For how many seconds they are, once the last answer has been written."""
SPARE = 32
"""How many connections over the bound are told so; further ones are closed without a word."""
log = logging.getLogger(__name__)


def refusal(kind: str, detail: str) -> ASGIApp:
    """Return an app that gives one answer of protocol.yaml."""

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send_reply(neutral(kind, detail), send)

    return app


class Connection(HttpToolsProtocol):
    """uvicorn's protocol with turns and an end of its own; what its bytes mean is the subclass's to say.

    Of uvicorn's settings, timeout_keep_alive is how many seconds a request may take to arrive, an answer to be read, and a client to do
    anything at all; limit_concurrency is how many connections there may be.
    """

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.outlet: Outlet
        self.timer: asyncio.TimerHandle | None = None
        self.deadline = 0.0
        # A request has begun to arrive and is not whole.
        self.arriving = False
        # Nothing more is taken: the last turn has been given away.
        self.deaf = False
        # There is more to come than will be taken, and to close on it could lose the answer.
        self.unread = False
        self.drained = 0
        # The client sends no more; the last answer has been written.
        self.gone = self.ended = False

    def parse(self, data: bytes) -> None:
        """Take what has come."""
        raise NotImplementedError

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to listen, or say that there are too many connections."""
        super().connection_made(transport)
        self.outlet = Outlet(transport, self._end)
        self.expect()
        self.timer = self.loop.call_later(self.timeout_keep_alive, self._on_timer)
        over = len(self.connections) - (self.limit_concurrency or len(self.connections))
        if over > SPARE:
            transport.abort()
        elif over > 0:
            self.refuse("too_many_connections", "Close some connections, or come back later.")

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        super().connection_lost(exc)
        self.deaf = True
        self.pipeline.clear()
        if self.timer is not None:
            self.timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Take what has come, or throw it away, up to the bound."""
        if not self.deaf:
            self.parse(data)
            return
        self.unread = True
        self.drained += len(data)
        if self.drained > MOST_DRAINED:
            if self.ended:
                self.transport.abort()
            else:
                self.flow.pause_reading()

    def eof_received(self) -> bool | None:  # type: ignore[override]  # asyncio takes both
        """Let the answers that are due go out; a request that breaks off here is dropped. TLS knows no half of a connection."""
        if self.ended or not self.busy() or self.scheme == "https":
            return None
        self.deaf = self.gone = True
        self.arriving = self.unread = False
        return True

    def resume_writing(self) -> None:
        """Go on: the client reads."""
        super().resume_writing()
        self.expect()

    def busy(self) -> bool:
        """Return whether a request is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def expect(self) -> None:
        """Give the client the whole time once more."""
        self.deadline = self.loop.time() + self.timeout_keep_alive

    def refuse(self, kind: str, detail: str) -> None:
        """Answer with a key of protocol.yaml after the answers that are due, and take nothing more."""
        if self.deaf:
            return
        log.info("refused: %s", detail)
        method = self.scope.get("method", "") if self.arriving else ""
        self.take_turn({"type": "http", "method": method}, b"", refusal(kind, detail), keep_alive=False)
        self.unread = True

    def take_turn(self, scope: Any, body: bytes, app: Any, *, keep_alive: bool) -> None:
        """Have app answer a request, once those before it are answered. Without keep_alive it is the last."""
        self.arriving, self.deaf = False, not keep_alive
        turn = Turn(self, self.outlet, scope, body, keep_alive=keep_alive)
        if self.busy():
            self.flow.pause_reading()
            self.pipeline.appendleft((turn, app))
        else:
            self._start(turn, app)

    def _start(self, turn: Any, app: Any) -> None:
        self.cycle = turn
        self.expect()
        task = self.loop.create_task(turn.run_asgi(app))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    def on_response_complete(self) -> None:
        """Go on with the next request, which may have come already."""
        self.server_state.total_requests += 1
        if self.ended or self.transport.is_closing():
            return
        self.expect()
        if self.pipeline:
            self._start(*self.pipeline.pop())
        elif self.gone:
            self.transport.close()
        else:
            self.flow.resume_reading()

    def _end(self) -> None:
        self.ended = self.deaf = True
        # A socket that is closed with bytes unread takes the answer back. TLS cannot say that no more will be sent, and a client may wait for that.
        says_so = self.transport.can_write_eof()
        if self.gone or self.transport.is_closing() or self.drained > MOST_DRAINED or not (self.unread or says_so):
            self.transport.close()
            return
        if says_so:
            try:
                self.transport.write_eof()
            except OSError:
                # The client reset the connection after the answer was written and before the loop was told.
                self.transport.abort()
                return
        self.flow.resume_reading()
        if self.timer is not None:
            self.timer.cancel()
        self.timer = self.loop.call_later(LINGER, self.transport.abort)

    def _on_timer(self) -> None:
        left = self.deadline - self.loop.time()
        if left <= 0:
            left = self.timeout_keep_alive
            if self.transport.is_closing() or (self.busy() and self.flow.write_paused):
                self.transport.abort()
            elif self.arriving and not self.busy():
                self.refuse("request_timeout", f"A request is to arrive within {self.timeout_keep_alive} seconds.")
            elif not self.busy():
                self.transport.close()
        self.timer = self.loop.call_later(left, self._on_timer)
