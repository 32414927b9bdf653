"""The proxy itself: in a thread, on a free loopback port, ended with the block."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import trustme

from tests.contracts.misbehaving.exchange import Exchange, Seen, Trouble
from tests.contracts.misbehaving.troubles import nothing

LONGEST = 60
"""Seconds that a connection may stand."""
_ENDED = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, httpx.TransportError)


@dataclass
class Rig:
    """A proxy that runs. ca, certificate, key: PEM files; what to trust, and what a client has to show where it is asked to.

    trouble: what is done with every n-th request that it concerns, n being `every`; it may be set at any time. seen: every request, in order.
    """

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    url: str = ""
    trouble: Trouble = nothing
    every: int = 1
    concerns: Callable[[Seen], bool] = field(default=lambda seen: True)
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    die: Callable[[], None] = field(default=lambda: None)
    """Ends the listener and every connection."""

    @property
    def forwarded(self) -> list[Seen]:
        return [seen for seen in self.seen if seen.forwarded]


@contextmanager
def misbehaving(to: str, folder: Path | None = None, *, demanding: bool = False) -> Iterator[Rig]:
    """A proxy before the server at `to`. folder: where the files of its own CA are written; without one it speaks plain HTTP.

    demanding: a client has to show a certificate of that CA's.
    """
    rig = Rig()
    context = None if folder is None else _secured(rig, folder, demanding)
    served = _Served(rig, to, context)
    thread = threading.Thread(target=served.run, daemon=True)
    thread.start()
    assert served.ready.wait(30), "the proxy does not start"
    try:
        yield rig
    finally:
        served.end()
        thread.join(30)
        assert not thread.is_alive(), "the proxy does not end"


def _secured(rig: Rig, folder: Path, demanding: bool) -> ssl.SSLContext:
    authority = trustme.CA()
    rig.ca, rig.certificate, rig.key = folder / "ca.pem", folder / "client.pem", folder / "client.key"
    authority.cert_pem.write_to_path(rig.ca)
    shown = authority.issue_cert("client@example.com")
    rig.certificate.write_bytes(b"".join(part.bytes() for part in shown.cert_chain_pems))
    shown.private_key_pem.write_to_path(rig.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    if demanding:
        authority.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


class _Served:
    def __init__(self, rig: Rig, to: str, context: ssl.SSLContext | None) -> None:
        self.ready = threading.Event()
        self._rig = rig
        self._to = to
        self._context = context
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._open: set[asyncio.Task[None]] = set()
        self._concerned = 0

    def run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)

    async def _serve(self) -> None:
        # Trusted as it is: it is no part of what is tested.
        async with httpx.AsyncClient(base_url=self._to, trust_env=False, timeout=LONGEST, verify=False) as self._client:
            server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self._context)
            port = server.sockets[0].getsockname()[1]
            self._rig.url = f"http{'s' if self._context else ''}://127.0.0.1:{port}"
            self._rig.die = lambda: asyncio.run_coroutine_threadsafe(self._close(server), self._loop).result(LONGEST)
            self.ready.set()
            await self._over.wait()
            await self._close(server)

    async def _close(self, server: asyncio.Server) -> None:
        server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        self._rig.connections += 1
        try:
            async with asyncio.timeout(LONGEST):
                while not writer.is_closing():
                    await self._exchange(reader, writer)
        except (*_ENDED, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(task)
            # To close one that is lost already raises from within asyncio, where it speaks TLS.
            if self._over.is_set() or not writer.is_closing():
                writer.transport.abort()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
        method, path, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        seen = Seen(method, path, headers, body)
        self._rig.seen.append(seen)
        exchange = Exchange(len(self._rig.seen), seen, reader, writer, self._client, "https" if self._context else "http")
        self._concerned += self._rig.concerns(seen)
        hit = self._rig.concerns(seen) and self._concerned % self._rig.every == 0
        await (self._rig.trouble if hit else nothing)(exchange)
