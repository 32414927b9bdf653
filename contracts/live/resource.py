"""What a deployment keeps, by the names that requests call it by; and what a request does to it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

EFFECT = "ownership-effect"
"""The extension of a request that says what changes if it is accepted, rightly or wrongly: as `effect` of a case. Unsaid, it may change anything."""
WHO = "ownership-as"
"""The extension of a request that says as whom it is sent, in the words of its row."""
NONE, FIXTURE = "none", "fixture"
"""Two such effects: nothing, and what the run has made or leased."""
SAFE = frozenset({"GET", "HEAD"})
"""The methods that change nothing, as far as HTTP says."""
BY = "ownership-by"
"""The extension of a request that says who sends it."""
MAKES = "ownership-makes"
"""The extension of an answer that names the resource which its request was to make."""


@dataclass(frozen=True, order=True)
class Resource:
    """kind, scope: in the vendor's terms, such as a thing in an application; scope is empty where there is none. name: as requests have it."""

    vendor: str
    kind: str
    name: str
    scope: str = ""

    def __str__(self) -> str:
        """Name it as reports do."""
        return f"{self.kind} {f'{self.scope}/' if self.scope else ''}{self.name} ({self.vendor})"

    def as_json(self) -> dict[str, str]:
        """Return it as JSON; Resource(**json) is it again."""
        return asdict(self)


@dataclass(frozen=True)
class Touch:
    """What a request does if it is accepted: what it makes, and what it changes. Neither: nothing that lasts, as a login.

    note: what else identifies what it makes.
    """

    makes: Resource | None = None
    changes: tuple[Resource, ...] = ()
    note: str = ""


def meaning(effect: str, by: str = "", who: str = "") -> dict[str, Any]:
    """Return the request's extensions that say its effect, and who sends it: by its own name, and in the words of its row."""
    return {EFFECT: effect, BY: by, WHO: who}
