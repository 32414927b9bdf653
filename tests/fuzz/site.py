"""One server under attack: its worlds, made and looked at through the control API, and its log."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .known import ATTACKED, WATCHED

DEFAULT = "default"
KEPT = frozenset({DEFAULT, ATTACKED, WATCHED})
API = "/_mock/api/worlds"


class GoneError(Exception):
    """The server does not answer the control API as it should."""


@dataclass
class Site:
    """A server, by its URL and the file that it logs to. default: the table of the world that it began with."""

    url: str
    log: Path
    default: Mapping[str, Any]
    _read: int = 0
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return parts.hostname or "127.0.0.1", parts.port or 80

    def state(self, world: str) -> bytes:
        """Return all that a world is, its journal left out: a snapshot."""
        status, body = self.call("GET", f"{API}/{world}/snapshot")
        if status != 200:
            raise GoneError(f"the world {world} cannot be read: {status} {body[:200]!r}")
        return body

    def make(self, world: str, seed: str) -> dict[str, Any]:
        """Make a world anew and return its target table. What other worlds inputs have made go with the old one."""
        _, body = self.call("GET", API)
        for name in json.loads(body)["worlds"]:
            if name == world or name not in KEPT:
                self.call("DELETE", f"{API}/{name}")
        status, body = self.call("POST", API, {"name": world, "seed": seed})
        if status != 201:
            raise GoneError(f"the world {world} cannot be made: {status} {body[:200]!r}")
        self.freeze(world)
        made: dict[str, Any] = json.loads(body)
        return made

    def freeze(self, world: str) -> None:
        """Have a world's clock stand still: what is read of the world is compared, and its time would be another each time."""
        self.call("PUT", f"{API}/{world}/clock", {"frozen": True})

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        """Call the control API on a connection that is kept, and return status and body. GoneError."""
        content = None if body is None else json.dumps(body)
        for _ in range(2):
            if self._connection is None:
                self._connection = http.client.HTTPConnection(*self.address, timeout=30)
            try:
                self._connection.request(method, path, content, {"Content-Type": "application/json"} if content else {})
                answer = self._connection.getresponse()
                return answer.status, answer.read()
            except (OSError, http.client.HTTPException) as error:
                # An idle connection may have been closed; a second failure is the server's.
                self._connection.close()
                self._connection, failure = None, error
        raise GoneError(f"{method} {path}: {failure!r}")

    def __enter__(self) -> Site:
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.close()

    def printed(self) -> str:
        """Return what the server has logged since the last call."""
        if self.log.stat().st_size <= self._read:
            return ""
        with self.log.open("rb") as log:
            log.seek(self._read)
            new = log.read()
        self._read += len(new)
        return new.decode("utf-8", "replace")
