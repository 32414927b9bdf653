"""The catalogue of mutants."""

from __future__ import annotations

from typing import Any

from ..mutants import Mutant, catalogue
from ..vendor import Call, Reply
from .state import done


def list_mutants(call: Call) -> Reply:
    """List every mutant of the vendors that are served."""
    return done({"mutants": [described(name, mutant) for name, mutant in catalogue(call.state.vendors).items()]})


def described(name: str, mutant: Mutant) -> dict[str, Any]:
    """Return a mutant as the control API shows it. name: its full name."""
    return {
        "name": name,
        "vendor": name.partition(".")[0],
        "says": mutant.says,
        "operations": sorted(mutant.operations),
        "clauses": list(mutant.clauses),
        "harmless": mutant.harmless,
    }
