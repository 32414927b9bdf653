"""The vendors' columns, found by the one list of vendors."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from ... import specs
from .vendor import Vendor


def columns(chosen: Iterable[str] = ()) -> list[Vendor]:
    """Return the columns of the chosen vendors, or of all, in the list's order."""
    wanted = set(chosen)
    root = __package__.rpartition(".")[0]
    return [import_module(f"{root}.{name}").column() for name in specs.vendors() if not wanted or name in wanted]
