"""Races: calls made at once over connections of their own, again and again; some order of them has to explain what came of it."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache, partial
from threading import Barrier, BrokenBarrierError
from typing import Any

import httpx

from ... import specs
from ..case import Case
from ..case import schema as case_schema
from ..columns import column
from ..connection import connection
from ..contract import Answer, operations
from ..control import ControlError
from ..fixtures import UnboundError, picks
from ..kept import GivenFailed, kept
from ..model import Model, ModelError, Step
from ..play import Player
from ..played import Play
from ..probe import PROBE
from ..result import Result, Verdict
from ..rows import HERE, CaseError, read
from ..setup import Setup
from ..target import Target, TargetError
from ..told import line, result_of, why
from ..unavailable import Unavailable
from .course import Course
from .machine import UNCONTROLLED
from .orders import Call, Orders

RACES = "races"
MOST_SIDES = 6
"""More would have more orders than can be searched."""
PATIENCE = 30.0
"""Seconds within which all sides are ready."""


@dataclass(frozen=True)
class Race:
    """A race. case: its id, clause, needs and what is given. sides: the steps of each. then: steps after it. times: how often it is run."""

    case: Case
    sides: tuple[tuple[Step, ...], ...]
    then: tuple[Step, ...]
    times: int


@cache
def schema() -> dict[str, Any]:
    """Return the closed JSON Schema of a file of races."""
    document: dict[str, Any] = json.loads((HERE / "races.schema.json").read_text("utf-8"))
    return {**document, "$defs": {**case_schema()["$defs"], **document["$defs"]}}


@cache
def races(vendor: str) -> tuple[Race, ...]:
    """Return the vendor's races; none where it has no reference model. CaseError."""
    if column(vendor).oracle is None or not (HERE / vendor / "races.yaml").is_file():
        return ()
    found = tuple(_race(vendor, row) for row in read(f"{vendor}/races.yaml", schema()))
    ids = [race.case.id for race in found]
    twice = sorted({race_id for race_id in ids if ids.count(race_id) > 1})
    if twice:
        raise CaseError(f"contracts/{vendor}/races.yaml: id given twice: {', '.join(twice)}")
    return found


def _race(vendor: str, row: Mapping[str, Any]) -> Race:
    clauses, place = specs.ledger(vendor).clauses, f"contracts/{vendor}/races.yaml: {row['id']}"
    if row["clause"] not in clauses:
        raise CaseError(f"{place} cites {row['clause']!r}, which the ledger does not have")
    sides: list[tuple[Step, ...]] = []
    for side in row["at_once"]:
        sides += [tuple(side)] if isinstance(side, list) else [tuple(side["steps"])] * side["times"]
    if not 1 < len(sides) <= MOST_SIDES:
        raise CaseError(f"{place} has {len(sides)} sides: 2 to {MOST_SIDES} can race")
    then = tuple(row.get("then", ()))
    strange = sorted({step["call"] for side in (*sides, then) for step in side} - operations(vendor).keys())
    if strange:
        raise CaseError(f"{place} calls {', '.join(strange)}: the vendor's spec has no such operation")
    versions = {name: row[name] for name in ("since", "until") if name in row}
    case = Case(vendor, row["id"], clauses[row["clause"]], "fixture", {}, row.get("needs", {}), tuple(row.get("given", ())), layer=RACES, **versions)
    return Race(case, tuple(sides), then, row["times"])


def run_race(  # noqa: PLR0913 - what a race is run with, by name
    target: Target, vendor: str, race: Race, *, times: int | None = None, seed: int = 1, mutants: Sequence[str] = ()
) -> Result:
    """Run the race so often, each time in a fresh world, and return one result. times: else as often as it says. mutants: on in each world.

    seed: what the worlds' ids and codes and the order in which the sides start come from.
    """
    oracle = column(vendor).oracle
    if oracle is None or target.control is None:
        return result_of(race.case, Verdict.SKIPPED, UNCONTROLLED if oracle else "the vendor has no reference model")
    with ExitStack() as stack:
        clients = [stack.enter_context(connection(target)) for _ in race.sides]
        threads = stack.enter_context(ThreadPoolExecutor(len(clients)))
        field = _Field(Player(target, clients[0], mutants=tuple(mutants)), race, oracle().model, clients, threads)
        for number in range(times or race.times):
            result = field.run(f"{seed}-{race.case.id}-{number}")
            if result.verdict is not Verdict.PASS:
                return result
    return replace(result_of(race.case, Verdict.PASS, ""), seen=f"explained {times or race.times} times")


@dataclass
class _Field:
    """Where one race is run."""

    player: Player
    race: Race
    model: Model
    clients: Sequence[httpx.Client]
    threads: ThreadPoolExecutor

    def run(self, seed: str) -> Result:
        """Run it once, in a world of this seed."""
        case = self.race.case
        try:
            setup = Setup(self.player.client, self.player.target.base_url)
            with self.player.stage(case, setup, seed) as (target, pool, world):
                play = Play(self.player, case, target, pool, world)
                if world is not None:
                    world.freeze()
                try:
                    return self._judged(play, seed)
                except (UnboundError, GivenFailed, ControlError, ModelError, BrokenBarrierError, httpx.HTTPError) as error:
                    return replace(result_of(case, Verdict.ERROR, play.masked(why(error) or "the sides did not come together")), trace=play.shown())
        except Unavailable as reason:
            return result_of(case, Verdict.SKIPPED, str(reason))
        except (TargetError, ControlError, httpx.HTTPError) as error:
            return result_of(case, Verdict.ERROR, why(error))

    def _judged(self, play: Play, seed: str) -> Result:
        course = self._given(play)
        sides = self._race(play, seed)
        after = _asked(play, self.race.then, play.client, _scope(play, [call for side in sides for call in side]))
        looks: dict[str, Answer] = {}

        def look(step: Step, values: Mapping[str, Any]) -> Answer:
            known = {**play.binding.values, **values}
            key = json.dumps(replace(play.binding, values=known).fill([step.get(name) for name in (PROBE, "as", "call", "with")]), sort_keys=True)
            if key not in looks and PROBE in step:
                looks[key] = play.look(step)
            elif key not in looks:
                asked, looks[key] = play.exchange(step, play.client, known)
                play.trace.append(f"then {line(step, asked, looks[key])}")
            return looks[key]

        play.trace += [*_history(sides), *(f"then {call.line}" for call in after)]
        orders = Orders(play.judge, play.binding, sides, after, look)
        if orders.explained(course):
            return result_of(self.race.case, Verdict.PASS, "")
        return self._lost(play, orders)

    def _lost(self, play: Play, orders: Orders) -> Result:
        near = orders.nearest
        seen = f"none does: at best, after {orders.depth} of the calls, expected {near.expected}, saw {near.seen}" if near else "none does"
        expected = "an order of the calls that explains every answer and what is read afterwards"
        told = result_of(self.race.case, Verdict.FAIL, play.masked(f"expected {expected}, saw {seen}"))
        return replace(told, expected=expected, seen=play.masked(seen), trace=play.shown())

    def _given(self, play: Play) -> Course:
        """Play what is given, and return the model's course behind it. ModelError, GivenFailed."""
        course = Course(self.model, self.model.begin(self.race.case.needs, picks(self.race.case.vendor, play.table)))
        given = []
        for asked in self.race.case.given:
            step, _, course = course.go(asked)
            given.append({**step, "keep": {**step.get("keep", {}), **asked["keep"]}} if "keep" in asked else dict(step))
        play.case = replace(play.case, given=tuple(given))
        play.begin()
        return course

    def _race(self, play: Play, seed: str) -> list[list[Call]]:
        """Have all sides ask at once, and return what each was answered."""
        gate = Barrier(len(self.race.sides))
        order = list(range(len(self.race.sides)))
        random.Random(seed).shuffle(order)  # noqa: S311 - no secret

        def side(number: int) -> list[Call]:
            client = self.clients[number]
            # A connection that is made already: how long that takes decides no race.
            client.get(f"{self.player.target.base_url}/")
            gate.wait(PATIENCE)
            return _asked(play, self.race.sides[number], client, dict(play.binding.values))

        running = {number: self.threads.submit(partial(side, number)) for number in order}
        return [running[number].result() for number in range(len(order))]


def _history(sides: Sequence[Sequence[Call]]) -> list[str]:
    """Return the calls of all sides in the order in which they began."""
    calls = sorted(((call, number) for number, side in enumerate(sides, 1) for call in side), key=lambda one: one[0].began)
    start = calls[0][0].began
    return [f"{(call.began - start) * 1000:.1f} to {(call.ended - start) * 1000:.1f} ms, side {number}: {call.line}" for call, number in calls]


def _asked(play: Play, steps: Sequence[Step], client: httpx.Client, values: dict[str, Any]) -> list[Call]:
    """Ask these steps in order; who has not been given what the next one sends ends there. values: what names stand for; what is kept is added."""
    calls = []
    for step in steps:
        began = time.perf_counter()
        try:
            asked, answer = play.exchange(step, client, values)
        except UnboundError:
            break
        play.binding.learn(answer.body, answer.headers.get("set-cookie", ""))
        calls.append(Call(step, answer, began, time.perf_counter(), line(step, asked, answer)))
        values.update(_kept(step, answer))
    return calls


def _scope(play: Play, calls: Sequence[Call]) -> dict[str, Any]:
    return dict(play.binding.values) | {name: value for call in calls for name, value in _kept(call.step, call.answer).items()}


def _kept(step: Step, answer: Answer) -> dict[str, Any]:
    """Return what is kept of the answer; nothing where it does not have it: whether it should, the model says."""
    try:
        return {name: kept(answer, rule, "the call") for name, rule in step.get("keep", {}).items()}
    except GivenFailed:
        return {}
