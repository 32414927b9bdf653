"""Where Kii's answers show the values of picks that have no closed options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..fixtures import Reading

REQUESTS = ("requestUserOwnership", "requestGroupOwnership")


def _code(step: Mapping[str, Any], body: Any) -> str | None:
    code = body.get("code") if step.get("call", "").startswith(REQUESTS) else None
    return code if isinstance(code, str) and code else None


def _length(step: Mapping[str, Any], body: Any) -> int | None:
    code = _code(step, body)
    return None if code is None else len(code)


def _characters(step: Mapping[str, Any], body: Any) -> str | None:
    code = _code(step, body)
    # Sorted: what is told of a code does not give it away.
    return None if code is None else "".join(sorted(code))


def _life(step: Mapping[str, Any], body: Any) -> int | None:
    asked = step.get("with", {}).get("body")
    names_its_end = not isinstance(asked, Mapping) or "expiresAt" in asked
    life = None if step.get("call") != "issueToken" or names_its_end else body.get("expires_in")
    return life if isinstance(life, int) and not isinstance(life, bool) else None


READINGS = {"code_length": Reading(_length), "code_alphabet": Reading(_characters, pieces=True), "token_life": Reading(_life)}
