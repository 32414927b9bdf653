"""The server in this process, with columns that a test has bent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
from ownership_contracts.mockserver.engine import scenario
from ownership_contracts.mockserver.engine.columns import columns
from ownership_contracts.mockserver.engine.control import Control
from ownership_contracts.mockserver.engine.journal.entries import Entry
from ownership_contracts.mockserver.engine.server import Mounts, Server
from ownership_contracts.mockserver.engine.store import Worlds
from ownership_contracts.mockserver.engine.vendor import Vendor
from ownership_contracts.mockserver.engine.worlds import DEFAULT, make_world


async def no_console(*asked: object) -> None:
    raise AssertionError(f"the console was asked: {asked[0]}")


@dataclass
class InProcess:
    """A server with a default world of its own; every call has an event loop of its own."""

    server: Server
    control: Control
    worlds: Worlds

    def send(self, method: str, path: str, client: str = "127.0.0.1", **options: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.server, client=(client, 50000))
            async with httpx.AsyncClient(transport=transport, base_url="http://mock.localhost") as caller:
                return await caller.request(method, path, **options)

        # The server may be shared with another of these.
        self.server.worlds = self.control.worlds = self.worlds
        return asyncio.run(once())

    @property
    def last(self) -> Entry:
        """The newest entry of the default world's journal."""
        return self.worlds.get(DEFAULT).journal.entries[-1]

    def target(self, vendor: str) -> dict[str, Any]:
        return self.worlds.get(DEFAULT).states[vendor].target("http://mock.localhost", "http://mock.localhost/unused")


def in_process(vendors: Sequence[Vendor] | None = None, **settings: dict[str, Any]) -> InProcess:
    """A server over these columns (left out: all, as they are). settings: by vendor name."""
    server, control = _shared() if vendors is None else _server(vendors)
    worlds = Worlds()
    worlds.add(make_world(DEFAULT, control.first, control.vendors, "seed", settings))
    return InProcess(server, control, worlds)


def _server(vendors: Sequence[Vendor]) -> tuple[Server, Control]:
    control = Control(vendors, Worlds(), scenario.load("default", vendors))
    return Server(vendors, control.worlds, Mounts(control, no_console)), control


@cache
def _shared() -> tuple[Server, Control]:
    """Made once: to compile the specs takes a hundred times as long as to answer a request."""
    return _server(columns())
