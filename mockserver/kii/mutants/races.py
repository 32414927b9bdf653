"""Deployments that go wrong where two ask at once: what they decide by is out of date when they act."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from ...engine.mutants import Mutant
from ...engine.vendor import Call, Operation, Reply
from ..entities import Flow, Owner, Thing
from ..world import KiiWorld

LATE = 0.02
"""Seconds between what is read and what is written."""
FORMS = ("", "ByThingID")
CONFIRMS = frozenset(f"confirmOwnership{form}" for form in FORMS)
ADDS = frozenset(f"{name}{form}" for name in ("addOwner", "putUserOwner", "putGroupOwner") for form in FORMS)


def _things(world: KiiWorld) -> Iterable[Thing]:
    return [thing for app in world.apps.values() for thing in app.things.values()]


async def _owners_written_back(call: Call, operation: Operation) -> Reply:
    """Write the list of owners as it was read, with what this call adds: what others have added meanwhile is lost."""
    seen = {thing.id: list(thing.owners) for thing in _things(call.state)}
    await asyncio.sleep(LATE)
    before = {thing.id: list(thing.owners) for thing in _things(call.state)}
    try:
        return operation(call)
    finally:
        for thing in _things(call.state):
            added = [owner for owner in thing.owners if owner not in before.get(thing.id, [])]
            thing.owners[:] = [*seen.get(thing.id, []), *added]


async def _owners_out_of_date(call: Call, operation: Operation) -> Reply:
    """Decide by the owners as they were: whoever has become one meanwhile is added again."""
    seen = {thing.id: list(thing.owners) for thing in _things(call.state)}
    await asyncio.sleep(LATE)
    since: dict[str, list[Owner]] = {}
    for thing in _things(call.state):
        since[thing.id] = list(thing.owners)
        thing.owners[:] = seen.get(thing.id, [])
    try:
        return operation(call)
    finally:
        for thing in _things(call.state):
            own = [owner for owner in thing.owners if owner not in seen.get(thing.id, [])]
            thing.owners[:] = [*since.get(thing.id, []), *own]


async def _flows_out_of_date(call: Call, operation: Operation) -> Reply:
    """Decide by the flows and the owners as they were: a code that has served meanwhile serves once more."""
    seen: dict[str, tuple[dict[str, Flow], dict[str, Owner], list[Owner]]] = {}
    for thing in _things(call.state):
        seen[thing.id] = dict(thing.flows), dict(thing.used_codes), list(thing.owners)
    await asyncio.sleep(LATE)
    for thing in _things(call.state):
        flows, used, owners = seen.get(thing.id, ({}, {}, []))
        thing.flows.update(flows)
        thing.used_codes = used
        thing.owners[:] = owners
    return operation(call)


MUTANTS: Mapping[str, Mutant] = {
    "owners-at-once-get-lost": Mutant(
        says="Of two owners who are added at once one is lost, and one who is added twice altogether.",
        operations=ADDS,
        clauses=("kii-post.purpose", "kii-put.purpose"),
        operate=_owners_written_back,
    ),
    "owner-at-once-added-twice": Mutant(
        says="Two who make the same an owner at once both succeed, and he is listed twice.",
        operations=ADDS,
        clauses=("kii-post.409", "kii-put.409"),
        operate=_owners_out_of_date,
    ),
    "code-serves-two-at-once": Mutant(
        says="Two who bring one code at once both complete its flow.",
        operations=CONFIRMS,
        clauses=("kii-confirm.verifies-code", "kii-pick.used-code"),
        operate=_flows_out_of_date,
    ),
}
