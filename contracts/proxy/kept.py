"""What is kept of a body that passes, within a bound."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

_WINDOWS = {"gzip": (31,), "x-gzip": (31,), "deflate": (15, -15)}
"""zlib's window bits by content coding: deflate is sent with and without zlib's own header."""


class UnreadableError(ValueError):
    """A body that cannot be judged: the message says why."""


@dataclass
class Kept:
    """The first bytes of a body, as they were sent. most: how many are kept. whole: whether its end has come."""

    most: int
    whole: bool = False
    size: int = 0
    _bytes: bytearray = field(default_factory=bytearray)

    def add(self, chunk: bytes) -> None:
        """Take a piece of the body."""
        self.size += len(chunk)
        if self.size <= self.most:
            self._bytes += chunk
        else:
            self._bytes.clear()

    @property
    def over(self) -> bool:
        """Whether there was more than is kept; then nothing is."""
        return self.size > self.most

    def read(self, coding: str) -> bytes:
        """Return the body, decoded. coding: its Content-Encoding. UnreadableError."""
        if self.over:
            raise UnreadableError(f"it has more than {self.most} bytes")
        if not self.whole:
            raise UnreadableError("it did not come to its end")
        body = bytes(self._bytes)
        for name in reversed([word.strip().lower() for word in coding.split(",") if word.strip()]):
            body = _decoded(body, name, self.most) if body and name != "identity" else body
        return body


def _decoded(body: bytes, coding: str, most: int) -> bytes:
    if coding not in _WINDOWS:
        raise UnreadableError(f"its Content-Encoding is {coding!r}")
    for window in _WINDOWS[coding]:
        decoder = zlib.decompressobj(window)
        try:
            decoded = decoder.decompress(body, most + 1)
        except zlib.error:
            continue
        if len(decoded) > most:
            raise UnreadableError(f"it has more than {most} bytes")
        if decoder.eof:
            return decoded
    raise UnreadableError(f"it is no {coding}")
