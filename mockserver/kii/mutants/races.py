"""Deployments that are right while one request comes at a time: they decide at once and act a moment later, and let others in between."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from ...engine.mutants import Mutant
from ...engine.vendor import Call, Operation, Reply
from ..entities import Flow, Owner, Thing
from ..operations import ref
from . import places
from .ways import thing_of

_BETWEEN = 0.02


def _addressed(call: Call) -> Thing | None:
    return thing_of(call.state, call.path["appID"], ref(call.path))


async def _confirms_late(call: Call, operation: Operation) -> Reply:
    """Judge, wait, and complete the flow whatever became of it meanwhile."""
    thing = _addressed(call)
    owners, flows, used = (list(thing.owners), dict(thing.flows), dict(thing.used_codes)) if thing is not None else ([], {}, {})
    reply = operation(call)
    if thing is not None:
        new = [owner for owner in thing.owners if owner not in owners]
        spent = {code: owner for code, owner in thing.used_codes.items() if code not in used}
        thing.owners, thing.flows, thing.used_codes = owners, flows, used
        await asyncio.sleep(_BETWEEN)
        thing.owners.extend(new)
        thing.used_codes.update(spent)
        for code in spent:
            thing.flows.pop(code, None)
    return reply


async def _adds_late(call: Call, operation: Operation) -> Reply:
    """Judge, wait, and add the owner whoever has become one meanwhile."""
    thing = _addressed(call)
    before: list[Owner] = list(thing.owners) if thing is not None else []
    reply = operation(call)
    if thing is not None:
        new = [owner for owner in thing.owners if owner not in before]
        thing.owners = before
        await asyncio.sleep(_BETWEEN)
        thing.owners.extend(new)
    return reply


async def _writes_what_it_read(call: Call, operation: Operation) -> Reply:
    """Read the owners, wait, and write them back with the change: what others changed meanwhile is lost."""
    thing = _addressed(call)
    before: list[Owner] = list(thing.owners) if thing is not None else []
    reply = operation(call)
    if thing is not None:
        after, thing.owners = thing.owners, before
        await asyncio.sleep(_BETWEEN)
        thing.owners = after
    return reply


async def _starts_late(call: Call, operation: Operation) -> Reply:
    """Read the flows, wait, and write them with the new one beside those that there are by then: those that ended meanwhile are pending again."""
    thing = _addressed(call)
    before: dict[str, Flow] = dict(thing.flows) if thing is not None else {}
    reply = operation(call)
    if thing is not None:
        after, thing.flows = thing.flows, before
        await asyncio.sleep(_BETWEEN)
        thing.flows = {**after, **thing.flows}
    return reply


MUTANTS: Mapping[str, Mutant] = {
    "race-confirm": Mutant(
        says="Two sides that confirm one code at the same moment both complete the flow.",
        operations=places.CONFIRM,
        clauses=("kii-confirm.verifies-code",),
        operate=_confirms_late,
    ),
    "race-add": Mutant(
        says="One who is added twice at the same moment is an owner twice over.",
        operations=places.POST,
        clauses=("kii-post.409",),
        operate=_adds_late,
    ),
    "race-add-lost": Mutant(
        says="Of two owners who are added at the same moment one is lost.",
        operations=places.POST,
        clauses=("kii-post.purpose",),
        operate=_writes_what_it_read,
    ),
    "race-remove-lost": Mutant(
        says="Who is added while another owner is removed is lost, or the other stays.",
        operations=places.REMOVE,
        clauses=("kii-remove.404-ownership",),
        operate=_writes_what_it_read,
    ),
    "race-request": Mutant(
        says="A flow that ends while another starts, completed or replaced, is pending again.",
        operations=places.REQUEST,
        clauses=("kii-request-user.409",),
        operate=_starts_late,
    ),
}
