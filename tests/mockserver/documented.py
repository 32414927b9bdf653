"""Whether an answer is documented, judged from the spec files alone, so that the guard does not vouch for itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
from jsonschema import Draft4Validator
from ownership_contracts import specs

from tests.specs.linting import dereferenced, operations

# What the HTTP server adds to any answer.
FRAME = {"content-type", "content-length", "date", "connection"}

Document = Mapping[str, Any]


class _Read:
    """What was read of one document: to resolve a response takes longer than to judge an answer by it. The next document takes its place."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.responses: dict[str | None, dict[int, Any]] = {}
        self.validators: dict[tuple[str | None, int, str, bool], Draft4Validator] = {}


_last = _Read({})


def _read(document: Document) -> _Read:
    global _last  # noqa: PLW0603 - a cache of one
    if _last.document is not document:
        _last = _Read(document)
    return _last


def operation_ids(document: Document) -> set[str]:
    return {operation["operationId"] for _, operation in operations(document)}


def responses(document: Document, operation_id: str | None) -> dict[int, Any]:
    """The responses of an operation by status; with None, those of protocol.yaml in the document's shape."""
    kept = _read(document).responses
    if operation_id not in kept:
        kept[operation_id] = _responses(document, operation_id)
    return kept[operation_id]


def _responses(document: Document, operation_id: str | None) -> dict[int, Any]:
    if operation_id is None:
        shape = dereferenced(document, document["components"]["responses"]["ProtocolError"])
        return {row["status"]: {**shape, "headers": {"Allow": {}} if row.get("allow") else {}} for row in specs.protocol()["answers"].values()}
    operation = next(operation for _, operation in operations(document) if operation["operationId"] == operation_id)
    return {int(status): dereferenced(document, response) for status, response in operation["responses"].items()}


def faults(document: Document, operation_id: str | None, answer: httpx.Response, *, closed: bool = True) -> list[str]:
    """What the document does not say of this answer. closed: an object with named properties may have no others."""
    documented = responses(document, operation_id)
    if answer.status_code not in documented:
        return [f"status {answer.status_code}"]
    response = documented[answer.status_code]
    headers = {name.lower(): header for name, header in response.get("headers", {}).items()}
    around = {name.lower() for name in specs.protocol()["cross_origin"]["headers"]}
    found = [f"header {name}" for name in answer.headers if name.lower() not in FRAME | set(headers) | around]
    # Left out, `required` is read as true here: our own answers have what they document.
    found += [f"no header {name}" for name, header in headers.items() if header.get("required", True) and name not in answer.headers]
    content = response.get("content", {})
    media_type = answer.headers.get("content-type")
    if not answer.content:
        return found + (["no body"] if content and not response.get("x-empty") else []) + ([f"{media_type} of no body"] if media_type else [])
    if media_type not in content:
        return [*found, f"media type {media_type}"]
    kept, key = _read(document).validators, (operation_id, answer.status_code, media_type, closed)
    if key not in kept:
        kept[key] = Draft4Validator(_plain(document, content[media_type]["schema"], closed))
    return found + [f"{error.json_path}: {error.message}" for error in kept[key].iter_errors(answer.json())]


def but_time(world: Mapping[str, Any]) -> dict[str, Any]:
    """What the control API shows of a world, without what its clock shows: that is another at each reading."""
    return {name: value for name, value in world.items() if name != "clock"}


def _plain(document: Document, node: Any, closed: bool) -> Any:
    """A schema as JSON Schema: without $ref and nullable, and with its objects closed."""
    node = dereferenced(document, node)
    if isinstance(node, list):
        return [_plain(document, part, closed) for part in node]
    if not isinstance(node, dict):
        return node
    schema = {key: _plain(document, part, closed) for key, part in node.items()}
    if schema.pop("nullable", False):
        schema["type"] = [schema["type"], "null"]
    if closed and schema.get("type") == "object" and "properties" in schema:
        schema.setdefault("additionalProperties", False)
    return schema
