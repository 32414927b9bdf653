"""The one place where a run's exit code comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from ..edition import since
from ..result import Result
from .baseline import Entry, excuse, held
from .demands import Demands, Unmet, shortfall, unjudged, unmet

HOLDS, BROKEN, NOTHING_JUDGED, NOT_ENOUGH = range(4)
"""Exit codes: all that had to hold holds; a clause is broken; it could not run, or nothing was found out; not enough was checked."""

LISTS = ("stale", "idle", "blank")
"""What of the shortcomings is plain texts."""


@dataclass(frozen=True)
class Terms:
    """What a run is judged by. adopted: the version of its contract that each vendor's target has adopted. today: the day in UTC."""

    today: date
    demands: Demands = field(default_factory=Demands)
    baseline: tuple[Entry, ...] = ()
    adopted: Mapping[str, int] = field(default_factory=dict)

    def excused(self, result: Result) -> Result:
        """Return the result with what excuses it, if it failed: that the row is newer than the adopted contract, or that it is known to fail."""
        came = since(result.vendor, result.layer, result.since)
        advisory = came > self.adopted.get(result.vendor, came)
        return replace(result, since=came, advisory=advisory, known=excuse(self.baseline, result, self.today))


@dataclass(frozen=True)
class Shortcomings:
    """What a run's results alone do not tell. unmet: what had to be checked and was not. short: how far short of the share it falls.

    stale: entries of the baseline that have to go. idle: those of which the run says nothing.
    blank: the vendors none of whose documented clauses was judged, though all rows were asked for.
    """

    unmet: tuple[Unmet, ...] = ()
    short: str = ""
    stale: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()
    blank: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        lists = {name: list(getattr(self, name)) for name in LISTS}
        return {**asdict(self), **lists, "unmet": [asdict(one) for one in self.unmet]}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Shortcomings:
        """Return what as_json made this of."""
        lists = {name: tuple(document.get(name, ())) for name in LISTS}
        missing = tuple(Unmet(**{name: row[name] for name in ("vendor", "clause", "why")}) for row in document.get("unmet", ()))
        return cls(missing, document.get("short", ""), **lists)


@dataclass(frozen=True)
class Outcome:
    """What a run comes to: its exit code, and what the results alone do not tell."""

    code: int
    gate: Shortcomings


def conclude(results: Sequence[Result], terms: Terms, vendors: Sequence[str], *, whole: bool = True) -> Outcome:
    """Return what the results come to under these terms; each is excused already where it can be. vendors: those under test.

    whole: whether all rows were asked for, and not a part.
    """
    known = held(terms.baseline, results, terms.today)
    blank = unjudged(results, vendors) if whole else ()
    gate = Shortcomings(unmet(terms.demands, results), shortfall(terms.demands, results, vendors), known.stale, known.idle, blank)
    return Outcome(_code(results, gate), gate)


def _code(results: Sequence[Result], gate: Shortcomings) -> int:
    if gate.stale or any(result.breaks for result in results):
        return BROKEN
    if not any(result.judged for result in results):
        return NOTHING_JUDGED
    open_ = any(result.verdict.unsettled for result in results)
    return NOT_ENOUGH if open_ or gate.unmet or gate.short or gate.blank else HOLDS
