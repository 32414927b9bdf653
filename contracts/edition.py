"""The contract's versions: which row came with which, and which one a target has adopted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from .case import Case
from .rows import HERE, read

_DIGESTS = {"type": "object", "additionalProperties": {"type": "string", "pattern": "^[0-9a-f]{12}$(?!\\n)"}}
_VERSION = {"type": "integer", "minimum": 1}
_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["version", "released"],
    "properties": {
        "version": _VERSION,
        "released": {"type": "object", "additionalProperties": False, "patternProperties": {"^v[1-9][0-9]*$": _DIGESTS}},
        "layers": {"type": "object", "additionalProperties": _VERSION},
    },
}


@dataclass(frozen=True)
class Edition:
    """A vendor's contract.yaml. released: by version, what each part of it consisted of. layers: with which version a layer came that has no rows."""

    version: int = 1
    released: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    layers: Mapping[str, int] = field(default_factory=dict)


@cache
def edition(vendor: str) -> Edition:
    """Return the vendor's contract.yaml; where it has none, there is one version, not released yet. CaseError."""
    if not (HERE / vendor / "contract.yaml").is_file():
        return Edition()
    found = read(f"{vendor}/contract.yaml", _SCHEMA)
    released = {int(name[1:]): digests for name, digests in found["released"].items()}
    return Edition(found["version"], released, found.get("layers", {}))


def in_force(rows: Iterable[Case], version: int) -> Iterator[Case]:
    """Yield those rows of one vendor that stand beside this version: not those that it had replaced already. What came later is among them."""
    yield from (row for row in rows if row.until is None or version <= row.until)


def since(vendor: str, layer: str, row: int = 1) -> int:
    """Return the version that a row came with. layer: the one that it is of; row: what the row itself says."""
    return max(row, edition(vendor).layers.get(layer, 1))


ADOPTED = "contract"
"""Where a vendor's table of a target file says which version the target has adopted."""


def adopted(vendor: str, table: Mapping[str, Any]) -> int:
    """Return the version that the target has adopted: the newest, unless its table says another."""
    return int(table.get(ADOPTED, edition(vendor).version))


def unknown(vendor: str, table: Mapping[str, Any]) -> str:
    """Return why there is no such version as the table says; empty where there is."""
    newest, wanted = edition(vendor).version, adopted(vendor, table)
    return "" if wanted <= newest else f"version {wanted} of the contract is not known here, only those up to {newest}: adopt one of them"
