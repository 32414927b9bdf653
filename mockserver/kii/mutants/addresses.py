"""Deployments that do not know one of the two forms in which a path names a thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...engine.mutants import Mutant
from .neighbours import like
from .traits import always, minds
from .words import sentence

_BY_THING_ID, _BY_VENDOR_ID = "ByThingID", ""
# What is not found, by which form, at which operations, and the clause that it breaks.
_LOST: Mapping[str, tuple[str, str, tuple[str, ...], str]] = {
    "ownership": ("POST and GET ownership", _BY_THING_ID, ("addOwner", "listOwners"), "kii-public.ownership-by-thing-id"),
    "confirm": ("confirm", _BY_THING_ID, ("confirmOwnership",), "kii-public.confirm-by-thing-id"),
    "request-group": ("the request for a group", _BY_VENDOR_ID, ("requestGroupOwnership",), "kii-public.request-group-by-vendor-thing-id"),
    "request-user": ("the request for a user", _BY_THING_ID, ("requestUserOwnership",), "kii-request-user.location"),
    "put": ("PUT of an owner", _BY_THING_ID, ("putUserOwner", "putGroupOwner"), "kii-put.location"),
    "is-owner": ("HEAD of an owner", _BY_THING_ID, ("isUserOwner", "isGroupOwner"), "kii-is-owner.location"),
    "remove": ("DELETE of an owner", _BY_THING_ID, ("removeUserOwner", "removeGroupOwner"), "kii-remove.location"),
    "thing": ("the reading and the deletion of a thing", _BY_THING_ID, ("readThing", "deleteThing"), "kii-thing.either-address"),
}


def _mutants() -> Iterator[tuple[str, Mutant]]:
    for name, (what, form, operations, clause) in _LOST.items():
        field = "thingID" if form else "vendorThingID"
        says = sentence(f"{what} by the {field} is answered as if there were no such thing")
        yield (
            f"{name}-lost-by-{'thing-id' if form else 'vendor-id'}",
            minds(clause, says, frozenset(f"{operation}{form}" for operation in operations), always, like("thing_missing")),
        )


MUTANTS: Mapping[str, Mutant] = dict(_mutants())
