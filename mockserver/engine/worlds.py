"""Named, isolated worlds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from .clock import Clock, clock_at
from .journal.journal import Journal
from .mutants import Chosen, choose, install, of_vendor, settings_of
from .scenario import Scenario
from .script import Line, Script
from .settings import settle
from .supply import Supply, random_seed
from .vendor import State, Vendor

DEFAULT = "default"
NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def is_name(text: str) -> bool:
    """Return whether a world may be called so. The two that URLs take for steps may not be."""
    return NAME.fullmatch(text) is not None and text not in {".", ".."}


@dataclass
class World:
    """One isolated copy of every vendor's API: column and state by vendor name, and its own clock, supply, script and journal.

    origin: makes the world anew, as it was when it was made. mutants: those that are on in it, by their full names.
    """

    name: str
    scenario: str
    vendors: dict[str, Vendor]
    states: dict[str, State]
    clock: Clock
    supply: Supply
    script: Script
    origin: Callable[[], World]
    journal: Journal = field(default_factory=Journal)
    mutants: Chosen = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Put the mutants' rules in the place of the states' own."""
        for vendor, state in self.states.items():
            install(state, of_vendor(self.mutants, vendor))


def make_world(  # noqa: PLR0913 - what a world is made from, as `Made` keeps it
    name: str,
    scenario: Scenario,
    vendors: Iterable[Vendor],
    seed: str | None,
    overrides: Mapping[str, Any],
    *,
    turned: Mapping[str, Any] = MappingProxyType({}),
    mutants: Iterable[str] = (),
) -> World:
    """Return a fresh world. ValueError says what does not hold together.

    overrides: settings by vendor name, over the scenario's own, which are over the server's.
    turned: what the clock shows at first, over what the scenario says of that.
    mutants: full names of those that are on; MutantError, a ValueError, where there is none of such a name.
    """
    known = {vendor.name: vendor for vendor in vendors}
    strange = sorted(set(overrides) - set(known))
    if strange:
        raise ValueError(f"settings: no vendor {strange[0]!r} here; there is {', '.join(sorted(known))}")
    chosen = choose(mutants, known.values())
    seed = seed if seed is not None else random_seed()
    clock, supply = clock_at(**{**scenario.clock, **turned}), Supply(seed)
    states = {}
    for vendor in known.values():
        asked = (vendor.settings, scenario.settings.get(vendor.name, {}), overrides.get(vendor.name, {}), settings_of(chosen, vendor.name))
        settings = settle(vendor.name, {name: value for part in asked for name, value in part.items()})
        states[vendor.name] = vendor.state(scenario.world[vendor.name], settings, supply, clock)
    lines = [Line(row.get("name") or f"line-{number}", row, clock.now()) for number, row in enumerate(scenario.script, 1)]
    return World(
        name=name,
        scenario=scenario.name,
        vendors=known,
        states=states,
        clock=clock,
        supply=supply,
        script=Script(since=clock.now(), lines=lines),
        origin=Made(name, scenario, tuple(known.values()), seed, overrides, turned, tuple(chosen)),
        mutants=chosen,
    )


@dataclass(frozen=True)
class Made:
    """How a world was made from a scenario: the arguments of `make_world`. Called, it makes the world anew."""

    name: str
    scenario: Scenario
    vendors: tuple[Vendor, ...]
    seed: str
    overrides: Mapping[str, Any]
    turned: Mapping[str, Any]
    mutants: tuple[str, ...] = ()

    def __call__(self) -> World:
        """Return the world as it was when it was made. ValueError."""
        return make_world(self.name, self.scenario, self.vendors, self.seed, self.overrides, turned=self.turned, mutants=self.mutants)


def renewed(world: World) -> World:
    """Return the world as it was when it was made: the same ids, tokens and settings, its clock as at the start, its journal empty.

    One that a snapshot was restored to is again as the snapshot says. The other is left as it is.
    """
    return world.origin()
