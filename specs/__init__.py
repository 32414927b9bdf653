"""The vendors' specs and ledgers as Python values.

Data only: this module reads the YAML files beside it and nothing else. Both the mock server and the suites read their specs through it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import yaml
from jsonschema import Draft4Validator, Draft202012Validator
from jsonschema.exceptions import best_match
from jsonschema.validators import extend

__all__ = ["GRADES", "METHODS", "Clause", "Fits", "Json", "Ledger", "Pick", "control", "data", "ledger", "openapi", "protocol", "resolved", "vendors"]

JsonObject = dict[str, Any]
"""A JSON object."""
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
"""The keys of an OpenAPI path item that are operations."""
GRADES = ("documented", "public", "unspecified")
"""How well a statement is known, best first."""
Json = Any
"""A JSON value: what json.loads returns."""

Fits: Any = extend(Draft202012Validator, type_checker=Draft4Validator.TYPE_CHECKER)
"""The validator of JSON Schema 2020-12 for which 1.0 is no integer: to Python, which counts and slices with what is checked, it is none."""

# The C loader reads the largest spec in a tenth of the time that the Python one takes.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Pick:
    """The named setting that answers what no source says: its default, and the closed options or a JSON Schema of the values."""

    name: str
    default: Json
    options: dict[str, str] | None = None
    values: JsonObject | None = None

    def complaint(self, value: Json) -> str | None:
        """Return why the pick cannot have this value, or None."""
        if self.options is not None:
            known = isinstance(value, str) and value in self.options
            return None if known else f"{value!r} is none of {', '.join(self.options)}"
        error = best_match(Fits(self.values or {}).iter_errors(value))
        return None if error is None else str(error.message)


@dataclass(frozen=True)
class Clause:
    """One statement of a vendor's: where it stands, how well it is known, how it is shown, and what it says in our words."""

    id: str
    page: str
    section: str
    grade: str
    shown: Json
    says: str
    pick: Pick | None = None

    @property
    def shown_by(self) -> str:
        """One of case, spec, reading, later."""
        return self.shown if isinstance(self.shown, str) else str(next(iter(self.shown)))


@dataclass(frozen=True)
class Ledger:
    """A vendor's clauses by id, in the file's order, and its sources by key."""

    pages: dict[str, JsonObject]
    clauses: dict[str, Clause]

    @cached_property
    def picks(self) -> dict[str, Pick]:
        """Every pick of the ledger by its name."""
        return {c.pick.name: c.pick for c in self.clauses.values() if c.pick is not None}

    def complaints(self, picks: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
        """Yield (name, what is wrong) for each of these picks that the ledger does not have, or that cannot have its value."""
        known = self.picks
        for name, value in picks.items():
            wrong = known[name].complaint(value) if name in known else f"there is no such pick; there are {', '.join(sorted(known))}"
            if wrong is not None:
                yield name, wrong


def data(*path: str) -> Json:
    """Return the YAML or JSON file at path below this package. FileNotFoundError where there is none."""
    return yaml.load(files(__name__).joinpath(*path).read_text("utf-8"), Loader=_Loader)  # noqa: S506 - a safe loader


@cache
def vendors() -> tuple[str, ...]:
    """Return the names of the vendors, in the order of vendors.yaml."""
    return tuple(data("vendors.yaml"))


def openapi(vendor: str) -> JsonObject:
    """Return the vendor's OpenAPI document. Each call returns a value of its own, which the caller may change."""
    document: JsonObject = json.loads(_openapi_json(vendor))
    return document


@cache
def _openapi_json(vendor: str) -> str:
    # A large document is read from JSON in a twentieth of the time that YAML takes.
    return json.dumps(data(vendor, "openapi.yaml"))


def protocol() -> JsonObject:
    """Return protocol.yaml: the answers that belong to no operation."""
    document: JsonObject = data("protocol.yaml")
    return document


def control() -> JsonObject:
    """Return control.yaml: the OpenAPI document of the mock server's control API."""
    document: JsonObject = data("control.yaml")
    return document


@cache
def ledger(vendor: str) -> Ledger:
    """Return the vendor's ledger. ValueError where two clauses share an id or two picks a name."""
    document = data(vendor, "clauses.yaml")
    clauses = [Clause(**{**row, "pick": Pick(**row["pick"]) if "pick" in row else None}) for row in document["clauses"]]
    for kind, names in (("clause", [c.id for c in clauses]), ("pick", [c.pick.name for c in clauses if c.pick])):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"specs/{vendor}/clauses.yaml: {kind} given twice: {', '.join(twice)}")
    return Ledger(pages=document["pages"], clauses={c.id: c for c in clauses})


def resolved(document: Mapping[str, Json], node: Json) -> Json:
    """Return a node of the document with every local $ref in it replaced by what it refers to. No schema of ours is recursive."""
    if isinstance(node, list):
        return [resolved(document, value) for value in node]
    if not isinstance(node, dict):
        return node
    if "$ref" not in node:
        return {key: resolved(document, value) for key, value in node.items()}
    target: Json = document
    for step in node["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    return resolved(document, target)
