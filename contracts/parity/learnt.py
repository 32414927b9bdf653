"""What a deployment's answers say of the picks: each row allows some values, and the value is what every row allows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from ... import specs
from ..case import Case
from ..columns import column
from ..result import Result, Verdict
from .values import allowed, asked, named, values

UNASKED = "none of the chosen rows asks for it"
Played = Sequence[tuple[Case, Result]]
ENOUGH = 0.001
"""Characters that codes are made of are taken for all of them where it is less likely than this that one more was never drawn."""
TELLING = (Verdict.PASS, Verdict.REPORTED)
"""A row whose answer is another than the sources say tells nothing of what they leave open."""


class How(StrEnum):
    """How well a pick is known."""

    SEEN = "seen"
    DECLARED = "declared"
    CONTRADICTORY = "contradictory"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True)
class Sighting:
    """What one row says: the values that its answers allow."""

    row: str
    allows: tuple[Any, ...]


@dataclass(frozen=True)
class Learnt:
    """What is known of one pick. value: of one that is SEEN or DECLARED. also: others that fit too. why: what is to be said of it."""

    how: How
    value: Any = None
    also: tuple[Any, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    why: str = ""

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return self.how in (How.SEEN, How.DECLARED)


def learn(vendor: str, played: Played, declared: Mapping[str, Any]) -> dict[str, Learnt]:
    """Return what is known of each of the vendor's picks. played: rows with their results on the deployment. declared: what its target file says."""
    rows = [(case, result) for case, result in played if result.verdict in TELLING]
    return {name: _learnt(vendor, pick, rows, played, declared) for name, pick in specs.ledger(vendor).picks.items()}


def known(found: Mapping[str, Learnt]) -> dict[str, Any]:
    """Return the values that are known, by pick."""
    return {name: one.value for name, one in found.items() if one.known}


def _learnt(vendor: str, pick: specs.Pick, rows: Played, played: Played, declared: Mapping[str, Any]) -> Learnt:
    reading = column(vendor).readings.get(pick.name)
    shown = [(case, result.picks[pick.name]) for case, result in rows if pick.name in result.picks]
    if reading is not None:
        read = [(case.id, list(texts)) for case, texts in shown]
        found = _gathered(pick, read) if reading.pieces else _read(read)
    else:
        # A cell knows the options of its own value alone.
        found = _chosen(pick, [Sighting(case.id, allowed(pick, asked(case)[pick.name], fits)) for case, fits in shown if case.layer == "case"])
    if found.how is How.UNDETERMINED:
        found = replace(found, why=found.why or _unseen(pick, played))
    return _beside(found, declared[pick.name]) if pick.name in declared else found


def _beside(found: Learnt, declared: Any) -> Learnt:
    """Return what is known, given what the target declares: that counts as long as no answer says otherwise."""
    if found.how is How.UNDETERMINED:
        return replace(found, how=How.DECLARED, value=declared, why=f"as declared; {found.why}")
    if found.how is How.SEEN and declared in found.also:
        return replace(found, value=declared, also=tuple(value for value in (found.value, *found.also) if value != declared))
    return replace(found, why=f"though {told(declared)} is declared") if found.how is How.SEEN and declared != found.value else found


def _chosen(pick: specs.Pick, sightings: Sequence[Sighting]) -> Learnt:
    if not sightings:
        return Learnt(How.UNDETERMINED)
    left = [value for value in values(pick) if all(value in sighting.allows for sighting in sightings)]
    if len(left) > 1 and len(left) == len(values(pick)):
        return Learnt(How.UNDETERMINED, sightings=tuple(sightings), why="the rows that ask for it fit each of its values")
    if left:
        return Learnt(How.SEEN, left[0], tuple(left[1:]), tuple(sightings))
    return Learnt(How.CONTRADICTORY, sightings=tuple(sightings), why="no value of it fits every row: " + _parties(sightings))


def _read(read: Sequence[tuple[str, list[str]]]) -> Learnt:
    sightings = tuple(Sighting(row, tuple(dict.fromkeys(map(int, texts)))) for row, texts in read)
    found = {value for sighting in sightings for value in sighting.allows}
    if len(found) == 1:
        return Learnt(How.SEEN, found.pop(), sightings=sightings)
    return Learnt(How.CONTRADICTORY, sightings=sightings, why="it changes: " + _parties(sightings)) if found else Learnt(How.UNDETERMINED)


def _gathered(pick: specs.Pick, read: Sequence[tuple[str, list[str]]]) -> Learnt:
    drawn = "".join(text for _, texts in read for text in texts)
    if not drawn:
        return Learnt(How.UNDETERMINED)
    found = "".join(sorted(set(drawn)))
    more = len(found) + 1
    sightings = tuple(Sighting(row, ()) for row, _ in read)
    if more * (1 - 1 / more) ** len(drawn) > ENOUGH or pick.complaint(found):
        return Learnt(How.UNDETERMINED, sightings=sightings, why=f"too few were seen to know them all: {found}")
    # Their order says nothing.
    return Learnt(How.SEEN, pick.default if set(found) == set(pick.default) else found, sightings=sightings)


def _parties(sightings: Iterable[Sighting]) -> str:
    """Return which rows say what."""
    said: dict[str, list[str]] = {}
    for sighting in sightings:
        said.setdefault(" or ".join(map(told, sighting.allows)) or "none of its values", []).append(sighting.row)
    return "; ".join(f"{what} by {', '.join(rows)}" for what, rows in said.items())


def told(value: Any) -> str:
    """Return a pick's value in words."""
    return " > ".join(map(str, value)) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)


def _unseen(pick: specs.Pick, played: Played) -> str:
    """Return why no row has told."""
    seeing = [result for case, result in played if pick.name in asked(case) or pick.name in named(case)]
    if not seeing:
        return UNASKED
    (reason, _), *_ = Counter(result.reason or f"the row's verdict is {result.verdict}" for result in seeing).most_common(1)
    return f"no row that asks for it could tell: {reason}"
