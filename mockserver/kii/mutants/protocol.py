"""Deployments that mind how a request is written, or answer wrongly what belongs to no operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...engine.alter import fields, header, instead, status, when, where
from ...engine.exchange import WorldExchange
from ...engine.held import Held
from ...engine.mutants import NO_OPERATION, Alter, Mutant
from .cited import both_forms, citing
from .neighbours import like

_NONE = frozenset({NO_OPERATION})
_LIST, _PUT, _POST = both_forms("listOwners"), both_forms("putUserOwner", "putGroupOwner"), both_forms("addOwner")
_REMOVE = both_forms("removeUserOwner", "removeGroupOwner")
_REQUEST_USER, _REQUEST_GROUP = both_forms("requestUserOwnership"), both_forms("requestGroupOwnership")
_UNKNOWN_TOKEN = "kii-public.unknown-token"  # noqa: S105 - a clause
_Trait = Callable[[WorldExchange, Held], bool]


def _has(name: str) -> _Trait:
    """Return whether a request carries a header."""
    return lambda exchange, _: any(key.lower() == name.encode() for key, _value in exchange.sent["headers"])


def _typed_and_empty(exchange: WorldExchange, held: Held) -> bool:
    return not exchange.body and _has("content-type")(exchange, held)


def _asked_more(exchange: WorldExchange, _: Held) -> bool:
    return bool(exchange.sent["query_string"])


def _ends_with_a_slash(exchange: WorldExchange, _: Held) -> bool:
    return str(exchange.sent["path"]).endswith("/")


def _raw_colon(exchange: WorldExchange, _: Held) -> bool:
    return b"user:" in exchange.sent["raw_path"]


def _minds(clause: str, says: str, operations: frozenset[str], trait: _Trait, change: Alter) -> Mutant:
    """Return a mutant that refuses what has a trait and would succeed without it."""

    def succeeded(exchange: WorldExchange, held: Held) -> bool:
        return held.status < 300 and trait(exchange, held)  # noqa: PLR2004 - HTTP's success

    return Mutant(says=says, operations=operations, clauses=(clause,), answer=when(succeeded, change))


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
    "query-refused-on-put": _minds("kii-public.extra-query", "PUT of an owner with a query is refused with 400.", _PUT, _asked_more, like("invalid")),
    "raw-colon-refused": _minds(
        "kii-public.raw-colon",
        "The request for a user is not found where the colon of user: is not percent-encoded.",
        _REQUEST_USER,
        _raw_colon,
        _NOT_FOUND,
    ),
    "trailing-slash-refused": _minds(
        "kii-public.trailing-slash", "GET ownership with a slash at the end is not found.", _LIST, _ends_with_a_slash, _NOT_FOUND
    ),
    "type-without-body-refused": _minds(
        "kii-public.type-without-body", "PUT of an owner with a Content-Type and no body is refused with 415.", _PUT, _typed_and_empty, _UNSUPPORTED
    ),
    "type-without-body-refused-on-delete": _minds(
        "kii-public.type-without-body",
        "DELETE of an owner with a Content-Type and no body is refused with 415.",
        _REMOVE,
        _typed_and_empty,
        _UNSUPPORTED,
    ),
    "app-headers-refused": _minds(
        "kii-public.app-headers",
        "GET ownership is refused where X-Kii-AppID stands beside the token.",
        _LIST,
        _has("x-kii-appid"),
        like("unauthorized"),
    ),
    "app-headers-not-read": _minds(
        "kii-public.app-named-by-headers",
        "The registration of a thing or a user is refused to who names the application by its headers.",
        frozenset({"registerThing", "registerUser"}),
        _has("x-kii-appid"),
        like("unauthorized"),
    ),
    # ------------------------------------------------------------------------------------------------ unknown tokens, and messages
    "unknown-token-as-401": _of(
        _UNKNOWN_TOKEN, "An unknown token is answered as a caller without the right where a flow is asked for.", _REQUEST_GROUP, like("unauthorized")
    ),
    "unknown-token-unnamed-app": _of(
        _UNKNOWN_TOKEN, "The answer to an unknown token names another application on PUT.", _PUT, fields(appID="another-app")
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
