"""Who calls: Connhex's bearer tokens and its session cookie; either suffices."""

from __future__ import annotations

from typing import Any

from connexion.lifecycle import ConnexionRequest
from connexion.security import NO_VALUE, ApiKeySecurityHandler, BearerSecurityHandler
from starlette.requests import cookie_parser

from ..engine.exchange import EXCHANGE
from ..engine.vendor import Trouble, TroubleError
from .world import ConnhexWorld, Principal

COOKIE = "chx_auth_session"


def _has_bearer(request: ConnexionRequest) -> bool:
    return str(request.headers.get("Authorization", "")).partition(" ")[0].lower() == "bearer"


def _session(request: ConnexionRequest) -> str | None:
    return cookie_parser(str(request.headers.get("Cookie", ""))).get(COOKIE)


def bearer(token: str, request: ConnexionRequest) -> Any:
    """Tell the exchange whose token this is. TroubleError: no_credential where no one has it."""
    exchange = request.scope[EXCHANGE]
    state: ConnhexWorld = exchange.state
    if _session(request) is not None and state.settings["both_credentials"] == "cookie":
        return NO_VALUE
    return _accept(exchange, state.by_token(token))


def cookie(apikey: str, request: ConnexionRequest) -> Any:
    """Tell the exchange whose session this is; where a bearer token is there too, the pick both_credentials says which counts."""
    exchange = request.scope[EXCHANGE]
    state: ConnhexWorld = exchange.state
    if _has_bearer(request) and state.settings["both_credentials"] == "bearer":
        return NO_VALUE
    return _accept(exchange, state.by_cookie(apikey))


def _accept(exchange: Any, who: Principal | None) -> dict[str, Any]:
    if who is None:
        raise TroubleError(Trouble("no_credential", "No one has this credential."))
    exchange.principal = who
    return {}


class Bearer(BearerSecurityHandler):  # type: ignore[misc]  # Connexion ships no types
    """Connexion's bearer handler, bound to this column."""

    def _resolve_func(self, security_scheme: Any) -> Any:  # noqa: ARG002 - Connexion's signature
        return bearer


class Cookie(ApiKeySecurityHandler):  # type: ignore[misc]  # Connexion ships no types
    """Connexion's cookie handler, bound to this column; it reads cookies as browsers write them, where Python's parser stops at the first odd one."""

    def _resolve_func(self, security_scheme: Any) -> Any:  # noqa: ARG002 - Connexion's signature
        return cookie

    @staticmethod
    def get_cookie_value(cookies: Any, name: str) -> Any:
        """Return the cookie's value, or None."""
        return cookie_parser(str(cookies or "")).get(name)


SECURITY_MAP = {"apiKey": Cookie, "bearer": Bearer}
