"""A world's script, read and changed while the world runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from ..acting import catch_up
from ..listed import listed
from ..scenario import ScenarioError, check_lines
from ..script import MOST_LINES, Line, Script
from ..vendor import Call, Reply
from .refusals import No
from .state import done, growing, world_of


def show(script: Script) -> dict[str, Any]:
    """Return the script as JSON: its state, and each line with how many requests it has fitted and whether its moment has passed."""
    lines = [
        {"name": line.name, "fitted": script.seen.get(line.name, 0), "fired": line.name in script.fired, "line": dict(line.written)}
        for line in script.lines
    ]
    return {"state": script.state, "lines": lines}


def read_script(call: Call) -> Reply:
    """Show the script."""
    return done(show(world_of(call).script))


def load_lines(call: Call) -> Reply:
    """Put lines before those that are there; one of the same name takes the place of the other. All of them, or none."""
    rows: list[dict[str, Any]] = call.body if isinstance(call.body, list) else [call.body]
    try:
        check_lines(rows, call.state.vendors)
    except ScenarioError as error:
        raise No(400, "That is no line", str(error)) from None
    with growing(call) as world:
        there = {line.name for line in world.script.lines}
        lines = _named(rows, there, world.clock.now())
        most = len(there | {line.name for line in lines})
        if most > MOST_LINES:
            raise No(409, "The script is full", f"It would have {most} lines, and {MOST_LINES} are its most: drop some first.")
        world.script.load(lines)
        catch_up(world)
        return done(show(world.script))


def drop_lines(call: Call) -> Reply:
    """Drop every line. The script stays in its state."""
    world = world_of(call)
    world.script.forget({line.name for line in world.script.lines})
    return done(show(world.script))


def drop_line(call: Call) -> Reply:
    """Drop one line."""
    world = world_of(call)
    there = [line.name for line in world.script.lines]
    if call.path["line"] not in there:
        raise No(404, "There is no such line", f"The script has no line {call.path['line']!r}; it has {listed(there)}.")
    world.script.forget({call.path["line"]})
    return done(show(world.script))


def _named(rows: Sequence[Mapping[str, Any]], taken: set[str], now: float) -> list[Line]:
    """Return the lines; one without a name gets the first `line-N` that is free."""
    free = _free_names(taken | {row["name"] for row in rows if "name" in row})
    return [Line(row["name"] if "name" in row else next(free), row, now) for row in rows]


def _free_names(taken: set[str]) -> Iterator[str]:
    return (name for name in (f"line-{number}" for number in count(1)) if name not in taken)
