"""Mutations that know no HTTP, many requests on one connection, and bytes that were never a request."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from .. import odd
from ..draft import draft
from ..known import KNOWN
from ..vocabulary import Vocabulary
from .bodies import chunked

PREFACES = (
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32), b"SSH-2.0-x\r\n", b"\r\n" * 500,
    b"\0" * 100, b"GET\r\n\r\n", b"GET /\r\n\r\n", b"GET / HTTP/1.1\r\n", b" GET / HTTP/1.1\r\n\r\n", b"\n\n\nGET / HTTP/1.1\n\n",
    b"HTTP/1.1 200 OK\r\n\r\n", b"EHLO x\r\n", b"G" * 70000, b"GET " + b"/" * 200_000, b"\x05\x01\x00", b"*1\r\n$4\r\nPING\r\n",
    b"GET / HTTP/1.1\r\n" + b"a" * 200_000, b"\x80",
)  # fmt: skip


def byte_level(rng: Random, words: Vocabulary) -> list[bytes | int]:
    """Flip, insert, delete, repeat, splice or cut the bytes of a request."""
    raw = _any(rng, words)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        raw = _mutated(rng, raw, words)
    return [raw]


def _any(rng: Random, words: Vocabulary) -> bytes:
    if rng.random() < 0.2:
        return b"".join(part for part in chunked(rng, words) if isinstance(part, bytes))
    return draft(rng, words).request().raw


def _mutated(rng: Random, raw: bytes, words: Vocabulary) -> bytes:
    start = rng.randrange(len(raw) + 1)
    end = min(len(raw), start + rng.choice((1, 1, 2, 5, 30, 200)))
    return rng.choice(MUTATIONS)(rng, words, raw, start, end)


def _flipped(rng: Random, words: Vocabulary, raw: bytes, start: int, end: int) -> bytes:
    return raw[:start] + bytes([raw[start] ^ (1 << rng.randrange(8))]) + raw[start + 1 :] if start < len(raw) else raw


def _spliced(rng: Random, words: Vocabulary, raw: bytes, start: int, end: int) -> bytes:
    other = _any(rng, words)
    return raw[:start] + other[rng.randrange(len(other)) :]


def _respelled(rng: Random, words: Vocabulary, raw: bytes, start: int, end: int) -> bytes:
    return raw.replace(*rng.choice(SPELLINGS))


def _swapped(rng: Random, words: Vocabulary, raw: bytes, start: int, end: int) -> bytes:
    lines = raw.split(b"\r\n")
    first, second = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    return b"\r\n".join(lines)


SPELLINGS = ((b"\r\n", b"\n"), (b"\r\n", b"\r"), (b" ", b"\t"), (b": ", b":"), (b": ", b" : "), (b"\r\n\r\n", b"\r\n\r\n\r\n"))
MUTATIONS: tuple[Callable[[Random, Vocabulary, bytes, int, int], bytes], ...] = (
    _flipped,
    lambda rng, words, raw, start, end: raw[:start] + odd.octets(rng, 8) + raw[start:],
    lambda rng, words, raw, start, end: raw[:start] + raw[end:],
    lambda rng, words, raw, start, end: raw[:start] + raw[start:end] * rng.choice((2, 2, 3, 50)) + raw[end:],
    _spliced,
    lambda rng, words, raw, start, end: raw + _any(rng, words),
    lambda rng, words, raw, start, end: raw[:start],
    _respelled,
    _swapped,
)


def pipelined(rng: Random, words: Vocabulary) -> list[bytes | int]:
    """Send known requests on one connection, at most one mutated or well-formed one among them."""
    parts: list[bytes | int] = [rng.randrange(len(KNOWN)) for _ in range(rng.randrange(2, 7))]
    if rng.random() < 0.6:
        middle = byte_level(rng, words) if rng.random() < 0.5 else [draft(rng, words).request().raw]
        parts[rng.randrange(len(parts))] = next(part for part in middle if isinstance(part, bytes))
    return parts


def garbage(rng: Random, words: Vocabulary) -> list[bytes | int]:
    """Send what was never a request."""
    return [rng.choice(PREFACES) + odd.octets(rng, 20) if rng.random() < 0.4 else odd.octets(rng, rng.choice((4, 40, 400, 4000)))]
