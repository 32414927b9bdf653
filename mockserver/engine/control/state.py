"""What the control API's operations act on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ..acting import catch_up
from ..scenario import Scenario
from ..store import WorldError, Worlds
from ..vendor import Call, Reply, Vendor
from ..worlds import World, make_world
from .refusals import TOO_LARGE, No, of_world


@dataclass
class Control:
    """The worlds, the vendors that they are of, the scenario that the server was started with, and the mutants that are on where none are named."""

    vendors: Sequence[Vendor]
    worlds: Worlds
    first: Scenario
    mutants: tuple[str, ...] = ()

    def fresh(self, name: str) -> World:
        """Return a world of this name as the server's own scenario begins: the one that is made where a client joins what is not there yet."""
        return make_world(name, self.first, self.vendors, self.worlds.seed_of(name), {}, mutants=self.mutants)


def world_of(call: Call) -> World:
    """Return the world that a request names, with what its clock has brought. No: 404 where there is none."""
    control: Control = call.state
    try:
        world = control.worlds.get(call.path["name"])
    except WorldError as error:
        raise of_world(error) from None
    catch_up(world)
    return world


@contextmanager
def growing(call: Call) -> Iterator[World]:
    """Yield the world that a request names, while the request makes it grow. No: 404 where there is none, 507 where it is full."""
    worlds, world = call.state.worlds, world_of(call)
    kept = worlds.ask(world.name)
    brings = len(call.exchange.body)
    with worlds.request(kept, brings, grows=True) as runs:
        # A body of this API may be several times as large as a world.
        if not runs or kept.size.reaches(kept.bound - brings):
            remedy = "delete something in it, or start the server with a larger --world-size"
            raise No(507, TOO_LARGE, f"the world {world.name!r} is full, or would be: it may have {kept.bound} bytes; {remedy}")
        yield world
        # A line that it has loaded may let a request do more than was reckoned with.
        kept.size.doubtful = True


def done(body: object, status: int = 200) -> Reply:
    """Return the answer of an operation that has done what was asked."""
    return Reply(status, "control", body, "application/json")


NOTHING_TO_SAY = Reply(204, "control")
