"""The kinds of field that a target file has, as JSON Schemas. A description says what a value of the kind is to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1}
FLAG: Schema = {"type": "boolean"}
# As a header can carry it.
TOKEN: Schema = {"type": "string", "pattern": "^[!-~]+$(?!\\n)", "description": "a text of visible ASCII characters without blanks"}
MORE_THAN_NOTHING: Schema = {"type": "number", "exclusiveMinimum": 0, "maximum": 1_000_000_000}
NO_LESS_THAN_NOTHING: Schema = {"type": "number", "minimum": 0, "maximum": 1_000_000_000}
COUNT: Schema = {"type": "integer", "minimum": 1, "maximum": 1_000_000_000_000}


def table(required: Iterable[str], *, one_of: Iterable[Iterable[str]] = (), **properties: Schema) -> dict[str, Any]:
    """Return the schema of a table with these fields and no others. one_of: groups of fields, of which it is to have one group whole."""
    groups = [{"required": list(group)} for group in one_of]
    closed = {"type": "object", "additionalProperties": False, "required": list(required), "properties": properties}
    return {**closed, "anyOf": groups} if groups else closed


def rows(item: Schema, least: int = 0) -> dict[str, Any]:
    """Return the schema of a list of such items."""
    return {"type": "array", "minItems": least, "items": item}
