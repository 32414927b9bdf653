"""Plays one row on a target."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import httpx

from .again import settled
from .case import Case
from .columns import column
from .control import ControlError, World
from .driver import Driver
from .fixtures import Binding, Pool, UnboundError, picks
from .kept import GivenFailed
from .live.ledger import Ledger
from .live.mode import Mode
from .live.retry import Busy
from .live.suited import require_suited
from .live.watch import Watch
from .patience import PATIENCE
from .played import Play, drawn
from .probe import NotObservable, require_probes
from .result import Result, Verdict
from .setup import Setup
from .shown import printable
from .target import Target, TargetError
from .told import result_of, veiled, why
from .unavailable import Unavailable
from .wait import WAIT, require_patience


@dataclass
class Player:
    """Plays rows on one target: each in a fresh world where it has a control API, else from its pools and by its set-up calls. share: see Pool.

    patience: how many seconds a row may really wait, where no control API turns a clock instead. mutants: full names of those that are on
    in each world. driver: what makes the worlds, where it is not to be one of the player's own with these mutants. ledger: where what is made and
    changed is written, None where nothing is. comparing: see Judge. watch: what looks after a run that others depend on, None where nothing
    does.
    """

    target: Target
    client: httpx.Client
    judge_public: bool = False
    share: tuple[int, int] = (0, 1)
    patience: float = PATIENCE
    mutants: tuple[str, ...] = ()
    driver: Driver | None = None
    comparing: bool = False
    ledger: Ledger | None = None
    watch: Watch | None = None
    _pools: dict[str, Pool] = field(default_factory=dict)
    plays: ClassVar[type[Play]] = Play

    def declare(self, vendor: str, picks: Mapping[str, Any]) -> None:
        """Go on as if the target declared these picks; what has been used up stays so."""
        tables = {**self.target.tables, vendor: {**self.target.tables[vendor], "picks": dict(picks)}}
        self.target = replace(self.target, tables=tables)
        if vendor in self._pools:
            self._pools[vendor].table = tables[vendor]

    def play(self, case: Case) -> Result:
        """Return the row's result; a fixture that was made for it and could not be taken away is a note. Nothing that the target does is raised."""
        setup = self.setup()
        try:
            result = self._played(case, setup) if self.watch is None else self._watched(case, setup, self.watch)
        finally:
            left_behind = setup.take_away()
        return veiled(replace(result, notes=(*result.notes, *left_behind)), self.target.secrets)

    def setup(self) -> Setup:
        """Return the set-up calls for one row."""
        return Setup(self.client, self.target.base_url, self.ledger, self.target.tables, None if self.watch is None else self.watch.keys)

    def pool(self, vendor: str, setup: Setup) -> Pool:
        """Return what one row draws from on a target without a control API. What it lacks is made with these calls, as far as the mode allows it."""
        table = self.target.tables[vendor]
        pool = self._pools.setdefault(vendor, self._pool(table))
        # What nobody can account for is not made.
        pool.setup = None if pool.reads or self.ledger is None else setup
        return pool

    def _watched(self, case: Case, setup: Setup, watch: Watch) -> Result:
        watch.begin()
        used = self._used(case)

        def again(changed: bool) -> Result:
            if not changed and case.vendor in self._pools:
                # What it drew is as it was, and is drawn once more.
                self._pools[case.vendor].used = used
            return self._played(case, setup)

        result = self._played(case, setup)
        ends = any(step.get("call") in column(case.vendor).uses_up for step in (*case.given, case.step, *case.then))
        return watch.settled(result, again, self._used(case) - used if ends else ())

    def _used(self, case: Case) -> set[str]:
        return set(self._pools[case.vendor].used) if case.vendor in self._pools else set()

    def _played(self, case: Case, setup: Setup) -> Result:
        try:
            with self.stage(case, setup) as (target, pool, world):
                self._require_known(case, pool)
                play = self.plays(self, case, target, pool, world)
                self._require_accepted(case, play.binding)
                return self._on_stage(play)
        except Unavailable as reason:
            return result_of(case, Verdict.SKIPPED, str(reason))
        except NotObservable as reason:
            return result_of(case, Verdict.NOT_OBSERVABLE, str(reason))
        except (TargetError, ControlError, httpx.HTTPError, httpx.InvalidURL) as error:
            return result_of(case, Verdict.ERROR, printable(why(error)))

    def _on_stage(self, play: Play) -> Result:
        return self._run(play) if play.world is not None else settled(play.case, lambda: self._run(play), play.begin_again)

    def _require_known(self, case: Case, pool: Pool) -> None:
        """Return if, as far as it can be told before anything is used up for it, nobody acts in the row who is not accepted any more. Unavailable."""
        if self.watch is None or not self.watch.keys.dead:
            return
        try:
            binding = drawn(case, replace(pool, reads=True, setup=None, used=set(pool.used)))
        except Unavailable:
            # What is lacking may be made; or else the row is told so.
            return
        self._require_accepted(case, binding)

    def _require_accepted(self, case: Case, binding: Binding) -> None:
        if self.watch is None:
            return
        self.watch.drawn()
        for step in (*case.given, case.step, *case.then):
            self.watch.keys.require(binding.principals.get(step.get("as", ""), {}))

    @staticmethod
    def _run(play: Play) -> Result:
        try:
            return play.run()
        except Busy:
            raise
        except (UnboundError, GivenFailed, ControlError, httpx.HTTPError, httpx.InvalidURL, re.error, UnicodeError) as error:
            return replace(result_of(play.case, Verdict.ERROR, play.masked(why(error))), trace=play.shown())

    @contextmanager
    def stage(self, case: Case, setup: Setup, seed: str | None = None) -> Iterator[tuple[Target, Pool, World | None]]:
        """Yield what the row is played on, what it draws from, and its world, if it has one of its own. seed: the world's, if it is to have one.

        Unavailable, NotObservable, TargetError, ControlError: the row cannot be begun.
        """
        settings = case.needs.get("settings", {})
        if case.vendor not in self.target.tables:
            raise Unavailable(f"the target has no table for {case.vendor}")
        if self.target.control is not None:
            self.driver = self.driver or Driver(self.target, self.client, self.mutants)
            with self.driver.world({case.vendor: settings} if settings else {}, seed) as (target, world):
                if any(WAIT in step for step in (*case.given, *case.then)):
                    # It stands still but for the row's waits: how long the requests take is then no matter.
                    world.freeze()
                require_probes(case, target.tables[case.vendor])
                yield target, Pool(target.tables[case.vendor]), world
            return
        require_suited(case, self.target.mode)
        table = self.target.tables[case.vendor]
        require_probes(case, table)
        declared = table.get("picks", {})
        for name, value in settings.items():
            if declared.get(name) != value:
                raise Unavailable(f"the row needs {name} = {value}, and {self._picks(declared, name)}")
        require_patience(case, picks(case.vendor, table), self.patience)
        if self.watch is not None:
            self.watch.require()
        yield self.target, self.pool(case.vendor, setup), None

    def _picks(self, declared: Mapping[str, Any], name: str) -> str:
        """Return what is known of a pick; of a deployment that is compared it was learnt from its answers."""
        if not self.comparing:
            return f"the target declares {declared.get(name, 'nothing')}"
        return f"the deployment picks {declared[name]}" if name in declared else "what the deployment picks is not known"

    def _pool(self, table: Mapping[str, Any]) -> Pool:
        pool = Pool(table, self.share, reads=self.target.mode is Mode.READ_ONLY)
        if self.ledger is not None:
            ledger = self.ledger
            # A row that is played again has what it had.
            pool.lease = lambda names: ledger.has(names[0]) or ledger.leases(names)
        if self.watch is not None:
            pool.keys = self.watch.keys
        return pool
