"""What the mutants show of the suite itself: which clauses it really checks, and which of its cases ever fail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ... import specs
from ..kills import Trial
from .units import Unit

CASE = "case"
"""How the ledger says that a clause is shown by a case; and the layer of these."""


@dataclass(frozen=True)
class Coverage:
    """covered: by clause, a mutant that attacks it and a case about it that failed there. uncovered: by clause, why it is not.

    idle_cases: the cases that failed on no mutant, as VENDOR/ID.
    """

    vendor: str
    covered: dict[str, tuple[str, str]]
    uncovered: dict[str, str]
    idle_cases: list[str]


def as_json(found: Iterable[Coverage]) -> dict[str, Any]:
    """Return what reports show of it: what each clause is covered by, and for each reason the clauses that are not."""
    covered: dict[str, Any] = {}
    uncovered: dict[str, list[str]] = {}
    for part in found:
        covered |= {clause: {"mutant": mutant, "case": case} for clause, (mutant, case) in part.covered.items()}
        for clause, why in part.uncovered.items():
            uncovered.setdefault(why, []).append(clause)
    return {"covered": covered, "uncovered": uncovered}


def coverage(vendor: str, trials: Iterable[Trial], cases: Sequence[Unit], *, whole: bool) -> Coverage:
    """Return what the trials show of one vendor's clauses and cases. cases: those that were there to be played.

    whole: all mutants were tried; else no more is told than of the clauses that those which were tried attack, and nothing of idle cases.
    """
    mine = [trial for trial in trials if trial.mutant.vendor == vendor and not trial.mutant.harmless]
    about: dict[str, list[str]] = {}
    for case in cases:
        about.setdefault(case.clause, []).append(case.id)
    covered: dict[str, tuple[str, str]] = {}
    uncovered: dict[str, str] = {}
    for clause in specs.ledger(vendor).clauses.values():
        attackers = [trial for trial in mine if clause.id in trial.mutant.clauses]
        if clause.shown_by != CASE or not (attackers or whole):
            continue
        shown = [(trial.mutant.name, case) for trial in attackers for case in about.get(clause.id, ()) if case in trial.kills.get(CASE, ())]
        if shown:
            covered[clause.id] = shown[0]
        else:
            uncovered[clause.id] = _why(attackers, about.get(clause.id, []))
    failed = {case for trial in mine for case in trial.kills.get(CASE, ())}
    idle = [f"{vendor}/{case.id}" for case in cases if case.id not in failed] if whole else []
    return Coverage(vendor, covered, uncovered, idle)


def _why(attackers: Sequence[Trial], about: Sequence[str]) -> str:
    if not attackers:
        return "no mutant attacks it"
    names = ", ".join(trial.mutant.name for trial in attackers)
    return f"no case is about it, and it is attacked by {names}" if not about else f"none of its {len(about)} cases fails on {names}"
