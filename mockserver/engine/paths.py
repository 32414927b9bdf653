"""Where a request goes: its path as segments, and the server as its client has called it."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from starlette.types import Scope

_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_TO_ESCAPE = re.compile(r"[\x00-\x1f\x7f%/]")


def segments(raw_path: bytes) -> tuple[tuple[str, ...], str | None]:
    """Return the parts of a path between its slashes, each percent-decoded by itself so that %2F parts nothing, and what is wrong with one or None.

    A part that cannot be decoded is returned as it was sent. The path begins with a slash.
    """
    parts: list[str] = []
    fault = None
    for sent in raw_path[1:].split(b"/"):
        part = sent.decode("latin-1")
        wrong = _fault(part)
        if wrong is None and "%" in part:
            part, wrong = _decoded(sent)
        parts.append(part)
        fault = fault or wrong
    return tuple(parts), fault


def origin(scope: Scope) -> str:
    """Return scheme, host and port as the client has called them."""
    host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
    return f"{scope['scheme']}://{host or ':'.join(map(str, scope['server']))}"


def joined(parts: tuple[str, ...]) -> str:
    """Return segments as one path to read, on one line. What would part segments or look like an escape is escaped, and no more."""
    return "/" + "/".join(_TO_ESCAPE.sub(lambda found: f"%{ord(found[0]):02X}", part) for part in parts)


def _fault(part: str) -> str | None:
    if not part.isascii():
        return "A character beyond ASCII in the path is to be percent-encoded."
    return "A percent sign in the path is to be followed by two hexadecimal digits." if _BROKEN_ESCAPE.search(part) else None


def _decoded(sent: bytes) -> tuple[str, str | None]:
    try:
        return unquote_to_bytes(sent).decode("utf-8"), None
    except UnicodeDecodeError:
        return sent.decode("ascii"), "The path's percent escapes are to be UTF-8."
