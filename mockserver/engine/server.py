"""The whole server as one ASGI app: control API and console beside the vendors' APIs, each request led to its world and vendor."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Receive, Scope, Send

from .access import Access, send_refusal
from .acting import catch_up
from .app import api_app
from .control import BASE, Control, control_api
from .cors import cross_origin
from .exchange import EXCHANGE, Exchange, WorldExchange
from .neutral import neutral, problem, send_reply
from .paths import segments
from .regular import BodyTooLargeError, most_body, read_body, regular_headers, replay, unreadable
from .store import Kept, WorldError, Worlds
from .vendor import Reply, Trouble, Vendor
from .worlds import DEFAULT, World, is_name

log = logging.getLogger(__name__)
PATH = "ownership.path"
"""The key in an ASGI scope under which the path's segments lie, and what is wrong with one."""
GROWING = frozenset({"POST", "PUT", "PATCH"})
"""The methods that a full world refuses."""
Make = Callable[[str], World]


@dataclass(frozen=True)
class Mounts:
    """What lies under /_mock: the control API (/_mock/api), over what it acts on, and the console (the rest); and who may call them."""

    control: Control
    console: ASGIApp
    access: Access = field(default_factory=Access)


class Server:
    """Leads each request to the control API, the console, or a vendor's API in one world."""

    def __init__(self, vendors: Sequence[Vendor], worlds: Worlds, mounts: Mounts, origins: Sequence[str] = (), make: Make | None = None) -> None:
        """origins: whose pages may call the vendors' APIs; none given: those of every origin.

        make: makes the world of a name that a request joins and that is not there yet; None: such a request gets 404.
        """
        self.worlds = worlds
        self.make = make
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
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            parts, fault = segments(scope["raw_path"])
            await (self._own if parts[0] == "_mock" else self.apis)({**scope, PATH: (parts, fault)}, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        """Sweep idle worlds from time to time, for as long as the server lives: one that nobody asks anything would keep them."""
        sweeping: asyncio.Task[None] | None = None
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup" and self.worlds.bounds.idle is not None:
                sweeping = asyncio.create_task(_sweep(self.worlds, self.worlds.bounds.idle / 4))
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                if sweeping is not None:
                    sweeping.cancel()
                return

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent = await self._arrived(scope, receive)
        if sent is None:
            return
        place = _place(sent.parts)
        vendor = self._addressed(place.parts) if scope["raw_path"].startswith(b"/") else None
        try:
            # A question about a world makes none.
            kept = self._joined(place.world, may_make=vendor is not None and scope["method"] != "OPTIONS")
        except WorldError as error:
            await send_reply(self._no_world(place.world, error), send)
            return
        if vendor is None:
            console = "This server's console, with all that it serves, is at /_mock/."
            await send_reply(problem(404, "There is nothing at this path", console), send)
            return
        catch_up(kept.world)
        body = sent.body or b""
        with self.worlds.request(kept, len(body) + len(scope["raw_path"]), grows=scope["method"] in GROWING) as runs:
            exchange = WorldExchange(
                api=vendor,
                vendor=vendor,
                world=kept.world,
                state=kept.world.states[vendor.name],
                sent=scope,
                base=place.base,
                segments=place.parts[:-1] if vendor.trailing_slash and place.parts[-1] == "" else place.parts,
                body=body,
                trouble=_trouble(sent) or (None if runs else _full(kept)),
            )
            await self.apps[vendor.name](_regular(scope, exchange), replay(body), send)

    async def _arrived(self, scope: Scope, receive: Receive) -> Sent | None:
        """Return what the request brings, once it is there; None where the client left before its end."""
        parts, fault = scope[PATH]
        most = most_body(scope, self.mounts.access)
        try:
            return Sent(parts, fault, await read_body(scope["headers"], receive, most), most)
        except BodyTooLargeError:
            return Sent(parts, fault, None, most)
        except ConnectionError as error:
            log.info("%s %s: %s", scope["method"], scope["path"], error)
            return None

    def _addressed(self, parts: tuple[str, ...]) -> Vendor | None:
        """Return the vendor that a path within a world is for."""
        return next((vendor for vendor, prefix in self.vendors if parts[: len(prefix)] == prefix and len(parts) > len(prefix)), None)

    def _joined(self, name: str, *, may_make: bool) -> Kept:
        """Return the world, made now where it may be and is not there. WorldError."""
        if may_make and self.make is not None and is_name(name) and name not in self.worlds:
            self.worlds.check_name(name)
            self.worlds.add(self.make(name))
        return self.worlds.ask(name)

    def _no_world(self, name: str, error: WorldError) -> Reply:
        if error.kind != "unknown":
            return neutral("no_more_worlds", str(error))
        joined = f", or join it: a request to a vendor's API below /worlds/{name} makes it too" if self.make is not None and is_name(name) else ""
        return problem(404, "There is no such world", f"{error}{joined}")

    async def _own(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent = await self._arrived(scope, receive)
        if sent is None:
            return
        refusal = self.mounts.access.refusal(scope)
        if refusal is not None:
            await send_refusal(refusal, send)
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


@dataclass(frozen=True)
class Place:
    """Where a path leads. world: the name of the world that it is in. base: the path of that world. parts: its segments within it."""

    world: str
    base: str
    parts: tuple[str, ...]


def _place(parts: tuple[str, ...]) -> Place:
    if parts[0] == "worlds" and len(parts) > 1:
        return Place(parts[1], f"/worlds/{parts[1]}", parts[2:])
    return Place(DEFAULT, "", parts)


@dataclass(frozen=True)
class Sent:
    """What a request brings. parts: its path's segments. fault: what is wrong with one, or None. body: None where it has more bytes than `most`."""

    parts: tuple[str, ...]
    fault: str | None
    body: bytes | None
    most: int


def _console_refusal(scope: Scope, sent: Sent) -> Reply | None:
    """Return why the console is not asked, or None."""
    if sent.fault is not None:
        return neutral("malformed_request", sent.fault)
    if any("/" in part for part in sent.parts):
        return neutral("unknown_path", "No part of a path below /_mock has a slash in it.")
    if sent.body is None:
        return neutral("body_too_large", _too_large(sent))
    wrong = unreadable(scope["headers"]) if sent.body else None
    return None if wrong is None else problem(415, "The request cannot be read", wrong)


def _trouble(sent: Sent) -> Trouble | None:
    """Return what is wrong with a request so far."""
    if sent.fault is not None:
        return Trouble("malformed_request", sent.fault)
    return Trouble("body_too_large", _too_large(sent)) if sent.body is None else None


def _too_large(sent: Sent) -> str:
    return f"A body is to have at most {sent.most} bytes."


def _full(kept: Kept) -> Trouble:
    remedy = "Delete something in it, or the world, or start the server with a larger --world-size."
    return Trouble("world_full", f"The world {kept.world.name!r} is full: it may have {kept.bound} bytes. {remedy}")


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


async def _sweep(worlds: Worlds, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        worlds.sweep()
