"""An answer before it is sent."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from starlette.types import Message, Send

from .vendor import Reply


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
        # Some clients percent-decode a body before they read it as JSON, and lose one that has a percent sign of its own: as an escape it stays.
        content = b"" if reply.body is None else json.dumps(reply.body).replace("%", "\\u0025").encode()
        self.status, self.body = reply.status, bytearray(content)
        headers = {**reply.headers, **({"content-type": reply.media_type} if reply.media_type else {}), "content-length": str(len(content))}
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]

    async def release(self, send: Send) -> None:
        """Send what is held to the client."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": bytes(self.body)})
