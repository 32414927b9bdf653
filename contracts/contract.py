"""What a vendor's spec says of one answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft4Validator
from jsonschema.exceptions import best_match

from .. import specs


@dataclass(frozen=True)
class Answer:
    """An HTTP answer as the suite judges it. headers: names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def succeeded(self) -> bool:
        """Whether the status is one of HTTP's successes."""
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP's success

    @property
    def media_type(self) -> str:
        """The base media type in lower case, or an empty text."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """Return the body's JSON value. ValueError where it is none, or is nested too deep to read."""
        try:
            return json.loads(self.body)
        except RecursionError:
            raise ValueError("the JSON is nested too deep") from None


@dataclass(frozen=True)
class Operation:
    """One operation of a spec: its method, its path template, the media types that it takes, and its responses by status.

    request: the request body that it takes, as the spec describes it; empty where it takes none.
    """

    id: str
    method: str
    template: str
    media_types: tuple[str, ...]
    responses: Mapping[int, Mapping[str, Any]]
    ledger: specs.Ledger
    request: Mapping[str, Any] = field(default_factory=dict)

    def complaints(self, answer: Answer) -> Iterator[tuple[str, str, str]]:
        """Yield where the answer is not as the spec has it: (grade, expected, seen). An undocumented status is no complaint here."""
        response = self.responses.get(answer.status)
        if response is None:
            return
        content = {media.lower(): part for media, part in response.get("content", {}).items()}
        # A media type may cite clauses of its own, weaker than the response's: then the body is known less well than the status.
        grade = min(
            (self._grade(part if "x-clause" in part else response) for part in content.values()),
            key=specs.GRADES.index,
            default=self._grade(response),
        )
        if not answer.body:
            if content and not response.get("x-empty"):
                yield grade, f"a body of {' or '.join(content)}", "no body"
            return
        if not content:
            yield grade, "no body", f"a body of {len(answer.body)} bytes"
            return
        if answer.media_type not in content:
            yield grade, f"Content-Type {' or '.join(content)}", answer.media_type or "no Content-Type"
            return
        part = content[answer.media_type]
        grade = self._grade(part if "x-clause" in part else response)
        try:
            error = best_match(Draft4Validator(part["schema"]).iter_errors(answer.json()))
        except ValueError as problem:
            yield grade, "a JSON body", f"a body that is not JSON ({problem})"
            return
        if error is not None:
            yield grade, f"a body as documented for {answer.status} {answer.media_type}", f"{error.json_path}: {error.message}"

    def extras(self, answer: Answer) -> list[str]:
        """Return what the answer carries beyond the spec: an undocumented status, fields that the page does not show."""
        response = self.responses.get(answer.status)
        if response is None:
            return [f"status {answer.status} is not documented for {self.id}"]
        part = {media.lower(): part for media, part in response.get("content", {}).items()}.get(answer.media_type)
        try:
            body = answer.json()
        except ValueError:
            return []
        # An object that is said to have fields of its own shows all of them.
        shown = _fields(part["schema"]) if part and part["schema"].get("additionalProperties") != {} else set()
        return [f"field {name} is not on the page" for name in body if name not in shown] if shown and isinstance(body, dict) else []

    def cited(self, answer: Answer) -> list[str]:
        """Return the clauses that the spec has this answer from, those that are known best; none where its status is not documented."""
        response = self.responses.get(answer.status)
        if response is None:
            return []
        part = {media.lower(): part for media, part in response.get("content", {}).items()}.get(answer.media_type, {})
        node = part if "x-clause" in part else response
        return [clause for clause in node["x-clause"] if self.ledger.clauses[clause].grade == self._grade(node)]

    def _grade(self, node: Mapping[str, Any]) -> str:
        grades = [self.ledger.clauses[clause].grade for clause in node["x-clause"]]
        return min(grades, key=specs.GRADES.index)


def _fields(schema: Mapping[str, Any]) -> set[str]:
    parts = [schema, *schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]
    return {name for part in parts for name in part.get("properties", {})}


@cache
def operations(vendor: str) -> dict[str, Operation]:
    """Return the vendor's operations by operationId, every $ref resolved."""
    document = specs.openapi(vendor)
    found = {}
    for template, item in document["paths"].items():
        for method in (method for method in item if method in specs.METHODS):
            operation = item[method]
            request = specs.resolved(document, operation.get("requestBody", {}))
            found[operation["operationId"]] = Operation(
                id=operation["operationId"],
                method=method.upper(),
                template=template,
                media_types=tuple(request.get("content", {})),
                responses={int(status): specs.resolved(document, response) for status, response in operation["responses"].items()},
                ledger=specs.ledger(vendor),
                request=request,
            )
    return found


def operation_of(vendor: str, method: str, path: str) -> Operation | None:
    """Return the operation that a request is to, or None: the first whose path template fits. A query and a slash at the end are no matter."""
    return next((found for found, _ in addressed(vendor, path) if found.method == method), None)


def addressed(vendor: str, path: str) -> list[tuple[Operation, dict[str, str]]]:
    """Return the operations whose path template a path fits, by whatever method, in the spec's order, each with the path's parameters, decoded."""
    asked = "/".join(map(_decoded, path.partition("?")[0].rstrip("/").split("/")))
    fits = ((found, _pattern(found.template).fullmatch(asked)) for found in operations(vendor).values())
    return [(found, fit.groupdict()) for found, fit in fits if fit]


def _decoded(segment: str) -> str:
    # A slash that is percent-encoded parts no segments.
    text = unquote(segment)
    return segment if "/" in text else text


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template)), re.DOTALL)
