"""Differences that no contract forbids, as real deployments have them: what a column composes its harmless mutants of."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from typing import Any

from ... import specs
from ...specs import Json
from .alter import body, both, header
from .exchange import WorldExchange
from .held import Held
from .mutants import NO_OPERATION, Alter, Mutant

PROXY = {
    "server": "cloudfront",
    "via": "1.1 3f7d2c.cloudfront.net (CloudFront)",
    "x-cache": "Miss from cloudfront",
    "x-request-id": "5b1e0c62-6f0c-4d5e-9a0e-2f1b8f6f2d11",
    "strict-transport-security": "max-age=31536000",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
}
"""What stands before a deployment adds such headers to every answer."""
COOKIE = "AWSALB=kq3Zb7aPz1; Path=/; HttpOnly"
"""By which a load balancer knows its clients again."""


def everywhere(document: Mapping[str, Any]) -> frozenset[str]:
    """Return the operations of an OpenAPI document, and the answers of none."""
    named = (item[method]["operationId"] for item in document["paths"].values() for method in item if method in specs.METHODS)
    return frozenset({NO_OPERATION, *named})


def proxied() -> Alter:
    """Return what makes an answer look as if it came through a proxy: headers of its own, a cookie before the others, a compressed body."""
    return both(*(header(name, value) for name, value in PROXY.items()), _with_cookie, _compressed)


def _with_cookie(_: WorldExchange, held: Held) -> None:
    held.headers.insert(0, (b"set-cookie", COOKIE.encode()))


def _compressed(exchange: WorldExchange, held: Held) -> None:
    accepted = [value for name, value in exchange.sent["headers"] if name == b"accept-encoding"]
    if held.body and b"gzip" in b",".join(accepted):
        held.headers.append((b"content-encoding", b"gzip"))
        held.put(gzip.compress(bytes(held.body), mtime=0))


def respelt(_: WorldExchange, held: Held) -> None:
    """Spell the media type in capitals, and name the charset that JSON has anyway."""
    held.headers = [(name, value.title() + b";charset=UTF-8" if name == b"content-type" and held.body else value) for name, value in held.headers]


def laid_out() -> Alter:
    """Return what writes a body over several lines, the fields of its objects in another order, and letters of any language as they are."""
    return body(_within(lambda found: dict(reversed(found.items()))), _on_lines)


def _on_lines(value: Json) -> bytes:
    # What is no letter, half a surrogate pair, stays escaped.
    return json.dumps(value, indent=2, ensure_ascii=False).replace("%", "\\u0025").encode("utf-8", "backslashreplace") + b"\n"


def of_each_object(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Alter:
    """Return what changes every object of a body, the inner ones first. change: the object → the one to send."""
    return body(_within(change))


def _within(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Any], Any]:
    def within(value: Any) -> Any:
        if isinstance(value, dict):
            return change({name: within(inner) for name, inner in value.items()})
        return [within(inner) for inner in value] if isinstance(value, list) else value

    return within


def with_more(**extra: Any) -> Alter:
    """Return what gives every object of a body these fields too, but where it has one of that name."""
    return of_each_object(lambda found: {**extra, **found})


def in_other_words(words: str, *names: str) -> Alter:
    """Return what puts other words into the texts that have one of these names, at any depth of a body."""
    return of_each_object(lambda found: {name: words if name in names and isinstance(told, str) else told for name, told in found.items()})


def reordered(*names: str) -> Alter:
    """Return what turns the lists that have one of these names, at any depth of a body."""
    return of_each_object(lambda found: {name: told[::-1] if name in names and isinstance(told, list) else told for name, told in found.items()})


def typed_though_empty(_: WorldExchange, held: Held) -> None:
    """Name a media type also where there is no body."""
    if not held.body:
        header("content-type", "application/json")(_, held)


def of_any_vendor(operations: frozenset[str]) -> dict[str, Mutant]:
    """Return the differences that any vendor's deployment may show, by name. operations: where they are seen."""
    return {
        "laid-out-json": Mutant(
            says="Bodies are written over several lines, with the fields of each object in another order.",
            operations=operations,
            harmless=True,
            answer=laid_out(),
        ),
        "media-types-respelt": Mutant(
            says="Media types are spelt in capitals, and followed by ;charset=UTF-8.",
            operations=operations,
            harmless=True,
            answer=respelt,
        ),
        "behind-a-proxy": Mutant(
            says="A proxy stands in front: headers and a cookie of its own, and bodies compressed for clients that take that.",
            operations=operations,
            harmless=True,
            answer=proxied(),
        ),
    }
