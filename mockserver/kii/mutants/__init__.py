"""Named ways in which a deployment of Kii's goes wrong: the catalogue, put together from a module a subject."""

from __future__ import annotations

from collections.abc import Mapping

from ...engine.mutants import Mutant
from . import access, codes


def catalogue() -> Mapping[str, Mutant]:
    """Return every mutant by its name."""
    return {**access.MUTANTS, **codes.MUTANTS}
