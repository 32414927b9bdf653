"""Where Connhex's answers show the values of picks that have no closed options."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..fixtures import Reading


def _span(timed: Any) -> int | None:
    """Return the seconds from `issued_at` to `expires_at`."""
    try:
        begun, ended = (datetime.fromisoformat(timed[name]) for name in ("issued_at", "expires_at"))
        return round((ended - begun).total_seconds())
    except (KeyError, TypeError, ValueError):
        return None


def _flow(step: Mapping[str, Any], body: Any) -> int | None:
    return _span(body) if step.get("call") == "startLogin" else None


def _session(step: Mapping[str, Any], body: Any) -> int | None:
    return _span(body.get("session")) if step.get("call") == "login" else None


READINGS = {"flow_life": Reading(_flow), "session_life": Reading(_session)}
