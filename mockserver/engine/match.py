"""Which requests are meant: by operation, by who calls, by what was sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
    """Criteria that all have to hold; without any, every request fits. Names that are none of these do not matter.

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
        return not self.misses(facts)

    def may_fit(self, facts: Facts) -> bool:
        """Return whether the request is one of those that are meant, as far as can be told before who calls and what the body says are known."""
        return KNOWN_LATE.issuperset(self.misses(facts))

    def misses(self, facts: Facts) -> list[str]:
        """Return the names of the criteria that do not hold."""
        return [name for name, wanted in self.criteria.items() if name in CRITERIA and not CRITERIA[name](wanted, facts)]


def glob(pattern: str, text: str) -> bool:
    """Return whether the text is what the pattern says, in which `*` stands for any text and everything else for itself."""
    first, *others = pattern.split("*")
    if not others:
        return first == text
    *between, last = others
    place = len(first)
    # No regular expression: one with many stars takes as good as for ever to find that a text does not fit.
    for part in between:
        found = text.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return text.startswith(first) and text.endswith(last) and len(text) - len(last) >= place


def patterns(operation: str | list[str]) -> list[str]:
    """Return the patterns that the criterion `operation` names: one, or several."""
    return [operation] if isinstance(operation, str) else operation


def within(wanted: Json, given: Json) -> bool:
    """Return whether every field that is wanted is given, with the value that is wanted; other fields do not matter. Lists are of one length."""
    if isinstance(wanted, dict):
        return isinstance(given, dict) and all(name in given and within(value, given[name]) for name, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(given, list) and len(wanted) == len(given) and all(map(within, wanted, given))
    # JSON tells 1 from true; Python does not.
    return wanted == given and isinstance(wanted, bool) == isinstance(given, bool)


def _operation(wanted: str | list[str], facts: Facts) -> bool:
    return facts.operation is not None and any(glob(name, facts.operation) for name in patterns(wanted))


def _principal(wanted: str | None, facts: Facts) -> bool:
    if wanted is None or facts.principal is None:
        return wanted is facts.principal
    return glob(wanted, facts.principal)


CRITERIA: Mapping[str, Callable[[Any, Facts], bool]] = {
    "vendor": lambda wanted, facts: bool(wanted == facts.vendor),
    "operation": _operation,
    "principal": _principal,
    "path": lambda wanted, facts: within(wanted, dict(facts.parameters)),
    "query": lambda wanted, facts: within(wanted, dict(facts.query)),
    "body": lambda wanted, facts: within(wanted, facts.body),
}
"""Each criterion by name: (what is wanted, facts) → whether it holds."""
