"""What is made to happen in a world from outside."""

from __future__ import annotations

from jsonschema.exceptions import best_match

from ....specs import Fits, Json
from ..acting import event_of, occur
from ..journal.entries import CONTROL
from ..steps import LONGEST_COMPLAINT
from ..vendor import Call, EventError, Reply
from ..worlds import World
from .refusals import No
from .state import done, growing


def happen(call: Call) -> Reply:
    """Make one event happen, and show the state of the world that it leaves."""
    with growing(call) as world:
        return _happened(world, call.body)


def _happened(world: World, body: Json) -> Reply:
    ((name, arguments),) = body.items()
    vendor, _, word = name.partition(".")
    try:
        event = event_of(world, vendor, word)
    except EventError as error:
        raise No(400, "There is no such event", f"{error}.") from None
    wrong = best_match(Fits(event.arguments).iter_errors(arguments))
    if wrong is not None:
        place = wrong.json_path.removeprefix("$")
        raise No(400, "The event's arguments do not fit", f"At $[{name!r}]{place}: {wrong.message[:LONGEST_COMPLAINT]}. {name}: {event.says}")
    try:
        occur(world, vendor, word, arguments)
    except EventError as error:
        raise No(409, "That cannot happen here", f"{name} did not happen: {error}.") from None
    world.journal.tell(at=world.clock.now(), by=CONTROL, state=world.script.state, event=name, arguments=arguments)
    return done({"state": {vendor: part.view() for vendor, part in world.states.items()}})
