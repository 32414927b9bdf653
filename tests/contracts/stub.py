"""Small HTTP servers that tests answer from: in threads, on free loopback ports, ended with the block."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

METHODS = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH")
# Of one hop alone, or for the server to write anew.
OF_ONE_HOP = {"connection", "content-length", "date", "host", "keep-alive", "server", "transfer-encoding"}


@dataclass(frozen=True)
class Request:
    """What came in. path: as it was sent, not decoded. headers: names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b""
    media: str | None = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def reply(status: int, body: Any = None, **headers: str) -> Reply:
    """A JSON answer, or one without a body."""
    return Reply(status, b"" if body is None else json.dumps(body).encode(), None if body is None else "application/json", headers)


@dataclass
class Stub:
    """A server that runs. seen: every request, in order."""

    url: str
    seen: list[Request]


@contextmanager
def stub(answer: Callable[[Request], Reply]) -> Iterator[Stub]:
    """A server that answers each request with answer(request)."""
    seen: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # One packet an answer: two would wait for each other.
        wbufsize = 65536

        def serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            request = Request(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            seen.append(request)
            made = answer(request)
            self.send_response(made.status)
            for name, value in made.headers.items():
                self.send_header(name, value)
            if made.media is not None:
                self.send_header("Content-Type", made.media)
            if made.status != 204:
                self.send_header("Content-Length", str(len(made.body)))
            self.end_headers()
            self.wfile.write(made.body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    for method in METHODS:
        setattr(Handler, f"do_{method}", Handler.serve)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        # The poll is how long the end may take.
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield Stub(f"http://127.0.0.1:{server.server_address[1]}", seen)
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def forwarding(to: str) -> Iterator[Stub]:
    """A proxy in front of the server at `to`, which counts what goes through it."""
    with httpx.Client(trust_env=False, timeout=60) as client:

        def forward(request: Request) -> Reply:
            headers = {name: value for name, value in request.headers.items() if name not in OF_ONE_HOP}
            found = client.request(request.method, to + request.path, headers=headers, content=request.body)
            kept = {name: value for name, value in found.headers.items() if name not in OF_ONE_HOP | {"content-type"}}
            return Reply(found.status_code, found.content, found.headers.get("content-type"), kept)

        with stub(forward) as running:
            yield running
