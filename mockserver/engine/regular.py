"""Makes a request regular before Connexion sees it."""

from __future__ import annotations

from starlette.types import Message, Receive

MOST_BODY = 1024 * 1024
"""The largest body that is read, in bytes."""


class BodyTooLargeError(Exception):
    """The request's body is over MOST_BODY."""


async def read_body(receive: Receive) -> bytes:
    """Return the request's whole body. BodyTooLargeError; ConnectionError where the client left before its end."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("the client left before the end of its request")
        body += message.get("body", b"")
        if len(body) > MOST_BODY:
            raise BodyTooLargeError
        more = message.get("more_body", False)
    return bytes(body)


def replay(body: bytes) -> Receive:
    """Return an ASGI receive channel that brings this body, whole, and then says that the client has left."""
    messages: list[Message] = [{"type": "http.disconnect"}, {"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if len(messages) > 1 else messages[0]

    return receive


def regular_headers(headers: list[tuple[bytes, bytes]], body: bytes) -> list[tuple[bytes, bytes]]:
    """Return the headers with the base media type in lower case, and a Content-Length that is the body's.

    Connexion compares media types case-sensitively, answers parameters with 415, reads a chunked body as absent, and fails on a
    multipart type without a boundary even where no body is.
    """
    kept = []
    for name, value in headers:
        if name in (b"content-length", b"transfer-encoding"):
            continue
        if name == b"content-type":
            base = value.split(b";", 1)[0].strip().lower()
            if base and body:
                kept.append((name, base))
            continue
        kept.append((name, value))
    kept.append((b"content-length", str(len(body)).encode()))
    return kept
