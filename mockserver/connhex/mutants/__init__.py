"""Named ways in which a deployment of Connhex's goes wrong: the catalogue, put together from a module a subject."""

from __future__ import annotations

from collections.abc import Mapping

from ...engine.mutants import Mutant
from . import harmless, permission


def catalogue() -> Mapping[str, Mutant]:
    """Return every mutant by its name."""
    return {**permission.MUTANTS, **harmless.MUTANTS}
