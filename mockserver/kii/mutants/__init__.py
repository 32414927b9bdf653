"""Named ways in which a deployment of Kii's goes wrong: the catalogue, put together from a module a subject."""

from __future__ import annotations

from collections.abc import Mapping

from ...engine.mutants import Mutant
from . import access, causes, codes, fields, overlooked, password, picks, protocol, setup_answers, storage, successes

_SUBJECTS: tuple[Mapping[str, Mutant], ...] = (
    # Of rules.
    access.MUTANTS,
    codes.MUTANTS,
    overlooked.MUTANTS,
    password.MUTANTS,
    storage.MUTANTS,
    # Of answers.
    causes.MUTANTS,
    fields.MUTANTS,
    picks.MUTANTS,
    protocol.MUTANTS,
    setup_answers.MUTANTS,
    successes.MUTANTS,
)


def catalogue() -> Mapping[str, Mutant]:
    """Return every mutant by its name."""
    return {name: mutant for subject in _SUBJECTS for name, mutant in subject.items()}
