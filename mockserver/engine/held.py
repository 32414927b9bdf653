"""An answer before it is sent."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from starlette.types import Message, Send

from ...specs import Json
from .vendor import Reply

FIRST_STATUS, LAST_STATUS = 200, 599
BODILESS = frozenset({204, 304})
"""The statuses whose answers have no body."""
_NAME = re.compile(rb"[a-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(rb"[ -~]*")
_JSON = re.compile(r"^[^;]*[/+]json *(;|$)", re.IGNORECASE)


@dataclass
class Held:
    """An answer that is held back until it has been judged."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)

    async def send(self, message: Message) -> None:
        """Take an ASGI message in place of the client."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")

    def hold(self, reply: Reply) -> None:
        """Put a reply in the place of what was held."""
        content = _content(reply)
        self.status, self.body = reply.status, bytearray(content)
        given = {name.lower(): value for name, value in reply.headers.items()}
        headers = {**given, **({"content-type": reply.media_type} if reply.media_type else {}), "content-length": str(len(content))}
        self.headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]

    def put(self, content: bytes) -> None:
        """Put a body in the place of the one that is held."""
        self.body = bytearray(content)
        self.frame()

    def frame(self) -> None:
        """Have the headers say how long the body is, where the status has one."""
        self.headers = [(name, value) for name, value in self.headers if name.lower() != b"content-length"]
        if self.status not in BODILESS:
            self.headers.append((b"content-length", str(len(self.body)).encode()))

    @property
    def can_be_sent(self) -> bool:
        """Whether it is an answer that HTTP has: none that would be read as two, or as part of the next."""
        bare = self.status in BODILESS and self.body
        return FIRST_STATUS <= self.status <= LAST_STATUS and not bare and all(_NAME.fullmatch(n) and _VALUE.fullmatch(v) for n, v in self.headers)

    async def release(self, send: Send) -> None:
        """Send what is held to the client."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": bytes(self.body)})


def _content(reply: Reply) -> bytes:
    """Return the bytes of a reply's body: of its JSON, or of a text that is to be something else."""
    if reply.body is None:
        return b""
    if isinstance(reply.body, str) and not _JSON.search(reply.media_type or ""):
        return reply.body.encode()
    return as_json(reply.body)


def as_json(value: Json, *, indent: int | None = None) -> bytes:
    """Return a JSON value as it is sent."""
    # Some clients percent-decode a body before they read it as JSON, and lose one that has a percent sign of its own: as an escape it stays.
    return json.dumps(value, indent=indent).replace("%", "\\u0025").encode()
