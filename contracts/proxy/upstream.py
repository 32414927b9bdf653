"""How requests go on to the deployment, and its answers come back: as they are, piece by piece."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

import httpcore
import httpx

from ..connection import trust
from ..target import Target, TargetError
from .attentive import AttentiveBackend
from .hop import Field
from .kept import Kept

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
IDLE = 2.0
"""Seconds that a connection is kept without a request: shorter than servers do, which close it while the next request is on its way."""


FAILURES = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError)
"""How a deployment fails to answer, or to answer to the end."""


class ClientLeftError(Exception):
    """The client has gone before its request was whole."""


class Upload:
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
        self._base = httpx.URL(target.base_url)
        self._path = self._base.raw_path.rstrip(b"/")
        self._timeouts = dict.fromkeys(("connect", "read", "write", "pool"), target.limits.timeout)
        try:
            verify = trust(target)
        except (OSError, ValueError) as error:
            raise TargetError(f"the certificates of {target.base_url} cannot be read: {error}") from None
        self._pool = _pool(verify, target.proxy)

    async def send(self, method: str, target: bytes, headers: list[Field], upload: Upload) -> httpcore.Response:
        """Return the answer as soon as it begins. One of FAILURES, ClientLeftError."""
        url = httpcore.URL(scheme=self._base.raw_scheme, host=self._base.raw_host, port=self._base.port, target=self._path + target)
        request = httpcore.Request(method, url, headers=headers, content=upload, extensions={"timeout": self._timeouts})
        return await self._pool.handle_async_request(request)


def _pool(verify: ssl.SSLContext, proxy: str | None) -> httpcore.AsyncConnectionPool:
    backend = AttentiveBackend()
    if proxy is None:
        return httpcore.AsyncConnectionPool(ssl_context=verify, max_connections=None, keepalive_expiry=IDLE, network_backend=backend)
    named = httpx.Proxy(proxy)
    url = httpcore.URL(scheme=named.url.raw_scheme, host=named.url.raw_host, port=named.url.port, target=named.url.raw_path)
    trusted = verify if named.url.scheme == "https" else None
    return httpcore.AsyncHTTPProxy(
        url, named.raw_auth, ssl_context=verify, proxy_ssl_context=trusted, max_connections=None, keepalive_expiry=IDLE, network_backend=backend
    )
