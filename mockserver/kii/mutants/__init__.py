"""Named ways in which a deployment of Kii's goes wrong: the catalogue, put together from a module a subject."""

from __future__ import annotations

from collections.abc import Mapping

from ...engine.mutants import Mutant
from . import (
    access,
    accounts,
    codes,
    flows,
    groups,
    lists,
    logins,
    membership,
    overlooked,
    password,
    picks,
    races,
    setup_access,
    storage,
    things,
    tokens,
)

_SUBJECTS: tuple[Mapping[str, Mutant], ...] = (
    access.MUTANTS,
    accounts.MUTANTS,
    codes.MUTANTS,
    flows.MUTANTS,
    groups.MUTANTS,
    lists.MUTANTS,
    logins.MUTANTS,
    membership.MUTANTS,
    overlooked.MUTANTS,
    password.MUTANTS,
    picks.MUTANTS,
    races.MUTANTS,
    setup_access.MUTANTS,
    storage.MUTANTS,
    things.MUTANTS,
    tokens.MUTANTS,
)


def catalogue() -> Mapping[str, Mutant]:
    """Return every mutant by its name."""
    return {name: mutant for subject in _SUBJECTS for name, mutant in subject.items()}
