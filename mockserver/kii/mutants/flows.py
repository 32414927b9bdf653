"""Deployments that go wrong about flows: which side completes one, what it comes to, how long it is pending."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...engine.mutants import Mutant, Rule
from ..entities import App, Flow, Owner, Principal, Thing, ThingRef
from ..refusals import No
from ..world import KiiWorld
from . import places
from .ways import kept_aside, thing_of

_OWN = ("kii-confirm.not-the-side-that-started",)


def _own_side(kind: str, started_by: str) -> Rule:
    """Return the rule that lets the side complete a flow that started it. kind: of the flow's owner."""

    def rule(world: KiiWorld, good: Rule, who: Principal, app: App, ref: ThingRef, *flows: Flow | None) -> bool:
        flow = flows[0]
        if flow is not None and flow.owner.kind == kind and flow.started_by == started_by:
            side = world.is_thing(who, app, ref) if started_by == "thing" else world.is_owner_side(who, app, flow.owner)
            return side or bool(good(who, app, ref, flow))
        return bool(good(who, app, ref, flow))

    return rule


def _sides_swapped(world: KiiWorld, good: Rule, who: Principal, app: App, ref: ThingRef, *flows: Flow | None) -> bool:
    flow = flows[0]
    if flow is None or world.is_admin(who, app) or flow.started_by == "admin":
        return bool(good(who, app, ref, flow))
    return world.is_thing(who, app, ref) if flow.started_by == "thing" else world.is_owner_side(who, app, flow.owner)


def _owns_at_once(_: KiiWorld, good: Rule, thing: Thing, owner: Owner, *more: Any) -> Flow:
    flow: Flow = good(thing, owner, *more)
    thing.owners.append(owner)
    return flow


def _not_kept(_: KiiWorld, good: Rule, thing: Thing, owner: Owner, *more: Any) -> Flow:
    flow: Flow = good(thing, owner, *more)
    del thing.flows[flow.code]
    return flow


def _alone(_: KiiWorld, good: Rule, thing: Thing, owner: Owner, *more: Any) -> Flow:
    flow: Flow = good(thing, owner, *more)
    thing.flows = {flow.code: flow}
    return flow


def _completes_all(world: KiiWorld, good: Rule, thing: Thing, flow: Flow) -> None:
    for pending in [flow, *(other for other in thing.flows.values() if other is not flow)]:
        if pending.owner not in thing.owners and world.is_alive(pending):
            good(thing, pending)


def _flow_stays(_: KiiWorld, good: Rule, thing: Thing, flow: Flow) -> None:
    good(thing, flow)
    thing.flows[flow.code] = flow


def _replaced_serves(world: KiiWorld, good: Rule, thing: Thing | None, code: Any) -> Flow | None:
    found: Flow | None = good(thing, code)
    first = kept_aside(world, "begun").get((thing.id, code)) if thing is not None and isinstance(code, str) else None
    return found or (first if first is not None and thing is not None and code not in thing.used_codes and world.is_alive(first) else None)


def _begun(world: KiiWorld, good: Rule, thing: Thing, owner: Owner, *more: Any) -> Flow:
    flow: Flow = good(thing, owner, *more)
    kept_aside(world, "begun")[thing.id, flow.code] = flow
    return flow


def _completes_gone(_: KiiWorld, good: Rule, thing: Thing, flow: Flow) -> None:
    thing.flows.setdefault(flow.code, flow)
    good(thing, flow)


def _lives(of: Callable[[float], float]) -> Rule:
    """Return the rule by which a code lives so long. of: how long it is declared to → how long it does."""

    def rule(world: KiiWorld, _: Rule, flow: Flow) -> bool:
        return not flow.expired and world.clock.now() - flow.at < of(world.settings["code_life"])

    return rule


def _other_body(world: KiiWorld, good: Rule, *asked: Any, **more: bool) -> Any:
    if not more.get("with_body"):
        thing, app = thing_of(world, *asked[1:3]), world.apps.get(asked[1])
        if thing is not None and app is not None:
            raise No("invalid")
    return good(*asked, **more)


def _side(name: str, says: str, rule: Rule, *clauses: str) -> tuple[str, Mutant]:
    return name, Mutant(says=says, operations=places.CONFIRM, clauses=clauses or _OWN, rules={"_may_confirm": rule})


def _started(name: str, says: str, rule: Rule, *clauses: str) -> tuple[str, Mutant]:
    return name, Mutant(says=says, operations=places.REQUEST, clauses=clauses, rules={"start_flow": rule})


def _completed(name: str, says: str, rule: Rule, *clauses: str) -> tuple[str, Mutant]:
    return name, Mutant(says=says, operations=places.CONFIRM, clauses=clauses, rules={"complete_flow": rule})


def _life(name: str, says: str, of: Callable[[float], float]) -> tuple[str, Mutant]:
    return name, Mutant(says=says, operations=places.CONFIRM, clauses=("kii-pick.code-life",), rules={"is_alive": _lives(of)})


MUTANTS: Mapping[str, Mutant] = dict(
    [
        _side("confirm-by-the-user-who-asked", "A user completes the flow that he started.", _own_side("user", "owner")),
        _side("confirm-by-the-wrong-side", "The side that started a flow completes it, and the other may not.", _sides_swapped),
        _started(
            "request-makes-an-owner",
            "Who is to be added by a flow is an owner at once.",
            _owns_at_once,
            "kii-request-user.purpose",
            "kii-request-group.purpose",
        ),
        _started("request-keeps-no-flow", "A code is given for a flow that is not kept.", _not_kept, "kii-request-user.200", "kii-request-group.200"),
        _completed(
            "confirm-completes-the-other-flows", "To complete one flow completes all others of the thing.", _completes_all, "kii-confirm.purpose"
        ),
        _completed("confirm-leaves-the-flow", "A flow that has been completed is still pending.", _flow_stays, "kii-pick.used-code"),
        _life("code-never-ends", "A code serves for ever.", lambda _: float("inf")),
        _life("code-ends-early", "A code serves half as long as declared.", lambda declared: declared / 2),
        (
            "code-of-a-replaced-flow",
            Mutant(
                says="The code of a flow that another has replaced still serves.",
                operations=places.CONFIRM,
                clauses=("kii-pick.second-request",),
                rules={"_pending": _replaced_serves, "start_flow": _begun, "complete_flow": _completes_gone},
            ),
        ),
        (
            "request-wants-a-body",
            Mutant(
                says="To start a flow it wants a body.",
                operations=places.REQUEST,
                clauses=("kii-request-user.empty-body", "kii-request-group.empty-body"),
                rules={"request": _other_body},
            ),
        ),
        (
            "put-wants-a-body",
            Mutant(says="PUT of an owner wants a body.", operations=places.PUT, clauses=("kii-put.empty-body",), rules={"put_owner": _other_body}),
        ),
    ]
)
