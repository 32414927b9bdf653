"""Load and check a scenario: the world it starts with and the settings it picks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from ... import specs
from .vendor import Vendor

DEFAULT = "default"
INLINE = "inline"
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_COLUMNS = files(__package__.rpartition(".")[0])


class ScenarioError(ValueError):
    """A scenario that cannot be used: the message says which, where in it, and what was expected."""


@dataclass(frozen=True)
class Scenario:
    """A story to start from. world and settings: by vendor name. script: its lines as they are written. clock: what it shows at first."""

    name: str
    summary: str
    world: dict[str, Any]
    settings: dict[str, Any]
    script: tuple[dict[str, Any], ...] = ()
    clock: Mapping[str, Any] = field(default_factory=dict)


def names(vendors: Iterable[Vendor]) -> list[str]:
    """Return the names of the shipped scenarios, sorted."""
    found = {entry.name.removesuffix(".yaml") for vendor in vendors for entry in _folder(vendor).iterdir() if entry.name.endswith(".yaml")}
    return sorted(found)


def shipped(name: str, vendors: Iterable[Vendor]) -> Scenario:
    """Return the shipped scenario of this name. ScenarioError."""
    vendors = tuple(vendors)
    if name not in names(vendors):
        raise ScenarioError(f"scenario {name!r}: there is {', '.join(names(vendors))}")
    return load(name, vendors)


def load(name_or_file: str, vendors: Iterable[Vendor]) -> Scenario:
    """Return the scenario of this name, or in this file. A vendor that it leaves out starts as in the default one. ScenarioError."""
    vendors = tuple(vendors)
    if name_or_file in names(vendors):
        parts = [
            _parse(_folder(vendor) / f"{name_or_file}.yaml", vendors) for vendor in vendors if (_folder(vendor) / f"{name_or_file}.yaml").is_file()
        ]
    elif _is_file(Path(name_or_file)):
        parts = [_parse(Path(name_or_file), vendors)]
    else:
        raise ScenarioError(f"scenario {name_or_file!r}: neither a file nor one of {', '.join(names(vendors))}")
    return _joined(name_or_file, parts, vendors)


def _joined(name: str, parts: Sequence[Mapping[str, Any]], vendors: Sequence[Vendor]) -> Scenario:
    served = {vendor.name for vendor in vendors}
    world = {vendor: data for part in parts for vendor, data in part.get("world", {}).items() if vendor in served}
    settings = {vendor: data for part in parts for vendor, data in part.get("settings", {}).items() if vendor in served}
    clock = {field: value for part in parts for field, value in part.get("clock", {}).items()}
    for vendor in vendors:
        if vendor.name not in world:
            world[vendor.name] = _parse(_folder(vendor) / f"{DEFAULT}.yaml", vendors)["world"][vendor.name]
    script = tuple(row for part in parts for row in part.get("script", ()))
    return Scenario(name, " ".join(part["summary"].strip() for part in parts), world, settings, script, clock)


def inline(document: Mapping[str, Any], vendors: Iterable[Vendor]) -> Scenario:
    """Return the scenario that a document describes, which came as JSON. Its name is `inline`. ScenarioError tells places as JSON paths."""
    vendors = tuple(vendors)
    try:
        _check(dict(document), vendors)
    except ValueError as error:
        raise ScenarioError(str(error)) from None
    return _joined(INLINE, [dict(document)], vendors)


def check_lines(rows: Sequence[Mapping[str, Any]], vendors: Iterable[Vendor]) -> None:
    """Return if these lines can be loaded into a script that runs. They may name states that none of them enters. ScenarioError."""
    try:
        _check({"summary": "lines", "world": {next(iter(vendors)).name: {}}, "script": list(rows)}, ())
    except ValueError as error:
        raise ScenarioError(str(error)) from None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _folder(vendor: Vendor) -> Traversable:
    return _COLUMNS / vendor.name / "scenarios"


def _parse(file: Traversable, vendors: Iterable[Vendor]) -> dict[str, Any]:
    try:
        data = yaml.load(file.read_text("utf-8"), Loader=_Loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ScenarioError(f"scenario {file}: not YAML that can be read: {' '.join(str(error).split())}") from None
    try:
        _check(data, vendors)
    except RecursionError:
        raise ScenarioError(f"scenario {file}: at $: it holds itself, or is nested without end") from None
    except ValueError as error:
        raise ScenarioError(f"scenario {file}: {error}") from None
    return dict(data)


def _check(data: Any, vendors: Iterable[Vendor]) -> None:
    """Return if the data are a scenario. ValueError says where they are not, and what was expected."""
    for path, key in _strange_keys(data, "$"):
        raise ValueError(f"at {path}: the name {key!r} is read as a {type(key).__name__}: put it in quotes")
    wrong = best_match(Draft202012Validator(_schema(vendors)).iter_errors(data))
    if wrong is not None:
        raise ValueError(f"at {wrong.json_path}: {wrong.message}")


def _strange_keys(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield where a name is no text: YAML reads 0123 as a number, and no as a boolean."""
    if isinstance(node, dict):
        for key, value in node.items():
            if not isinstance(key, str):
                yield path, key
            yield from _strange_keys(value, f"{path}.{key}")


def _schema(vendors: Iterable[Vendor]) -> dict[str, Any]:
    # A vendor that this server does not serve may stand in the file: its part is not read.
    by_vendor: dict[str, Any] = {name: {} for name in specs.vendors()} | {vendor.name: vendor.world_schema for vendor in vendors}
    return {
        "type": "object",
        "required": ["summary"],
        "additionalProperties": False,
        "properties": {
            "summary": {"type": "string", "minLength": 1},
            "about": {"type": "string"},
            "clock": {"type": "object"},
            "script": {"type": "array", "items": {"type": "object"}},
            "settings": {"type": "object", "additionalProperties": False, "properties": {name: {"type": "object"} for name in by_vendor}},
            "world": {"type": "object", "minProperties": 1, "additionalProperties": False, "properties": by_vendor},
        },
    }
