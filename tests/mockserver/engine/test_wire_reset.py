"""A client that resets its connection at the moment of its answer's end: nothing fails."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from ownership_contracts.mockserver.engine.wire.protocol import Wire
from starlette.types import Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState

RESET = struct.pack("ii", 1, 0)
LAST = b"HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def test_a_reset_between_the_answer_and_the_end_of_its_connection_is_no_error() -> None:
    told: list[dict[str, Any]] = []
    failed: list[Exception] = []

    async def play() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context))
        client = socket.socket()
        done = asyncio.Event()

        async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.close()
            try:
                await send({"type": "http.response.body", "body": b""})
            except OSError as error:
                failed.append(error)
            done.set()

        config = Config(app, http=Wire, log_config=None)
        config.load()
        state = ServerState()
        server = await asyncio.get_running_loop().create_server(lambda: Wire(config=config, server_state=state, app_state={}), "127.0.0.1", 0)
        async with server:
            await asyncio.to_thread(client.connect, server.sockets[0].getsockname())
            client.sendall(LAST)
            await asyncio.wait_for(done.wait(), 10)
            await asyncio.sleep(0)

    asyncio.run(play())
    assert not failed
    assert not told
