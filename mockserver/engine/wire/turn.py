"""One request's turn on its connection: the app is given the whole request, and its answer goes out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from ..delivery import HANG_UP

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Outlet(asyncio.Transport):
    """A transport as answers see it: they write, and where one is the last, the connection ends it in its own way."""

    def __init__(self, transport: asyncio.Transport, end: Callable[[], None]) -> None:
        super().__init__()
        self._transport, self._end = transport, end

    def write(self, data: Any) -> None:
        """Write to the client."""
        self._transport.write(data)

    def is_closing(self) -> bool:
        """Return whether the connection is closed or about to be."""
        return self._transport.is_closing()

    def close(self) -> None:
        """Say that the last answer has been written."""
        self._end()


class Turn(RequestResponseCycle):
    """uvicorn's cycle for a request that has arrived whole."""

    def __init__(self, protocol: HttpToolsProtocol, outlet: Outlet, scope: Any, body: bytes, *, keep_alive: bool) -> None:
        super().__init__(
            scope=scope,
            transport=outlet,
            flow=protocol.flow,
            logger=protocol.logger,
            access_logger=protocol.access_logger,
            access_log=protocol.access_log,
            default_headers=protocol.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=keep_alive,
            on_response=protocol.on_response_complete,
        )
        self._whole: bytes | None = body
        extensions: Any = self.scope.setdefault("extensions", {})
        extensions[HANG_UP] = self.hang_up

    async def run_asgi(self, app: Any) -> None:
        """Have app answer. Who still waits for an answer when the server ends is hung up on: nothing has failed."""

        async def to_its_end(scope: Any, receive: Any, send: Any) -> None:
            try:
                await app(scope, receive, send)
            except asyncio.CancelledError:
                self.hang_up()

        await super().run_asgi(to_its_end)

    def hang_up(self) -> None:
        """Close the connection, with the answer as far as it has been written; what came before it is sent. What is sent after this is dropped."""
        self.disconnected = True
        self.transport.close()

    async def receive(self) -> Any:
        """Return the body, and after it that the client has left, once it has or has been answered."""
        if self._whole is not None:
            body, self._whole = self._whole, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self.message_event.wait()
        return {"type": "http.disconnect"}
