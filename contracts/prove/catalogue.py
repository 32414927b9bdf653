"""Which mutants a proof is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from ..kills import Mutant
from .job import ProveError


def chosen(mutants: Sequence[Mutant], patterns: Iterable[str]) -> list[Mutant]:
    """Return the mutants whose full names fit one of the patterns, without patterns all. ProveError: a pattern that fits none."""
    patterns = list(patterns)
    for pattern in patterns:
        if not any(_fits(mutant, pattern) for mutant in mutants):
            raise ProveError(f"--mutant {pattern}: no mutant is called so; {_near(pattern, mutants)}`ownership-mock mutants` lists all")
    if not mutants:
        raise ProveError("the mock server has no mutants of these vendors")
    return [mutant for mutant in mutants if not patterns or any(_fits(mutant, pattern) for pattern in patterns)]


def _fits(mutant: Mutant, pattern: str) -> bool:
    return fnmatchcase(mutant.name, pattern)


def _near(pattern: str, mutants: Sequence[Mutant]) -> str:
    names = {name: mutant.name for mutant in mutants for name in (mutant.name, mutant.name.partition(".")[2])}
    near = list(dict.fromkeys(names[name] for name in get_close_matches(pattern.strip("*"), names, n=6, cutoff=0.4)))[:3]
    return f"near it: {', '.join(near)}; " if near else ""
