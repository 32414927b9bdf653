"""What a path may be to a server that reads it more loosely than it is meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote, unquote

SEGMENT = ":@!$&'()*+,;=-._~"
"""RFC 3986: these stand in a path segment as they are; vendors' clients send the colon raw."""
_SLASHES = re.compile(r"[/\\]")
_ENDS = re.compile(r"[?#\0]")


def readings(path: str) -> set[str]:
    """Return the percent-encoded path, and as what else a server or a proxy may read it.

    Some decode it before they look for slashes, or twice; walk dots that are encoded; leave out what stands behind a semicolon; take slashes
    together, and backslashes for slashes.
    """
    found = {path}
    plain = path.partition("?")[0]
    found.add(_joined(_walked(plain)))
    while (decoded := unquote(plain)) != plain:
        plain = decoded
        segments = _walked(_ENDS.split(plain)[0])
        found |= {_joined([quote(segment, safe=SEGMENT) for segment in one]) for one in (plain.split("/")[1:], segments)}
    return found


def _walked(path: str) -> list[str]:
    """Return the path's segments, without parameters, and without dots."""
    walked: list[str] = []
    for segment in _SLASHES.split(path):
        name = segment.partition(";")[0]
        if name == "..":
            del walked[-1:]
        elif name not in ("", "."):
            walked.append(name)
    return walked


def _joined(segments: Sequence[str]) -> str:
    return "/" + "/".join(segments)
