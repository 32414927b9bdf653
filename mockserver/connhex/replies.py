"""From Connhex's refusals, and from requests that no operation can judge, to answers. The page shows no error body: the pick error_body makes one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..engine.exchange import Exchange
from ..engine.vendor import Refusal, Reply, Trouble
from .world import ConnhexWorld, No

STATUSES = {
    "bad_request": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "not_allowed": 405,
    "timeout": 408,
    "conflict": 409,
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
PROTOCOL = {"malformed_request": 400, "body_too_large": 413, "mock_at_fault": 500}


def refuse(exchange: Exchange, refusal: Refusal) -> Reply:
    """Return Connhex's answer to a refusal of its rules."""
    assert isinstance(refusal, No)  # noqa: S101 - the column's own rules raise nothing else
    return _error(exchange, STATUSES[refusal.answer], refusal.clause, refusal.detail)


def trouble(exchange: Exchange, found: Trouble) -> Reply:
    """Return Connhex's answer to a request that no operation can judge: the picks say how, and the detail says what."""
    if found.kind in PROTOCOL:
        return _error(exchange, PROTOCOL[found.kind], "protocol", found.detail)
    pick = PICKS[found.kind]
    status = STATUSES[exchange.state.settings[pick]]
    return _error(exchange, status, f"connhex-pick.{pick.replace('_', '-')}", found.detail, found.headers)


def _error(exchange: Exchange, status: int, clause: str, detail: str, headers: Mapping[str, str] | None = None) -> Reply:
    world: ConnhexWorld = exchange.state  # type: ignore[assignment]  # a Connhex exchange holds a Connhex world
    bodies: dict[str, Any] = {"jsonapi": {"errors": [{"detail": detail}]}, "message": {"error": {"message": detail}}, "none": None}
    body = bodies[world.settings["error_body"]]
    return Reply(status, clause, body, None if body is None else "application/json", headers or {})
