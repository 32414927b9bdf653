"""Requests whose answers are known from the start: by them it shows whether each answer comes to its own request."""

from __future__ import annotations

ATTACKED = "attacked"
WATCHED = "watched"
"""The worlds: the one that the inputs address, made anew for every segment, and the one that none addresses."""

KNOWN = tuple(
    line.encode() + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    for line in (
        "GET /_mock/api/health",
        "GET /nothing-is-here",
        f"GET /_mock/api/worlds/{WATCHED}?requests=0",
        "GET /worlds/no-such-world",
        "DELETE /_mock/api/worlds/default",
    )
)
