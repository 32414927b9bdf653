"""Deployments that look at one of several: teams, policies, a statement's actions and resources, cookies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...engine.alter import instead, when
from ...engine.exchange import WorldExchange
from ...engine.held import Held
from ...engine.mutants import Mutant, Rule
from ..entities import ACTION, RESOURCE, Principal, Statement
from ..refusals import No
from ..world import ConnhexWorld
from .doing import CLAIMS, SEES


def _one_team(which: slice) -> Rule:
    """Return the rule by which one of a user's teams alone counts."""

    def rule(world: ConnhexWorld, _: Rule, user_id: str) -> Iterator[Statement]:
        teams = [team for team, members in world.teams.items() if user_id in members][which]
        names = {user_id, *(f"team:local:{team}" for team in teams)}
        return (statement for policy in world.policies if names.intersection(policy.members) for statement in policy.statements)

    return rule


def _no() -> No:
    return No("forbidden", "connhex-post.403", f"The user's policies do not grant {ACTION} on {RESOURCE}.")


def _cut(statement: Statement) -> bool:
    return Statement(statement.effect, statement.actions[:1], statement.resources[:1]).covers(ACTION, RESOURCE)


def _first_of_each(world: ConnhexWorld, good: Rule, who: Principal) -> Any:
    allowed = any(statement.effect == "ALLOW" and _cut(statement) for statement in world._statements(who.user_id))
    return good(who) or (None if allowed else _no())


def _last_wins(world: ConnhexWorld, good: Rule, who: Principal) -> Any:
    effects = [statement.effect for statement in world._statements(who.user_id) if statement.covers(ACTION, RESOURCE)]
    return None if effects[-1:] == ["ALLOW"] else good(who)


def _any_deny(fits: Callable[[Statement], bool]) -> Rule:
    """Return the rule by which a DENY counts that fits, though it is not of the one action on the one resource."""

    def rule(world: ConnhexWorld, good: Rule, who: Principal) -> Any:
        denied = any(statement.effect == "DENY" and fits(statement) for statement in world._statements(who.user_id))
        return good(who) or (_no() if denied else None)

    return rule


def _several_cookies(exchange: WorldExchange, _: Held) -> bool:
    return any(key.lower() == b"cookie" and b";" in value for key, value in exchange.sent["headers"])


def _zeros(world: ConnhexWorld, good: Rule, who: Principal, device_id: Any) -> Any:
    told = device_id.lstrip("0") if isinstance(device_id, str) and device_id not in world.devices else device_id
    return good(who, told if told in world.devices else device_id)


_JUDGED: Mapping[str, tuple[str, Rule, str]] = {
    "first-of-a-list-alone": (
        "Of a statement's actions and resources the first alone is read.",
        _first_of_each,
        "connhex-post.required-action",
    ),
    "last-statement-wins": ("Where one policy allows and another denies, the newer one counts.", _last_wins, "connhex-public.deny-wins"),
    "deny-of-anything-counts": (
        "Who is denied anything may not claim.",
        _any_deny(lambda _: True),
        "connhex-post.required-action",
    ),
}

MUTANTS: Mapping[str, Mutant] = {
    "first-team-alone": Mutant(
        says="The first of a user's teams alone counts.",
        operations=CLAIMS,
        clauses=("connhex-public.teams", "connhex-public.deny-wins"),
        rules={"_statements": _one_team(slice(1))},
    ),
    "last-team-alone": Mutant(
        says="The last of a user's teams alone counts.",
        operations=CLAIMS,
        clauses=("connhex-public.teams",),
        rules={"_statements": _one_team(slice(-1, None))},
    ),
    **{
        name: Mutant(says=says, operations=CLAIMS, clauses=(breaks,), rules={"_not_permitted": rule})
        for name, (says, rule, breaks) in _JUDGED.items()
    },
    "device-id-without-its-zeros": Mutant(
        says="Zeros before a device's id are taken off.",
        operations=CLAIMS,
        clauses=("connhex-post.device-id",),
        rules={"claim": _zeros},
    ),
    "cookie-among-others-refused": Mutant(
        says="The cookie is not found where others stand beside it.",
        operations=SEES,
        clauses=("connhex-public.cookie-location",),
        answer=when(_several_cookies, instead(401)),
    ),
}
