"""Network streams that keep to what their request may take: one deadline for everything it waits for, and one bound for all that comes back."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

_PIECE = 16_384
"""So much is written at once: the time that is left is looked at between two."""


class TooLong(httpx.TransportError):
    """An answer is larger than it may be; the message says than what."""


class Allowance:
    """What one request may take. seconds: from now to the last byte of its answer. read: bytes of all that comes in, until more are granted."""

    def __init__(self, seconds: float, read: int) -> None:
        self._seconds = seconds
        self._read = self._left = read
        self._until = time.monotonic() + seconds

    def within(self, timeout: float | None, over: type[httpcore.TimeoutException]) -> float:
        """Return how long the next step may take. over: what is raised where no time is left."""
        rest = self._until - time.monotonic()
        if rest <= 0:
            raise over(f"not over within {self._seconds:g} s, from the first byte sent to the last one of the answer")
        return rest if timeout is None else min(rest, timeout)

    def took(self, size: int) -> None:
        """Count what came in. TooLong."""
        self._left -= size
        if self._left < 0:
            raise TooLong(f"more than {self._read:,} bytes came, headers and framing counted, and the answer is not over")

    def grant(self, size: int) -> None:
        """Let so many bytes more come in."""
        self._read += size
        self._left += size


_ALLOWED: ContextVar[Allowance] = ContextVar("allowance")


@contextmanager
def allowing(seconds: float, read: int) -> Iterator[Allowance]:
    """Hold what this thread does with the streams below to the allowance, until the end of the block."""
    allowed = Allowance(seconds, read)
    token = _ALLOWED.set(allowed)
    try:
        yield allowed
    finally:
        _ALLOWED.reset(token)


class BoundedStream(httpcore.NetworkStream):
    """A stream that reads and writes within the allowance. end: the last bytes that were read.

    spoiled: something stands on it that belongs to no answer. A pool takes it for closed then, and asks nothing more on it.
    """

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner
        self.end = b""
        self.spoiled = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what comes next. httpcore.ReadTimeout, httpcore.ReadError, TooLong."""
        allowed = _ALLOWED.get()
        rest = allowed.within(timeout, httpcore.ReadTimeout)
        try:
            self.end = self._inner.read(max_bytes, rest)
        except httpcore.ReadTimeout:
            allowed.within(timeout, httpcore.ReadTimeout)
            raise
        allowed.took(len(self.end))
        return self.end

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of it. httpcore.WriteTimeout, httpcore.WriteError."""
        allowed = _ALLOWED.get()
        for start in range(0, len(buffer), _PIECE):
            self._inner.write(buffer[start : start + _PIECE], allowed.within(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """End the connection."""
        self._inner.close()

    def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None) -> BoundedStream:
        """Return the stream under TLS. httpcore.ConnectTimeout, httpcore.ConnectError."""
        rest = _ALLOWED.get().within(timeout, httpcore.ConnectTimeout)
        try:
            return BoundedStream(self._inner.start_tls(ssl_context, server_hostname, rest))
        except ValueError as error:
            raise httpcore.ConnectError(f"no name that a certificate could have: {error}") from None

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore asks of a stream, by its name."""
        return True if self.spoiled and info == "is_readable" else self._inner.get_extra_info(info)


class BoundedBackend(httpcore.NetworkBackend):
    """Opens such streams over TCP."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> BoundedStream:
        """Return a stream to the first of the host's addresses that takes one. httpcore.ConnectTimeout, httpcore.ConnectError."""
        allowed = _ALLOWED.get()
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from None
        # Each by itself: for a name the standard library takes the whole time-out for each of its addresses.
        failed: Exception = httpcore.ConnectError("the host has no address")
        for address in dict.fromkeys(str(entry[4][0]) for entry in found):
            try:
                rest = allowed.within(timeout, httpcore.ConnectTimeout)
                return BoundedStream(self._inner.connect_tcp(address, port, rest, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed
