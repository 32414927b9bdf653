"""A world's clock, read and turned."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from ....specs import Json
from ..acting import catch_up
from ..clock import LAST, Clock, moment
from ..vendor import Call, Reply
from .refusals import No
from .state import done, world_of

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
    shown = moment_of(call.body["now"], "$.now") if "now" in call.body else None
    frozen = call.body.get("frozen")
    if frozen is not None:
        (world.clock.freeze if frozen else world.clock.run)()
    if shown is not None:
        world.clock.set(shown)
    catch_up(world)
    return done(show(world.clock))


def advance_clock(call: Call) -> Reply:
    """Turn the clock on by so many seconds, and let come what is due by then."""
    world = world_of(call)
    left = math.floor(LAST - world.clock.now())
    if call.body["seconds"] > left:
        raise No(409, NO_MOMENT, f"The clock would pass the last moment that it can show: {left} seconds are left; set it back, or advance less.")
    world.clock.advance(call.body["seconds"])
    catch_up(world)
    return done(show(world.clock))


def moment_of(value: Json, where: str) -> float:
    """Return the moment in seconds since the epoch. No: 400 where it is none, or beyond what a clock shows."""
    try:
        return moment(value)
    except ValueError as error:
        raise No(400, NO_MOMENT, f"At {where}: {error}.") from None
