"""The proxy as an ASGI app: each request goes on, its answer comes back, and what was heard of both is judged."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpcore

from ..live.wire import unquoted
from ..target import Target
from .attentive import pieces
from .heard import Exchange
from .hop import Field, Sides, asks_to_upgrade, leads_elsewhere, to_client, to_deployment
from .judging import Bench, Judgement
from .kept import Kept
from .notes import Notes
from .upstream import FAILURES, ClientLeftError, Receive, Upload, Upstream

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
INLINE = 65536
"""Bytes of a body that is judged at once; a larger one is judged beside the traffic."""
FOR_PAGES = (b"access-control-", b"vary")
"""What of a withheld answer's headers a page needs, to read what it gets instead."""


@dataclass
class Call:
    """One request and where its answer goes. over: whether the last piece of the answer is on its way."""

    exchange: Exchange
    upload: Upload
    sides: Sides
    send: Send
    over: bool = False

    async def begin(self, status: int, headers: Sequence[Field]) -> None:
        """Send the head of the answer."""
        await self.send({"type": "http.response.start", "status": status, "headers": list(headers)})

    async def piece(self, body: bytes, *, more: bool = True) -> None:
        """Send a piece of its body."""
        self.over = not more
        await self.send({"type": "http.response.body", "body": body, "more_body": more})

    async def problem(self, status: int, title: str, headers: Sequence[Field] = (), **more: Any) -> None:
        """Send an answer of the proxy's own."""
        body = json.dumps({"title": title, "status": status, **more}).encode()
        own = [(b"Content-Type", b"application/problem+json"), (b"Content-Length", b"%d" % len(body)), (b"Proxy-Status", b"ownership-contracts")]
        await self.begin(status, [*own, *headers])
        await self.piece(b"" if self.exchange.method == "HEAD" else body, more=False)


class Passing:
    """Passes exchanges. strict: a client gets a 502 in place of an answer that breaks a clause."""

    def __init__(self, target: Target, upstream: Upstream, bench: Bench, notes: Notes, *, strict: bool = False) -> None:
        self._target, self._upstream, self._bench, self._notes, self._strict = target, upstream, bench, notes, strict

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request."""
        call = self._call(scope, receive, send)
        refusal = self._refusal(scope)
        if refusal is not None:
            self._notes.say(call.exchange, refusal[1])
            await call.problem(*refusal)
            return
        passing = asyncio.create_task(self._pass(call, _target(scope)))
        leaving = asyncio.create_task(call.upload.left())
        try:
            await asyncio.wait({passing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            # Who has left needs no answer any more: the request to the deployment ends with him. An answer that has gone out is still judged.
            if not call.over:
                passing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await passing
            if passing.cancelled():
                self._notes.say(call.exchange, "the client left before its answer was whole")

    def _refusal(self, scope: MutableMapping[str, Any]) -> tuple[int, str] | None:
        """Return the answer to what this proxy does not pass, or None."""
        if asks_to_upgrade(scope["headers"], b"websocket"):
            return 501, "This proxy passes no websockets: connect to the deployment itself"
        if scope["method"] == "CONNECT" or not _target(scope).startswith(b"/"):
            return 501, "This proxy stands before one deployment: send it requests with a path, as to a server"
        _, port = scope["server"] or ("", None)
        if leads_elsewhere(bytes(scope["raw_path"]), port, self._target.base_url):
            return 421, "This proxy stands before one deployment, and the request is for another server"
        return None

    def _call(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> Call:
        most = self._target.limits.body
        headers = [(bytes(name), bytes(value)) for name, value in scope["headers"]]
        exchange = Exchange(self._notes.begin(), scope["method"], _target(scope).decode("latin-1"), headers, Kept(most), Kept(most))
        host, port = scope["server"] or ("", None)
        called = next((value for name, value in headers if name == b"host"), f"{host}:{port}".encode())
        client = (scope["client"] or ("unknown", 0))[0]
        sides = Sides(client, called, self._target.base_url, self._target.headers)
        return Call(exchange, Upload(receive, exchange.sent), sides, send)

    async def _pass(self, call: Call, target: bytes) -> None:
        try:
            response = await self._upstream.send(call.exchange.method, target, to_deployment(call.exchange.request, call.sides), call.upload)
        except ClientLeftError:
            self._notes.say(call.exchange, "the client left before its request was whole")
            return
        except FAILURES as error:
            await self._unreached(call, error)
            return
        call.upload.answered()
        call.exchange.status, call.exchange.answer = response.status, list(response.headers)
        try:
            chunks = _kept(response, call.exchange.got)
            await (self._held(call, chunks) if self._strict and self._bench.operation(call.exchange) else self._through(call, chunks, b""))
        finally:
            await response.aclose()

    async def _through(self, call: Call, chunks: AsyncIterator[bytes], held: bytes, judgement: Judgement | None = None) -> None:
        """Pass an answer on as it comes. held: what has come of it. judgement: where it was judged before."""
        await call.begin(call.exchange.status, to_client(call.exchange.status, call.exchange.answer, call.sides))
        if held:
            await call.piece(held)
        try:
            async for chunk in chunks:
                await call.piece(chunk)
        except FAILURES as error:
            # The server closes the connection of an answer without an end: the client sees that it breaks off.
            self._notes.say(call.exchange, f"the answer broke off: {_why(error)}")
            return
        await call.piece(b"", more=False)
        await self._tell(call, judgement or await self._judged(call))

    async def _held(self, call: Call, chunks: AsyncIterator[bytes]) -> None:
        """Pass an answer on once it is judged, as far as it is kept; or a 502 that says what it breaks."""
        held = bytearray()
        try:
            async for chunk in chunks:
                held += chunk
                if call.exchange.got.over:
                    break
        except FAILURES as error:
            await self._unreached(call, error)
            return
        judgement = await self._judged(call)
        if not judgement.violations:
            await self._through(call, chunks, bytes(held), judgement)
            return
        told = [entry for entry in await self._tell(call, judgement, withheld=True) if entry["kind"] == "violation"]
        shown = ("clauses", "says", "grade", "expected", "seen")
        broken = [{name: entry[name] for name in shown} for entry in told]
        for_pages = [found for found in to_client(502, call.exchange.answer, call.sides) if found[0].lower().startswith(FOR_PAGES)]
        title = "The deployment's answer breaks its contract"
        await call.problem(502, title, for_pages, answered=call.exchange.status, operation=judgement.operation, violations=broken)

    async def _judged(self, call: Call) -> Judgement:
        """Return what is to be said of the exchange; that it could not be judged, where the judge fails: the traffic goes on."""
        try:
            if max(call.exchange.sent.size, call.exchange.got.size) > INLINE:
                return await asyncio.to_thread(self._bench.judge, call.exchange)
            return self._bench.judge(call.exchange)
        except Exception as error:
            self._notes.say(call.exchange, f"the judge failed: {type(error).__name__}")
            return Judgement()

    async def _tell(self, call: Call, judgement: Judgement, *, withheld: bool = False) -> list[dict[str, object]]:
        try:
            return self._notes.take(call.exchange, judgement, withheld=withheld)
        except Exception as error:
            self._notes.say(call.exchange, f"what was judged could not be told: {type(error).__name__}")
            return []

    async def _unreached(self, call: Call, error: Exception) -> None:
        status = 504 if isinstance(error, httpcore.TimeoutException) else 502
        self._notes.say(call.exchange, f"the deployment gave no answer: {_why(error)}")
        title = "The deployment did not answer in time" if status == 504 else "The deployment could not be asked"  # noqa: PLR2004 - as above
        await call.problem(status, title, detail=_why(error), deployment=self._target.base_url)


async def _kept(response: httpcore.Response, kept: Kept) -> AsyncIterator[bytes]:
    async for chunk in pieces(response):
        kept.add(chunk)
        yield chunk
    kept.whole = True


def _why(error: Exception) -> str:
    told = unquoted(error)
    return f"{type(error).__name__}: {told}" if told else type(error).__name__


def _target(scope: MutableMapping[str, Any]) -> bytes:
    """Return the path and query, as they were sent."""
    path = bytes(scope["raw_path"])
    if path.lower().startswith((b"http://", b"https://")):
        try:
            path = urlsplit(path).path or b"/"
        except ValueError:
            # No path, then: it is refused.
            return path
    return path + (b"?" + bytes(scope["query_string"]) if scope["query_string"] else b"")
