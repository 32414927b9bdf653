"""A vendor's picks: the ledger's defaults, and what a scenario or a caller puts in their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator

from ... import specs
from .vendor import Settings


def settle(vendor: str, chosen: Mapping[str, Any]) -> Settings:
    """Return every pick of the vendor's ledger with its value: chosen where given, else the default.

    ValueError names the setting, the value and what is possible.
    """
    picks = specs.ledger(vendor).picks
    for name, value in chosen.items():
        if name not in picks:
            raise ValueError(f"settings.{vendor}.{name}: there is no such setting; there are {', '.join(sorted(picks))}")
        pick = picks[name]
        if pick.options is not None:
            if value not in pick.options:
                raise ValueError(f"settings.{vendor}.{name}: {value!r} is none of {', '.join(pick.options)}")
            continue
        for error in Draft202012Validator(pick.values or {}).iter_errors(value):
            raise ValueError(f"settings.{vendor}.{name}: {error.message}")
    return {name: chosen.get(name, pick.default) for name, pick in picks.items()}
