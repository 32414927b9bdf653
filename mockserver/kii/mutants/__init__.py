"""Named ways in which a deployment of Kii's goes wrong: the catalogue, put together from a module a subject."""

from __future__ import annotations

from collections.abc import Mapping

from ...engine.mutants import Mutant
from . import (
    access,
    causes,
    codes,
    fields,
    picks,
    protocol,
    setup_answers,
    successes,
)


def catalogue() -> Mapping[str, Mutant]:
    """Return every mutant by its name."""
    return {
        **access.MUTANTS,
        **causes.MUTANTS,
        **codes.MUTANTS,
        **fields.MUTANTS,
        **picks.MUTANTS,
        **protocol.MUTANTS,
        **setup_answers.MUTANTS,
        **successes.MUTANTS,
    }
