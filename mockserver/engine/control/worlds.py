"""Worlds made, read and deleted."""

from __future__ import annotations

from ..scenario import names, shipped
from ..store import WorldError
from ..supply import random_seed
from ..vendor import Call, Reply
from ..worlds import DEFAULT, make_world
from . import clock, script
from .refusals import No, of_world
from .store import NOTHING_TO_SAY, Control, done, world_of
from .targets import describe, world_base


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
    body = call.body
    name = body["name"] if "name" in body else f"w-{random_seed()[:12]}"
    try:
        control.worlds.check_name(name)
        story = shipped(body["scenario"], control.vendors) if "scenario" in body else control.first
        seed = body["seed"] if "seed" in body else control.worlds.seed_of(name)
        world = make_world(name, story, control.vendors, seed, body.get("settings", {}))
        control.worlds.add(world)
    except WorldError as error:
        raise of_world(error) from None
    except ValueError as error:
        raise No(400, "The world cannot be made", str(error)) from None
    return done({"name": name, **describe(world, call.exchange.origin)}, 201)


def read_world(call: Call) -> Reply:
    """Show a world's state, its clock, its script and its last requests: all that are kept, or so many."""
    world = world_of(call)
    most = call.exchange.query.get("requests")
    return done({
        "name": world.name,
        "scenario": world.scenario,
        "base_url": world_base(world.name, call.exchange.origin),
        "clock": clock.show(world.clock),
        "script": script.show(world.script),
        "state": {vendor: part.view() for vendor, part in world.states.items()},
        "requests": world.journal.view(None if most is None else int(most)),
    })  # fmt: skip


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
