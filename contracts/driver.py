"""Fresh worlds of a target that has a control API, each as a target of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import httpx

from .. import specs
from .connection import connection
from .control import Control, ControlError, World
from .live.mode import Mode
from .live.resource import NONE, meaning
from .reached import probe_from_here, world_path
from .sent import Anew
from .target import Target, TargetError, parse


def require_answer(target: Target) -> None:
    """Return if the target answers at all, at its base URL and at its control API. TargetError."""
    with connection(target) as client:
        client.timeout = httpx.Timeout(10)
        try:
            client.get(f"{target.base_url}/", extensions=meaning(NONE))
        except httpx.HTTPError as error:
            raise TargetError(f"{target.base_url} does not answer: {error}{_mend(error)}") from None
        if target.control is None:
            return
        try:
            Control(target.control, target.control_token, client).health()
        except ControlError as error:
            raise TargetError(f"the control API at {target.control} cannot be used: {error}{_mend(error)}") from None


def _mend(error: Exception) -> str:
    return "; name the CA that it comes from as `ca` in the target file" if "CERTIFICATE_VERIFY_FAILED" in str(error) else ""


class Driver:
    """Makes worlds on the target. client: what the requests go out with. mutants: full names of those that are on in each that is made from now on.

    lasting: there is one world, which begins anew in the place of each further one; that costs less. It is deleted by `end`.
    refused: why the last world that was wanted was not made, None where it was.
    """

    def __init__(self, target: Target, client: httpx.Client, mutants: Sequence[str] = (), *, lasting: bool = False) -> None:
        if target.control is None:
            raise TargetError("the target has no control API")
        self.target = target
        self.mutants = tuple(mutants)
        self.lasting = lasting
        self.control = Control(target.control, target.control_token, client)
        self.refused: str | None = None
        self._kept: World | None = None
        self._shape_checked = False

    @contextmanager
    def world(self, settings: Mapping[str, Mapping[str, Any]], seed: str | None = None) -> Iterator[tuple[Target, World]]:
        """Yield a fresh world as a target of its own, and what turns it, and delete it at the end unless it lasts. TargetError.

        settings: picks by vendor. seed: where its ids and codes come from, for a run that can be repeated.
        """
        self.refused = None
        try:
            world = self._fresh(settings, seed)
        except ControlError as error:
            self.refused = f"the control API made no world: {error}"
            raise TargetError(self.refused) from None
        try:
            yield self._described(world), world
        finally:
            if not self.lasting:
                with suppress(ControlError):
                    world.delete()

    def end(self) -> None:
        """Delete the world that lasts."""
        if self._kept is not None:
            with suppress(ControlError):
                self._kept.delete()
            self._kept = None

    def _fresh(self, settings: Mapping[str, Mapping[str, Any]], seed: str | None) -> World:
        if self._kept is not None:
            anew: Anew = {"settings": settings, "mutants": self.mutants}
            if seed is not None:
                anew["seed"] = seed
            self._kept.reset(**anew)
            return self._kept
        world = self.control.world(settings=settings, seed=seed, mutants=self.mutants or None)
        if self.lasting:
            self._kept = world
        return world

    def _described(self, world: World) -> Target:
        """Return the world as a target. The first one's shape is checked, and stands for all: they are made by one server."""
        if not self._shape_checked:
            parse({"base_url": world.base_url, **world.target}, f"world {world.name}")
            self._shape_checked = True
        tables = {vendor: self._probed(world.target[vendor]) for vendor in specs.vendors() if vendor in world.target}
        # Below the target's own base URL, which may be that of a proxy before the server.
        base_url = self.target.base_url + world_path(self.control.url, world.base_url)
        return replace(self.target, base_url=base_url, tables=tables, control=None, control_token=None, mode=Mode.WORLDS)

    def _probed(self, table: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the table with its probes at the control API as the target has it: the server knows no proxy that stands before it."""
        probes = {name: {**probe, "url": probe_from_here(self.control.url, probe["url"])} for name, probe in table.get("probes", {}).items()}
        return {**table, "probes": probes} if probes else table
