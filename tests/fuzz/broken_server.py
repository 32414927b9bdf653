"""A small server with one fault, so that a test can see the oracle find it. It keeps worlds and answers as the control API does."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .known import ATTACKED, WATCHED
from .site import DEFAULT, Site

API = "/_mock/api/worlds"
SLOW = 0.03


class Worlds(http.server.ThreadingHTTPServer):
    """The server: a list of words a world, which POST /worlds/NAME/words adds to. fault: what is wrong with it."""

    daemon_threads = True

    def __init__(self, fault: str, log: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.fault, self.log, self.tried = fault, log, 0
        self.worlds: dict[str, list[str]] = {DEFAULT: [], ATTACKED: [], WATCHED: []}


class Handler(http.server.BaseHTTPRequestHandler):
    """Right in all but the fault. A word is taken from whom calls himself a friend, and refused from others."""

    protocol_version = "HTTP/1.1"
    server: Worlds

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        name = path.removeprefix(f"{API}/").removesuffix("/snapshot")
        if name in self.server.worlds:
            self.answer(200, {"name": name, "state": self.server.worlds[name]})
        elif path == "/_mock/api/health":
            if self.server.fault == "slow" and self.server.tried:
                time.sleep(SLOW)
            self.answer(200, {"status": "ok"})
        elif self.server.fault == "swapped" and path == "/nothing-is-here" and self.server.tried:
            self.answer(200, {"status": "ok"})
        else:
            self.answer(404, {})

    def do_DELETE(self) -> None:
        self.answer(409, {})

    def do_POST(self) -> None:
        self.server.tried += 1
        word = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        world, fault = self.path.split("/")[2], self.server.fault
        friend = self.headers.get("Authorization") == "Bearer friend"
        if friend or fault == "changes-state":
            self.server.worlds[world].append(word)
        if fault == "changes-the-world-beside":
            self.server.worlds[WATCHED].append(word)
        if fault == "silent":
            time.sleep(3)
        if fault == "traceback":
            with self.server.log.open("a") as log:
                log.write("ERROR: a bug\nTraceback (most recent call last):\n  …\nValueError: a bug\n")
        if fault == "no-http":
            self.wfile.write(b"sorry\r\n\r\n")
            self.close_connection = True
            return
        status = int(fault) if fault.isdecimal() else 200 if friend else 401
        self.answer(status, {"words": len(self.server.worlds[world])})
        if fault == "two-answers":
            self.answer(200, {})

    def answer(self, status: int, body: Any) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing: the test's log is for tracebacks."""


@contextlib.contextmanager
def broken_server(fault: str, folder: Path) -> Iterator[Site]:
    """A server with this fault on a free port, as a site to attack. fault: "" for none."""
    log = folder / "log"
    log.touch()
    with Worlds(fault, log) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            with Site(f"http://127.0.0.1:{server.server_port}", log, {}) as site:
                yield site
        finally:
            server.shutdown()
            thread.join()
