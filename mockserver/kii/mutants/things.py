"""Deployments that go wrong about things: registered, addressed, deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ...engine.mutants import Mutant, Rule
from ..entities import App, Principal, Thing, ThingRef
from ..refusals import No
from ..world import KiiWorld
from . import places
from .ways import acts_and_refuses, at_one, kept_aside, nothing

Found = Callable[[KiiWorld, App, ThingRef], Thing | None]


def _seen(found: Found) -> Rule:
    """Return what finds things in another way than by the address that is told, where that leads to none."""

    def rule(world: KiiWorld, good: Rule, who: Any, app_id: str, ref: ThingRef, *args: Any, **more: Any) -> Any:
        app = world.apps.get(app_id)
        thing = found(world, app, ref) if app is not None and app.thing(ref) is None else None
        if app is not None and thing is not None and thing.id in app.things:
            return good(who, app_id, ThingRef("thingID", thing.id), *args, **more)
        owner_of_it = next((other for other in world.apps.values() if thing is not None and other.things.get(thing.id) is thing), None)
        if owner_of_it is not None and thing is not None and who.kind == "admin" and who.app_id == app_id:
            admin = replace(who, app_id=owner_of_it.id)
            return good(admin, owner_of_it.id, ThingRef("thingID", thing.id), *args, **more)
        return good(who, app_id, ref, *args, **more)

    return rule


def _of_another_app(world: KiiWorld, _: App, ref: ThingRef) -> Thing | None:
    return next((thing for app in world.apps.values() if (thing := app.thing(ref)) is not None), None)


def _the_only_one(_: KiiWorld, app: App, __: ThingRef) -> Thing | None:
    return next(iter(app.things.values()), None)


def _addressed() -> Iterator[tuple[str, Mutant]]:
    elsewhere = ("finds-things-of-another-app", "a thing of another application is found", _of_another_app)
    another = ("finds-some-thing", "an address that leads to no thing is taken for another thing's", _the_only_one)
    for place, rule, operations, clause, ways in (
        ("put", "put_owner", places.PUT, "kii-put.404-thing", (elsewhere,)),
        ("remove", "remove_owner", places.REMOVE, "kii-remove.404-thing", (another,)),
        ("read-thing", "read_thing", places.READ, "kii-thing.read-404-thing", (elsewhere, another)),
        ("delete-thing", "delete_thing", places.DELETE, "kii-thing.delete-404-thing", (elsewhere, another)),
    ):
        for name, words, found in ways:
            mutant = Mutant(says=f"At {place} {words}.", operations=operations, clauses=(clause,), rules={rule: _seen(found)})
            yield f"{place}-{name}", mutant


def _without_fields(_: KiiWorld, good: Rule, *asked: Any, **more: bool) -> Any:
    thing, token = good(*asked, **more)
    thing.fields.clear()
    return thing, token


def _other_password(_: KiiWorld, good: Rule, *asked: Any, **more: bool) -> Any:
    thing, token = good(*asked, **more)
    thing.password += "x"
    return thing, token


def _dead_token(world: KiiWorld, good: Rule, *asked: Any, **more: bool) -> Any:
    thing, token = good(*asked, **more)
    world.tokens.pop(token or "", None)
    return thing, token


def _again(world: KiiWorld, good: Rule, who: Principal, app_id: str, body: Mapping[str, Any], **more: bool) -> Any:
    app = world.apps.get(app_id)
    known = app.vendor_ids.pop(body["_vendorThingID"], None) if app is not None else None
    try:
        return good(who, app_id, body, **more)
    except No:
        if app is not None and known is not None:
            app.vendor_ids[body["_vendorThingID"]] = known
        raise


def _taken_elsewhere(world: KiiWorld, good: Rule, who: Principal, app_id: str, body: Mapping[str, Any], **more: bool) -> Any:
    taken = any(body["_vendorThingID"] in app.vendor_ids for app in world.apps.values() if app.id != app_id)
    if taken and who.app_id == app_id:
        raise No("thing_exists", app_id=app_id, field="vendorThingID", value=body["_vendorThingID"])
    return good(who, app_id, body, **more)


def _remembered(world: KiiWorld, good: Rule, app: App, thing: Thing) -> None:
    kept_aside(world, "things")[app.id, thing.vendor_id] = thing
    good(app, thing)


def _come_back(name: str) -> Rule:
    """Return the rule by which a thing that gets the vendorThingID of one that was deleted has this of it."""

    def rule(world: KiiWorld, good: Rule, who: Principal, app_id: str, body: Mapping[str, Any], **more: bool) -> Any:
        thing, token = good(who, app_id, body, **more)
        gone = kept_aside(world, "things").get((app_id, thing.vendor_id))
        if gone is not None:
            setattr(thing, name, getattr(gone, name))
        return thing, token

    return rule


def _loud_id(_: KiiWorld, good: Rule) -> str:
    return str(good()).upper()


def _number(world: KiiWorld, _: Rule) -> str:
    numbers = kept_aside(world, "numbers")
    numbers["last"] = numbers.get("last", 0) + 1
    return str(numbers["last"])


_REGISTER = "registerThing"
MUTANTS: Mapping[str, Mutant] = dict(
    [
        *_addressed(),
        at_one(
            _REGISTER,
            "register-thing-drops-fields",
            "Of a new thing nothing is kept but its name and password.",
            "kii-thing.register",
            register_thing=_without_fields,
        ),
        at_one(
            _REGISTER,
            "register-thing-spoils-the-password",
            "A new thing has another password than was sent.",
            "kii-thing.register",
            register_thing=_other_password,
        ),
        at_one(
            _REGISTER,
            "register-thing-gives-a-dead-token",
            "The token that a new thing gets is nobody's.",
            "kii-thing.201",
            register_thing=_dead_token,
        ),
        at_one(_REGISTER, "register-thing-twice", "A vendorThingID is given to a second thing.", "kii-thing.409", register_thing=_again),
        at_one(
            _REGISTER,
            "register-thing-names-of-other-apps",
            "A vendorThingID that another application has is taken.",
            "kii-public.vendor-thing-id-form",
            register_thing=_taken_elsewhere,
        ),
        at_one(
            _REGISTER,
            "register-thing-acts-and-refuses",
            "A thing is registered, and the answer says no.",
            "kii-thing.201",
            register_thing=acts_and_refuses,
        ),
        at_one(_REGISTER, "register-thing-with-a-loud-id", "A thingID is in upper case.", "kii-public.thing-id-form", _new_id=_loud_id),
        at_one(_REGISTER, "register-thing-with-a-number", "A thingID is a number.", "kii-public.thing-id-form", _new_id=_number),
        *(
            (
                f"delete-thing-{name}",
                Mutant(says=says, operations=places.DELETE | ({_REGISTER} if "register_thing" in rules else set()), clauses=(clause,), rules=rules),
            )
            for name, says, clause, rules in (
                ("deletes-nothing", "A thing that is deleted stays.", "kii-thing.delete", {"forget_thing": nothing}),
                ("acts-and-refuses", "A thing is deleted, and the answer says no.", "kii-thing.delete-204", {"delete_thing": acts_and_refuses}),
                (
                    "keeps-ownerships",
                    "A thing that gets the vendorThingID of one that was deleted has its owners.",
                    "kii-thing.delete-ends-ownerships",
                    {"forget_thing": _remembered, "register_thing": _come_back("owners")},
                ),
                (
                    "keeps-flows",
                    "A thing that gets the vendorThingID of one that was deleted has its flows.",
                    "kii-thing.delete-ends-ownerships",
                    {"forget_thing": _remembered, "register_thing": _come_back("flows")},
                ),
            )
        ),
    ]
)
