"""Named, isolated worlds, and where they are kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .clock import Clock
from .journal import Journal
from .moment import start
from .scenario import Scenario
from .script import Line, Script
from .settings import settle
from .supply import Supply, random_seed
from .vendor import State, Vendor

DEFAULT = "default"
NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
MOST_WORLDS = 2000


def is_name(text: str) -> bool:
    """Return whether a world may be called so. The two that URLs take for steps may not be."""
    return NAME.fullmatch(text) is not None and text not in {".", ".."}


class WorldError(ValueError):
    """A world that cannot be made, or is not there. kind: taken, unknown, name, full."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass
class World:
    """One isolated copy of every vendor's API: column and state by vendor name, and its own clock, supply, script and journal."""

    name: str
    scenario: str
    vendors: dict[str, Vendor]
    states: dict[str, State]
    clock: Clock
    supply: Supply
    script: Script
    journal: Journal = field(default_factory=Journal)


def make_world(name: str, scenario: Scenario, vendors: Iterable[Vendor], seed: str | None, overrides: Mapping[str, Any]) -> World:
    """Return a fresh world. overrides: settings by vendor name, over the scenario's own. ValueError says what does not hold together."""
    clock, supply = Clock(), Supply(seed if seed is not None else random_seed())
    start(clock, scenario.clock)
    known = {vendor.name: vendor for vendor in vendors}
    strange = sorted(set(overrides) - set(known))
    if strange:
        raise ValueError(f"settings: no vendor {strange[0]!r} here; there is {', '.join(sorted(known))}")
    states = {}
    for vendor in known.values():
        settings = settle(vendor.name, {**scenario.settings.get(vendor.name, {}), **overrides.get(vendor.name, {})})
        states[vendor.name] = vendor.state(scenario.world[vendor.name], settings, supply, clock)
    lines = [Line(row.get("name") or f"line-{number}", row, clock.now()) for number, row in enumerate(scenario.script, 1)]
    script = Script(since=clock.now(), lines=lines)
    return World(name=name, scenario=scenario.name, vendors=known, states=states, clock=clock, supply=supply, script=script)


class Worlds:
    """The store of worlds, in memory. Every method is one atomic step."""

    def __init__(self) -> None:
        self._worlds: dict[str, World] = {}

    def add(self, world: World) -> None:
        """Keep a world. WorldError: name, taken or full."""
        self.check_name(world.name)
        if len(self._worlds) >= MOST_WORLDS:
            raise WorldError("full", f"there are {MOST_WORLDS} worlds, and no more are kept: delete some")
        self._worlds[world.name] = world

    def check_name(self, name: str) -> None:
        """Return if a new world may have this name. WorldError: name or taken."""
        if not is_name(name):
            raise WorldError("name", f"{name!r} is no name for a world: 1 to 64 of A-Z a-z 0-9 _ . - are")
        if name in self._worlds:
            raise WorldError("taken", f"there is a world {name!r} already")

    def get(self, name: str) -> World:
        """Return the world. WorldError: unknown."""
        try:
            return self._worlds[name]
        except KeyError:
            raise WorldError("unknown", f"there is no world {name!r}: make it with POST /_mock/api/worlds") from None

    def delete(self, name: str) -> None:
        """Forget the world. WorldError: unknown."""
        self.get(name)
        del self._worlds[name]

    def names(self) -> list[str]:
        """Return the names of the worlds, oldest first."""
        return list(self._worlds)
