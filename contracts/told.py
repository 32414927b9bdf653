"""What is told of a row that was played, or could not be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx

from .case import Case
from .contract import Answer
from .kept import excerpt
from .request import Request
from .result import Result, Verdict
from .veil import CUT, veil


def why(error: Exception) -> str:
    """Return why a row could not be played to its end."""
    if isinstance(error, httpx.TransportError):
        return f"no answer: {type(error).__name__}: {error}"
    if isinstance(error, httpx.HTTPError):
        return f"an answer that cannot be read: {type(error).__name__}: {error}"
    if isinstance(error, (re.error, UnicodeError, httpx.InvalidURL)):
        return f"what the server sent cannot be used further: {error}"
    return str(error)


def result_of(case: Case, verdict: Verdict, reason: str) -> Result:
    """Return a result of the row's, with what it says of itself."""
    return Result(
        vendor=case.vendor,
        case=case.id,
        clause=case.clause.id,
        grade=case.clause.grade,
        verdict=verdict,
        reason=reason,
        layer=case.layer,
        operation=case.step.get("call", ""),
        axes=case.axes,
        since=case.since,
    )


def line(step: Mapping[str, Any], asked: Request, answer: Answer) -> str:
    """Return a request and its answer as a line of a trace; nothing is masked in it yet."""
    sent = f" {asked.content.decode('utf-8', 'replace')}" if asked.content else ""
    return f"{asked.method} {asked.path} as {step['as']}{sent} -> {answer.status} {excerpt(answer)}".rstrip()


def veiled(result: Result, secrets: frozenset[str]) -> Result:
    """Return the result without these secrets, in whatever form they stand in it: the last mask, beside what whoever made it has masked."""
    if not secrets:
        return result
    hides = veil(secrets)
    parts = (result.reason, result.expected, result.seen, result.curl, result.row, *result.notes, *result.trace)
    together = "\n".join(parts)
    if not any(CUT in part for part in parts) and hides(together) == together:
        # One look at all of it costs as much as one at each of its parts.
        return result
    texts: dict[str, Any] = {name: hides(getattr(result, name)) for name in ("reason", "expected", "seen", "curl", "row")}
    return replace(result, notes=tuple(map(hides, result.notes)), trace=tuple(map(hides, result.trace)), **texts)
