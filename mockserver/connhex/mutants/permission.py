"""Deployments that go wrong about who may claim."""

from __future__ import annotations

from collections.abc import Mapping

from ...engine.mutants import Mutant, Rule
from ..entities import ACTION, RESOURCE, Principal
from ..refusals import No
from ..world import ConnhexWorld

CLAIMS = frozenset({"register"})


def _allow_is_enough(world: ConnhexWorld, rule: Rule, who: Principal) -> No | None:
    allowed = any(s.effect == "ALLOW" and s.covers(ACTION, RESOURCE) for s in world._statements(who.user_id))
    return None if allowed else rule(who)


MUTANTS: Mapping[str, Mutant] = {
    "deny-ignored": Mutant(
        says="A policy that allows is enough, whatever another one denies.",
        operations=CLAIMS,
        clauses=("connhex-public.deny-wins",),
        rules={"_not_permitted": _allow_is_enough},
    ),
}
