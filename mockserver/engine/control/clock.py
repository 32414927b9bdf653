"""A world's clock, read and turned."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ....specs import Json
from ..acting import catch_up
from ..clock import LAST, Clock
from ..vendor import Call, Reply
from .refusals import No
from .store import done, world_of

NO_MOMENT = "That is no moment"


def show(clock: Clock) -> dict[str, Any]:
    """Return the clock as JSON."""
    now = clock.now()
    return {"now": now, "time": datetime.fromtimestamp(now, UTC).isoformat().replace("+00:00", "Z"), "frozen": clock.frozen is not None}


def read_clock(call: Call) -> Reply:
    """Show the world's time."""
    return done(show(world_of(call).clock))


def set_clock(call: Call) -> Reply:
    """Show another moment, stand still, or run on; and let come what is due by then."""
    world = world_of(call)
    moment = moment_of(call.body["now"], "$.now") if "now" in call.body else None
    frozen = call.body.get("frozen")
    if frozen is not None:
        (world.clock.freeze if frozen else world.clock.run)()
    if moment is not None:
        world.clock.set(moment)
    catch_up(world)
    return done(show(world.clock))


def advance_clock(call: Call) -> Reply:
    """Turn the clock on by so many seconds, and let come what is due by then."""
    world = world_of(call)
    moment = world.clock.now() + call.body["seconds"]
    if moment > LAST:
        left = LAST - world.clock.now()
        raise No(409, NO_MOMENT, f"The clock would pass the last moment that it can show: {left:.0f} seconds are left; set it back, or advance less.")
    world.clock.set(moment)
    catch_up(world)
    return done(show(world.clock))


def moment_of(value: Json, where: str) -> float:
    """Return the moment in seconds since the epoch. No: 400 where it is none, or beyond what a clock shows."""
    if isinstance(value, str):
        try:
            said = datetime.fromisoformat(value)
        except ValueError:
            said = None
        if said is None or said.tzinfo is None:
            wanted = "seconds since the epoch, or a date and time with its zone like 2026-01-01T00:00:00Z"
            raise No(400, NO_MOMENT, f"At {where}: {value!r} is no moment; expected {wanted}.")
        value = said.timestamp()
    if not 0 <= value <= LAST:
        raise No(400, NO_MOMENT, f"At {where}: {value} is no moment that a clock shows here: 0 to {LAST:.0f} seconds since the epoch are.")
    return float(value)
