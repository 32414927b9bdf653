"""Plays the cells of a group: those that leave everything as it is share a world, which saves most of what they cost."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import httpx

from ..case import Case
from ..control import ControlError
from ..fixtures import UnboundError
from ..kept import GivenFailed
from ..play import Player
from ..played import Play
from ..probe import NotObservable
from ..result import Result, Verdict
from ..setup import Setup
from ..target import TargetError
from ..told import result_of
from ..unavailable import Unavailable


def play_all(player: Player, cells: Sequence[Case]) -> Iterator[Result]:
    """Yield each cell's result, in their order.

    Cells that begin alike and change nothing are asked in one world, whose lists are read once behind them all. Unless everything holds there, each
    is played again in a world of its own, which tells whose fault it is.
    """
    found: dict[str, Result] = {}
    for group in _alike(cells) if player.target.control is not None else []:
        found |= {result.case: result for result in _shared(player, group)}
    for cell in cells:
        yield found[cell.id] if cell.id in found else player.play(cell)


def _alike(cells: Sequence[Case]) -> Iterator[list[Case]]:
    """Yield those that change nothing, begin with the same steps, and whose needs can be met together; no group of one."""
    groups: list[list[Case]] = []
    for cell in (cell for cell in cells if cell.still):
        fitting = (group for group in groups if group[0].given == cell.given and all(_agree(cell.needs, other.needs) for other in group))
        group = next(fitting, None)
        if group is None:
            groups.append([cell])
        else:
            group.append(cell)
    yield from (group for group in groups if len(group) > 1)


def _agree(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    # What a world is to be like must be said by all of them, or by none.
    return one.get("settings") == other.get("settings") and all(one[name] == other[name] for name in one.keys() & other.keys())


def _shared(player: Player, cells: Sequence[Case]) -> list[Result]:
    """Return the results of the cells if all of them hold in one world, else none."""
    case = replace(cells[0], needs={name: need for cell in cells for name, need in cell.needs.items()})
    reads = {json.dumps(step, sort_keys=True): step for cell in cells for step in cell.then}
    told: list[tuple[Case, int, str, tuple[str, ...]]] = []
    try:
        with player.stage(replace(case, then=tuple(reads.values())), Setup(player.client, player.target.base_url)) as (target, pool, world):
            play = Play(player, case, target, pool, world)
            play.begin()
            given = len(play.trace)
            for cell in cells:
                answer = play.ask(cell.step, "the request", cell.clause.grade)
                told.append((cell, answer.status, play.trace.pop(), tuple(play.notes)))
                play.notes.clear()
            for step in reads.values():
                play.follow(step, "then")
    except (Unavailable, NotObservable, UnboundError, GivenFailed, ControlError, TargetError, httpx.HTTPError, UnicodeError):
        return []
    if not all(finding.holds and finding.judged for finding in play.findings):
        return []
    common = play.shown()
    return [
        replace(
            result_of(cell, Verdict.PASS, ""),
            answered=answered,
            notes=tuple(dict.fromkeys(map(play.masked, notes))),
            trace=(*common[:given], play.masked(asked), *common[given:]),
        )
        for cell, answered, asked, notes in told
    ]
