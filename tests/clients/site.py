"""A site of its own for the page: a static server on another port, so that its pages are of another origin than the mock."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parent / "page"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def site(context: ssl.SSLContext | None = None) -> Iterator[str]:
    """The page's origin, under the name localhost. context: serve it over TLS."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(PAGE))) as server:
        if context is not None:
            # Handshakes are made by each connection's own thread: one that hangs holds up no other.
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"{'http' if context is None else 'https'}://localhost:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(5)
