"""Deployments that go wrong about the device: whether Manufacturing has it, and whether its registration was enabled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...engine.alter import where
from ...engine.mutants import Mutant, Rule
from ..entities import Device, Principal
from ..refusals import No
from ..world import ConnhexWorld
from .doing import CLAIMS, otherwise, swapped, under

MISSING = "connhex-post.404"


def _unasked(world: ConnhexWorld, rule: Rule, who: Principal, device_id: Any) -> Any:
    try:
        return rule(who, device_id)
    except No as no:
        if no.clause != MISSING:
            raise
        return world.take(who.user_id, device_id).id


def _asking(reads: Callable[[str, str], bool]) -> Rule:
    """Return a claim that takes for the device of an id the first one that fits it by this."""

    def rule(world: ConnhexWorld, good: Rule, who: Principal, device_id: Any) -> Any:
        known = isinstance(device_id, str) and bool(device_id) and device_id not in world.devices
        found = next((device for device in world.devices if reads(device, device_id)), device_id) if known else device_id
        return good(who, found)

    return rule


def _turned(world: ConnhexWorld, rule: Rule, who: Principal, device_id: Any) -> Any:
    with under(world, precedence=list(reversed(world.settings["precedence"]))):
        return rule(who, device_id)


def _refusing(_: ConnhexWorld, __: Rule, ___: Principal) -> No:
    return No("forbidden", "connhex-post.403", "Nobody may claim.")


def _never_asked(_: ConnhexWorld, __: Rule, ___: Device) -> None:
    """No device has to be enabled."""


def _always_asked(world: ConnhexWorld, rule: Rule, device: Device) -> None:
    with under(world, protection="protected"):
        rule(device)


def _at_any_time(_: ConnhexWorld, rule: Rule, device: Device) -> None:
    if device.enabled_at is None:
        rule(device)


def _at_its_end(world: ConnhexWorld, rule: Rule, device: Device) -> None:
    with under(world, enable_life=world.settings["enable_life"] + 1):
        rule(device)


def _by_any_device(world: ConnhexWorld, rule: Rule, device: Device) -> None:
    if all(other.enabled_at is None for other in world.devices.values()):
        rule(device)


_FOUND: Mapping[str, tuple[str, Rule, tuple[str, ...]]] = {
    "manufacturing-not-asked": (
        "A device that Manufacturing does not have can be claimed.",
        _unasked,
        ("connhex-post.validates-device", "connhex-public.404-not-in-manufacturing"),
    ),
    "manufacturing-asked-in-any-case": (
        "A device is found by its id in capitals or small letters.",
        _asking(lambda device, told: device.casefold() == told.casefold()),
        ("connhex-post.device-id",),
    ),
    "manufacturing-asked-by-prefix": (
        "A device is found by an id that begins with its own.",
        _asking(lambda device, told: told.startswith(device)),
        ("connhex-post.validates-device",),
    ),
    "manufacturing-asked-trimmed": (
        "Blanks around a device's id are taken off.",
        _asking(lambda device, told: device == told.strip()),
        ("connhex-post.device-id",),
    ),
    "precedence-turned": ("Permission and Manufacturing are asked in the other order than declared.", _turned, ("connhex-pick.precedence",)),
}
_ENABLED: Mapping[str, tuple[str, Rule, tuple[str, ...]]] = {
    "protection-ignored": (
        "With protected association a device can be claimed that has not enabled its registration.",
        _never_asked,
        ("connhex-public.protected-association", "connhex-pick.protection", "connhex-pick.not-enabled"),
    ),
    "standard-asks-for-enabling": (
        "With standard association a device has to have enabled its registration.",
        _always_asked,
        ("connhex-public.standard-association", "connhex-pick.protection"),
    ),
    "enable-life-ignored": ("A device that has enabled its registration can be claimed ever after.", _at_any_time, ("connhex-pick.enable-life",)),
    "enable-life-off-by-one": ("The enabling of a registration counts in the second in which it ends.", _at_its_end, ("connhex-pick.enable-life",)),
    "enabling-of-any-device": (
        "Where one device has enabled its registration, every device can be claimed.",
        _by_any_device,
        ("connhex-public.protected-association",),
    ),
}

MUTANTS: Mapping[str, Mutant] = {
    **{name: Mutant(says=says, operations=CLAIMS, clauses=breaks, rules={"claim": rule}) for name, (says, rule, breaks) in _FOUND.items()},
    **{name: Mutant(says=says, operations=CLAIMS, clauses=breaks, rules={"_check_enabled": rule}) for name, (says, rule, breaks) in _ENABLED.items()},
    "always-refused": Mutant(
        says="Nobody may claim anything.",
        operations=CLAIMS,
        clauses=("connhex-post.purpose", "connhex-post.required-action", "connhex-public.device-in-manufacturing"),
        rules={"_not_permitted": _refusing},
    ),
    "missing-as-403": Mutant(
        says="Who claims a device that Manufacturing does not have is told that he may not.",
        operations=CLAIMS,
        clauses=("connhex-public.404-not-in-manufacturing",),
        answer=where(frozenset({MISSING}), swapped({404: 403})),
    ),
    "not-enabled-not-as-declared": Mutant(
        says="A device that is not enabled is refused with another status than declared.",
        operations=CLAIMS,
        clauses=("connhex-pick.not-enabled",),
        operate=otherwise("not_enabled", {"forbidden": "conflict", "conflict": "not_found", "not_found": "timeout", "timeout": "forbidden"}),
    ),
}
