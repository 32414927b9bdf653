"""Where a worker plays: a mock server of its own for each vendor, and on it one world that begins anew for each row."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache

import httpx

from ..case import Case
from ..connection import connection
from ..control import Control, ControlError
from ..driver import Driver
from ..layers.machine import walk
from ..layers.races import RACES, Race, races, run_race
from ..layers.sizes import STEPS, WALKS, walks
from ..layers.way import MODEL
from ..mock import local_mock
from ..play import Player
from ..result import Result, Verdict
from ..target import Target, load
from .job import GOOD, Done, Job, ProveError
from .units import rows

_WALKING = threading.Lock()
"""Hypothesis draws for one walk at a time."""


class Stage:
    """One vendor's server, for one thread at a time. target: the server's. Ended by `end`."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.client: httpx.Client = connection(target)
        self.driver = Driver(target, self.client, lasting=True)

    def end(self) -> None:
        """Delete the world, and end the connection."""
        self.driver.end()
        self.client.close()

    def play(self, job: Job, go_on: Callable[[], bool]) -> Done:
        """Play the job's units in their order, for as long as it may go on. ProveError: the server does not answer any more."""
        failed: dict[str, str] = {}
        errors: dict[str, str] = {}
        idle: dict[str, str] = {}
        played = 0
        for unit in job.units:
            if not go_on() or (job.first and failed):
                break
            result = self._played(job, unit)
            played += 1
            if result.verdict is Verdict.FAIL:
                failed[unit] = result.reason
            elif result.verdict is Verdict.ERROR:
                self._require_world(job, unit, result.reason)
                errors[unit] = result.reason
            elif not result.judged:
                idle[unit] = f"it judged nothing: {result.verdict}: {result.reason}"
        return Done(played, failed, errors, idle)

    def _played(self, job: Job, unit: str) -> Result:
        mutants = () if job.mutant == GOOD else (job.mutant,)
        if job.layer == MODEL:
            with _WALKING:
                seed = walks(job.seed)[unit]
                return walk(self.target, self.client, job.vendor, seed=seed, examples=WALKS, steps=STEPS, mutants=mutants, shrink=False, name=unit)
        if job.layer == RACES:
            return run_race(self.target, job.vendor, _races(job.vendor)[unit], seed=job.seed, mutants=mutants)
        self.driver.mutants = mutants
        return Player(self.target, self.client, driver=self.driver).play(_rows(job.vendor, job.layer)[unit])

    def _require_world(self, job: Job, unit: str, reason: str) -> None:
        """Return if there was a world, and its server still answers. ProveError: the row says nothing of the mutant."""
        try:
            self.driver.control.health()
        except ControlError as error:
            raise ProveError(f"the mock server ended while {unit} was played ({reason}): {error}") from None
        if self.driver.refused is not None:
            raise ProveError(f"{unit} has no world with {job.mutant or 'no mutant'}: {self.driver.refused}")


@cache
def _rows(vendor: str, layer: str) -> dict[str, Case]:
    return {case.id: case for case in rows(vendor, layer)}


@cache
def _races(vendor: str) -> dict[str, Race]:
    return {race.case.id: race for race in races(vendor)}


def catalogue(target: Target) -> list[dict[str, object]]:
    """Return the server's catalogue of mutants, as its control API tells it. ControlError."""
    assert target.control is not None  # noqa: S101 - every mock server of ours has one
    with Control(target.control, target.control_token) as control:
        return control.mutants()


def start(vendor: str, stack: ExitStack) -> Target:
    """Return the target of a mock server that serves this vendor, ended with the stack. TargetError."""
    return load(stack.enter_context(local_mock([vendor])))
