"""A world's journal: read, cleared, and asked whether requests came."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ....specs import Json
from ..access import from_loopback
from ..journal import shown
from ..journal.verify import VerifyError, verify
from ..match import glob, patterns
from ..story.wording import unknown
from ..vendor import Call, Reply
from ..worlds import World
from .clock import moment_of
from .refusals import No
from .state import NOTHING_TO_SAY, done, world_of

_FILTERS: Mapping[str, Callable[[str], Any]] = {
    "vendor": str,
    "operation": str,
    "status": int,
    # An empty one says that nobody called.
    "principal": lambda text: text or None,
    "line": str,
    "clause": str,
    "since": lambda text: moment_of(_seconds(text), "the query parameter since"),
    "until": lambda text: moment_of(_seconds(text), "the query parameter until"),
    "last": int,
}
"""Each filter of a query: its text → what the journal is asked for."""


def read_journal(call: Call) -> Reply:
    """Show the requests that fit the filters, with their answers, and what happened without a request."""
    world = world_of(call)
    filters = _filters(call, world)
    bare = call.exchange.query.get("secrets", "false").lower() == "true"
    if bare and not from_loopback(call.exchange.sent):
        raise No(403, "Not from here", "Secrets are shown to this machine's own addresses alone: leave out secrets=true, and they are masked.")
    secrets = None if bare else {name: vendor.secrets for name, vendor in world.vendors.items()}
    return done({
        "requests": [shown.full(entry, secrets) for entry in world.journal.selected(filters)],
        "happenings": [shown.told(happening, secrets) for happening in world.journal.happened(filters)],
        "forgotten": world.journal.forgotten_of(filters),
    })  # fmt: skip


def clear_journal(call: Call) -> Reply:
    """Forget what the same filters show."""
    world = world_of(call)
    filters = _filters(call, world)
    world.journal.clear(filters)
    return NOTHING_TO_SAY


def verify_journal(call: Call) -> Reply:
    """Say how many requests came that fit, where that is as many as should have come."""
    world = world_of(call)
    request = dict(call.body.get("request", {}))
    for name in ("since", "until"):
        if name in request:
            request[name] = moment_of(request[name], f"$.request.{name}")
    bounds: dict[str, int | None] = {name: call.body.get(name) for name in ("at_least", "at_most", "exactly")}
    _check_bounds(bounds)
    _check_names(world, request, "$.request.")
    try:
        count = verify(world.journal, request, **bounds)
    except VerifyError as error:
        raise No(409, "The requests did not come as they should", str(error)) from None
    return done({"count": count})


def _check_bounds(bounds: Mapping[str, int | None]) -> None:
    given = {name: number for name, number in bounds.items() if number is not None}
    least = [number for name, number in given.items() if name != "at_most"]
    most = [number for name, number in given.items() if name != "at_least"]
    if least and most and max(least) > min(most):
        said = ", ".join(f"{name} {number}" for name, number in given.items())
        raise No(400, "No number is so", f"No number of requests is all of this: {said}.")


def _check_names(world: World, filters: Mapping[str, Any], where: str) -> None:
    """Return if there is a vendor and an operation so named. No: 400; of what there is not, none ever comes, and nobody would see the mistake."""
    vendors = world.vendors
    if "vendor" in filters and filters["vendor"] not in vendors:
        raise No(400, "There is no such vendor", f"{where}vendor: {unknown(filters['vendor'], sorted(vendors))}")
    names = [name for vendor in vendors.values() for name in vendor.operations]
    for pattern in patterns(filters.get("operation", [])):
        if not any(glob(pattern, name) for name in names):
            raise No(400, "There is no such operation", f"{where}operation: {unknown(pattern, names)}")


def _filters(call: Call, world: World) -> dict[str, Any]:
    asked = call.exchange.query
    filters = {name: read(asked[name]) for name, read in _FILTERS.items() if name in asked}
    _check_names(world, filters, "the query parameter ")
    return filters


def _seconds(text: str) -> Json:
    try:
        return float(text)
    except ValueError:
        return text
