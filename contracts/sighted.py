"""What the answers of a row show of the picks: the options that they fit, and values that can be read off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .columns import column
from .contract import Answer
from .result import Finding
from .shown import json_or_none


def readings(vendor: str, step: Mapping[str, Any], answer: Answer, where: str) -> Iterator[Finding]:
    """Yield what an answer shows of the values of picks, each as a text."""
    body = json_or_none(answer.body) if answer.succeeded else None
    if not isinstance(body, dict):
        return
    for name, reading in column(vendor).readings.items():
        value = reading.read(step, body)
        if value is not None:
            yield Finding(
                "unspecified", judged=True, holds=True, expected=f"{name} shows", seen="as expected", where=where, pick=name, fits=(str(value),)
            )


def by_pick(vendor: str, findings: Iterable[Finding]) -> dict[str, list[str]]:
    """Return by pick the options that every answer of a row fits; of a pick whose value is read off, each that was read."""
    found: dict[str, list[str]] = {}
    read = column(vendor).readings
    for finding in (finding for finding in findings if finding.pick):
        known = found.get(finding.pick)
        if known is None:
            found[finding.pick] = list(finding.fits)
        elif finding.pick in read:
            known += finding.fits
        else:
            found[finding.pick] = [option for option in known if option in finding.fits]
    return found
