"""An edited scenario is taken up while the server runs."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib.resources.abc import Traversable
from pathlib import Path

from watchfiles import awatch

from .engine.control import Control
from .engine.scenario import Scenario
from .engine.worlds import DEFAULT, Made, World, make_world

log = logging.getLogger(__name__)
LOOKED_AFTER = 1000
"""After so many milliseconds the files are looked at, even where the system has told of no change."""


class Reload:
    """Watches a scenario's files, from before they are first read, and has the scenario read anew when they say something else."""

    def __init__(self, files: Iterable[Traversable]) -> None:
        self.files = [Path(str(file)) for file in files]
        self._seen = self._contents()
        self._stop = asyncio.Event()

    async def watch(self, again: Callable[[], World]) -> None:
        """Watch until `end`.

        again: reads the scenario, and returns the world that is `default` from then on. ValueError where the scenario is no good: that is
        told on stderr, and nothing has changed.
        """
        # The folders, as many editors put a new file in the old one's place; and where a link leads to.
        folders = {folder for file in self.files for folder in (file.absolute().parent, file.resolve().parent)}
        try:
            async for _ in awatch(
                *folders,
                watch_filter=None,
                recursive=False,
                stop_event=self._stop,
                rust_timeout=LOOKED_AFTER,
                yield_on_timeout=True,
                ignore_permission_denied=True,
            ):
                self._look(again)
        except OSError as error:
            _tell(f"--reload: the scenario is no longer watched: {error}")

    def end(self) -> None:
        """Let `watch` come to its end."""
        self._stop.set()

    def _look(self, again: Callable[[], World]) -> None:
        contents = self._contents()
        # A file that is gone is one that an editor is about to put back.
        if contents is None or contents == self._seen:
            return
        self._seen = contents
        try:
            world = again()
        except ValueError as error:
            _tell(f"the scenario was edited, and is no good; what was there before stays:\n{error}")
        except Exception:
            # The next edit is to be seen all the same.
            log.exception("the scenario was edited, and could not be taken up")
        else:
            _tell(f"the scenario was edited; the world {world.name!r} is new, and worlds that are made from now on start from it")

    def _contents(self) -> list[bytes] | None:
        try:
            return [file.read_bytes() for file in self.files]
        except OSError:
            return None


def taken_up(control: Control, story: Scenario) -> World:
    """Return the default world, made anew from the new edition of its story; its seed stays. ValueError, and nothing has changed.

    Worlds that are made later start from that; those that were made from the old edition do when they are reset.
    """
    world = make_world(DEFAULT, story, control.vendors, control.worlds.get(DEFAULT).supply.seed, {}, mutants=control.mutants)
    control.worlds.replace(world)
    old, control.first = control.first, story
    for other in control.worlds.all():
        made = other.origin
        if isinstance(made, Made) and made.scenario.files == old.files:
            other.origin = replace(made, scenario=story)
    return world


def _tell(text: str) -> None:
    print(f"ownership-mock: {text}", file=sys.stderr, flush=True)
