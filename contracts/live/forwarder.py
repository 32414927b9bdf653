"""Passes on what another program sends: on loopback, by a run's own way out, and with credentials that the program itself never sees."""

from __future__ import annotations

import secrets
import threading
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Self

import httpx

from ..unavailable import Unavailable
from .resource import FIXTURE, NONE, SAFE, meaning
from .traffic import AWAY

Fields = list[tuple[str, str]]
_OWN = frozenset({"host", "connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding", "accept-encoding", "server", "date"})
"""Headers of one hop, or of how a body is coded on it: each side has its own."""


@dataclass(frozen=True)
class Sent:
    """A request that was passed on, with its answer. headers: with the stand-ins in the place of credentials."""

    method: str
    target: str
    headers: Fields
    content: bytes
    answer: httpx.Response


class StandIns:
    """Credentials in the place of a deployment's own, which are worth nothing anywhere else."""

    def __init__(self) -> None:
        self._meant: dict[str, str] = {}

    def of(self, credential: Mapping[str, str]) -> dict[str, str]:
        """Return what stands for a credential, in Schemathesis's terms: a bearer, or a username and a password."""
        drawn = {name: secrets.token_hex(16) for name in credential}
        self._meant[_header(drawn)] = _header(credential)
        return drawn

    def meant(self, value: str) -> str:
        """Return the Authorization header that one stands for; another as it is."""
        return self._meant.get(value, value)


def _header(credential: Mapping[str, str]) -> str:
    if "bearer" in credential:
        return f"Bearer {credential['bearer']}"
    return "Basic " + b64encode(f"{credential['username']}:{credential['password']}".encode()).decode()


@dataclass
class Forwarder:
    """A server on loopback until the end of its block. client: what requests go on with. base_url: where they go.

    heard: told of each that was answered. unsent: the header by which an answer of its own says why a request was not sent, or not answered.
    by: who the ledger says that it was. why: how often each of these reasons came.
    """

    client: httpx.Client
    base_url: str
    heard: Callable[[Sent], None]
    stand_ins: StandIns
    unsent: str
    by: str
    why: Counter[str] = field(default_factory=Counter)

    def __enter__(self) -> Self:
        """Begin to serve."""
        # Whoever else is on this machine could send with credentials that are not his.
        self._below = f"/{secrets.token_hex(16)}"
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.forwarder = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Serve no more; a request that is under way comes to its end."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Where the deployment's paths begin here. Elsewhere nothing is passed on."""
        return f"http://127.0.0.1:{self._server.server_port}{self._below}"

    def answer(self, method: str, path: str, headers: Iterable[tuple[str, str]], content: bytes) -> tuple[int, Fields, bytes]:
        """Return the status, the headers and the body of what is answered to a request."""
        if not path.startswith(f"{self._below}/"):
            return 404, [], b""
        kept = [(name, value) for name, value in headers if name.lower() not in _OWN]
        meant = [(name, self.stand_ins.meant(value) if name.lower() == "authorization" else value) for name, value in kept]
        target = path.removeprefix(self._below)
        told = meaning(NONE if method in SAFE else FIXTURE, self.by, self.by)
        try:
            answer = self.client.request(method, self.base_url + target, headers=meant, content=content, extensions=told)
        except Unavailable as reason:
            return self._unsent(f"not sent: {reason}")
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            return self._unsent(f"not answered: {type(error).__name__}: {error}")
        if answer.status_code in AWAY:
            # What stands before the deployment says so: of its own there is nothing to judge.
            return self._unsent(f"not answered: status {answer.status_code}")
        self.heard(Sent(method, target, kept, content, answer))
        return answer.status_code, [(name, value) for name, value in answer.headers.multi_items() if name.lower() not in _OWN], answer.content

    def _unsent(self, why: str) -> tuple[int, Fields, bytes]:
        self.why[why] += 1
        return 503, [(self.unsent, "1")], b""


class _Server(HTTPServer):
    forwarder: Forwarder

    def handle_error(self, *_: object) -> None:
        """Say nothing of one who sent no request."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    # One at a time: nobody may hold the others up, nor the end.
    timeout = 5.0

    def _pass(self) -> None:
        content = self.rfile.read(int(self.headers.get("content-length", 0)))
        status, headers, body = self.server.forwarder.answer(self.command, self.path, self.headers.items(), content)
        # HTTP/1.0, as the handler speaks it: each request has a connection of its own, which ends with its answer.
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _pass  # noqa: N815 - http.server's names

    def log_message(self, *_: object) -> None:
        """Say nothing."""
