"""Signing in at Connhex, which is Ory Kratos: its operations, and how it writes flows and sessions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ..engine.vendor import Call, Exchange, Operation, Reply
from .accounts import LoginFlow, Session, User

COOKIE = "chx_auth_session"
JSON = "application/json"
# Kratos's own number for a message of this kind; clients look for it.
INVALID_CREDENTIALS = 4000006


def start_login(call: Call) -> Reply:
    """GET /auth/self-service/login/api."""
    return Reply(200, "connhex-public.login-start", flow_body(call.exchange, call.state.accounts.start()), JSON)


def login(call: Call) -> Reply:
    """POST /auth/self-service/login."""
    body = call.body
    session = call.state.accounts.login(call.exchange.query["flow"], body["identifier"], body["password"], body["method"])
    answer = {"session_token": session.token, "session": session_body(session, call.state.users[session.user_id])}
    headers = {"Set-Cookie": _set_cookie(session, call.exchange)} if call.state.settings["login_cookie"] == "set" else {}
    return Reply(200, "connhex-public.login", answer, JSON, headers)


def whoami(call: Call) -> Reply:
    """GET /auth/sessions/whoami."""
    session = call.principal.session
    return Reply(200, "connhex-public.whoami", session_body(session, call.state.users[session.user_id]), JSON)


OPERATIONS: Mapping[str, Operation] = {"startLogin": start_login, "login": login, "whoami": whoami}


def _set_cookie(session: Session, exchange: Exchange) -> str:
    # A browser has one cookie of a name for each path: that of one world takes no other's place. It sends a cookie to another site's pages with
    # SameSite=None alone, and takes that over TLS alone.
    return f"{COOKIE}={session.cookie}; Path={exchange.base or '/'}; HttpOnly; SameSite={'None; Secure' if exchange.secure else 'Lax'}"


def flow_body(exchange: Exchange, flow: LoginFlow, failure: str | None = None) -> dict[str, Any]:
    """Return a login flow as JSON. failure: why the last try came to nothing."""
    at = f"{exchange.base_url}/auth/self-service/login"
    messages = {"messages": [{"id": INVALID_CREDENTIALS, "text": failure, "type": "error"}]} if failure else {}
    return {
        "id": flow.id,
        "type": "api",
        "state": "choose_method",
        "issued_at": _time(flow.since),
        "expires_at": _time(flow.until),
        "request_url": f"{at}/api",
        "ui": {
            "action": f"{at}?flow={flow.id}",
            "method": "POST",
            "nodes": [
                _node("default", name="identifier", type="text", required=True),
                _node("password", name="password", type="password", required=True),
                _node("password", name="method", type="submit", value="password"),
            ],
            **messages,
        },
    }


def _node(group: str, **attributes: Any) -> dict[str, Any]:
    return {"type": "input", "group": group, "attributes": {"node_type": "input", "disabled": False, **attributes}, "messages": [], "meta": {}}


def session_body(session: Session, user: User) -> dict[str, Any]:
    """Return a session as JSON."""
    since = _time(session.since)
    return {
        "id": session.id,
        "active": True,
        "authenticated_at": since,
        "issued_at": since,
        **({} if session.until is None else {"expires_at": _time(session.until)}),
        "identity": {"id": user.id, "schema_id": "default", "schema_url": "", "traits": {"email": user.identifier}},
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
