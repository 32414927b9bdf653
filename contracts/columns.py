"""The vendors' columns of the suites, found by the one list of vendors."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from .. import specs
from .fixtures import Column


@cache
def column(vendor: str) -> Column:
    """Return the vendor's column. ValueError where there is no such vendor."""
    if vendor not in specs.vendors():
        raise ValueError(f"there is no vendor {vendor!r}; there is {', '.join(specs.vendors())}")
    found: Column = import_module(f"{__package__}.{vendor}").COLUMN
    return found
