"""Who calls: Kii's bearer tokens; Basic, or two headers of Kii's own, where an application may call without a user."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from connexion.lifecycle import ConnexionRequest
from connexion.security import NO_VALUE, ApiKeySecurityHandler, BasicSecurityHandler, BearerSecurityHandler

from ..engine.exchange import EXCHANGE

KEYLESS = frozenset({"issueToken", "registerThing", "registerUser"})
"""The operations that need no token: there any value serves as the key (kii-public.any-key-without-token)."""


def bearer(token: str, request: ConnexionRequest) -> dict[str, Any]:
    """Tell the exchange whose token this is. No: wrong_token where no one has it."""
    exchange = request.scope[EXCHANGE]
    exchange.principal = exchange.state.caller(token, exchange.operation, app_of(exchange.segments))
    return {}


def basic(value: str, request: ConnexionRequest) -> dict[str, Any]:
    """Tell the exchange that an application calls without a user. No, as the picks say: malformed_basic, wrong_basic_key."""
    exchange = request.scope[EXCHANGE]
    exchange.principal = exchange.state.basic_caller(value, keyless=exchange.operation in KEYLESS)
    return {}


def app_id(value: str, request: ConnexionRequest) -> dict[str, Any]:
    """Tell the exchange that the application of this id calls without a user. No, as the pick unknown_app says."""
    exchange = request.scope[EXCHANGE]
    exchange.principal = exchange.state.header_caller(value)
    return {}


def app_key(value: str) -> dict[str, Any]:  # noqa: ARG001 - Connexion passes it
    """Take any key: the calls that these headers serve need none that is right."""
    return {}


def app_of(segments: Sequence[str]) -> str:
    """Return the appID of a path below /api/apps/; an empty text where a path names no application."""
    return segments[2] if tuple(segments[:2]) == ("api", "apps") else ""


def _authorization(request: ConnexionRequest) -> tuple[str, str]:
    """Return scheme, in lower case, and value of the request's Authorization; empty texts where it has none."""
    scheme, _, value = str(request.headers.get("Authorization", "")).strip().partition(" ")
    return scheme.lower(), value.strip()


class Bearer(BearerSecurityHandler):  # type: ignore[misc]  # Connexion ships no types
    """Connexion's bearer handler, bound to this column."""

    def _resolve_func(self, security_scheme: Any) -> Any:  # noqa: ARG002 - Connexion's signature
        return bearer

    @staticmethod
    def get_auth_header_value(request: ConnexionRequest) -> tuple[str | None, str | None]:
        """Return scheme and value; nothing where either is missing, so that the operation's other scheme is asked too."""
        scheme, value = _authorization(request)
        return (scheme, value) if value else (None, None)

    def _get_verify_func(self, function: Any) -> Callable[[ConnexionRequest], Any | Awaitable[Any]]:
        check = super()._get_verify_func(function)

        def wrapper(request: ConnexionRequest) -> Any:
            exchange = request.scope[EXCHANGE]
            scheme, value = _authorization(request)
            if scheme != "bearer" or not value:
                who = exchange.state.tokenless_caller(scheme, value, exchange.operation, app_of(exchange.segments))
                exchange.principal = who or exchange.principal
                return NO_VALUE if who is None else {}
            return check(request)

        return wrapper


class Basic(BasicSecurityHandler):  # type: ignore[misc]  # Connexion ships no types
    """Connexion's Basic handler, which here tells a malformed credential from a wrong one."""

    def _resolve_func(self, security_scheme: Any) -> Any:  # noqa: ARG002 - Connexion's signature
        return basic

    def _get_verify_func(self, function: Any) -> Callable[[ConnexionRequest], Any | Awaitable[Any]]:
        check = self.check_basic_auth(function)

        def wrapper(request: ConnexionRequest) -> Any:
            scheme, value = _authorization(request)
            return check(request, value) if scheme == "basic" else NO_VALUE

        return wrapper


class AppHeader(ApiKeySecurityHandler):  # type: ignore[misc]  # Connexion ships no types
    """Connexion's handler of keys in headers, bound to this column."""

    def _resolve_func(self, security_scheme: Any) -> Any:
        return app_id if security_scheme["name"] == "X-Kii-AppID" else app_key

    def _get_verify_func(self, function: Any, *place: Any) -> Callable[[ConnexionRequest], Any | Awaitable[Any]]:
        check = super()._get_verify_func(function, *place)

        # Connexion asks the next scheme where one refuses, and calls one function of a pair before it looks for the other's header.
        def wrapper(request: ConnexionRequest) -> Any:
            both = "X-Kii-AppID" in request.headers and "X-Kii-AppKey" in request.headers
            return check(request) if both and not _authorized(request) else NO_VALUE

        return wrapper


def _authorized(request: ConnexionRequest) -> bool:
    """Return whether the request has a credential in Authorization of a kind that its operation takes: that one counts first."""
    scheme, value = _authorization(request)
    taken = ("basic",) if request.scope[EXCHANGE].operation == "issueToken" else ("basic", "bearer")
    return scheme in taken and bool(value)


SECURITY_MAP = {"bearer": Bearer, "basic": Basic, "apiKey": AppHeader}
