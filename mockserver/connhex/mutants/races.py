"""Deployments that go wrong where two ask at once: what they decide by is out of date when they act."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from ...engine.mutants import Mutant
from ...engine.vendor import Call, Operation, Reply
from ..world import ConnhexWorld
from .doing import CLAIMS

LATE = 0.02
"""Seconds between what is read and what is written."""


async def _owners_out_of_date(call: Call, operation: Operation) -> Reply:
    world: ConnhexWorld = call.state
    seen = list(world.resources)
    await asyncio.sleep(LATE)
    since = world.resources[:]
    world.resources[:] = seen
    try:
        return operation(call)
    finally:
        world.resources[:] = since + world.resources[len(seen) :]


async def _policies_out_of_date(call: Call, operation: Operation) -> Reply:
    world: ConnhexWorld = call.state
    seen = list(world.policies)
    await asyncio.sleep(LATE)
    since = len(world.policies)
    reply = operation(call)
    world.policies[:] = seen + world.policies[since:]
    return reply


async def _flows_out_of_date(call: Call, operation: Operation) -> Reply:
    world: ConnhexWorld = call.state
    seen = dict(world.accounts.flows)
    await asyncio.sleep(LATE)
    world.accounts.flows.update(seen)
    return operation(call)


MUTANTS: Mapping[str, Mutant] = {
    "claimers-at-once-both-win": Mutant(
        says="In one-to-one mode two users who claim a device at once both get it.",
        operations=CLAIMS,
        clauses=("connhex-public.one-to-one", "connhex-pick.claimed-by-other"),
        operate=_owners_out_of_date,
    ),
    "grants-at-once-get-lost": Mutant(
        says="Of two grants that are made at once one is lost.",
        operations=CLAIMS,
        clauses=("connhex-post.updates-policies",),
        operate=_policies_out_of_date,
    ),
    "flow-serves-two-at-once": Mutant(
        says="Two logins that complete one flow at once both succeed.",
        operations=frozenset({"login"}),
        clauses=("connhex-pick.unknown-flow",),
        operate=_flows_out_of_date,
    ),
}
