"""A relay before a server: it passes every byte on as it is, and keeps the requests."""

from __future__ import annotations

import contextlib
import selectors
import socket
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Sent:
    """One request as it came over the wire."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The value of a header, by its name in lower case."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


def read(raw: bytes) -> Sent:
    head, _, body = raw.partition(b"\r\n\r\n")
    line, *rest = head.decode("latin-1").split("\r\n")
    method, target, _ = line.split(" ")
    named = (text.split(":", 1) for text in rest)
    return Sent(method, target, tuple((name, value.strip()) for name, value in named), body)


class Recorder(socketserver.ThreadingTCPServer):
    """Relays to a host and port. requests: what came, one a connection, in the order of their connections' ends."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, url: str) -> None:
        super().__init__(("127.0.0.1", 0), Relay)
        where = urlsplit(url)
        self.upstream = (where.hostname or "", where.port or 0)
        self.requests: list[Sent] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Relay(socketserver.BaseRequestHandler):
    server: Recorder
    request: socket.socket

    def handle(self) -> None:
        came = bytearray()
        with socket.create_connection(self.server.upstream, timeout=20) as upstream, selectors.DefaultSelector() as ready:
            ready.register(self.request, selectors.EVENT_READ, (upstream, came))
            ready.register(upstream, selectors.EVENT_READ, (self.request, bytearray()))
            while events := ready.select(timeout=20):
                chunks = [(key, key.fileobj.recv(65536)) for key, _ in events if isinstance(key.fileobj, socket.socket)]
                for key, chunk in chunks:
                    key.data[1].extend(chunk)
                    key.data[0].sendall(chunk)
                if not all(chunk for _, chunk in chunks):
                    break
        if came:
            self.server.requests.append(read(bytes(came)))


@contextlib.contextmanager
def recording(url: str) -> Iterator[Recorder]:
    with Recorder(url) as recorder:
        thread = threading.Thread(target=recorder.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield recorder
        finally:
            recorder.shutdown()
            thread.join(5)
