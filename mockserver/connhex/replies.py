"""From Connhex's refusals, and from requests that no operation can judge, to answers.

The page shows no error body: the pick error_body makes one. The login is Ory Kratos, whose form is public: its errors have that.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from ..engine.exchange import Exchange
from ..engine.vendor import Refusal, Reply, Trouble
from .accounts import LoginFailedError
from .login import JSON, OPERATIONS, flow_body
from .refusals import No
from .world import ConnhexWorld

STATUSES = {
    "bad_request": 400,
    "flow_again": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "not_allowed": 405,
    "timeout": 408,
    "conflict": 409,
    "gone": 410,
    "unsupported": 415,
    "unprocessable": 422,
}
# Which pick answers a request that no operation can judge; the rest have no choice.
PICKS = {
    "no_credential": "unauthenticated",
    "malformed_json": "malformed_json",
    "invalid_body": "malformed_device_id",
    "absent_content_type": "absent_content_type",
    "wrong_content_type": "wrong_content_type",
    "unknown_path": "unknown_path",
    "wrong_method": "wrong_method",
}
PROTOCOL = {"malformed_request": 400, "body_too_large": 413, "mock_at_fault": 500, "world_full": 507}


def refuse(exchange: Exchange, refusal: Refusal) -> Reply:
    """Return Connhex's answer to a refusal of its rules."""
    assert isinstance(refusal, No)  # noqa: S101 - the column's own rules raise nothing else
    if isinstance(refusal, LoginFailedError) and refusal.answer == "flow_again":
        return Reply(STATUSES[refusal.answer], refusal.clause, flow_body(exchange, refusal.flow, refusal.detail), JSON)
    return _error(exchange, STATUSES[refusal.answer], refusal.clause, refusal.detail)


def trouble(exchange: Exchange, found: Trouble) -> Reply:
    """Return Connhex's answer to a request that no operation can judge: the picks say how, and the detail says what."""
    if found.kind in PROTOCOL:
        return _error(exchange, PROTOCOL[found.kind], "protocol", found.detail)
    if exchange.operation == "whoami" and found.kind == "no_credential":
        return _error(exchange, 401, "connhex-public.whoami-401", found.detail)
    pick = "malformed_login" if exchange.operation == "login" and found.kind == "invalid_body" else PICKS[found.kind]
    status = STATUSES[exchange.state.settings[pick]]
    return _error(exchange, status, f"connhex-pick.{pick.replace('_', '-')}", found.detail, found.headers)


def _error(exchange: Exchange, status: int, clause: str, detail: str, headers: Mapping[str, str] | None = None) -> Reply:
    if exchange.operation in OPERATIONS:
        told = {"code": status, "status": HTTPStatus(status).phrase, "message": detail}
        return Reply(status, clause, {"error": told}, JSON, headers or {})
    world: ConnhexWorld = exchange.state
    bodies: dict[str, Any] = {"jsonapi": {"errors": [{"detail": detail}]}, "message": {"error": {"message": detail}}, "none": None}
    body = bodies[world.settings["error_body"]]
    return Reply(status, clause, body, None if body is None else JSON, headers or {})
