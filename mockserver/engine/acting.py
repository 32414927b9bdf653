"""The script's part in a request's way: the lines that act on it before its operation and after."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from .exchange import EXCHANGE, Exchange, WorldExchange
from .held import Held
from .match import Facts
from .neutral import send_reply
from .script import Line, events_of
from .vendor import EventError, Reply
from .worlds import World

NOTHING = Reply(200, "script")
"""What stands for an answer that is never sent."""


class Acting:
    """Lets the script's lines act before the operation: those that ask nothing of who calls or of the body early, the others late.

    One line acts on a request; its events happen, its state is entered, the request is held up, and what it answers is sent in place of
    the operation's. What it does with the answer is `answered`'s.
    """

    def __init__(self, app: ASGIApp, *, early: bool) -> None:
        self.app = app
        self.early = early

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what no line answers."""
        exchange = scope.get(EXCHANGE)
        if scope["type"] != "http" or not isinstance(exchange, WorldExchange):
            await self.app(scope, receive, send)
            return
        line = exchange.world.script.acting(_facts(exchange, early=self.early), early=self.early)
        if line is None or exchange.line is not None:
            await self.app(scope, receive, send)
            return
        exchange.line = line
        await asyncio.sleep(line.delay("request"))
        _happen(exchange, line.written.get("happen", ()))
        if line.next_state is not None:
            exchange.world.script.enter(line.next_state, exchange.world.clock.now())
        if line.serve:
            await self.app(scope, receive, send)
        else:
            exchange.decided = "script"
            await send_reply(line.reply or NOTHING, send)


def answered(exchange: Exchange, held: Held) -> bool:
    """Let the line that acts have its way after the operation: its events happen, its answer takes the place of what is held.

    Return whether the answer is the script's.
    """
    line = exchange.line
    if line is None or not isinstance(exchange, WorldExchange):
        return False
    _happen(exchange, line.written.get("afterwards", ()))
    if line.serve and line.reply is not None:
        held.hold(line.reply)
        exchange.decided = "script"
    return line.reply is not None


def occur(world: World, vendor: str, event: str, arguments: Mapping[str, Any]) -> None:
    """Make something happen in the world. EventError where it cannot."""
    column = world.vendors.get(vendor)
    if column is None or event not in column.events:
        known = sorted(f"{column.name}.{name}" for column in world.vendors.values() for name in column.events)
        raise EventError(f"there is no event {vendor}.{event}; there is {', '.join(known) or 'none'}")
    column.events[event].happen(world.states[vendor], arguments)


def catch_up(world: World) -> None:
    """Fire the lines whose moment has come, each when it was due. At most MOST_FIRED of them: the others do when next asked."""
    for _ in range(MOST_FIRED):
        due = world.script.due(world.clock.now())
        if due is None:
            return
        moment, line = due
        with world.clock.showing(moment):
            _fire(world, line)


MOST_FIRED = 1000


def _fire(world: World, line: Line) -> None:
    if line.next_state is not None:
        world.script.enter(line.next_state, world.clock.now())
    rows = events_of(line.written.get("happen", ()))
    if not rows:
        world.journal.tell(at=world.clock.now(), by=line.name, state=world.script.state)
    for vendor, event, arguments in rows:
        complaint = None
        try:
            occur(world, vendor, event, arguments)
        except EventError as error:
            complaint = str(error)
        facts = {"event": f"{vendor}.{event}", "arguments": arguments, "complaint": complaint}
        world.journal.tell(at=world.clock.now(), by=line.name, state=world.script.state, **facts)


def _happen(exchange: WorldExchange, rows: Sequence[Mapping[str, Any]]) -> None:
    for vendor, event, arguments in events_of(rows):
        try:
            occur(exchange.world, vendor, event, arguments)
        except EventError as error:
            exchange.complaints.append(f"{vendor}.{event} did not happen: {error}")
        else:
            exchange.happened.append(f"{vendor}.{event}")


def _facts(exchange: WorldExchange, *, early: bool) -> Facts:
    caller, body = (None, None) if early else (exchange.caller, exchange.parsed)
    return Facts(exchange.vendor.name, exchange.operation, caller, exchange.parameters, exchange.query, body)
