"""The whole server as one ASGI app: control API and console beside the vendors' APIs, each request led to its world and vendor."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from .acting import catch_up
from .app import api_app
from .control import BASE, Control, control_api
from .cors import cross_origin
from .exchange import EXCHANGE, Exchange, WorldExchange
from .neutral import neutral, problem, send_reply
from .paths import segments
from .regular import MOST_BODY, BodyTooLargeError, read_body, regular_headers, replay, unreadable
from .vendor import Reply, Trouble, Vendor
from .worlds import DEFAULT, World, WorldError, Worlds

log = logging.getLogger(__name__)
TOO_LARGE = f"A body is to have at most {MOST_BODY} bytes."
PATH = "ownership.path"
"""The key in an ASGI scope under which the path's segments lie, and what is wrong with one."""
LOOPBACK = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})


@dataclass(frozen=True)
class Mounts:
    """What lies under /_mock: the control API (/_mock/api), over what it acts on, and the console (the rest)."""

    control: Control
    console: ASGIApp


class Server:
    """Leads each request to the control API, the console, or a vendor's API in one world."""

    def __init__(self, vendors: Sequence[Vendor], worlds: Worlds, mounts: Mounts, origins: Sequence[str] = ()) -> None:
        """origins: whose pages may call the vendors' APIs; none given: those of every origin."""
        self.worlds = worlds
        self.mounts = mounts
        # The longest prefix first, so that the most particular vendor gets the request.
        self.vendors = [(vendor, _segments_of(vendor.prefix)) for vendor in sorted(vendors, key=lambda vendor: -len(vendor.prefix))]
        self.apps = {vendor.name: api_app(vendor) for vendor in vendors}
        self.control = control_api()
        self.control_app = api_app(self.control)
        self.apis = cross_origin(self._serve, origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            parts, fault = segments(scope["raw_path"])
            await (self._own if parts[0] == "_mock" else self.apis)({**scope, PATH: (parts, fault)}, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent = await _arrived(scope, receive)
        if sent is None:
            return
        try:
            world, base, parts = self._world(sent.parts)
        except WorldError as error:
            await send_reply(problem(404, "There is no such world", str(error)), send)
            return
        vendor = next((vendor for vendor, prefix in self.vendors if parts[: len(prefix)] == prefix and len(parts) > len(prefix)), None)
        if vendor is None or not scope["raw_path"].startswith(b"/"):
            console = "This server's console, with all that it serves, is at /_mock/."
            await send_reply(problem(404, "There is nothing at this path", console), send)
            return
        dropped = vendor.trailing_slash and parts[-1] == ""
        catch_up(world)
        exchange = WorldExchange(
            api=vendor,
            vendor=vendor,
            world=world,
            state=world.states[vendor.name],
            sent=scope,
            base=base,
            segments=parts[:-1] if dropped else parts,
            body=sent.body or b"",
            trouble=_trouble(sent),
        )
        await self.apps[vendor.name](_regular(scope, exchange), replay(exchange.body), send)

    async def _own(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent = await _arrived(scope, receive)
        if sent is None:
            return
        refusal = _own_refusal(scope)
        if refusal is not None:
            await send_reply(refusal, send)
            return
        if sent.parts[1:2] == ("api",):
            exchange = Exchange(
                api=self.control,
                state=self.mounts.control,
                sent=scope,
                base=BASE,
                segments=sent.parts[2:],
                body=sent.body or b"",
                trouble=_trouble(sent),
            )
            await self.control_app(_regular(scope, exchange), replay(exchange.body), send)
            return
        fault = _console_refusal(scope, sent)
        if fault is not None:
            await send_reply(fault, send)
            return
        body = sent.body or b""
        regular = {**scope, "path": "/" + "/".join(sent.parts), "headers": regular_headers(scope["headers"], body)}
        await self.mounts.console({**regular, "root_path": "/_mock", "app_root_path": "/_mock"}, replay(body), send)

    def _world(self, parts: tuple[str, ...]) -> tuple[World, str, tuple[str, ...]]:
        """Return the world that a path is in, the path of that world, and the segments within it. WorldError."""
        if parts[0] == "worlds" and len(parts) > 1:
            return self.worlds.get(parts[1]), f"/worlds/{parts[1]}", parts[2:]
        return self.worlds.get(DEFAULT), "", parts


@dataclass(frozen=True)
class Sent:
    """What a request brings. parts: its path's segments. fault: what is wrong with one, or None. body: None where it is over the bound."""

    parts: tuple[str, ...]
    fault: str | None
    body: bytes | None


async def _arrived(scope: Scope, receive: Receive) -> Sent | None:
    """Return what the request brings, once it is there; None where the client left before its end."""
    parts, fault = scope[PATH]
    try:
        return Sent(parts, fault, await read_body(scope["headers"], receive))
    except BodyTooLargeError:
        return Sent(parts, fault, None)
    except ConnectionError as error:
        log.info("%s %s: %s", scope["method"], scope["path"], error)
        return None


def _own_refusal(scope: Scope) -> Reply | None:
    """Return why the control API and the console are not asked, or None."""
    client = scope.get("client")
    if client is not None and client[0] not in LOOPBACK:
        return problem(403, "Not from here", "The control API and the console answer to this machine's own addresses alone.")
    return None


def _console_refusal(scope: Scope, sent: Sent) -> Reply | None:
    """Return why the console is not asked, or None."""
    if sent.fault is not None:
        return neutral("malformed_request", sent.fault)
    if any("/" in part for part in sent.parts):
        return neutral("unknown_path", "No part of a path below /_mock has a slash in it.")
    if sent.body is None:
        return neutral("body_too_large", TOO_LARGE)
    wrong = unreadable(scope["headers"]) if sent.body else None
    return None if wrong is None else problem(415, "The request cannot be read", wrong)


def _trouble(sent: Sent) -> Trouble | None:
    """Return what is wrong with a request so far."""
    if sent.fault is not None:
        return Trouble("malformed_request", sent.fault)
    return Trouble("body_too_large", TOO_LARGE) if sent.body is None else None


def _regular(scope: Scope, exchange: Exchange) -> Scope:
    """Return the scope as the vendor's app may see it."""
    path = exchange.path
    return {
        **scope,
        "path": path,
        "raw_path": path.encode(),
        "headers": regular_headers(scope["headers"], exchange.body),
        EXCHANGE: exchange,
    }


def _segments_of(prefix: str) -> tuple[str, ...]:
    return tuple(part for part in prefix.split("/") if part)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
