"""The ways in which Kii's rules say no."""

from __future__ import annotations

from typing import Any

from ..engine.vendor import Refusal

# Where more than one refusal applies, the pick `precedence` orders these four sorts.
SORTS = {
    "neither": "invalid",
    "both": "invalid",
    "invalid": "invalid",
    "invalid_grant": "invalid",
    "user_missing": "missing",
    "group_missing": "missing",
    "thing_missing": "missing",
    "app_missing": "missing",
    "ownership_missing": "missing",
    "not_owner": "missing",
    "unauthorized": "unauthorized",
    "password": "unauthorized",
    "wrong_token": "unauthorized",
    "already_owner": "conflict",
    "bad_code": "conflict",
    "thing_exists": "conflict",
    "user_exists": "conflict",
}


def clause_of(pick: str) -> str:
    """Return the id of the clause that a pick answers."""
    return f"kii-pick.{pick.replace('_', '-')}"


class No(Refusal):
    """A refusal. kind: a key of SORTS. facts: what its body names. clause: given where a pick, and not the operation's page, decides."""

    def __init__(self, kind: str, clause: str | None = None, **facts: Any) -> None:
        super().__init__(kind)
        self.kind = kind
        self.clause = clause
        self.facts = facts

    @property
    def sort(self) -> str:
        """One of invalid, missing, unauthorized, conflict."""
        return SORTS[self.kind]
