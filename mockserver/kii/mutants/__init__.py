"""Named ways in which a deployment of Kii's goes wrong: the catalogue, put together from a module a subject."""

from __future__ import annotations

from collections.abc import Mapping

from ...engine.mutants import Mutant
from . import access, codes, flows, lists, membership, overlooked, password, setup_access, storage

_SUBJECTS: tuple[Mapping[str, Mutant], ...] = (
    access.MUTANTS,
    codes.MUTANTS,
    flows.MUTANTS,
    lists.MUTANTS,
    membership.MUTANTS,
    overlooked.MUTANTS,
    password.MUTANTS,
    setup_access.MUTANTS,
    storage.MUTANTS,
)


def catalogue() -> Mapping[str, Mutant]:
    """Return every mutant by its name."""
    return {name: mutant for subject in _SUBJECTS for name, mutant in subject.items()}
