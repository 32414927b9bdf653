"""Connections that serve no further request once something came that belongs to no answer."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterable
from typing import Any

import httpcore

from ..live.ending import ends_there

Options = Iterable[httpcore.SOCKET_OPTION] | None


class AttentiveStream(httpcore.AsyncNetworkStream):
    """A connection that remembers what came last. spoiled: whether the pool is to give it up."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        self.last = b""
        self.spoiled = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what comes next."""
        self.last = await self._inner.read(max_bytes, timeout)
        return self.last

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send the bytes."""
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        """End the connection."""
        await self._inner.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Return the connection, encrypted from now on."""
        return AttentiveStream(await self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        """Return what is known of the connection. An idle one that is readable counts as ended, and so does a spoiled one."""
        return True if info == "is_readable" and self.spoiled else self._inner.get_extra_info(info)


class AttentiveBackend(httpcore.AsyncNetworkBackend):
    """Opens such connections."""

    def __init__(self) -> None:
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None, socket_options: Options = None
    ) -> httpcore.AsyncNetworkStream:
        """Return a connection to the host."""
        return AttentiveStream(await self._inner.connect_tcp(host, port, timeout, local_address, socket_options))

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._inner.sleep(seconds)


async def pieces(response: httpcore.Response) -> AsyncIterator[bytes]:
    """Yield an answer's body as it comes.

    What comes behind its end, such as the body of a 204, would be read as the next answer: it spoils the connection.
    """
    last = b""
    async for chunk in response.aiter_stream():
        last = chunk or last
        yield chunk
    stream = response.extensions.get("network_stream")
    if isinstance(stream, AttentiveStream):
        stream.spoiled = not ends_there(stream.last, last)
