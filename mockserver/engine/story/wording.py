"""What a value breaks in a JSON Schema, in words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from jsonschema.exceptions import ValidationError

from ....specs import Fits
from .mistakes import Mistake, Place

_SHOWN = 60
_LISTED = 12
_TYPES = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
Spelled = Callable[[Place], str | None]
"""From a place to how its value is written, where it is one plain word."""


def complaints(schema: dict[str, Any], document: Any, spelled: Spelled) -> Iterator[Mistake]:
    """Yield each thing of the document that does not fit the schema."""
    for error in Fits(schema).iter_errors(document):
        yield from _told(error, tuple(error.absolute_path), spelled)


def unknown(name: str, known: Iterable[str]) -> str:
    """Return what to say of a name that is none of those that are known."""
    names = list(known)
    close = get_close_matches(name, names, n=1)
    if close and len(names) > _LISTED:
        return f"there is no {shown(name)} here; did you mean {close[0]}?"
    meant = f"; did you mean {close[0]}?" if close else ""
    return f"there is no {shown(name)} here; there is {', '.join(names) or 'none'}{meant}"


def shown(value: Any) -> str:
    """Return a value as JSON, shortened."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _told(error: ValidationError, place: Place, spelled: Spelled) -> Iterator[Mistake]:
    """Yield the mistakes that an error stands for. The place is given, as errors within a branch know only their own."""
    keyword: Any = error.validator
    wanted: Any = error.validator_value
    value: Any = error.instance
    if "propertyNames" in error.relative_schema_path:
        place = (*place, value)
    if keyword in ("anyOf", "oneOf") and error.context:
        for inner in _branch(error):
            yield from _told(inner, (*place, *inner.relative_path), spelled)
    elif keyword == "required":
        # jsonschema tells each name that is missing by an error of its own, and in its message alone.
        yield Mistake(place, f"{error.message.removesuffix(' is a required property')} is missing: it is required")
    elif keyword == "additionalProperties" and wanted is False:
        known = list(error.schema.get("properties", {})) if isinstance(error.schema, dict) else []
        for name in value:
            if name not in known:
                yield Mistake((*place, name), unknown(name, known))
    elif keyword == "type":
        yield Mistake(place, _wrong_type(value, wanted, spelled(place)))
    else:
        yield Mistake(place, _wrong(error))


def _branch(error: ValidationError) -> Sequence[ValidationError]:
    """Return the errors of the branch that was meant: of those for values of this kind the one that came furthest."""
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.relative_schema_path[0], []).append(inner)
    fitting = [errors for errors in branches.values() if not any(e.validator == "type" and not e.relative_path for e in errors)]
    return min(fitting or branches.values(), key=lambda errors: (-max(len(e.relative_path) for e in errors), len(errors)))


def _wrong_type(value: Any, wanted: str | list[str], word: str | None) -> str:
    kinds = [wanted] if isinstance(wanted, str) else wanted
    expected = " or ".join(_TYPES.get(kind, kind) for kind in kinds)
    if "string" in kinds and word and not isinstance(value, str | dict | list):
        return f"{word} is read as {_kind(value)}, {expected} was expected: put it in quotes"
    if value is None:
        return f"nothing stands here: {expected} was expected"
    return f"{shown(value)} is {_kind(value)}: {expected} was expected"


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "a boolean"
    for kind, name in ((dict, "an object"), (list, "a list"), (str, "a text")):
        if isinstance(value, kind):
            return name
    return "a number"


def _wrong(error: ValidationError) -> str:
    wanted: Any = error.validator_value
    value = shown(error.instance)
    if error.validator == "enum":
        if isinstance(error.instance, str) and all(isinstance(one, str) for one in wanted):
            return unknown(error.instance, wanted)
        return f"{value} is none of {', '.join(map(str, wanted))}"
    meant = error.schema.get("patternErrorMessage") if isinstance(error.schema, dict) else None
    if error.validator == "pattern" and meant:
        return f"{value}: {meant}"
    said = {
        "pattern": f"{value} does not fit the pattern {wanted}",
        "const": f"{value} is not what is possible here, which is {shown(wanted)} alone; or leave it out",
        "minimum": f"{value} is too small: at least {wanted} was expected",
        "maximum": f"{value} is too large: at most {wanted} was expected",
        "minLength": f"{value} is too short: at least {wanted} characters were expected",
        "maxLength": f"{value} is too long: at most {wanted} characters were expected",
        "minItems": f"{value} is too short: at least {wanted} were expected",
        "maxItems": f"the list is too long: at most {wanted} were expected",
        "minProperties": f"it is empty: at least {wanted} was expected",
        "maxProperties": f"there are {len(error.instance) if isinstance(error.instance, dict) else 0} names where one item has at most {wanted}",
    }
    return said.get(str(error.validator), error.message)
