"""Listens, says so, serves until it is told to end."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from ..unable import RunError

KEEP_ALIVE = 75
"""Seconds that a client's connection is kept without a request."""
GRACE = 3
"""Seconds that exchanges have to come to their end when the proxy is told to end."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that is bound to the address. RunError."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listening = socket.socket(family, kind, proto)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        raise RunError(f"cannot listen on {host} port {port}: {error.strerror or error}; choose another with --host or --port") from None
    return listening


def origin(host: str, listening: socket.socket) -> str:
    """Return the URL at which clients of this machine reach the socket."""
    address, port = listening.getsockname()[:2]
    named = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(address, host if ":" not in host else f"[{host}]")  # noqa: S104 - read, not bound
    return f"http://{named}:{port}"


def serve(app: Any, listening: socket.socket, ready: str, *, until_eof: bool) -> None:
    """Serve until SIGINT or SIGTERM, or until standard input ends. ready: what to print once it answers."""
    # What uvicorn says of broken requests and unfinished answers is answered, or told by this proxy itself.
    said = logging.getLogger("uvicorn.error")
    said.setLevel(logging.ERROR)
    said.addFilter(lambda record: "without completing response" not in record.msg)
    config = uvicorn.Config(
        app,
        # It reads a request's body also where another protocol is offered for its connection, and speaks to clients of HTTP/1.0.
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        # Who asks is told to the deployment; what a client says of that is not taken for it.
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
    )
    server = _Ready(config, lambda: print(ready, flush=True))
    if until_eof:
        threading.Thread(target=_end_at_eof, args=(server,), daemon=True).start()
    server.run(sockets=[listening])


class _Ready(uvicorn.Server):
    """A uvicorn server that says when it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End on SIGINT and SIGTERM; uvicorn's own would raise the signal once more at the end, before the sums are told."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self._ready()


def _end_at_eof(server: uvicorn.Server) -> None:
    # The descriptor and not sys.stdin, whose lock this thread would hold when the interpreter ends for another reason.
    while os.read(sys.stdin.fileno(), 4096):
        pass
    server.should_exit = True
