"""A vendor's picks: the ledger's defaults, and what a scenario or a caller puts in their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ... import specs
from .vendor import Settings


def settle(vendor: str, chosen: Mapping[str, Any]) -> Settings:
    """Return every pick of the vendor's ledger with its value: chosen where given, else the default.

    ValueError names the setting, the value and what is possible.
    """
    ledger = specs.ledger(vendor)
    for name, wrong in ledger.complaints(chosen):
        raise ValueError(f"settings.{vendor}.{name}: {wrong}")
    return {name: chosen.get(name, pick.default) for name, pick in ledger.picks.items()}
