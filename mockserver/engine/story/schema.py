"""The JSON Schema of a scenario, composed from the vendors' columns and their ledgers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .... import specs
from ....specs import Clause
from ..script import MOST_LINES
from ..vendor import Vendor
from . import line_schema

Json = dict[str, Any]
LONGEST_SENTENCE, LONGEST_TEXT = 1000, 20_000
"""How many characters the summary may have, and what it is about: they count for no world's size."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"


_SENTENCE: Json = {"type": "string", "minLength": 1, "maxLength": LONGEST_SENTENCE, "pattern": r"\S", "patternErrorMessage": "a sentence"}


def published(vendors: Sequence[Vendor]) -> Json:
    """Return the whole schema, as editors read it: with every pick's options, and which fields exclude each other."""
    lines = {**line_schema.line(vendors), **line_schema.KINDS_OF_LINE}
    properties = {name: part(vendors) for name, part in _PARTS.items()}
    properties["settings"] = _settings({vendor.name: _picks(vendor.name) for vendor in vendors})
    return {
        "$schema": DIALECT,
        "title": "A scenario of ownership-mock",
        "description": "A story to start a world from: what there is in it, what the vendors' open questions are answered with, and what happens.",
        **_object(properties),
        "$defs": {"line": lines, **line_schema.definitions(vendors)},
    }


def checked(vendors: Sequence[Vendor], served: Iterable[str], names: Iterable[str]) -> Json:
    """Return what a document with these names has to fit; the rest of the check words better what this leaves out.

    vendors: those that the script may be about. served: of them, those whose world is asked about.
    """
    given, asked = set(names), set(served)
    by_vendor = dict.fromkeys([*specs.vendors(), *(vendor.name for vendor in vendors)])
    properties: Json = {name: part(vendors) if name in given else {} for name, part in _PARTS.items()}
    properties["world"] = _world({name: {} for name in by_vendor} | {v.name: v.world_schema for v in vendors if v.name in asked})
    properties["settings"] = _settings({name: {"type": "object"} for name in by_vendor})
    return {**_object(properties), "$defs": lines_checked(vendors)["$defs"] if "script" in given else {}}


def lines_checked(vendors: Sequence[Vendor]) -> Json:
    """Return what a list of script lines has to fit."""
    return {**_script(vendors), "$defs": {"line": line_schema.line(vendors), **line_schema.definitions(vendors)}}


def _object(properties: Json) -> Json:
    return {"type": "object", "required": ["summary"], "additionalProperties": False, "properties": properties}


def _summary(_: Sequence[Vendor]) -> Json:
    return {"description": "The story in one sentence.", **_SENTENCE}


def _about(_: Sequence[Vendor]) -> Json:
    return {"description": "What who plays the story does and sees, step by step.", "type": "string", "maxLength": LONGEST_TEXT}


def _settings(by_vendor: Json) -> Json:
    says = "Answers to what the vendors leave open: picks of the ledger, by vendor. What is left out has the ledger's default."
    return {"description": says, "type": "object", "additionalProperties": False, "properties": by_vendor}


def _clock(_: Sequence[Vendor]) -> Json:
    now = {
        "description": "What the clock shows at first: a moment in ISO 8601 with its zone, or seconds since the epoch. Left out: the machine's time.",
        "anyOf": [line_schema.MOMENT, {"type": "number", "minimum": 0}],
        "examples": ["2026-01-01T00:00:00Z"],
    }
    frozen = {"description": "Whether the clock stands still until the control API turns it. Left out, it runs.", "type": "boolean"}
    return {
        "description": "The world's own time.",
        "type": "object",
        "additionalProperties": False,
        "properties": {"now": now, "frozen": frozen},
    }


def _world(by_vendor: Json) -> Json:
    says = "What there is when the story begins, by vendor. One that is left out starts as in the scenario `default`."
    return {"description": says, "type": "object", "additionalProperties": False, "properties": by_vendor}


def _worlds(vendors: Sequence[Vendor]) -> Json:
    return _world({vendor.name: vendor.world_schema for vendor in vendors})


def _script(_: Sequence[Vendor]) -> Json:
    says = "What happens: lines that act on requests, and lines that fire by the world's clock. Of those that fit a request the first acts, no other."
    return {"description": says, "type": "array", "maxItems": MOST_LINES, "items": {"$ref": "#/$defs/line"}}


_PARTS: dict[str, Callable[[Sequence[Vendor]], Json]] = {
    "summary": _summary,
    "about": _about,
    "settings": lambda _: _settings({}),
    "clock": _clock,
    "world": _worlds,
    "script": _script,
}
FIELDS = tuple(_PARTS)
"""The names that a scenario may have."""


def _picks(vendor: str) -> Json:
    clauses = [clause for clause in specs.ledger(vendor).clauses.values() if clause.pick is not None]
    properties = {clause.pick.name: _pick(clause) for clause in clauses if clause.pick is not None}
    says = f"The picks of specs/{vendor}/clauses.yaml."
    return {"description": says, "type": "object", "additionalProperties": False, "properties": dict(sorted(properties.items()))}


def _pick(clause: Clause) -> Json:
    pick = clause.pick
    if pick is None:
        return {}
    values = pick.values if pick.options is None else {"oneOf": [{"const": name, "description": says} for name, says in pick.options.items()]}
    return {"description": clause.says, **(values or {}), "default": pick.default}
