"""The rows' words for a call, as the reference model understands them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..model import ModelError, Step
from .identities import COOKIE
from .state import USERS, State

PATHS: Mapping[str, Mapping[str, str]] = {
    "/ownerships": {"POST": "register"},
    "/auth/self-service/login/api": {"GET": "startLogin"},
    "/auth/self-service/login": {"POST": "login"},
    "/auth/sessions/whoami": {"GET": "whoami"},
}
NOT_JSON = object()
"""In the place of a body that is none, or no JSON."""


@dataclass(frozen=True)
class Credential:
    """What a request carries. user: whose it is; None: nobody's. session: the variable of a login's token; empty where it does not end."""

    user: str | None
    session: str = ""


@dataclass(frozen=True)
class Call:
    """A request. operation: empty where the path has none for the method; allowed: the methods that it has.

    media: the body's type as it is sent; None: none is. body: its JSON value, NOT_JSON.
    """

    operation: str
    allowed: tuple[str, ...]
    bearer: Credential | None
    cookie: Credential | None
    header: Credential | None
    query: Mapping[str, str]
    media: str | None
    body: Any


def call_of(state: State, step: Step) -> Call:
    """Return what a step asks. ModelError."""
    told = step.get("with", {})
    operation, allowed, query = _addressed(step)
    body = told["body"] if "body" in told else _json(told.get("raw", ""))
    default = "application/json" if "call" in step and ("body" in told or "raw" in told) else None
    headers = {**_principal(state, step["as"]), **_headers(state, told.get("headers", {}))}
    return Call(
        operation=operation,
        allowed=allowed,
        bearer=headers.get("Authorization"),
        cookie=headers.get("Cookie"),
        header=headers.get("X-Session-Token"),
        query={**query, **told.get("query", {})},
        media=told.get("media", default),
        body=body,
    )


def _addressed(step: Step) -> tuple[str, tuple[str, ...], Mapping[str, str]]:
    if "call" in step:
        return step["call"], (), {}
    path, _, query = step["send"]["path"].partition("?")
    methods = PATHS.get(path, {})
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    return methods.get(step["send"]["method"], ""), tuple(methods), {name: value for name, _, value in pairs}


def _json(raw: str) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return NOT_JSON


def _principal(state: State, name: str) -> Mapping[str, Credential | None]:
    nobodys = Credential(None)
    known: dict[str, dict[str, Credential | None]] = {
        "nobody": {},
        "malformed_token": {"Authorization": None},
        "unknown_token": {"Authorization": nobodys},
        "unknown_cookie": {"Cookie": nobodys},
        "conflicting": {"Authorization": Credential("user"), "Cookie": Credential("other_user")},
    }
    for user in USERS:
        own = Credential(user)
        known |= {by: {"Cookie": own} for by in (f"{user}_by_cookie", f"{user}_by_cookies")}
        known |= {user: {"Authorization": own}, f"{user}_by_both": {"Authorization": own, "Cookie": own}}
    found = known.get(name)
    if found is None or any(held and held.user and held.user not in state.permissions for held in found.values()):
        raise ModelError(f"there is no principal {name!r}")
    return found


def _headers(state: State, headers: Mapping[str, str]) -> Mapping[str, Credential | None]:
    """Return the credentials of a row's own headers."""
    found: dict[str, Credential | None] = {}
    for name, value in headers.items():
        if name == "Authorization":
            scheme, _, secret = value.partition(" ")
            found[name] = _credential(state, secret) if scheme == "Bearer" and secret else None
        elif name == "Cookie":
            key, _, secret = value.partition("=")
            found[name] = _credential(state, secret, cookie=True) if key == COOKIE else None
        elif name == "X-Session-Token":
            found[name] = _credential(state, value)
        else:
            raise ModelError(f"the header {name} means nothing to it")
    return found


def _credential(state: State, secret: str, *, cookie: bool = False) -> Credential:
    for session in state.sessions:
        if secret == f"${session.name}":
            # A token is no cookie.
            return Credential(None) if cookie else Credential(session.user, session.name)
    if "$" in secret:
        raise ModelError(f"it does not know what {secret} is")
    return Credential(None)


def counting(state: State, credential: Credential | None) -> str | None:
    """Return whose credential this is, where its session has not ended."""
    if credential is None:
        return None
    ends = {session.name: session.until for session in state.sessions}
    return credential.user if not credential.session or state.now < ends[credential.session] else None
