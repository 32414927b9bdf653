"""Plays rows as a run does, but for what comes back: that is made up, and says nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from ..case import Case
from ..contract import Answer
from ..control import World
from ..fixtures import Pool
from ..live.identity import TOKEN, Held
from ..play import Player
from ..played import Play
from ..result import Result, Verdict
from ..setup import Setup
from ..target import Target
from ..told import result_of
from ..wait import seconds
from .plan import Plan, Planned, readable

LOGINS = (
    frozenset({"client_id", "client_secret"}),
    frozenset({"login", "password"}),
    frozenset({"identifier", "password"}),
    frozenset({"vendor_id", "password"}),
)
"""The fields with which somebody can sign in before the run."""
UNSENT = "a dry run: nothing was sent"
"""Why a row that would be played was not."""


class DryPlay(Play):
    """A row on its way through answers that are made up. waits: the seconds that it would have waited."""

    waits = 0.0

    def ask(self, step: Mapping[str, Any], where: str, grade: str | None = None) -> Answer:
        """Send one step's request, and take the answer for good."""
        try:
            return super().ask(step, where, grade)
        finally:
            self.findings.clear()

    def _probe(self, step: Mapping[str, Any], where: str, grade: str | None) -> None:
        super()._probe(step, where, grade)
        self.findings.clear()

    def hidden(self) -> set[str]:
        """Return the row's secrets."""
        return self._secrets()

    def _wait(self, wait: float | str) -> None:
        self.waits += seconds(wait, self.binding)


class Assumed(Held):
    """Credentials as a target's table has them; of whom a login would give one, a text that says so."""

    def of(self, row: Mapping[str, Any], kind: str = TOKEN) -> str | None:
        """Return the credential, None where there would be none either."""
        signs_in = any(names <= row.keys() for names in LOGINS)
        return super().of(row, kind) or (f"<{kind}-of-a-login>" if signs_in else None)


@dataclass
class DryPlayer(Player):
    """Plays rows on nothing. plan: where what they would send is gathered."""

    plan: Plan = field(kw_only=True)
    plays: ClassVar[type[Play]] = DryPlay

    @classmethod
    def of(cls, plan: Plan, judge_public: bool, share: tuple[int, int], patience: float) -> DryPlayer:
        """Return one whose rows go into this plan; the others: see Player."""
        target = replace(plan.target, control=None)
        # A world's clock is turned.
        waits = math.inf if plan.in_worlds else patience
        return cls(target, plan.client, judge_public, share, waits, ledger=plan.ledger, plan=plan)

    def play(self, case: Case) -> Result:
        """Return that the row was not played, and why; what it would send is in the plan."""
        self.plan.begin_row()
        self._way: DryPlay | None = None
        result = super().play(case)
        if not self.plan.imagined.sent:
            return result
        # What was begun and could not go on is no more than a row that is cut short.
        self.plan.rows.append(self._planned(case, "" if result.verdict is Verdict.PASS else result.reason))
        return result_of(case, Verdict.SKIPPED, UNSENT)

    def _planned(self, case: Case, cut: str) -> Planned:
        way = self._way
        lines = self.plan.lines(way.hidden() if way else ())
        judged = f"{way.asked.method} {readable(way.asked.path)} as {case.step['as']}" if way and way.asked else ""
        return Planned(case.vendor, case.id, case.clause.id, tuple(lines), judged, way.waits if way else 0.0, cut)

    def _played(self, case: Case, setup: Setup) -> Result:
        if self.plan.in_worlds:
            # In a world of its own each row has all that there is, and finds the server as it needs it.
            self._pools.clear()
            case = replace(case, needs={name: need for name, need in case.needs.items() if name != "settings"})
        return super()._played(case, setup)

    @contextmanager
    def stage(self, case: Case, setup: Setup, seed: str | None = None) -> Iterator[tuple[Target, Pool, World | None]]:
        """Yield what the row would be played on. Unavailable, NotObservable: it could not be begun."""
        with super().stage(case, setup, seed) as (target, pool, world):
            pool.setup = None if self.plan.in_worlds else pool.setup
            pool.keys = setup.keys = Assumed()
            yield target, pool, world

    def _on_stage(self, play: Play) -> Result:
        self._way = play if isinstance(play, DryPlay) else None
        return self._run(play)
