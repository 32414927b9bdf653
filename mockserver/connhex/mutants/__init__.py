"""Named ways in which a deployment of Connhex's goes wrong: the catalogue, put together from a module a subject."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from ...engine.mutants import Mutant
from . import answers, association, body, credentials, devices, effects, login, permission, races

SUBJECTS = (permission, credentials, devices, association, body, answers, effects, login, races)


def catalogue() -> Mapping[str, Mutant]:
    """Return every mutant by its name."""
    return dict(chain.from_iterable(subject.MUTANTS.items() for subject in SUBJECTS))
