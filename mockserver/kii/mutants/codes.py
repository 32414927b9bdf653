"""Deployments that go wrong about the codes of ownership flows: which codes there are, and which of them complete what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...engine.mutants import Mutant, Rule
from ..entities import Flow, Owner, Principal, Thing, ThingRef
from ..refusals import No
from ..world import KiiWorld
from .places import CONFIRM, REQUEST
from .ways import always, kept_aside, thing_of, within


def _of_any_thing(world: KiiWorld, good: Rule, thing: Thing | None, code: Any) -> Flow | None:
    found = good(thing, code)
    others = (other for app in world.apps.values() for other in app.things.values())
    return found or next((flow for other in others for flow in other.flows.values() if flow.code == code and world.is_alive(flow)), None)


def _of_another_app(world: KiiWorld, good: Rule, thing: Thing | None, code: Any) -> Flow | None:
    mine = next((app for app in world.apps.values() if thing is not None and app.things.get(thing.id) is thing), None)
    others = (other for app in world.apps.values() if app is not mine for other in app.things.values())
    flows = (flow for other in others for flow in other.flows.values() if flow.code == code and world.is_alive(flow))
    return good(thing, code) or (next(flows, None) if thing is not None else None)


def _taken_for(alike: Callable[[str, str], bool]) -> Rule:
    """Return the rule that takes what was sent for a code of the thing where they are alike. alike: what was sent, the code."""

    def rule(world: KiiWorld, good: Rule, thing: Thing | None, code: Any) -> Flow | None:
        flows = thing.flows.values() if thing is not None and isinstance(code, str) else ()
        return good(thing, code) or next((flow for flow in flows if world.is_alive(flow) and alike(code, flow.code)), None)

    return rule


def _whatever_is_sent(world: KiiWorld, good: Rule, thing: Thing | None, code: Any) -> Flow | None:
    return good(thing, code) or next((flow for flow in (thing.flows.values() if thing else ()) if world.is_alive(flow)), None)


def _used_ones_too(world: KiiWorld, good: Rule, thing: Thing | None, code: Any) -> Flow | None:
    found: Flow | None = good(thing, code)
    used = thing.used_codes.get(code) if thing is not None and isinstance(code, str) else None
    return found or (Flow(code, used, "admin", world.clock.now()) if used is not None else None)


def _completes(world: KiiWorld, good: Rule, thing: Thing, flow: Flow) -> None:
    """Complete a flow that may be another thing's, or completed before."""
    thing.flows.setdefault(flow.code, flow)
    good(thing, flow)
    for other in (other for app in world.apps.values() for other in app.things.values()):
        if other is not thing:
            other.flows.pop(flow.code, None)


def _may_confirm_again(_: KiiWorld, good: Rule, who: Principal, app: Any, ref: ThingRef, flow: Flow | None) -> bool:
    side = who.kind == "thing" or (who.kind == "user" and flow is not None)
    return bool(good(who, app, ref, flow) or (side and flow is not None and flow.code not in getattr(app.thing(ref), "flows", {flow.code: flow})))


def _as_long_as(sent: str, code: str) -> bool:
    return len(sent) == len(code)


def _constant(world: KiiWorld, _: Rule, __: Thing, ___: Owner) -> str:
    return str(world.settings["code_alphabet"][-1]) * int(world.settings["code_length"])


def _sequential(world: KiiWorld, _: Rule, __: Thing, ___: Owner) -> str:
    alphabet, length = world.settings["code_alphabet"], int(world.settings["code_length"])
    given = kept_aside(world, "given")
    number = given["last"] = given.get("last", 0) + 1
    digits = ""
    for _place in range(length):
        number, digit = divmod(number, len(alphabet))
        digits = alphabet[digit] + digits
    return digits


def _of_the_thing(world: KiiWorld, good: Rule, thing: Thing, owner: Owner) -> str:
    return str(kept_aside(world, "shared").setdefault(thing.id, good(thing, owner)))


def _of_the_owner(world: KiiWorld, good: Rule, thing: Thing, owner: Owner) -> str:
    return str(kept_aside(world, "shared").setdefault(owner, good(thing, owner)))


def _short(_: KiiWorld, good: Rule, thing: Thing, owner: Owner) -> str:
    return str(good(thing, owner))[:4]


def _loud(_: KiiWorld, good: Rule, thing: Thing, owner: Owner) -> str:
    return str(good(thing, owner))[:-1] + "-"


def _tried_once(world: KiiWorld, good: Rule, *asked: Any) -> None:
    try:
        good(*asked)
    except No as no:
        thing = thing_of(world, *asked[1:3])
        if no.kind == "bad_code" and thing is not None:
            thing.flows.clear()
        raise


def _refusal_ends_it(world: KiiWorld, good: Rule, *asked: Any) -> None:
    try:
        good(*asked)
    except No as no:
        thing = thing_of(world, *asked[1:3])
        if no.kind == "unauthorized" and thing is not None and isinstance(asked[3], str):
            thing.flows.pop(asked[3], None)
        raise


def _without_flow(world: KiiWorld, good: Rule, *asked: Any) -> None:
    try:
        good(*asked)
    except No as no:
        thing = thing_of(world, *asked[1:3])
        if no.kind != "bad_code" or thing is None or thing.flows or thing.used_codes:
            raise


def _accepted(name: str, says: str, rule: Rule, *clauses: str, **more: Rule) -> tuple[str, Mutant]:
    return name, Mutant(says=says, operations=CONFIRM, clauses=clauses or ("kii-confirm.verifies-code",), rules={"_pending": rule, **more})


def _given(name: str, says: str, rule: Rule, *clauses: str) -> tuple[str, Mutant]:
    return name, Mutant(says=says, operations=REQUEST, clauses=clauses, rules={"_new_code": rule})


MUTANTS: Mapping[str, Mutant] = dict(
    [
        _accepted(
            "code-of-another-thing",
            "The code of a flow completes it for whatever thing is addressed.",
            _of_any_thing,
            "kii-confirm.verifies-code",
            "kii-pick.foreign-code",
            complete_flow=_completes,
        ),
        (
            "code-of-another-app",
            Mutant(
                says="The code of a flow in another application makes its user an owner of the thing that is addressed.",
                operations=CONFIRM,
                clauses=("kii-confirm.verifies-code", "kii-pick.foreign-code"),
                rules={"confirm": within(_pending=_of_another_app, owner_missing=always(None), complete_flow=_completes)},
            ),
        ),
        _accepted(
            "code-never-compared",
            "Whatever is sent as the code completes the pending flow.",
            _whatever_is_sent,
            "kii-confirm.verifies-code",
            "kii-pick.wrong-code",
            "kii-pick.malformed-code",
        ),
        _accepted(
            "code-in-any-case",
            "A code serves in upper and in lower case.",
            _taken_for(lambda sent, code: sent.lower() == code.lower()),
            "kii-pick.wrong-code",
        ),
        _accepted("code-trimmed", "Blanks and hyphens around a code are overlooked.", _taken_for(lambda sent, code: sent.strip(" -\t\n") == code)),
        _accepted("code-with-more-behind", "What begins with a code serves as that code.", _taken_for(str.startswith)),
        _accepted("code-with-more-around", "What has a code in it serves as that code.", _taken_for(lambda sent, code: code in sent)),
        _accepted("code-begun", "The beginning of a code is enough.", _taken_for(lambda sent, code: bool(sent) and code.startswith(sent))),
        _accepted("code-empty", "An empty code completes whatever flow is pending.", _taken_for(lambda sent, _: not sent), "kii-pick.malformed-code"),
        _accepted("code-compared-by-length", "Whatever is as long as a code serves as that code.", _taken_for(_as_long_as)),
        _accepted(
            "code-serves-again",
            "A code that has completed its flow completes it once more when its ownership has ended.",
            _used_ones_too,
            "kii-pick.used-code",
            complete_flow=_completes,
            _may_confirm=_may_confirm_again,
        ),
        *(
            (name, Mutant(says=says, operations=CONFIRM, clauses=(clause,), rules={"confirm": rule}))
            for name, says, clause, rule in (
                ("code-dies-of-a-wrong-one", "A wrong code ends the pending flows of the thing.", "kii-pick.wrong-code", _tried_once),
                ("code-dies-of-a-stranger", "A flow ends where one who may not complete it tries to.", "kii-confirm.nobody-else", _refusal_ends_it),
                ("code-without-a-flow", "Any code is taken where no flow was ever started.", "kii-confirm.started-before", _without_flow),
            )
        ),
        _given("code-constant", "Every flow has the same code.", _constant, "kii-confirm.purpose"),
        _given("code-sequential", "Codes are counted up.", _sequential, "kii-pick.code-alphabet"),
        _given("code-shared-by-the-flows-of-a-thing", "All flows of a thing have one code.", _of_the_thing, "kii-confirm.purpose"),
        _given("code-shared-by-the-flows-of-an-owner", "All flows of a user or group have one code.", _of_the_owner, "kii-confirm.verifies-code"),
        _given("code-shorter-than-declared", "Codes have four characters, whatever the deployment declares.", _short, "kii-pick.code-length"),
        _given("code-of-other-characters", "A code has a character that the deployment does not declare.", _loud, "kii-pick.code-alphabet"),
    ]
)
