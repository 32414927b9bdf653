"""Values that programs stumble over. Short lists: each was chosen for what reads it."""

from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import Any

TEXTS = (
    "", " ", "\0", "a\0b", "\n", "a\r\nX-Injected: 1", "%", "%00", "%2F", "%zz", "../..", "..", ".", "me", "VENDOR_THING_ID:", "user:", ":",
    "é", "\u202e", "\ufeff", "\uffff", "\U0001f600", "\ud800", "\udfff", "e\u0301", "\uff21\uff22", "ß", "İ", "' OR 1=1", "{{7*7}}",
    "${7*7}", "<script>", "$ref", "__proto__", "null", "true", "0", "-1", "NaN", "1e999", "A" * 300, "é" * 2000, "A" * 70000, "*", "?a=b",
    "#x", "a b", "\t", "\x7f", "\x1b[31m", "%s%n", "@", "Bearer x",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 1e308, -0.0, 2**31, 2**53 + 1, 2**63, 10**400, [], {}, [[]], [None], {"": None}, ["x", "y"],
    {"$ref": "#"}, "2026-01-01T00:00:00Z", [0] * 500, {str(number): number for number in range(300)},
)  # fmt: skip


def text(rng: Random) -> str:
    """Return an odd text: one of the list, or a few random characters of any plane."""
    if rng.random() < 0.7:
        return rng.choice(TEXTS)
    return "".join(chr(rng.choice((rng.randrange(128), rng.randrange(0x800), rng.randrange(0x110000)))) for _ in range(rng.randrange(1, 12)))


def value(rng: Random) -> Any:
    """Return an odd JSON value, which the caller may change."""
    return text(rng) if rng.random() < 0.5 else deepcopy(rng.choice(VALUES))


def octets(rng: Random, most: int) -> bytes:
    """Return up to so many random bytes: of all values, or of those that HTTP is written with."""
    size = rng.randrange(1, most + 1)
    return rng.randbytes(size) if rng.random() < 0.5 else bytes(rng.choices(b'\r\n\r\n :;,=/%\\"\t\0GETPOSHX0123456789abcf', k=size))
