"""Deployments that go wrong about a device that has an owner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...engine.mutants import Mutant, Rule
from ..entities import Resource
from ..refusals import No
from ..world import ConnhexWorld
from .doing import CLAIMS, otherwise, under


def _claimed(world: ConnhexWorld, device_id: str) -> list[Resource]:
    return [resource for resource in world.resources if resource.device == device_id]


def _second_let_in(world: ConnhexWorld, rule: Rule, owner: str, device_id: str) -> Any:
    own = any(resource.owner == owner for resource in _claimed(world, device_id))
    return rule(owner, device_id) if own else None


def _caller_let_in(world: ConnhexWorld, rule: Rule, owner: str, device_id: str) -> Any:
    own = any(resource.owner == owner for resource in _claimed(world, device_id))
    return None if own and world.settings["association"] == "one_to_one" else rule(owner, device_id)


def _stolen(world: ConnhexWorld, rule: Rule, owner: str, device_id: str) -> Any:
    own = any(resource.owner == owner for resource in _claimed(world, device_id))
    if world.settings["association"] == "one_to_one" and not own:
        world.resources[:] = [resource for resource in world.resources if resource.device != device_id]
    return rule(owner, device_id)


def _of_any_device(world: ConnhexWorld, rule: Rule, owner: str, device_id: str) -> Any:
    if world.settings["association"] == "one_to_one" and any(resource.owner != owner for resource in world.resources):
        raise No(world.settings["claimed_by_other"], "connhex-pick.claimed-by-other", "The device belongs to another user already.")
    return rule(owner, device_id)


def _asked_in_both(world: ConnhexWorld, rule: Rule, owner: str, device_id: str) -> Any:
    with under(world, association="one_to_one"):
        return rule(owner, device_id)


def _shared(world: ConnhexWorld, rule: Rule, owner: str, device_id: str) -> Any:
    found = rule(owner, device_id)
    claimed = _claimed(world, device_id)
    return found or (claimed[0] if claimed and claimed[0].owner != owner else None)


_OWNED: Mapping[str, tuple[str, Rule, tuple[str, ...]]] = {
    "second-user-let-in": (
        "In one-to-one mode a second user can claim the device, too.",
        _second_let_in,
        ("connhex-public.one-to-one", "connhex-pick.association", "connhex-pick.claimed-by-other", "connhex-pick.partial-failure"),
    ),
    "caller-let-in-again": (
        "In one-to-one mode its owner can claim the device once more, and has two resources then.",
        _caller_let_in,
        ("connhex-pick.claimed-by-self", "connhex-public.client-repeats"),
    ),
    "device-stolen": ("In one-to-one mode the device goes to whoever claims it last.", _stolen, ("connhex-public.one-to-one",)),
    "owner-of-any-device": (
        "In one-to-one mode nobody can claim a device after another user has claimed one.",
        _of_any_device,
        ("connhex-public.one-to-one",),
    ),
    "one-to-many-asks-for-an-owner": (
        "In one-to-many mode the second user is refused.",
        _asked_in_both,
        ("connhex-public.one-to-many", "connhex-pick.association"),
    ),
    "one-to-many-shares-a-resource": (
        "In one-to-many mode the second user gets the first one's resource.",
        _shared,
        ("connhex-public.one-to-many",),
    ),
}
_PICKED: Mapping[str, tuple[str, str, Mapping[str, str]]] = {
    "claimed-by-other": (
        "another user owns",
        "claimed_by_other",
        {"conflict": "forbidden", "forbidden": "not_found", "not_found": "conflict"},
    ),
    "claimed-by-self": ("the caller owns", "claimed_by_self", {"conflict": "same_resource", "same_resource": "conflict"}),
    "again-one-to-many": (
        "the caller owns, in one-to-many mode,",
        "again_one_to_many",
        {"new_resource": "conflict", "conflict": "new_resource"},
    ),
}

MUTANTS: Mapping[str, Mutant] = {
    **{name: Mutant(says=says, operations=CLAIMS, clauses=breaks, rules={"_owned": rule}) for name, (says, rule, breaks) in _OWNED.items()},
    **{
        f"{name}-not-as-declared": Mutant(
            says=f"The claim of a device that {whose} is answered otherwise than the deployment declares.",
            operations=CLAIMS,
            clauses=(f"connhex-pick.{name}",),
            operate=otherwise(pick, options),
        )
        for name, (whose, pick, options) in _PICKED.items()
    },
}
