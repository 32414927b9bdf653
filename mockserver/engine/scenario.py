"""Load and check a scenario: the world it starts with, the settings it picks, and what happens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from .story.checking import mistakes, mistakes_of_lines
from .story.mistakes import ScenarioError, in_order
from .story.reading import Source
from .vendor import Vendor

__all__ = ["DEFAULT", "INLINE", "Scenario", "ScenarioError", "check_lines", "files_of", "inline", "load", "names", "said", "shipped"]

DEFAULT = "default"
INLINE = "inline"
"""What a scenario is called that came as JSON."""
_COLUMNS = files(__package__.rpartition(".")[0])


@dataclass(frozen=True)
class Scenario:
    """A story to start from. world and settings: by vendor name. script: its lines as they are written. clock: what it shows at first.

    about: what is seen, step by step; empty where nothing is said. files: where it was read from.
    """

    name: str
    summary: str
    world: dict[str, Any]
    settings: dict[str, Any]
    script: tuple[dict[str, Any], ...] = ()
    clock: Mapping[str, Any] = field(default_factory=dict)
    about: str = ""
    files: tuple[str, ...] = ()


def names(vendors: Iterable[Vendor]) -> list[str]:
    """Return the names of the shipped scenarios, sorted."""
    found = {entry.name.removesuffix(".yaml") for folder in _folders(vendors) for entry in folder.iterdir() if entry.name.endswith(".yaml")}
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
    read = files_of(name_or_file, vendors)
    return _joined(name_or_file, [_parse(file, vendors) for file in read], vendors, tuple(map(str, read)))


def files_of(name_or_file: str, vendors: Iterable[Vendor]) -> list[Traversable]:
    """Return the files of the scenario of this name, one or one for each vendor; or the file itself. ScenarioError where there is neither."""
    vendors = tuple(vendors)
    found = [folder / f"{name_or_file}.yaml" for folder in _folders(vendors)] if name_or_file in names(vendors) else [Path(name_or_file)]
    there = [file for file in found if _is_file(file)]
    if not there:
        raise ScenarioError(f"scenario {name_or_file!r}: neither a file nor one of {', '.join(names(vendors))}")
    return there


def inline(document: Mapping[str, Any], vendors: Iterable[Vendor]) -> Scenario:
    """Return the scenario that a document describes, which came as JSON. Its name is `inline`. ScenarioError tells places as JSON paths."""
    vendors, data = tuple(vendors), dict(document)
    wrong = mistakes(data, vendors, partial(_default_of, vendors))
    if wrong:
        raise ScenarioError(mistakes=wrong)
    return _joined(INLINE, [data], vendors, ())


def check_lines(rows: Sequence[Mapping[str, Any]], vendors: Iterable[Vendor]) -> None:
    """Return if these lines can be loaded into a script that runs. They may name states that none of them enters. ScenarioError."""
    wrong = mistakes_of_lines(rows, tuple(vendors))
    if wrong:
        raise ScenarioError(mistakes=wrong)


def _joined(name: str, parts: Sequence[Mapping[str, Any]], vendors: Sequence[Vendor], read: tuple[str, ...]) -> Scenario:
    """Return the scenario whose parts these are: one document, or one for each vendor."""
    served = {vendor.name for vendor in vendors}
    world = {vendor: data for part in parts for vendor, data in part.get("world", {}).items() if vendor in served}
    for vendor in vendors:
        if vendor.name not in world:
            world[vendor.name] = _default_of(vendors, vendor)
    summary, about = said(parts)
    return Scenario(
        name=name,
        summary=summary,
        world=world,
        settings={vendor: data for part in parts for vendor, data in part.get("settings", {}).items() if vendor in served},
        script=tuple(row for part in parts for row in part.get("script", ())),
        clock={field: value for part in parts for field, value in part.get("clock", {}).items()},
        about=about,
        files=read,
    )


def said(parts: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Return summary and about of the scenario whose parts these are."""
    return " ".join(part["summary"].strip() for part in parts), "\n\n".join(part["about"].strip() for part in parts if "about" in part)


def _default_of(vendors: Sequence[Vendor], vendor: Vendor) -> Any:
    """Return what there is of a vendor in the default scenario."""
    return _parse(_folder(vendor) / f"{DEFAULT}.yaml", vendors)["world"][vendor.name]


def _is_file(file: Traversable) -> bool:
    try:
        return file.is_file()
    except OSError:
        return False


def _folders(vendors: Iterable[Vendor]) -> list[Traversable]:
    """Return where stories lie: those of any vendor, then those of each."""
    return [_COLUMNS / "scenarios", *(_folder(vendor) for vendor in vendors)]


def _folder(vendor: Vendor) -> Traversable:
    return _COLUMNS / vendor.name / "scenarios"


def _parse(file: Traversable, vendors: Sequence[Vendor]) -> dict[str, Any]:
    """Return the document in a file. ScenarioError tells each mistake with its line."""
    name = str(file)
    try:
        text = file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{name}: not YAML that can be read: {error}") from None
    except OSError as error:
        raise ScenarioError(f"{name}: {error.strerror}") from None
    known = _GOOD.get(name)
    if known and known.text == text and [id(one) for one in known.vendors] == [id(one) for one in vendors]:
        return deepcopy(known.document)
    source = Source(name, text)
    wrong = in_order(source.value, [*source.mistakes, *mistakes(source.value, vendors, partial(_default_of, vendors), source.spelled)])
    if wrong:
        raise ScenarioError(mistakes=[replace(mistake, file=name, line=source.line(mistake.place)) for mistake in wrong])
    _GOOD[name] = _Good(text, tuple(vendors), source.value)
    return deepcopy(_GOOD[name].document)


@dataclass(frozen=True)
class _Good:
    """A text that was found good for these vendors, and its document."""

    text: str
    vendors: tuple[Vendor, ...]
    document: dict[str, Any]


# By file: a server that makes many worlds of one story checks it once.
_GOOD: dict[str, _Good] = {}
