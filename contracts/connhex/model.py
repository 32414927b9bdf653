"""Connhex's reference model, written from the clauses of its ledger."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..model import ModelError, Oracle, Outcome, Step
from ..wait import WAIT
from . import claims, logins
from .answers import ERROR_BODY, an_object
from .moves import NEEDS, moves
from .state import State, begin
from .words import Call, call_of

RULES: Mapping[str, Callable[[State, Call], Outcome]] = {
    "register": claims.register,
    "startLogin": logins.start,
    "login": logins.login,
    "whoami": logins.whoami,
}
_SPAN = re.compile(r"\$pick\.([a-z_]+)(?: ([+-]) ([0-9]+))?")


class ConnhexModel:
    """See contracts.model.Model. Its calls are those of the spec, and paths and methods that are none."""

    def begin(self, needs: Mapping[str, Any], picks: Mapping[str, Any]) -> State:
        """Return the state in which a row with these needs begins."""
        return begin(needs, picks)

    def outcome(self, state: State, step: Step) -> Outcome:
        """Return what the step comes to. ModelError."""
        if WAIT in step:
            return Outcome("", {}, replace(state, now=state.now + _seconds(state, step[WAIT])))
        call = call_of(state, step)
        return RULES[call.operation](state, call) if call.operation else _no_operation(state, call)

    def reads(self, state: State) -> Sequence[Step]:
        """Return what shows the resources and the grants; nothing where no device is spoken of. Whose a login's token is, a move asks."""
        if not state.enabled:
            return []
        return [
            {"probe": "resources", "body": {"type": "array", "allOf": list(_resources(state))}},
            {"probe": "policies", "body": {"type": "array", "allOf": list(_grants(state))}},
        ]


def oracle() -> Oracle:
    """Return the model and what walks through it."""
    return Oracle(ConnhexModel(), NEEDS, moves)


def _seconds(state: State, wait: float | str) -> float:
    if not isinstance(wait, str):
        return float(wait)
    found = _SPAN.fullmatch(wait)
    if found is None or found[1] not in state.picks:
        raise ModelError(f"it cannot wait {wait}")
    return float(state.picks[found[1]]) + int(f"{found[2] or '+'}{found[3] or 0}")


def _no_operation(state: State, call: Call) -> Outcome:
    if not call.allowed:
        return Outcome("connhex-pick.unknown-path", {"picks": {"unknown_path": {"not_found": {"status": 404}}}, "unspecified": ERROR_BODY}, state)
    allow = an_object(allow={"type": "string", "pattern": "\\b(" + "|".join(call.allowed) + ")\\b"})
    return Outcome(
        "connhex-pick.wrong-method", {"picks": {"wrong_method": {"not_allowed": {"status": 405, "headers": allow}}}, "unspecified": ERROR_BODY}, state
    )


def _some(schema: Mapping[str, Any], count: int | None = None) -> dict[str, Any]:
    """Return the schema of a list that holds what fits this: so often, or at all."""
    return {"contains": schema, **({} if count is None else {"minContains": count, "maxContains": count})}


def _resources(state: State) -> Iterator[dict[str, Any]]:
    for made in state.resources:
        yield _some(
            an_object(
                id={"const": f"${made.name}"}, device={"const": f"${made.device}.id"}, owner={"const": f"${made.owner}.id"}, state={"const": "active"}
            )
        )
    for device in state.enabled:
        yield _some(an_object(device={"const": f"${device}.id"}), len(state.owners(device)))
    yield _some(an_object(device={"const": "$unknown.device"}), 0)


def _grants(state: State) -> Iterator[dict[str, Any]]:
    for user in state.permissions:
        owned = [made.name for made in state.resources if made.owner == user]
        yield _some(_grant(user, "^resource:devices:[^*]+$"), len(owned))
        for made in state.resources:
            # The pattern is one whether the id has signs of regular expressions or not: its own are letters, digits and hyphens.
            yield _some(_grant(user, f"${made.name}$"), int(made.owner == user))
    yield {}


def _grant(user: str, pattern: str) -> dict[str, Any]:
    statement = an_object(effect={"const": "ALLOW"}, resources={"type": "array", **_some({"type": "string", "pattern": pattern})})
    return an_object(members={"type": "array", **_some({"const": f"${user}.id"})}, statements={"type": "array", **_some(statement)})
