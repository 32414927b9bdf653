"""The command that lists the mutants."""

from __future__ import annotations

import argparse
import json

from .engine.columns import columns
from .engine.control.mutants import described
from .engine.mutants import catalogue


def mutants(options: argparse.Namespace) -> int:
    """Print name and meaning of every mutant. Return the exit code."""
    found = catalogue(columns())
    if options.json:
        print(json.dumps([described(name, mutant) for name, mutant in found.items()], indent=2, ensure_ascii=False))
        return 0
    width = max(len(name) for name in found)
    for name, mutant in found.items():
        print(f"{name:<{width}}  {'(harmless) ' if mutant.harmless else ''}{mutant.says}")
    return 0
