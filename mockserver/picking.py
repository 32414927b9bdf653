"""A settings file: what a server's worlds pick, where neither their scenario nor who makes them says otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from .. import specs
from .engine.story.mistakes import Mistake, ScenarioError, in_order
from .engine.story.reading import Source
from .engine.vendor import Vendor


def picking(vendors: Sequence[Vendor], file: Path | None) -> list[Vendor]:
    """Return the vendors with the settings that the file has for them; without a file as they are. ScenarioError tells each mistake with its line.

    The file is YAML: picks by vendor, as a scenario has them below `settings`. A vendor's that is not served are checked too.
    """
    if file is None:
        return list(vendors)
    document = _read(file)
    return [replace(vendor, settings=document.get(vendor.name) or {}) for vendor in vendors]


def _read(file: Path) -> dict[str, Any]:
    try:
        source = Source(str(file), file.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{file}: not YAML that can be read: {error}") from None
    except OSError as error:
        raise ScenarioError(f"--settings {file}: {error.strerror}") from None
    found = in_order(source.value, [*source.mistakes, *_mistakes(source.value)])
    if found:
        raise ScenarioError(mistakes=[replace(one, file=str(file), line=source.line(one.place)) for one in found])
    document: dict[str, Any] = source.value or {}
    return document


def _mistakes(document: Any) -> Iterator[Mistake]:
    if document is not None and not isinstance(document, dict):
        yield Mistake((), f"picks by vendor are expected here: {', '.join(specs.vendors())}, each with its settings below it")
        return
    for vendor, picks in (document or {}).items():
        if vendor not in specs.vendors():
            yield Mistake((vendor,), f"there is no such vendor; there is {', '.join(specs.vendors())}")
        elif picks is not None and not isinstance(picks, dict):
            yield Mistake((vendor,), "settings are expected here: names and values")
        else:
            yield from (Mistake((vendor, name), wrong) for name, wrong in specs.ledger(vendor).complaints(picks or {}))
