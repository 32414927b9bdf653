"""A whole world as one JSON document, and back: everything that it is but its journal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from cattrs import override

from . import plain, scenario
from .clock import clock_at
from .mutants import choose
from .script import Line, Script
from .settings import settle
from .story.mistakes import ScenarioError, json_path
from .strict import DEEPEST_DOCUMENT, read_json
from .supply import Supply
from .vendor import Vendor
from .worlds import World

FORMAT = 1
"""The form of the documents that this server writes and reads."""


@dataclass(frozen=True)
class _Shown:
    """What the clock shows, and whether it stands still."""

    now: float
    frozen: bool


@dataclass(frozen=True)
class _Document:
    format: int
    scenario: str
    seed: str
    drawn: dict[str, int]
    clock: _Shown
    settings: dict[str, dict[str, Any]]
    states: dict[str, Any]
    script: Script
    mutants: list[str] = field(default_factory=list)


def _form() -> Any:
    form = plain.converter()
    plain.describe(form, _Shown)
    plain.describe(form, Line)
    plain.describe(form, Script)
    plain.describe(form, _Document, seed=override(struct_hook=plain.text(empty=True)))
    return form


_FORM = _form()


def dump(world: World) -> dict[str, Any]:
    """Return the world as JSON: `restored` makes one from it that answers as this one would. It holds every credential in the clear."""
    return {
        "format": FORMAT,
        "scenario": world.scenario,
        "seed": world.supply.seed,
        "drawn": dict(world.supply.drawn),
        "clock": {"now": world.clock.now(), "frozen": world.clock.frozen is not None},
        "settings": {vendor: dict(state.settings) for vendor, state in world.states.items()},
        "states": {vendor: state.dump() for vendor, state in world.states.items()},
        "script": world.script.dump(),
        "mutants": list(world.mutants),
    }


def size(world: World) -> int:
    """Return how many bytes the world's document has."""
    return len(_written(dump(world)))


def restored(name: str, document: Mapping[str, Any], vendors: Iterable[Vendor]) -> World:
    """Return a world of this name that goes on where the document was written; its clock runs on from there, or stands there still.

    `renewed` leads back there. ValueError says what is wrong with the document, and where. It has to be of the same vendors.
    """
    try:
        text = _written(document)
    except (RecursionError, TypeError, ValueError) as error:
        raise ValueError(f"snapshot: it is no JSON document: {error}") from None
    return _world(name, text, tuple(vendors))


def _written(document: Mapping[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"))


def _world(name: str, text: str, vendors: tuple[Vendor, ...]) -> World:
    try:
        document = _read(text, vendors)
        clock = clock_at(**vars(document.clock))
        supply = Supply(document.seed, document.drawn)
        states = {
            vendor.name: vendor.restore(document.states[vendor.name], settle(vendor.name, document.settings[vendor.name]), supply, clock)
            for vendor in vendors
        }
        _check_script(document.script, vendors)
        chosen = choose(document.mutants, vendors)
    except ValueError as error:
        raise ValueError(f"snapshot: {error}") from None
    return World(
        name=name,
        scenario=document.scenario,
        vendors={vendor.name: vendor for vendor in vendors},
        states=states,
        clock=clock,
        supply=supply,
        script=document.script,
        origin=partial(_world, name, text, vendors),
        mutants=chosen,
    )


def _read(text: str, vendors: tuple[Vendor, ...]) -> _Document:
    value = read_json(text.encode(), deepest=DEEPEST_DOCUMENT)
    # Of another format, nothing else in it can be judged.
    if isinstance(value, dict) and value.get("format", FORMAT) != FORMAT:
        raise ValueError(f"format: this server reads format {FORMAT}; the document is of another one")
    document: _Document = plain.read(_FORM, value, _Document, "$")
    served = {vendor.name for vendor in vendors}
    for part, table in (("settings", document.settings), ("states", document.states)):
        strange, missing = sorted(set(table) - served), sorted(served - set(table))
        if strange:
            raise ValueError(f"$.{part}: no vendor {strange[0]!r} here; there is {', '.join(sorted(served))}")
        if missing:
            raise ValueError(f"$.{part}: {missing[0]} is missing")
    return document


def _check_script(script: Script, vendors: tuple[Vendor, ...]) -> None:
    """Return if the script can run on. ValueError."""
    names = [line.name for line in script.lines]
    plain.unique(names, "$.script.lines")
    plain.unique(script.fired, "$.script.fired")
    for where, told in (("seen", list(script.seen)), ("fired", script.fired)):
        for name in told:
            plain.known(name, names, f"$.script.{where}", "line")
    try:
        scenario.check_lines([line.written for line in script.lines], vendors)
    except ScenarioError as error:
        wrong = error.mistakes[0]
        place = ("script", "lines", *wrong.place[:1], "written", *wrong.place[1:])
        raise ValueError(f"{json_path(place)}: {wrong.wrong}") from None
