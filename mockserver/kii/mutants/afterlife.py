"""Deployments in which what has ended goes on, or ends more than itself: things that come again, removals, second groups, lists of before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...engine.mutants import Mutant, Rule
from ..entities import App, Flow, Group, Principal, Thing, ThingRef, Token
from ..refusals import No
from ..world import KiiWorld
from . import places
from .ways import at_one, kept_aside, thing_of, with_thing


def _gone(world: KiiWorld, good: Rule, app: App, thing: Thing) -> None:
    tokens = [text for text, token in world.tokens.items() if token.holder == Principal("thing", app.id, thing.id)]
    kept_aside(world, "gone")[app.id, thing.vendor_id] = (thing.password, tokens)
    good(app, thing)


def _with_its_password(world: KiiWorld, good: Rule, who: Principal, app_id: str, *args: Any, **more: Any) -> Any:
    thing, token = good(who, app_id, *args, **more)
    thing.password, _ = kept_aside(world, "gone").get((app_id, thing.vendor_id), (thing.password, []))
    return thing, token


def _with_its_tokens(world: KiiWorld, good: Rule, who: Principal, app_id: str, *args: Any, **more: Any) -> Any:
    thing, token = good(who, app_id, *args, **more)
    _, tokens = kept_aside(world, "gone").get((app_id, thing.vendor_id), ("", []))
    world.tokens |= {text: Token(Principal("thing", app_id, thing.id)) for text in tokens}
    return thing, token


def _begun(world: KiiWorld, good: Rule, *args: Any) -> Flow:
    flow: Flow = good(*args)
    kept_aside(world, "begun")[flow.code] = flow
    return flow


def _again(world: KiiWorld, good: Rule, thing: Thing | None, code: Any) -> Flow | None:
    found: Flow | None = good(thing, code)
    flow = kept_aside(world, "begun").get(code) if isinstance(code, str) else None
    if found is None and thing is not None and flow is not None and code in thing.used_codes and flow.owner not in thing.owners:
        found = thing.flows[code] = flow
    return found


def _one_group(world: KiiWorld, good: Rule, who: Principal, *named: str) -> None:
    good(who, *named)
    app_id, group_id, user_id = named
    others: list[Group] = [group for group in world.apps[app_id].groups.values() if group.id != group_id]
    for group in others:
        group.members = [member for member in group.members if member != user_id]


def _first_group(world: KiiWorld, good: Rule, who: Principal, *asked: Any) -> None:
    app_id, ref, owner = asked
    good(who, *asked)
    thing = thing_of(world, app_id, ref)
    groups = [known.id for known in thing.owners if known.kind == "group"] if thing is not None else []
    if thing is not None and owner.kind == "user" and owner not in thing.owners and not world.apps[app_id].is_member(owner.id, groups[0]):
        raise No("not_owner")


def _stale(world: KiiWorld, good: Rule, who: Principal, app_id: str, ref: ThingRef) -> tuple[list[str], list[str]]:
    found: tuple[list[str], list[str]] = good(who, app_id, ref)
    seen = kept_aside(world, "seen")
    before: tuple[list[str], list[str]] = seen.get((app_id, ref), found)
    seen[app_id, ref] = found
    return before if sum(len(owners) for owners in before) > sum(len(owners) for owners in found) else found


def _ends_flows(_: KiiWorld, thing: Thing, __: list[Any]) -> None:
    thing.flows.clear()


MUTANTS: Mapping[str, Mutant] = {
    **dict(
        [
            at_one(
                "registerThing",
                "register-thing-keeps-the-password-of-before",
                "A thing that gets the vendorThingID of a deleted one gets its password too.",
                "kii-thing.delete",
                forget_thing=_gone,
                register_thing=_with_its_password,
            ),
            at_one(
                "registerThing",
                "register-thing-revives-tokens",
                "The tokens of a deleted thing are those of the next one with its vendorThingID.",
                "kii-thing.delete",
                forget_thing=_gone,
                register_thing=_with_its_tokens,
            ),
            at_one(
                "addMember",
                "add-member-takes-him-from-other-groups",
                "A user is in one group, the newest.",
                "kii-group.add-member",
                add_member=_one_group,
            ),
        ]
    ),
    "remove-ends-pending-flows": Mutant(
        says="To end an ownership ends the thing's pending flows.",
        operations=places.REMOVE,
        clauses=("kii-remove.purpose",),
        rules={"remove_owner": with_thing(_ends_flows)},
    ),
    "code-serves-again-after-removal": Mutant(
        says="A used code serves again once the ownership that it made has ended.",
        operations=places.CONFIRM,
        clauses=("kii-pick.used-code",),
        rules={"start_flow": _begun, "_pending": _again},
    ),
    "ask-knows-the-first-group-alone": Mutant(
        says="Of the groups that own a thing the members of the first alone count.",
        operations=places.ASK,
        clauses=("kii-ownership.members-of-owning-group-are-owners",),
        rules={"check_owner": _first_group},
    ),
    "list-of-before": Mutant(
        says="The first list after a removal is that of before.",
        operations=places.LIST,
        clauses=("kii-list.purpose", "kii-remove.success"),
        rules={"owners": _stale},
    ),
}
