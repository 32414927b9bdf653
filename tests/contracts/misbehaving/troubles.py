"""What can go wrong between a client and a deployment, each as what is done with one request."""

from __future__ import annotations

import asyncio
import time
import zlib
from dataclasses import replace
from email.utils import formatdate, parsedate_to_datetime

from tests.contracts.misbehaving.exchange import Exchange, Reply, Trouble

PAGE = b"<!doctype html><title>Please sign in</title><h1>Welcome to the airport's wireless network</h1>"
BOMB = 64 * 1024 * 1024
"""Bytes that the small answer decodes to."""


async def nothing(exchange: Exchange) -> None:
    """Pass it through."""
    await exchange.answer(await exchange.forward())


def slow(seconds: float) -> Trouble:
    """It is forwarded at once, and its answer comes late."""

    async def trouble(exchange: Exchange) -> None:
        reply = await exchange.forward()
        await asyncio.sleep(seconds)
        await exchange.answer(reply)

    return trouble


def drip(pause: float, *, head: bool = True) -> Trouble:
    """The answer's head, or else its body, comes a byte at a time."""

    async def trouble(exchange: Exchange) -> None:
        reply = await exchange.forward()
        first = reply.head(len(reply.body))
        if head:
            await exchange.drip(first, pause)
            await exchange.send(reply.body)
        else:
            await exchange.send(first)
            await exchange.drip(reply.body, pause)

    return trouble


def answering(status: int, body: bytes = b"", **headers: str) -> Trouble:
    """It is not forwarded; a gateway answers. headers: with _ for -."""
    reply = Reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()})

    async def trouble(exchange: Exchange) -> None:
        await exchange.answer(reply)

    return trouble


def html(status: int = 200) -> Trouble:
    """A page for people comes in place of the answer."""
    return answering(status, PAGE, content_type="text/html; charset=utf-8")


def too_many(retry_after: str | None = "1") -> Trouble:
    """It is refused for now."""
    return answering(429, b"slow down", **({} if retry_after is None else {"retry_after": retry_after}))


def redirect(to: str, status: int = 302) -> Trouble:
    """It is sent to another host. to: its URL, without a path."""

    async def trouble(exchange: Exchange) -> None:
        await exchange.answer(Reply(status, b"", {"Location": to + exchange.seen.path}))

    return trouble


def drop_before(*, rst: bool = False) -> Trouble:
    """The connection ends without an answer, and nobody had the request."""

    async def trouble(exchange: Exchange) -> None:
        (exchange.reset if rst else exchange.drop)()

    return trouble


def drop_after(*, rst: bool = False) -> Trouble:
    """The connection ends without an answer, and the server has done what it was asked."""

    async def trouble(exchange: Exchange) -> None:
        await exchange.forward()
        (exchange.reset if rst else exchange.drop)()

    return trouble


def drop_within(*, rst: bool = False) -> Trouble:
    """The connection ends in the middle of the answer: of its body, or of its head where it has none."""

    async def trouble(exchange: Exchange) -> None:
        reply = await exchange.forward()
        head = reply.head(len(reply.body))
        await exchange.send(head + reply.body[: len(reply.body) // 2] if reply.body else head[:20])
        (exchange.reset if rst else exchange.drop)()

    return trouble


def drop_unsaid() -> Trouble:
    """The answer is whole, and the connection ends after it, although nothing in it says so."""

    async def trouble(exchange: Exchange) -> None:
        await nothing(exchange)
        exchange.drop()

    return trouble


def followed_by(junk: bytes) -> Trouble:
    """The answer is whole, and more follows it, such as the body of a 204."""

    async def trouble(exchange: Exchange) -> None:
        reply = await exchange.forward()
        await exchange.send(reply.head(len(reply.body)) + reply.body + junk)

    return trouble


def skewed(seconds: float) -> Trouble:
    """The answer's date is of a clock that goes wrong by so much."""

    async def trouble(exchange: Exchange) -> None:
        reply = await exchange.forward()
        now = parsedate_to_datetime(reply.headers["date"]).timestamp() if "date" in reply.headers else time.time()
        await exchange.answer(replace(reply, headers={**reply.headers, "date": formatdate(now + seconds, usegmt=True)}))

    return trouble


def revoked(token: str, after: int = 0) -> Trouble:
    """The token is that of nobody after so many requests that showed it."""
    shown = 0

    async def trouble(exchange: Exchange) -> None:
        nonlocal shown
        held = {name: value for name, value in exchange.seen.headers.items() if token in value}
        shown += bool(held)
        gone = {name: value.replace(token, "revoked") for name, value in held.items()} if shown > after else {}
        await exchange.answer(await exchange.forward(**gone))

    return trouble


async def endless_body(exchange: Exchange) -> None:
    """A body without end follows."""
    await exchange.send(Reply(200, headers={"Content-Type": "application/json", "Connection": "close"}).head())
    while True:
        await exchange.send(b"0" * 65536)


async def endless_head(exchange: Exchange) -> None:
    """Header lines without end."""
    await exchange.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await exchange.send(b"X-Filler: more\r\n" * 64)


async def endless_interim(exchange: Exchange) -> None:
    """Interim answers without end."""
    while True:
        await exchange.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 64)


async def bomb(exchange: Exchange) -> None:
    """A small body that decodes to a large one."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    packed = packer.compress(b" " * BOMB) + packer.flush()
    await exchange.answer(Reply(200, packed, {"Content-Type": "application/json", "Content-Encoding": "gzip"}))


async def tunnel(exchange: Exchange) -> None:
    """No trouble: what a proxy does for a client that wants to speak TLS with the server behind it."""
    host, _, port = exchange.seen.path.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    await exchange.send(b"HTTP/1.1 200 Connected\r\n\r\n")
    try:
        await asyncio.gather(_pump(exchange.reader, writer), _pump(reader, exchange.writer))
    finally:
        writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()
