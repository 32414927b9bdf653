"""Which requests are meant: by operation, by who calls, by what was sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from ...specs import Json

KNOWN_LATE = frozenset({"principal", "body"})
"""The criteria that can be told only of a request which has been authenticated and fits the spec."""


@dataclass(frozen=True)
class Facts:
    """What is known of a request. principal: as the journal names who calls; None for nobody. parameters: of the path. body: its JSON value."""

    vendor: str
    operation: str | None
    principal: str | None
    parameters: Mapping[str, str]
    query: Mapping[str, str]
    body: Json


@dataclass(frozen=True)
class Match:
    """Criteria that all have to hold; without any, every request fits.

    vendor: its name. operation: an operationId, or several. principal: as the journal names it, None for nobody. In both `*` stands for any text.
    path, query: parameters and their values. body: fields that the body has at least, and their values.
    """

    criteria: Mapping[str, Any]

    @property
    def early(self) -> bool:
        """Whether it can be told before who calls and what the body says are known."""
        return KNOWN_LATE.isdisjoint(self.criteria)

    def fits(self, facts: Facts) -> bool:
        """Return whether the request is one of those that are meant."""
        return all(_CRITERIA[name](wanted, facts) for name, wanted in self.criteria.items() if name in _CRITERIA)


def _operation(wanted: str | list[str], facts: Facts) -> bool:
    names = [wanted] if isinstance(wanted, str) else wanted
    return facts.operation is not None and any(fnmatchcase(facts.operation, name) for name in names)


def _principal(wanted: str | None, facts: Facts) -> bool:
    if wanted is None or facts.principal is None:
        return wanted is facts.principal
    return fnmatchcase(facts.principal, wanted)


def _within(wanted: Json, given: Json) -> bool:
    """Return whether every field that is wanted is given, with the value that is wanted; other fields do not matter."""
    if isinstance(wanted, dict):
        return isinstance(given, dict) and all(name in given and _within(value, given[name]) for name, value in wanted.items())
    # JSON tells 1 from true; Python does not.
    return wanted == given and isinstance(wanted, bool) == isinstance(given, bool)


_CRITERIA: dict[str, Callable[[Any, Facts], bool]] = {
    "vendor": lambda wanted, facts: wanted == facts.vendor,
    "operation": _operation,
    "principal": _principal,
    "path": lambda wanted, facts: _within(wanted, dict(facts.parameters)),
    "query": lambda wanted, facts: _within(wanted, dict(facts.query)),
    "body": lambda wanted, facts: _within(wanted, facts.body),
}
