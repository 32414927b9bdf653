"""How an answer leaves: at once and whole, or late, cut, garbled, or never, as a line of the script wants."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import perf_counter

from starlette.types import Scope, Send

from .exchange import Exchange, WorldExchange
from .held import Held
from .script import Line

HANG_UP = "ownership.hang_up"
"""The key in an ASGI scope's extensions under which lies what closes the connection without a further word."""
GARBLED = 0xFF
"""A byte that stands in no UTF-8 text, so that no JSON is left of what has one."""


async def wait(seconds: float) -> None:
    """Wait for so long at least: a loop's own timer may ring up to a millisecond early."""
    until = perf_counter() + seconds
    while (left := until - perf_counter()) > 0:
        await asyncio.sleep(left)


async def hold_up(exchange: Exchange, held: Held) -> None:
    """Wait as long as the line wants the answer to be late, and say in the exchange how it will leave."""
    line = exchange.line
    if line is None or not isinstance(exchange, WorldExchange):
        return
    exchange.delivery = _manner(line, held)
    if line.written.keys() & {"cut", "garble"} and exchange.delivery == "whole":
        exchange.complaints.append(f"the answer left whole: its body has {len(held.body)} bytes, and there is nothing to cut or garble")
    await wait(line.delay("answer"))


async def deliver(exchange: Exchange, held: Held, scope: Scope, send: Send) -> None:
    """Send the answer in the way that the exchange says."""
    if exchange.delivery == "dropped":
        _hang_up(scope)()
    elif exchange.delivery == "cut" and exchange.line is not None:
        await send({"type": "http.response.start", "status": held.status, "headers": held.headers})
        await send({"type": "http.response.body", "body": bytes(held.body[: exchange.line.written["cut"]]), "more_body": True})
        _hang_up(scope)()
    else:
        if exchange.delivery == "garbled":
            half = len(held.body) // 2
            held.body[half:] = bytes([GARBLED]) * (len(held.body) - half)
        await held.release(send)


def _manner(line: Line, held: Held) -> str:
    if line.written.get("drop"):
        return "dropped"
    if "cut" in line.written and line.written["cut"] < len(held.body):
        return "cut"
    return "garbled" if line.written.get("garble") and held.body else "whole"


def _hang_up(scope: Scope) -> Callable[[], None]:
    hang_up: Callable[[], None] = scope.get("extensions", {}).get(HANG_UP, lambda: None)
    return hang_up
