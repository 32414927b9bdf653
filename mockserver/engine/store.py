"""Where worlds are kept: how many, how large, and for how long."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from . import snapshot
from .size import Size, Weigh
from .supply import derived_seed, random_seed
from .worlds import DEFAULT, World, is_name

RULE = "1 to 64 of A-Z a-z 0-9 _ . - are one, but for . and .."


@dataclass(frozen=True)
class Bounds:
    """How many worlds are kept at once, how many bytes one may have, and after how many idle seconds it is forgotten. None: never."""

    worlds: int = 2000
    size: int = 4 * 1024 * 1024
    idle: float | None = None


BOUNDS = Bounds()


class WorldError(ValueError):
    """A world that cannot be made or kept, or is not there. kind: taken, unknown, name, full, size."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass
class Kept:
    """A world that is kept. asked: when it was last asked for, on the store's clock. running: how many requests are on their way in it.

    brought: how many bytes these have brought.
    """

    world: World
    size: Size
    bound: int
    asked: float
    running: int = 0
    brought: int = 0


class Worlds:
    """The store of worlds, in memory. Every method is one atomic step.

    seed: what the seeds of worlds come from that are made without one; None: they are random. weigh: measures a world. now: seconds of a
    clock that only runs forward, by which worlds are idle.
    """

    def __init__(
        self, bounds: Bounds = BOUNDS, seed: str | None = None, *, weigh: Weigh = snapshot.size, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.bounds = bounds
        self.seed = seed
        self._weigh = weigh
        self._now = now
        self._kept: dict[str, Kept] = {}
        # The same, the one that nobody has asked for for the longest first.
        self._idle: OrderedDict[str, Kept] = OrderedDict()

    def add(self, world: World) -> None:
        """Keep a world. WorldError: name, taken, full or size."""
        self.check_name(world.name)
        self._keep(world)

    def replace(self, world: World, *, untouched: bool = False) -> None:
        """Put a world in the place of the one that has its name; requests on their way end in that one. WorldError: unknown or size.

        untouched: it is as its origin has made it. Then it has the size that one of the same origin had.
        """
        before = self.ask(world.name).size
        self._keep(world, before if untouched else None)

    def check_name(self, name: str) -> None:
        """Return if a new world may be kept under this name. WorldError: name, taken or full."""
        if not is_name(name):
            raise WorldError("name", f"{name!r} is no name for a world: {RULE}")
        if name in self:
            raise WorldError("taken", f"there is a world {name!r} already")
        if len(self._kept) >= self.bounds.worlds:
            remedy = "delete some with DELETE /_mock/api/worlds/NAME, or start the server with more --worlds, or with --idle"
            raise WorldError("full", f"there are {len(self._kept)} worlds, and no more are kept: {remedy}")

    def get(self, name: str) -> World:
        """Return the world, to read or to change. WorldError: unknown."""
        kept = self.ask(name)
        # Who asks may change it in any way.
        kept.size.doubtful = True
        return kept.world

    def ask(self, name: str) -> Kept:
        """Return the world with what is known of it. WorldError: unknown."""
        if not is_name(name):
            raise WorldError("unknown", f"there is no world {name!r}, and no world can be called so: {RULE}")
        self.sweep()
        try:
            kept = self._kept[name]
        except KeyError:
            raise WorldError("unknown", f"there is no world {name!r}: make it with POST /_mock/api/worlds") from None
        self._touch(kept)
        return kept

    def delete(self, name: str) -> None:
        """Forget the world; requests on their way in it end as they would. WorldError: unknown."""
        self.ask(name)
        self._forget(name)

    def names(self) -> list[str]:
        """Return the names of the worlds, oldest first."""
        self.sweep()
        return list(self._kept)

    def all(self) -> list[World]:
        """Return the worlds, oldest first. None of them counts as asked for."""
        return [kept.world for kept in self._kept.values()]

    def __contains__(self, name: str) -> bool:
        """Return whether there is a world of this name."""
        self.sweep()
        return name in self._kept

    @contextmanager
    def request(self, kept: Kept, brings: int, *, grows: bool) -> Iterator[bool]:
        """Yield whether a request that brings so many bytes may run: one that makes a world grow may not in a full one.

        What the requests on their way have brought counts as if it were in the world. While the block lasts this one is on its way, and its
        world does not become idle.
        """
        runs = not (grows and kept.size.reaches(kept.bound - kept.brought))
        growth = kept.size.begin(brings) if runs else 0
        kept.running += 1
        kept.brought += brings
        try:
            yield runs
        finally:
            kept.running -= 1
            kept.brought -= brings
            kept.size.end(growth)
            self._touch(kept)

    def seed_of(self, name: str) -> str:
        """Return the seed of a world of this name that is made without one."""
        return random_seed() if self.seed is None else derived_seed(self.seed, name)

    def sweep(self) -> None:
        """Forget the worlds that nobody has asked for for too long."""
        if self.bounds.idle is None:
            return
        last = self._now() - self.bounds.idle
        while self._idle:
            name, kept = next(iter(self._idle.items()))
            if kept.asked > last:
                return
            if kept.running:
                self._touch(kept)
            else:
                self._forget(name)

    def _keep(self, world: World, before: Size | None = None) -> None:
        kept = Kept(world, Size(world, self._weigh, before), self.bounds.size, self._now())
        if kept.size.measured > kept.bound:
            found = f"the world {world.name!r} has {kept.size.measured} bytes, and a world may have {kept.bound}"
            raise WorldError("size", f"{found}: make it smaller, or start the server with a larger --world-size")
        self._kept[world.name] = kept
        self._touch(kept)

    def _touch(self, kept: Kept) -> None:
        name = kept.world.name
        if self.bounds.idle is None or name == DEFAULT or self._kept.get(name) is not kept:
            return
        kept.asked = self._now()
        self._idle[name] = kept
        self._idle.move_to_end(name)

    def _forget(self, name: str) -> None:
        del self._kept[name]
        self._idle.pop(name, None)
