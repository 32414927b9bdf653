"""The guard: nothing leaves that the spec does not document."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .contract import Contract
from .exchange import EXCHANGE, Exchange
from .vendor import Reply, Trouble

log = logging.getLogger(__name__)


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


class Guard:
    """Judges every answer of the app behind it, and writes the exchange into the journal.

    An answer that is not documented is not sent: the client gets 500 in the vendor's shape, the journal the reason.
    An exception of the app's counts as such an answer.
    """

    def __init__(self, app: ASGIApp, contract: Contract) -> None:
        self.app = app
        self.contract = contract

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; judge, note and send the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange: Exchange = scope[EXCHANGE]
        held = Held()
        try:
            await self.app(scope, receive, held.send)
        except Exception as error:
            log.exception("%s %s", exchange.method, exchange.path)
            complaint: str | None = f"{type(error).__name__}: {error}"
        else:
            complaint = self.contract.complaint(exchange.operation, held.status, held.headers, bytes(held.body))
        if complaint is not None:
            log.error("%s %s: not sent: %s", exchange.method, exchange.path, complaint)
            held.hold(exchange.vendor.trouble(exchange, Trouble("mock_at_fault", f"The mock was about to break its own contract: {complaint}")))
        exchange.note(held.status, complaint)
        await held.release(send)
