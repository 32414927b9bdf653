"""What may stand in a target file, and how a field that may not is told."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Mapping
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from ... import specs
from ..columns import column
from ..edition import ADOPTED, unknown
from ..live.mode import Limits
from ..live.options import MODES
from .document import PICKS, Document, Path, TargetError
from .fields import COUNT, MORE_THAN_NOTHING, NO_LESS_THAN_NOTHING, TEXT, TOKEN, Schema, table

LIMITS: Mapping[str, tuple[str, Schema]] = {
    "requests_per_second": ("per_second", MORE_THAN_NOTHING),
    "requests": ("requests", COUNT),
    "seconds": ("seconds", MORE_THAN_NOTHING),
    "timeout": ("timeout", MORE_THAN_NOTHING),
    "body": ("body", COUNT),
    "clock_skew": ("skew", NO_LESS_THAN_NOTHING),
}
"""By its name in the file, a limit's name in Limits and what it may be."""
Order = tuple[bool, int, int]
_KINDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false", "array": "list", "object": "table"}


def require_fitting(document: Document) -> None:
    """Return if the document is a target file's by its schema. TargetError: of the first field in the file that does not fit."""
    errors = list(Draft202012Validator(_schema()).iter_errors(document.data))
    found = [_told(document, error) for error in errors] + list(_unnumbered(document))
    if found:
        raise min(found, key=lambda told: told[0])[1]
    vendors = specs.vendors()
    if not any(vendor in document.data for vendor in vendors):
        raise TargetError(f"target {document.source}: it has a table for none of {', '.join(vendors)}: there is nothing to test")


def require_picks(document: Document) -> None:
    """Return if each pick is one of the vendor's and can have its value. TargetError."""
    for vendor in specs.vendors():
        declared = document.data.get(vendor, {}).get(PICKS, {})
        for name, _ in specs.ledger(vendor).complaints(declared):
            # In the words for what is written, which is no variable's value.
            written = {name: document.raw[vendor][PICKS][name]}
            told = dict(specs.ledger(vendor).complaints(written)).get(name, "what it stands for is no value of this pick")
            raise document.error((vendor, PICKS, name), told)


def require_known_contract(document: Document) -> None:
    """Return if each version of a contract that is adopted is known. TargetError."""
    for vendor in specs.vendors():
        if wrong := unknown(vendor, document.data.get(vendor, {})):
            raise document.error((vendor, ADOPTED), wrong)


def limits(data: Mapping[str, Any], *, loopback: bool) -> Limits:
    """Return the limits of a document that fits, those that it does not name as they are by default.

    loopback: whether the deployment is on this machine; nobody else is held up there, so that it is asked as fast as it answers.
    """
    pace = {"per_second": math.inf} if loopback else {}
    return Limits(**{**pace, **{LIMITS[name][0]: value for name, value in data.get("limits", {}).items()}})


def _schema() -> Schema:
    fields = {
        "base_url": TEXT,
        "control": TEXT,
        "control_token": TOKEN,
        "mode": {"enum": MODES},
        "ca": TEXT,
        "client_certificate": TEXT,
        "client_key": TEXT,
        "proxy": TEXT,
        "headers": {"type": "object", "additionalProperties": {"type": "string"}},
        "ledger": TEXT,
        "limits": table([], **{name: schema for name, (_, schema) in LIMITS.items()}),
    }
    tables = {vendor: _with_contract(column(vendor).table_schema) for vendor in specs.vendors()}
    needed = {"control_token": ["control"], "client_key": ["client_certificate"]}
    return {**table(["base_url"], **fields, **tables), "dependentRequired": needed}


def _with_contract(table: Schema) -> Schema:
    """Return the schema of a vendor's table with the fields that every vendor's has."""
    version = {"type": "integer", "minimum": 1}
    return {**table, "properties": {**table["properties"], ADOPTED: version}}


def _unnumbered(document: Document) -> Iterator[tuple[Order, TargetError]]:
    """Yield the limits that no comparison refuses, for they are not a number."""
    for name, value in _limits(document):
        if isinstance(value, float) and math.isnan(value):
            path = ("limits", name)
            yield _order(document, path), document.error(path, f"{value} is no number")


def _limits(document: Document) -> list[tuple[str, Any]]:
    limits = document.data.get("limits")
    return list(limits.items()) if isinstance(limits, dict) else []


def _order(document: Document, path: Path, rule: str = "") -> Order:
    """Return what puts errors into the order in which a reader of the file meets them; what is missing comes last, for it may be misspelt."""
    return rule in ("required", "anyOf", "dependentRequired"), document.line(path) or 0, -len(path)


def _told(document: Document, error: ValidationError) -> tuple[Order, TargetError]:
    path: Path = tuple(error.absolute_path)
    if error.validator == "dependentRequired":
        path = (*path, *_useless(error)[:1])
    if error.validator != "additionalProperties":
        return _order(document, path, str(error.validator)), document.error(path, _says(document, path, error))
    schema, instance = _parts(error)
    known = schema["properties"]
    unknown = next(name for name in instance if name not in known)
    close = difflib.get_close_matches(unknown, known, 1)
    meant = f"did you mean {close[0]!r}?" if close else f"there is {', '.join(sorted(known))}"
    at = (*path, unknown)
    return _order(document, at), document.error(path, f"there is no field {unknown!r} here; {meant}", at)


def _says(document: Document, path: Path, error: ValidationError) -> str:
    """Return what is wrong with a field. Its value is shown as the file has it, and never that of a secret or of a variable."""
    rule, wanted = str(error.validator), cast("Any", error.validator_value)
    schema, instance = _parts(error)
    if rule == "required":
        missing = next(name for name in wanted if name not in instance)
        return f"{missing!r} is missing"
    if rule == "anyOf":
        return "it is to have " + ", or ".join(" and ".join(map(repr, group["required"])) for group in wanted)
    if rule == "dependentRequired":
        return "{!r} is of no use without {!r}".format(*_useless(error))
    # A whole table would be a long tale, with secrets in it.
    subject = "it" if isinstance(instance, dict | list) and instance else document.shown(path)
    return f"{subject} {_wanted(rule, wanted, schema.get('description'))}"


def _useless(error: ValidationError) -> tuple[str, str]:
    """Return the field that stands there without another, and that other."""
    wanted, instance = cast("Any", error.validator_value), cast("Any", error.instance)
    return next((name, needed[0]) for name, needed in wanted.items() if name in instance and set(needed) - set(instance))


def _parts(error: ValidationError) -> tuple[Any, Any]:
    """Return the schema that is broken and what breaks it, which jsonschema types too widely to be looked into."""
    return error.schema, error.instance


def _wanted(rule: str, wanted: Any, description: str | None) -> str:
    """Return what a value is to be that breaks a rule about itself."""
    if description is not None:
        return f"is to be {description}"
    if rule == "type":
        return f"is to be {_KINDS[wanted] if wanted == 'boolean' else f'a {_KINDS[wanted]}'}"
    if rule == "enum":
        return f"is none of {', '.join(map(str, wanted))}"
    if rule in ("minLength", "minItems"):
        return "is empty"
    if rule == "pattern":
        return f"does not match {wanted}"
    bounds = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most"}
    return f"is to be {bounds[rule]} {wanted}" if rule in bounds else f"breaks the rule {rule}"
