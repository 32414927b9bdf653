"""The whole server as one ASGI app: control API and console beside the vendors' APIs, each request led to its world and vendor."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from .app import vendor_app
from .cors import cross_origin
from .exchange import EXCHANGE, Exchange
from .guard import Held
from .regular import BodyTooLargeError, read_body, regular_headers, replay
from .vendor import Reply, Trouble, Vendor
from .worlds import DEFAULT, World, WorldError, Worlds

log = logging.getLogger(__name__)
LOOPBACK = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})


@dataclass(frozen=True)
class Mounts:
    """What lies under /_mock: the control API (/_mock/api) and the console (the rest)."""

    control: ASGIApp
    console: ASGIApp


class Server:
    """Leads each request to the control API, the console, or a vendor's API in one world."""

    def __init__(self, vendors: Sequence[Vendor], worlds: Worlds, mounts: Mounts, origins: Sequence[str] = ()) -> None:
        """origins: whose pages may call the vendors' APIs; none given: those of every origin."""
        self.worlds = worlds
        self.mounts = mounts
        # The longest prefix first, so that the most particular vendor gets the request.
        self.vendors = sorted(vendors, key=lambda vendor: -len(vendor.prefix))
        self.apps = {vendor.name: vendor_app(vendor) for vendor in vendors}
        self.apis = cross_origin(self._serve, origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http" and (scope["path"] == "/_mock" or scope["path"].startswith("/_mock/")):
            await self._own(scope, receive, send)
        elif scope["type"] == "http":
            await self.apis(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            world, path = self._world(scope["path"])
        except WorldError as error:
            await _problem(404, "There is no such world", str(error), send)
            return
        vendor = next((vendor for vendor in self.vendors if path.startswith(vendor.prefix)), None)
        if vendor is None:
            await _problem(404, "There is nothing at this path", "This server's console, with all that it serves, is at /_mock/.", send)
            return
        try:
            exchange = Exchange(world, vendor, scope["method"], path, b"", secure=scope["scheme"] == "https")
            exchange.base_url = _origin(scope) + scope["path"].removesuffix(path)
            exchange.query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
            scope = await _regular(scope, receive, exchange)
        except ConnectionError as error:
            log.info("%s %s: %s", scope["method"], path, error)
            return
        await self.apps[vendor.name](scope, replay(exchange.body), send)

    async def _own(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        if client is not None and client[0] not in LOOPBACK:
            await _problem(403, "Not from here", "The control API and the console answer to this machine's own addresses alone.", send)
            return
        if scope["path"].startswith("/_mock/api/"):
            await self.mounts.control(scope, receive, send)
        else:
            await self.mounts.console({**scope, "root_path": "/_mock", "app_root_path": "/_mock"}, receive, send)

    def _world(self, path: str) -> tuple[World, str]:
        if path.startswith("/worlds/"):
            name, slash, rest = path.removeprefix("/worlds/").partition("/")
            return self.worlds.get(name), slash + rest
        return self.worlds.get(DEFAULT), path


def _origin(scope: Scope) -> str:
    """Return scheme, host and port as the client has called them."""
    host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
    return f"{scope['scheme']}://{host or ':'.join(map(str, scope['server']))}"


async def _regular(scope: Scope, receive: Receive, exchange: Exchange) -> Scope:
    """Return the scope as the vendor's app may see it; the body, or what is wrong with it, goes into the exchange."""
    try:
        exchange.body = await read_body(receive)
    except BodyTooLargeError:
        exchange.trouble = Trouble("body_too_large", "The body is larger than 1 MiB.")
    return {
        **scope,
        "path": exchange.path,
        "raw_path": exchange.path.encode(),
        "headers": regular_headers(scope["headers"], exchange.body),
        EXCHANGE: exchange,
    }


async def _problem(status: int, title: str, detail: str, send: Send) -> None:
    held = Held()
    body: dict[str, Any] = {"title": title, "status": status, "detail": detail}
    held.hold(Reply(status, "protocol", body, "application/problem+json"))
    await held.release(send)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
