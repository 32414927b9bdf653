"""Every operation of every vendor's spec, as a fuzzer needs it: so that a new one is covered by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ownership_contracts import specs

PARAMETER = re.compile(r"\{([^}]+)\}")


@dataclass(frozen=True)
class Scheme:
    """One security scheme. kind: bearer, basic, header or cookie. name: the header's or the cookie's."""

    kind: str
    name: str


@dataclass(frozen=True)
class Taken:
    """One media type that an operation takes, its schema, and the examples that the spec gives."""

    media_type: str
    schema: Mapping[str, Any]
    examples: tuple[Any, ...]


@dataclass(frozen=True)
class Operation:
    """One operation. query: the names of its query parameters. security: the alternatives, each the schemes that it needs together."""

    vendor: str
    name: str
    method: str
    template: str
    query: tuple[str, ...]
    bodies: tuple[Taken, ...]
    security: tuple[tuple[Scheme, ...], ...]

    @property
    def parameters(self) -> list[str]:
        return PARAMETER.findall(self.template)


@cache
def operations() -> tuple[Operation, ...]:
    """Return the operations of all vendors, in the order of the specs."""
    found = []
    for vendor in specs.vendors():
        document = specs.openapi(vendor)
        schemes = {name: _scheme(scheme) for name, scheme in document["components"]["securitySchemes"].items()}
        for template, item in document["paths"].items():
            for method in (key for key in item if key in specs.METHODS):
                operation = item[method]
                needs = operation.get("security", document.get("security", []))
                security = tuple(tuple(schemes[name] for name in alternative) for alternative in needs)
                bodies = _bodies(specs.resolved(document, operation.get("requestBody", {})))
                parameters = specs.resolved(document, [*item.get("parameters", ()), *operation.get("parameters", ())])
                query = tuple(one["name"] for one in parameters if one["in"] == "query")
                found.append(Operation(vendor, operation["operationId"], method.upper(), template, query, bodies, security))
    return tuple(found)


def _scheme(scheme: Mapping[str, Any]) -> Scheme:
    if scheme["type"] == "apiKey":
        return Scheme(scheme["in"], scheme["name"])
    return Scheme(scheme["scheme"], "Authorization")


def _bodies(body: Mapping[str, Any]) -> tuple[Taken, ...]:
    found = []
    for media_type, content in body.get("content", {}).items():
        examples = [example["value"] for example in content.get("examples", {}).values()]
        found.append(Taken(media_type, content["schema"], (*examples, *([content["example"]] if "example" in content else []))))
    return tuple(found)
