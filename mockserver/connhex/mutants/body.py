"""Deployments that take for a deviceId what is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...engine.alter import where
from ...engine.exchange import WorldExchange
from ...engine.held import Held
from ...engine.mutants import Alter, Mutant
from ..world import ConnhexWorld
from .doing import CLAIMS, claim

MALFORMED = frozenset({"connhex-pick.malformed-device-id"})
Reads = Callable[[ConnhexWorld, Any], str | None]


def _reading(reads: Reads) -> Alter:
    """Return what claims the device that this reads from a body without a good deviceId, where it reads one."""

    def alter(exchange: WorldExchange, held: Held) -> None:
        claim(exchange, held, exchange.principal, reads(exchange.state, exchange.parsed))

    return where(MALFORMED, alter)


def _field(value: Any) -> Any:
    return value.get("deviceId") if isinstance(value, dict) else None


def _under_another_name(_: ConnhexWorld, value: Any) -> str | None:
    names = ("deviceID", "device_id", "serialNumber")
    found = [value[name] for name in names if isinstance(value.get(name), str)] if isinstance(value, dict) else []
    return next(iter(found), None)


def _by_its_digits(world: ConnhexWorld, value: Any) -> str | None:
    number = _field(value)
    digits = str(number) if isinstance(number, int) and not isinstance(number, bool) else ""
    return next((device for device in world.devices if digits and device.endswith(digits)), None)


def _any_free(world: ConnhexWorld, value: Any) -> str | None:
    claimed = {resource.device for resource in world.resources}
    return None if _field(value) else next((device for device in world.devices if device not in claimed), None)


def _in_a_list(_: ConnhexWorld, value: Any) -> str | None:
    first = value[0] if isinstance(value, list) and value else value
    told = _field(first)
    found = told[0] if isinstance(told, list) and told else told
    return found if isinstance(found, str) and found else None


_READ: Mapping[str, tuple[str, Reads, tuple[str, ...]]] = {
    "device-id-under-another-name": (
        "A device's id is taken as deviceID, device_id or serialNumber, too.",
        _under_another_name,
        ("connhex-post.device-id-required",),
    ),
    "device-id-a-number": ("A number is taken for the digits at the end of a device's id.", _by_its_digits, ("connhex-post.device-id",)),
    "device-id-missing": (
        "Without a deviceId the first device is claimed that nobody has.",
        _any_free,
        ("connhex-post.device-id-required", "connhex-pick.malformed-device-id"),
    ),
    "device-id-in-a-list": ("The first of a list is taken for the one.", _in_a_list, ("connhex-pick.malformed-device-id",)),
}

MUTANTS: Mapping[str, Mutant] = {
    name: Mutant(says=says, operations=CLAIMS, clauses=breaks, answer=_reading(reads)) for name, (says, reads, breaks) in _READ.items()
}
