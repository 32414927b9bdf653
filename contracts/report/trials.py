"""What trials came to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..kills import LAYERS, Trial

OUTCOMES = ("survived", "cried wolf", "killed", "green")
"""What a trial can come to: what should not be first."""


def outcome(trial: Trial) -> str:
    """Return what a trial came to, one of OUTCOMES."""
    if trial.mutant.harmless:
        return "green" if trial.good else "cried wolf"
    return "killed" if trial.killed else "survived"


def killers(trial: Trial) -> list[str]:
    """Return the rows that killed a mutant, those that could not be played to their end last."""
    return list(dict.fromkeys(row for ids in (*trial.kills.values(), trial.errors) for row in ids))


def layers(trials: Iterable[Trial]) -> list[str]:
    """Return the layers of which a row was played, in the order of LAYERS; those of another suite after them."""
    found = dict.fromkeys(layer for trial in trials for layer in (*trial.played, *trial.kills))
    return [*(layer for layer in LAYERS if layer in found), *(layer for layer in found if layer not in LAYERS)]


def worst_first(trials: Iterable[Trial]) -> Sequence[Trial]:
    """Return the trials in the order of OUTCOMES."""
    return sorted(trials, key=lambda trial: OUTCOMES.index(outcome(trial)))
