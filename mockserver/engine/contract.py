"""A vendor's spec, compiled: which operation a path is, and whether an answer is documented."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jsonschema_rs
from jsonschema import Draft4Validator
from jsonschema.exceptions import best_match

from ... import specs

# Segments that fit no template.
STEPS = frozenset({"", ".", ".."})
# Headers that frame any answer; others must be declared in the spec.
FRAME = frozenset({"content-type", "content-length"})


def closed(schema: Any) -> Any:
    """Return the schema with every object of named properties closed: the mock sends only what its spec has."""
    if isinstance(schema, list):
        return [closed(value) for value in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {key: closed(value) for key, value in schema.items() if key != "nullable"}
    if schema.get("nullable") is True:
        # OpenAPI 3.0's word for what JSON Schema says with a second type.
        copy["type"] = [copy["type"], "null"]
    if isinstance(copy.get("properties"), dict):
        copy.setdefault("additionalProperties", False)
    return copy


def relaxed(node: Any) -> Any:
    """Return the spec without the keywords that x-rule leaves to an operation's own rule."""
    if isinstance(node, list):
        return [relaxed(value) for value in node]
    if not isinstance(node, dict):
        return node
    left_to_rule = node.get("x-rule", ())
    return {key: relaxed(value) for key, value in node.items() if key not in left_to_rule}


def of_requests(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return an OpenAPI document that judges requests as this one does, without the keywords that x-rule names, and says nothing of answers."""
    # OpenAPI has no operation without an answer.
    answers = {"default": {"description": "Any."}}
    paths = {
        template: {key: _asked(part) | {"responses": answers} if key in specs.METHODS else part for key, part in item.items()}
        for template, item in document["paths"].items()
    }
    schemes = document["components"].get("securitySchemes", {})
    judged: dict[str, Any] = relaxed({**document, "paths": specs.resolved(document, paths), "components": {"securitySchemes": schemes}})
    return judged


def _asked(operation: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of an operation judges its requests."""
    return {name: operation[name] for name in ("operationId", "parameters", "requestBody", "security") if name in operation}


class Body:
    """A body's schema. A quick validator accepts what fits, which is nearly all; what it refuses goes to the one that judges and has words."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._accepts = jsonschema_rs.Draft4Validator(schema).is_valid
        self._judge = Draft4Validator(schema)

    def complaint(self, value: Any) -> str | None:
        """Return what is wrong with a JSON value, or None."""
        try:
            if self._accepts(value):
                return None
        except ValueError:
            # A name with half a surrogate pair is beyond it.
            pass
        wrong = best_match(self._judge.iter_errors(value))
        return None if wrong is None else f"body at {wrong.json_path}: {wrong.message}"


@dataclass(frozen=True)
class Answer:
    """One documented answer: its body's schema by media type (none: no body), whether the body may be absent, its header names."""

    bodies: Mapping[str, Body]
    may_be_empty: bool
    headers: frozenset[str]

    def complaint(self, headers: Mapping[str, str], body: bytes) -> str | None:
        """Return what is wrong with these headers (names in lower case) and this body, or None."""
        odd = self._odd_headers(headers)
        if odd is not None:
            return odd
        if not body:
            if self.bodies and not self.may_be_empty:
                return "the body is missing"
            return "a Content-Type without a body" if "content-type" in headers else None
        media_type = headers.get("content-type", "")
        if media_type not in self.bodies:
            return f"media type {media_type or 'none'} is not documented: {', '.join(self.bodies) or 'no body'} is"
        try:
            value = json.loads(body)
        except ValueError as error:
            return f"the body is not JSON: {error}"
        return self.bodies[media_type].complaint(value)

    def _odd_headers(self, headers: Mapping[str, str]) -> str | None:
        extra = set(headers) - FRAME - self.headers
        if extra:
            return f"header not documented: {', '.join(sorted(extra))}"
        unfit = [name for name, value in headers.items() if not value.isascii() or not value.isprintable()]
        return f"header with a value that cannot be sent: {', '.join(unfit)}" if unfit else None


@dataclass(frozen=True)
class Taken:
    """The request body that an operation takes: its media types (none: no body is declared), and whether one must come."""

    media_types: tuple[str, ...]
    required: bool


def answer(document: Mapping[str, Any], response: Mapping[str, Any]) -> Answer:
    """Compile one response object of an OpenAPI document."""
    response = specs.resolved(document, response)
    return Answer(
        bodies={media: Body(closed(content["schema"])) for media, content in response.get("content", {}).items()},
        may_be_empty=bool(response.get("x-empty")) or "content" not in response,
        headers=frozenset(name.lower() for name in response.get("headers", {})),
    )


class Template:
    """A path template. parts: for each segment the text that it is, or a pattern whose groups are parameters."""

    def __init__(self, template: str) -> None:
        self.parts = [_part(segment) for segment in template.removeprefix("/").split("/")]

    def parameters(self, segments: Sequence[str]) -> dict[str, str] | None:
        """Return the parameters of a path of as many segments, or None where it does not fit."""
        found: dict[str, str] = {}
        for part, segment in zip(self.parts, segments, strict=True):
            if isinstance(part, str):
                if part != segment:
                    return None
                continue
            fit = part.fullmatch(segment)
            if fit is None:
                return None
            found |= fit.groupdict()
        return found


def _part(segment: str) -> str | re.Pattern[str]:
    literals_and_names = re.split(r"\{([^{}]+)\}", segment)
    if len(literals_and_names) == 1:
        return segment
    pattern = "".join(f"(?P<{part}>.+)" if index % 2 else re.escape(part) for index, part in enumerate(literals_and_names))
    return re.compile(pattern, re.DOTALL)


class Contract:
    """A compiled OpenAPI document: path → operations, operationId → documented answers, and the protocol's answers in its shape."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        # By how many segments a path has.
        self._paths: dict[int, list[tuple[Template, dict[str, str]]]] = {}
        self._answers: dict[str, dict[int, Answer]] = {}
        self.taken: dict[str, Taken] = {}
        for template, item in document["paths"].items():
            methods = [method for method in item if method in specs.METHODS]
            segments = Template(template)
            operations = {method.upper(): item[method]["operationId"] for method in methods}
            self._paths.setdefault(len(segments.parts), []).append((segments, operations))
            for method in methods:
                operation = item[method]
                self._answers[operation["operationId"]] = {int(s): answer(document, r) for s, r in operation["responses"].items()}
                body = specs.resolved(document, operation.get("requestBody", {}))
                self.taken[operation["operationId"]] = Taken(tuple(body.get("content", {})), bool(relaxed(body).get("required")))
        protocol = specs.protocol()["answers"]
        shape = answer(document, document["components"]["responses"]["ProtocolError"])
        self._protocol = {
            row["status"]: Answer(shape.bodies, shape.may_be_empty, frozenset({"allow"} if row.get("allow") else ()))
            for row in protocol.values()
            if not row.get("neutral")
        }

    def routes(self, segments: Sequence[str]) -> dict[str, tuple[str, dict[str, str]]]:
        """Return method → (operationId, path parameters) for a path's segments: of the templates that fit, the first that has the method counts.

        No template fits a path with a segment that is empty or that other servers would take for a step (. and ..).
        """
        found: dict[str, tuple[str, dict[str, str]]] = {}
        if not STEPS.isdisjoint(segments):
            return found
        for template, operations in self._paths.get(len(segments), ()):
            parameters = template.parameters(segments)
            if parameters is not None:
                found = {method: (name, parameters) for method, name in operations.items()} | found
        return found

    def complaint(self, operation: str | None, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> str | None:
        """Return why this answer is not documented for the operation (None: for no operation), or None where it is."""
        documented = self._protocol if operation is None else self._answers[operation]
        if status not in documented:
            return f"status {status} is not documented for {operation or 'an answer outside operations'}"
        return documented[status].complaint({name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}, body)
