"""Worlds made, read, begun anew and deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..scenario import Scenario, inline, names, shipped
from ..snapshot import dump, restored
from ..store import WorldError
from ..supply import random_seed
from ..vendor import Call, Reply
from ..worlds import DEFAULT, Made, World, make_world, renewed
from . import clock, script
from .refusals import No, of_world
from .state import NOTHING_TO_SAY, Control, done, world_of
from .targets import describe, world_base

NOT_MADE = "The world cannot be made"
OF_A_SCENARIO = ("scenario", "seed", "settings", "mutants")
"""What a snapshot has of its own."""


def health(call: Call) -> Reply:
    """Say that the server answers, and what it serves."""
    control: Control = call.state
    return done({"status": "ok", "vendors": [vendor.name for vendor in control.vendors], "scenarios": names(control.vendors)})


def list_worlds(call: Call) -> Reply:
    """List the worlds' names."""
    return done({"worlds": call.state.worlds.names()})


def create_world(call: Call) -> Reply:
    """Make a world and describe it as a target."""
    control: Control = call.state
    name = call.body["name"] if "name" in call.body else f"w-{random_seed()[:12]}"
    try:
        control.worlds.check_name(name)
        control.worlds.add(_made(control, name, call.body, _Else(control.first, control.worlds.seed_of(name), control.mutants)))
    except WorldError as error:
        raise of_world(error) from None
    return done(_target(call, name), 201)


def read_world(call: Call) -> Reply:
    """Show a world's state, its clock, its script and its last requests: all that are kept, or so many."""
    world = world_of(call)
    most = call.exchange.query.get("requests")
    return done({
        "name": world.name,
        "scenario": world.scenario,
        "mutants": list(world.mutants),
        "base_url": world_base(world.name, call.exchange.origin),
        "clock": clock.show(world.clock),
        "script": script.show(world.script),
        "state": {vendor: part.view() for vendor, part in world.states.items()},
        "requests": world.journal.view(None if most is None else int(most)),
    })  # fmt: skip


def reset_world(call: Call) -> Reply:
    """Put a world in the place of the one of its name: as that was made, or made from what the body says."""
    control: Control = call.state
    world = world_of(call)
    if not call.exchange.body:
        return _put(call, renewed(world))
    if not isinstance(call.body, dict) or call.exchange.parsed is None:
        raise No(400, NOT_MADE, "At $: null is not of type 'object'; send no body, and the world is as it was made.")
    return _put(call, _made(control, world.name, call.body, _Else(_scenario_of(control, world), world.supply.seed, tuple(world.mutants))))


def read_snapshot(call: Call) -> Reply:
    """Show all that a world is, but its journal."""
    return done(dump(world_of(call)))


def restore_world(call: Call) -> Reply:
    """Put the world of a snapshot in the place of the one of this name."""
    world = world_of(call)
    return _put(call, _made(call.state, world.name, {"snapshot": call.body}, _Else()))


def delete_world(call: Call) -> Reply:
    """Forget a world; the default one stays."""
    control: Control = call.state
    name = call.path["name"]
    if name == DEFAULT:
        raise No(409, "The world stays", f"The world {DEFAULT!r} answers at the bare paths and cannot be deleted; it can be reset.")
    try:
        control.worlds.delete(name)
    except WorldError as error:
        raise of_world(error) from None
    return NOTHING_TO_SAY


def _put(call: Call, world: World) -> Reply:
    try:
        call.state.worlds.replace(world, untouched=True)
    except WorldError as error:
        raise of_world(error) from None
    return done(_target(call, world.name))


def _target(call: Call, name: str) -> dict[str, Any]:
    return {"name": name, **describe(call.state.worlds.ask(name).world, call.exchange.origin)}


@dataclass(frozen=True)
class _Else:
    """What counts where a body names none: scenario, seed, mutants."""

    story: Scenario | None = None
    seed: str = ""
    mutants: tuple[str, ...] = ()


def _made(control: Control, name: str, body: Mapping[str, Any], otherwise: _Else) -> World:
    """Return the world that a body asks for. No: 400 where it does not hold together."""
    turned = _turned(body.get("clock", {}))
    try:
        if "snapshot" in body:
            return restored(name, _with_clock(body, turned), control.vendors)
        told = _told(control, body["scenario"]) if "scenario" in body else otherwise.story
        if told is None:
            raise No(400, NOT_MADE, "The world came from a snapshot, and its scenario is not one that ships: say from which `scenario` it is to be.")
        seed, mutants = body.get("seed", otherwise.seed), body.get("mutants", otherwise.mutants)
        return make_world(name, told, control.vendors, seed, body.get("settings", {}), turned=turned, mutants=mutants)
    except ValueError as error:
        raise No(400, NOT_MADE, str(error)) from None


def _told(control: Control, named: str | Mapping[str, Any]) -> Scenario:
    return shipped(named, control.vendors) if isinstance(named, str) else inline(named, control.vendors)


def _scenario_of(control: Control, world: World) -> Scenario | None:
    """Return the scenario that a world began with; of one that came from a snapshot only where it can be told by its name."""
    if isinstance(world.origin, Made):
        return world.origin.scenario
    if world.scenario == control.first.name:
        return control.first
    return shipped(world.scenario, control.vendors) if world.scenario in names(control.vendors) else None


def _turned(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {**asked, **({"now": clock.moment_of(asked["now"], "$.clock.now")} if "now" in asked else {})}


def _with_clock(body: Mapping[str, Any], turned: Mapping[str, Any]) -> dict[str, Any]:
    """Return the snapshot of a body, its clock turned. No: 400 where the body says what only a scenario takes."""
    others = [field for field in OF_A_SCENARIO if field in body]
    if others:
        raise No(
            400, NOT_MADE, f"At $.{others[0]}: a snapshot has its own {', '.join(OF_A_SCENARIO)}; leave out {' and '.join(others)}, or the snapshot."
        )
    document = dict(body["snapshot"])
    shown = document.get("clock")
    if turned and isinstance(shown, dict):
        document["clock"] = {**shown, **turned}
    return document
