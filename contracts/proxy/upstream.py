"""How requests go on to the deployment, and its answers come back: as they are, piece by piece."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from ..target import Target, TargetError
from .hop import Field
from .kept import Kept

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
IDLE = 2.0
"""Seconds that a connection is kept without a request: shorter than servers do, which close it while the next request is on its way."""


class ClientLeftError(Exception):
    """The client has gone before its request was whole."""


class Upload(httpx.AsyncByteStream):
    """A request's body as it comes from the client. kept: what of it is kept."""

    def __init__(self, receive: Receive, kept: Kept) -> None:
        self._receive, self._kept = receive, kept
        self._taken = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield its pieces. ClientLeftError."""
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientLeftError
            chunk, more = message.get("body", b""), message.get("more_body", False)
            self._kept.add(chunk)
            self._kept.whole = not more
            if chunk:
                yield chunk
        self._taken.set()

    def answered(self) -> None:
        """Take no more of it: the deployment has answered."""
        self._taken.set()

    async def left(self) -> None:
        """Return when the client has left. What it still sends after the answer has begun is dropped."""
        await self._taken.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass


class Upstream:
    """The deployment. Nothing is added to a request, followed, kept or tried again here."""

    def __init__(self, target: Target) -> None:
        """TargetError: its certificates cannot be read."""
        parts = urlsplit(target.base_url)
        self._origin = {"scheme": parts.scheme, "host": parts.hostname or "", "port": parts.port}
        self._path = parts.path.encode()
        # A proxy on the way is told the whole URL, which an override of the target would hide.
        self._override = not (target.proxy and parts.scheme == "http")
        self._timeouts = dict.fromkeys(("connect", "read", "write", "pool"), target.limits.timeout)
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=100, keepalive_expiry=IDLE)
        self._transport = httpx.AsyncHTTPTransport(verify=_context(target), trust_env=False, limits=limits, proxy=target.proxy)

    async def send(self, method: str, target: bytes, headers: list[Field], upload: Upload) -> httpx.Response:
        """Return the answer as soon as it begins. httpx.TransportError, ClientLeftError."""
        whole = self._path + target
        extensions: dict[str, Any] = {"timeout": self._timeouts}
        if self._override:
            extensions["target"] = whole
        url = httpx.URL(**self._origin, raw_path=whole)
        return await self._transport.handle_async_request(httpx.Request(method, url, headers=headers, stream=upload, extensions=extensions))

    async def close(self) -> None:
        """Close what is left of its connections."""
        await self._transport.aclose()


def _context(target: Target) -> ssl.SSLContext:
    try:
        context = httpx.create_ssl_context(trust_env=False) if target.ca is None else ssl.create_default_context(cafile=target.ca)
        if target.certificate is not None:
            context.load_cert_chain(target.certificate, target.key, password="")
    except (OSError, ValueError) as error:
        raise TargetError(f"the certificates of {target.base_url} cannot be read: {error}") from None
    return context
