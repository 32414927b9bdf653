"""Deployments that mind how a request is written, or answer wrongly what belongs to no operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...engine.alter import fields, header, instead, status, where
from ...engine.exchange import WorldExchange
from ...engine.held import Held
from ...engine.mutants import NO_OPERATION, Alter, Mutant
from . import places
from .cited import citing
from .neighbours import like
from .traits import asked_more, ends_with_a_slash, has, minds, raw_colon, typed_and_empty

_NONE = frozenset({NO_OPERATION})
_UNKNOWN_TOKEN = "kii-public.unknown-token"  # noqa: S105 - a clause


def _of(clause: str, says: str, operations: frozenset[str], change: Alter) -> Mutant:
    return Mutant(says=says, operations=operations, clauses=(clause,), answer=where(frozenset({clause}), change))


def _without_allow(_: WorldExchange, held: Held) -> None:
    held.headers = [(name, value) for name, value in held.headers if name.lower() != b"allow"]


_NOT_FOUND = instead(404, {"errorCode": "NOT_FOUND", "message": "There is nothing here."})
_UNSUPPORTED = instead(415, {"errorCode": "UNSUPPORTED_MEDIA_TYPE", "message": "This media type is not supported."})
_HTML: Any = instead(404, "<html>Not Found</html>", "text/html")

MUTANTS: Mapping[str, Mutant] = {
    # ------------------------------------------------------------------------------------------------ what belongs to no operation
    "unknown-path-200": _of("kii-pick.unknown-path", "A path that no operation has is answered 200 and an empty object.", _NONE, instead(200, {})),
    "unknown-path-as-html": _of("kii-pick.unknown-path", "A path that no operation has is answered with a page of HTML.", _NONE, _HTML),
    "wrong-method-404": _of("kii-pick.wrong-method", "A method that a path does not have is answered 404.", _NONE, status(404)),
    "wrong-method-without-allow": _of("kii-pick.wrong-method", "The 405 has no Allow header.", _NONE, _without_allow),
    "wrong-method-allows-all": _of(
        "kii-pick.wrong-method", "The 405 allows every method of HTTP.", _NONE, header("allow", "DELETE, GET, HEAD, PATCH, POST, PUT")
    ),
    # ------------------------------------------------------------------------------------------------ how a request is written
    "query-refused-on-put": minds(
        "kii-public.extra-query", "PUT of an owner with a query is refused with 400.", places.PUT, asked_more, like("invalid")
    ),
    "raw-colon-refused": minds(
        "kii-public.raw-colon",
        "The request for a user is not found where the colon of user: is not percent-encoded.",
        places.REQUEST_USER,
        raw_colon,
        _NOT_FOUND,
    ),
    "trailing-slash-refused": minds(
        "kii-public.trailing-slash", "GET ownership with a slash at the end is not found.", places.LIST, ends_with_a_slash, _NOT_FOUND
    ),
    "type-without-body-refused-on-delete": minds(
        "kii-public.type-without-body",
        "DELETE of an owner with a Content-Type and no body is refused with 415.",
        places.REMOVE,
        typed_and_empty,
        _UNSUPPORTED,
    ),
    "app-headers-refused": minds(
        "kii-public.app-headers",
        "GET ownership is refused where X-Kii-AppID stands beside the token.",
        places.LIST,
        has("x-kii-appid"),
        like("unauthorized"),
    ),
    # ------------------------------------------------------------------------------------------------ unknown tokens, and messages
    "unknown-token-as-401": _of(
        _UNKNOWN_TOKEN,
        "An unknown token is answered as a caller without the right where a flow is asked for.",
        places.REQUEST_GROUP,
        like("unauthorized"),
    ),
    "unknown-token-of-another-type": _of(
        _UNKNOWN_TOKEN,
        "An unknown token is answered in plain JSON where members are added and removed.",
        frozenset({"addMember", "removeMember"}),
        header("content-type", "application/json"),
    ),
    "message-with-a-bare-percent-sign": Mutant(
        says="The message for an unknown user holds what was searched, a percent sign of it bare.",
        operations=citing("kii-post.404-user"),
        clauses=("kii-public.message-decodes",),
        answer=where(
            frozenset({"kii-post.404-user"}), lambda exchange, held: fields(message=f"No user {exchange.parsed['userID']}.")(exchange, held)
        ),
    ),
}
