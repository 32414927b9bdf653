"""Makes a request regular before Connexion sees it."""

from __future__ import annotations

from starlette.types import Message, Receive, Scope

from .access import Access

MOST_BODY = 1024 * 1024
"""The largest body that is read, in bytes."""
MOST_DOCUMENT = 16 * MOST_BODY
"""The largest that the control API reads, of those whom it answers: a whole world may be in it."""


class BodyTooLargeError(Exception):
    """The request's body is over its bound."""


Fields = list[tuple[bytes, bytes]]
"""A request's header fields: names in lower case."""

_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii"})


def most_body(scope: Scope, access: Access) -> int:
    """Return how many bytes the body of a request with this head may have: more than others of one that the control API would serve."""
    return MOST_DOCUMENT if scope["raw_path"].startswith(b"/_mock/api/") and access.refusal(scope) is None else MOST_BODY


async def read_body(fields: Fields, receive: Receive, most: int) -> bytes:
    """Return the request's whole body, of so many bytes at most. BodyTooLargeError; ConnectionError where the client left before its end."""
    if int(dict(fields).get(b"content-length", 0)) > most:
        raise BodyTooLargeError
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("the client left before the end of its request")
        body += message.get("body", b"")
        if len(body) > most:
            raise BodyTooLargeError
        more = message.get("more_body", False)
    return bytes(body)


def replay(body: bytes) -> Receive:
    """Return an ASGI receive channel that brings this body, whole, and then says that the client has left."""
    messages: list[Message] = [{"type": "http.disconnect"}, {"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if len(messages) > 1 else messages[0]

    return receive


def unreadable(fields: Fields) -> str | None:
    """Return why a body with these fields cannot be read whatever its media type is, or None: it is to be plain UTF-8, and say so once."""
    types = [value for name, value in fields if name == b"content-type"]
    if len(types) > 1:
        return "Content-Type is given more than once; give it once."
    codings = [value.strip().lower() for name, value in fields if name == b"content-encoding"]
    if any(coding != b"identity" for coding in codings):
        return "A Content-Encoding is not undone here; send the body as it is."
    for parameter in types[0].decode("latin-1").split(";")[1:] if types else ():
        name, _, value = parameter.partition("=")
        charset = value.strip().strip('"').lower()
        if name.strip().lower() == "charset" and charset not in _CHARSETS:
            return "The charset is to be UTF-8."
    return None


def regular_headers(headers: Fields, body: bytes) -> Fields:
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
