"""Answers that are no vendor's: problem+json."""

from __future__ import annotations

from starlette.types import Send

from ... import specs
from .held import Held
from .vendor import Reply

_PROTOCOL = specs.protocol()
MEDIA_TYPE: str = _PROTOCOL["neutral"]["media_type"]


def neutral(kind: str, detail: str) -> Reply:
    """Return the answer of protocol.yaml of this kind, in the shape that it has where no vendor is addressed."""
    row = _PROTOCOL["answers"][kind]
    return problem(row["status"], row["says"], detail)


def problem(status: int, title: str, detail: str) -> Reply:
    """Return an answer of the server's own."""
    return Reply(status, "protocol", {"title": title, "status": status, "detail": detail}, MEDIA_TYPE)


async def send_reply(reply: Reply, send: Send) -> None:
    """Send a reply that no guard has to judge."""
    held = Held()
    held.hold(reply)
    await held.release(send)
