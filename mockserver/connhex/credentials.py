"""Who calls: Connhex's bearer tokens and its session cookie; either suffices. The login's whoami takes a token in a header of its own, too."""

from __future__ import annotations

from typing import Any

from connexion.lifecycle import ConnexionRequest
from connexion.security import NO_VALUE, ApiKeySecurityHandler, BearerSecurityHandler
from starlette.requests import cookie_parser

from ..engine.exchange import EXCHANGE
from ..engine.vendor import Trouble, TroubleError
from .login import COOKIE
from .world import ConnhexWorld

HEADER = "X-Session-Token"


def first_cookie(header: str, name: str) -> str | None:
    """Return the first cookie of this name, or None. A browser sends the one of the longest path first: a world's own before the bare paths'."""
    return next((found[name] for found in map(cookie_parser, header.split(";")) if name in found), None)


def _counting(request: ConnexionRequest) -> str:
    """Return which of the request's credentials counts, and the others are not looked at: header, bearer or cookie."""
    exchange = request.scope[EXCHANGE]
    if exchange.operation == "whoami" and HEADER in request.headers:
        return "header"
    scheme, _, token = str(request.headers.get("Authorization", "")).strip().partition(" ")
    # A scheme without a token is no credential.
    has_bearer = scheme.lower() == "bearer" and bool(token.strip())
    has_cookie = first_cookie(str(request.headers.get("Cookie", "")), COOKIE) is not None
    if has_bearer and has_cookie:
        return str(exchange.state.settings["both_credentials"])
    return "cookie" if has_cookie else "bearer"


def _take(request: ConnexionRequest, kind: str, secret: str) -> Any:
    """Tell the exchange whose credential this is. TroubleError: no_credential where it is no one's, or where its session has ended."""
    if _counting(request) != kind:
        return NO_VALUE
    exchange = request.scope[EXCHANGE]
    state: ConnhexWorld = exchange.state
    who = state.by_cookie(secret) if kind == "cookie" else state.by_token(secret)
    if who is None:
        raise TroubleError(Trouble("no_credential", "No one has this credential."))
    exchange.principal = who
    return {}


def bearer(token: str, request: ConnexionRequest) -> Any:
    """Take a bearer token."""
    return _take(request, "bearer", token)


def cookie(apikey: str, request: ConnexionRequest) -> Any:
    """Take a session cookie."""
    return _take(request, "cookie", apikey)


def header(apikey: str, request: ConnexionRequest) -> Any:
    """Take a token in its own header."""
    return _take(request, "header", apikey)


class Bearer(BearerSecurityHandler):  # type: ignore[misc]  # Connexion ships no types
    """Connexion's bearer handler, bound to this column."""

    def _resolve_func(self, security_scheme: Any) -> Any:  # noqa: ARG002 - Connexion's signature
        return bearer


class Key(ApiKeySecurityHandler):  # type: ignore[misc]  # Connexion ships no types
    """Connexion's handler of keys, bound here; it reads cookies as browsers write them, where Python's parser stops at the first odd one."""

    def _resolve_func(self, security_scheme: Any) -> Any:
        return {"cookie": cookie, "header": header}[security_scheme["in"]]

    @staticmethod
    def get_cookie_value(cookies: Any, name: str) -> Any:
        """Return the cookie's value, or None."""
        return first_cookie(str(cookies or ""), name)


SECURITY_MAP = {"apiKey": Key, "bearer": Bearer}
