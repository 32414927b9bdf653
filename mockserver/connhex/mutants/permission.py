"""Deployments that go wrong about who may claim."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from ...engine.alter import where
from ...engine.mutants import Mutant, Rule
from ..entities import ACTION, RESOURCE, Principal, Statement
from ..refusals import No
from ..world import ConnhexWorld
from .doing import CLAIMS, swapped

REFUSED = frozenset({"connhex-public.deny-wins", "connhex-post.403"})
Covers = Callable[[Statement], bool]


def _covers(statement: Statement) -> bool:
    return statement.covers(ACTION, RESOURCE)


def _action_alone(statement: Statement) -> bool:
    return any(statement.covers(ACTION, resource) for resource in (RESOURCE, *statement.resources))


def _resource_alone(statement: Statement) -> bool:
    return any(statement.covers(action, RESOURCE) for action in (ACTION, *statement.actions))


def _literally(statement: Statement) -> bool:
    return ACTION in statement.actions and RESOURCE in statement.resources


def _widely(statement: Statement) -> bool:
    def fits(patterns: Collection[str], text: str) -> bool:
        return any("*" in pattern or pattern == text for pattern in patterns)

    return fits(statement.actions, ACTION) and fits(statement.resources, RESOURCE)


def _judging(allows: Covers = _covers, denies: Covers = _covers) -> Rule:
    """Return the rule of who may claim that finds by these which statements speak of a claim."""

    def rule(world: ConnhexWorld, good: Rule, who: Principal) -> Any:
        statements = list(world._statements(who.user_id))
        allowed = any(s.effect == "ALLOW" and allows(s) for s in statements)
        denied = any(s.effect == "DENY" and denies(s) for s in statements)
        if allowed and not denied:
            return None
        return good(who) or No("forbidden", "connhex-post.403", f"The user's policies do not grant {ACTION} on {RESOURCE}.")

    return rule


def _deny_grants(world: ConnhexWorld, rule: Rule, who: Principal) -> Any:
    effects = {s.effect for s in world._statements(who.user_id) if _covers(s)}
    return None if effects == {"DENY"} else rule(who)


def _nothing_said(world: ConnhexWorld, rule: Rule, who: Principal) -> Any:
    return rule(who) if any(world._statements(who.user_id)) else None


def _of_user(world: ConnhexWorld, user_id: str) -> Iterator[Statement]:
    return (statement for policy in world.policies if user_id in policy.members for statement in policy.statements)


def _no_teams(world: ConnhexWorld, _: Rule, user_id: str) -> Iterator[Statement]:
    return _of_user(world, user_id)


def _no_denying_teams(world: ConnhexWorld, rule: Rule, user_id: str) -> Iterator[Statement]:
    yield from _of_user(world, user_id)
    yield from (statement for statement in rule(user_id) if statement.effect == "ALLOW")


def _of_everyone(world: ConnhexWorld, rule: Rule, user_id: str) -> Iterator[Statement]:
    yield from rule(user_id)
    yield from (statement for policy in world.policies for statement in policy.statements if statement.effect == "ALLOW")


_JUDGED: Mapping[str, tuple[str, Rule, tuple[str, ...]]] = {
    "deny-ignored": (
        "A policy that allows is enough, whatever another one denies.",
        _judging(denies=lambda _: False),
        ("connhex-public.deny-wins",),
    ),
    "deny-alone-allows": ("A policy that denies is taken for a grant where no other one allows.", _deny_grants, ("connhex-public.403-not-allowed",)),
    "no-policy-is-enough": ("Who is a member of no policy may claim.", _nothing_said, ("connhex-public.new-users",)),
    "action-without-its-resource": (
        "The action is looked for in the policies, and not on which resource it is granted.",
        _judging(allows=_action_alone),
        ("connhex-post.required-resource",),
    ),
    "resource-without-its-action": (
        "The resource is looked for in the policies, and not which action is granted on it.",
        _judging(allows=_resource_alone),
        ("connhex-post.required-action", "connhex-public.403-not-allowed"),
    ),
    "wildcards-ignored": (
        "A wildcard in a policy is read as an asterisk.",
        _judging(allows=_literally, denies=_literally),
        ("connhex-public.wildcards",),
    ),
    "wildcards-too-wide": ("A wildcard fits everything, whatever stands before it.", _judging(allows=_widely), ("connhex-public.wildcards",)),
    "wildcards-ignored-in-deny": (
        "A wildcard counts in what is allowed, and not in what is denied.",
        _judging(denies=_literally),
        ("connhex-public.deny-wins",),
    ),
}
_GATHERED: Mapping[str, tuple[str, Rule, tuple[str, ...]]] = {
    "team-ignored": ("The policies of a user's teams are not his.", _no_teams, ("connhex-public.teams",)),
    "team-deny-ignored": ("What is denied to a user's team is not denied to him.", _no_denying_teams, ("connhex-public.deny-wins",)),
    "policies-of-others": (
        "What anybody's policy allows is allowed to everyone.",
        _of_everyone,
        ("connhex-public.new-users", "connhex-post.required-action"),
    ),
}
_ANSWERED: Mapping[str, tuple[str, int]] = {
    "forbidden-as-404": ("Who may not claim is told that there is no such device.", 404),
    "forbidden-as-401": ("Who may not claim is told that he is not signed in.", 401),
}

MUTANTS: Mapping[str, Mutant] = {
    **{name: Mutant(says=says, operations=CLAIMS, clauses=breaks, rules={"_not_permitted": rule}) for name, (says, rule, breaks) in _JUDGED.items()},
    **{name: Mutant(says=says, operations=CLAIMS, clauses=breaks, rules={"_statements": rule}) for name, (says, rule, breaks) in _GATHERED.items()},
    **{
        name: Mutant(says=says, operations=CLAIMS, clauses=("connhex-public.403-not-allowed",), answer=where(REFUSED, swapped({403: status})))
        for name, (says, status) in _ANSWERED.items()
    },
}
