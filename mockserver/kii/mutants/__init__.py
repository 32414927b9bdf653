"""Named ways in which a deployment of Kii's goes wrong, or harmlessly differs: the catalogue, put together from a module a subject."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from ...engine.mutants import Mutant, gathered


@cache
def catalogue() -> Mapping[str, Mutant]:
    """Return every mutant by its name."""
    return gathered(__name__, __path__)
