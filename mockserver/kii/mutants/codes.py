"""Deployments that go wrong about the codes of ownership flows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...engine.mutants import Mutant, Rule
from ..entities import Flow, Thing
from ..world import KiiWorld

CONFIRMS = frozenset({"confirmOwnership", "confirmOwnershipByThingID"})


def _of_any_thing(world: KiiWorld, rule: Rule, thing: Thing | None, code: Any) -> Flow | None:
    found = rule(thing, code)
    others = (other for app in world.apps.values() for other in app.things.values())
    return found or next((flow for other in others for flow in other.flows.values() if flow.code == code and world.is_alive(flow)), None)


MUTANTS: Mapping[str, Mutant] = {
    "code-of-another-thing": Mutant(
        says="The code of a flow completes it for whatever thing is addressed.",
        operations=CONFIRMS,
        clauses=("kii-confirm.verifies-code", "kii-pick.foreign-code"),
        rules={"_pending": _of_any_thing},
    ),
}
