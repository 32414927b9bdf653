"""Answers that nobody gave: what a deployment would say if all went well, as the vendor's spec has it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import httpx

from ..contract import Operation, operation_of
from ..live.bases import Bases
from ..shown import json_or_none
from ..target import Target

DEEPEST = 8
"""Levels of a made-up answer: a schema may hold itself."""

ID = "id"
"""The field by which an answer says who somebody is."""


class Names:
    """Makes up texts that say what stands there in truth: <code>, and <code-2> for the next one."""

    def __init__(self) -> None:
        self._given: Counter[str] = Counter()

    def begin(self) -> None:
        """Count from the first again."""
        self._given.clear()

    def text(self, name: str) -> str:
        """Return the next text of this name."""
        self._given[name] += 1
        return f"<{name}>" if self._given[name] == 1 else f"<{name}-{self._given[name]}>"


class Imagined(httpx.BaseTransport):
    """Sends nothing, and answers each request with a success. sent: the requests, in their order."""

    def __init__(self, target: Target) -> None:
        self.names = Names()
        self.sent: list[httpx.Request] = []
        self._gone: set[str] = set()
        self._ids: dict[str, str] = {}
        self._vendors = tuple(target.tables)
        self._bases = Bases(target)
        self._probes = {probe["url"]: probe["at"] for table in target.tables.values() for probe in table.get("probes", {}).values()}

    def begin(self) -> None:
        """Forget what was sent, and what came of it."""
        self.sent.clear()
        self._gone.clear()
        self._ids.clear()
        self.names.begin()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return what could come back."""
        request.read()
        self.sent.append(request)
        if str(request.url) in self._probes:
            return httpx.Response(200, json=_at(self._probes[str(request.url)], self.names.text("seen")))
        path = request.url.raw_path.decode("ascii")
        if path in self._gone and request.method in ("DELETE", "GET", "HEAD"):
            return httpx.Response(httpx.codes.NOT_FOUND)
        if request.method == "DELETE":
            self._gone.add(path)
        found = (operation_of(vendor, request.method, below) for below in self._bases.raw_paths(request.url) for vendor in self._vendors)
        operation = next(filter(None, found), None)
        return httpx.Response(200, json={}) if operation is None else self._success(operation, json_or_none(request.content))

    def _success(self, operation: Operation, asked: Any) -> httpx.Response:
        status = min(status for status in operation.responses if 200 <= status < 300)  # noqa: PLR2004 - HTTP's success
        response = operation.responses[status]
        headers = {name: value for name, header in response.get("headers", {}).items() if (value := _header(header, name, self.names))}
        for media, part in response.get("content", {}).items():
            body = self._fitting(made_up(part.get("schema", {}), "text", self.names), asked)
            return httpx.Response(status, headers={**headers, "Content-Type": media}, content=json.dumps(body).encode())
        return httpx.Response(status, headers=headers)

    def _fitting(self, body: Any, asked: Any) -> Any:
        """Return the answer with the id of what the request names, where an answer before has told that: who logs in is who was registered."""
        named = [value for value in asked.values() if isinstance(value, str)] if isinstance(asked, dict) else []
        if not isinstance(body, dict) or not named:
            return body
        known = next((self._ids[name] for name in named if name in self._ids), None)
        if ID in body and known is not None:
            return {**body, ID: known}
        told = next((value for value in body.values() if isinstance(value, str)), "")
        self._ids.update(dict.fromkeys(named, told))
        return body


def made_up(schema: Mapping[str, Any], name: str, names: Names, depth: int = 0) -> Any:
    """Return a value that the schema describes: all the fields that it has, no item in a list. name: what a text is called."""
    for group in ("allOf", "anyOf", "oneOf"):
        if group in schema:
            parts = schema[group] if group == "allOf" else schema[group][:1]
            rest = {key: value for key, value in schema.items() if key != group}
            return made_up(_merged(rest, *parts), name, names, depth)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if depth > DEEPEST or kind == "null":
        return None
    if kind == "object":
        return {field: made_up(part, field, names, depth + 1) for field, part in schema.get("properties", {}).items()}
    if kind == "array":
        return []
    return {"integer": 1, "number": 1, "boolean": True}[kind] if kind in ("integer", "number", "boolean") else names.text(name)


def _merged(*parts: Mapping[str, Any]) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for part in parts:
        whole |= {**part, "properties": {**whole.get("properties", {}), **part.get("properties", {})}}
    return whole


def _header(header: Mapping[str, Any], name: str, names: Names) -> str:
    example = header.get("schema", {}).get("example", header.get("example", ""))
    return str(example) or names.text(name)


def _at(pointer: str, value: Any) -> Any:
    """Return a JSON value that has this one at the pointer."""
    for step in reversed(pointer.split("/")[1:]):
        value = {step.replace("~1", "/").replace("~0", "~"): value}
    return value
