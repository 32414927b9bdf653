"""The options that say what a run is judged by."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

_REQUIRE = (
    "what must have been checked, or else the exit code is 3: a share of the documented clauses (0.9 or 90%%), a clause's id or pattern "
    "('*-post.*'), or @FILE with one of these a line (may be given again)"
)
TERMS: Mapping[str, Mapping[str, Any]] = {
    "require": {"action": "append", "default": [], "metavar": "WHAT", "help": _REQUIRE},
    "baseline": {"metavar": "FILE", "help": "YAML file of known failures, which break nothing until the day on which each expires"},
}
"""The options, with what argparse is to know of each."""


def add_terms(parser: argparse.ArgumentParser) -> None:
    """Declare them."""
    for name, told in TERMS.items():
        parser.add_argument(f"--{name}", **told)
