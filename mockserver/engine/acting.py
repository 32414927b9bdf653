"""The script's part in a request's way: the lines that act on it before its operation and after."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from .delivery import wait
from .exchange import EXCHANGE, Exchange, WorldExchange
from .held import Held
from .match import Facts
from .neutral import send_reply
from .regular import replay
from .script import Line, events_of
from .vendor import Event, EventError
from .worlds import World

MOST_FIRED = 1000
"""So many lines fire by the clock at once, each of their events counted as one; what is due then waits until the world is asked next."""
log = logging.getLogger(__name__)


class _ActsError(Exception):
    """Ends a request's first way: a line acts on it that could not be told before."""

    def __init__(self, line: Line) -> None:
        super().__init__(line.name)
        self.line = line


class Acting:
    """Lets a line of the script act on a request before anybody knows who calls; or once `Asking` has found that it does, behind this step.

    From the choice until its state is entered nothing else happens in the world, nor from its events until the operation has run. In
    between the request may be held up, and others overtake it: so who calls, and all else, is judged after that.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what no line answers."""
        exchange = scope.get(EXCHANGE)
        if not isinstance(exchange, WorldExchange) or not exchange.world.script.lines:
            await self.app(scope, receive, send)
            return
        script = exchange.world.script
        exchange.entries = script.entries
        line, waits = script.early(_facts(exchange))
        if line is None or waits:
            exchange.waiting = line
            try:
                await self.app(_copied(scope), receive, send)
            except _ActsError as found:
                line = found.line
            except Exception:
                # Refused on its way: then the lines that stand before this one do not fit.
                if line is None or exchange.asked:
                    raise
            else:
                return
        await self._act(line, exchange, scope, send)

    async def _act(self, line: Line, exchange: WorldExchange, scope: Scope, send: Send) -> None:
        world, exchange.line = exchange.world, line
        if line.next_state is not None:
            world.script.enter(line.next_state, world.clock.now())
        if line.delay("request"):
            await wait(line.delay("request"))
            catch_up(world)
        _happen(exchange, line.written.get("happen", ()))
        if line.serve:
            exchange.principal = exchange.parsed = None
            await self.app(_copied(scope), replay(exchange.body), send)
            return
        exchange.decided = "script"
        if line.reply is not None:
            await send_reply(line.reply, send)


class Asking:
    """Asks the lines that are about who calls or about the body, once the request is known to be good. What acts is `Acting`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what no line acts on, or what one acts on already."""
        exchange = scope.get(EXCHANGE)
        if isinstance(exchange, WorldExchange) and exchange.world.script.lines and not exchange.asked:
            exchange.asked = True
            script, facts = exchange.world.script, _facts(exchange)
            if exchange.line is not None:
                script.count_late(facts, exchange.entries)
            elif (line := script.late(facts, exchange.waiting)) is not None:
                raise _ActsError(line)
        await self.app(scope, receive, send)


def answered(exchange: Exchange, held: Held) -> bool:
    """Let the line that acts have its way after the operation, whatever came of that: its events happen, its answer replaces what is held.

    Return whether the answer is the script's.
    """
    line = exchange.line
    if line is None or not isinstance(exchange, WorldExchange):
        return False
    exchange.name_caller()
    _happen(exchange, line.written.get("afterwards", ()))
    if line.serve and line.reply is not None:
        held.hold(line.reply)
        exchange.decided = "script"
    return line.reply is not None


def event_of(world: World, vendor: str, event: str) -> Event:
    """Return what can happen in the world under this name. EventError where there is no such event."""
    column = world.vendors.get(vendor)
    if column is None or event not in column.events:
        there = sorted(f"{one.name}.{name}" for one in world.vendors.values() for name in one.events)
        raise EventError(f"there is no event {f'{vendor}.{event}'!r}; there is {', '.join(there) or 'none'}")
    return column.events[event]


def occur(world: World, vendor: str, event: str, arguments: Mapping[str, Any]) -> None:
    """Make something happen in the world. EventError where it cannot."""
    event_of(world, vendor, event).happen(world.states[vendor], arguments)


def catch_up(world: World) -> None:
    """Fire the lines whose moment has come, in the order of their moments, each with the clock showing its own. At most MOST_FIRED of them."""
    fired = 0
    while fired < MOST_FIRED:
        due = world.script.due(world.clock.now())
        if due is None:
            return
        moment, line = due
        with world.clock.showing(moment):
            _fire(world, line)
        fired += max(1, len(line.written.get("happen", ())))
    late = f"{MOST_FIRED} lines and their events fired at once; what else is due fires when the world is asked next"
    world.journal.tell(at=world.clock.now(), by=line.name, state=world.script.state, complaint=late)


def _fire(world: World, line: Line) -> None:
    if line.next_state is not None:
        world.script.enter(line.next_state, world.clock.now())
    rows = events_of(line.written.get("happen", ()))
    if not rows:
        world.journal.tell(at=world.clock.now(), by=line.name, state=world.script.state)
    for vendor, event, arguments in rows:
        facts = {"event": f"{vendor}.{event}", "arguments": arguments, "complaint": _tried(world, vendor, event, arguments)}
        world.journal.tell(at=world.clock.now(), by=line.name, state=world.script.state, **facts)


def _happen(exchange: WorldExchange, rows: Sequence[Mapping[str, Any]]) -> None:
    for vendor, event, arguments in events_of(rows):
        complaint = _tried(exchange.world, vendor, event, arguments)
        if complaint is None:
            exchange.happened.append(f"{vendor}.{event}")
        else:
            exchange.complaints.append(f"{vendor}.{event} did not happen: {complaint}")


def _tried(world: World, vendor: str, event: str, arguments: Mapping[str, Any]) -> str | None:
    """Make something happen, or return why it could not: the request, or the clock, goes on all the same."""
    try:
        occur(world, vendor, event, arguments)
    except EventError as error:
        return str(error)
    except Exception as error:
        log.exception("%s.%s", vendor, event)
        return f"{type(error).__name__}: {error}"
    return None


def _copied(scope: Scope) -> Scope:
    # A request that goes its way twice is not to find what the steps did to it the first time.
    return {**scope, "headers": list(scope["headers"])}


def _facts(exchange: WorldExchange) -> Facts:
    return Facts(exchange.vendor.name, exchange.operation, exchange.caller, exchange.parameters, exchange.query, exchange.parsed)
