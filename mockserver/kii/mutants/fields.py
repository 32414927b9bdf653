"""Deployments that get a field of an error's body wrong: it is missing, of another type, or names something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from ...engine.alter import body, where, without
from ...engine.exchange import WorldExchange
from ...engine.held import Held
from ...engine.mutants import Alter, Mutant
from .cited import citing
from .words import answers, dashed, sentence

_OTHER_ADDRESS = {"vendorThingID": "thingID", "thingID": "vendorThingID", "userID": "address", "loginName": "emailAddress"}


def _sets(value: Any) -> Callable[[str], Alter]:
    """Return what makes the change of a field that is there."""

    def spoilt(field: str, told: Any) -> Any:
        return {**told, field: value(told[field]) if callable(value) else value} if isinstance(told, dict) and field in told else told

    return lambda field: body(partial(spoilt, field))


def _by_its_vendor_id(field: str) -> Alter:
    def alter(exchange: WorldExchange, held: Held) -> None:
        names = {thing.id: thing.vendor_id for app in exchange.state.apps.values() for thing in app.things.values()}
        _sets(lambda thing_id: names.get(thing_id, thing_id))(field)(exchange, held)

    return alter


_SPOILT: Mapping[str, tuple[str, Callable[[str], Alter]]] = {
    "missing": ("is missing", without),
    "null": ("is null", _sets(None)),
    "empty": ("is empty", _sets("")),
    "a-number": ("is a number", _sets(42)),
    "a-list": ("is a list", _sets(lambda value: [value])),
    "cut": ("has lost its last character", _sets(lambda value: value[:-1])),
    "with-its-kind": ("has its kind and a colon before it, as in the path", _sets(lambda value: f"group:{value}")),
    "of-another-app": ("is another application's", _sets("another-app")),
    "the-other-address": ("is the other field that could have been searched by", _sets(lambda value: _OTHER_ADDRESS[value])),
    "the-vendors-id": ("is the vendorThingID", _by_its_vendor_id),
    "of-somebody-else": ("names somebody else", _sets("somebody-else")),
    "a-neighbour": ("is the code of another error", _sets("MISSING_DATA")),
    "in-lower-case": ("is in lower case", _sets(str.lower)),
}
# Cause, field, how it is wrong: each field of each error's body, the causes in turn.
_FIELDS = (
    # UserNotFoundException
    ("put.404-user", "errorCode", "missing"),
    ("group.add-member-404-user", "message", "missing"),
    ("user.delete-404-user", "appID", "of-another-app"),
    # GroupNotFoundException
    ("put.404-group", "errorCode", "in-lower-case"),
    ("group.delete-404-group", "appID", "missing"),
    # ThingNotFoundException
    ("request-group.404-thing", "field", "the-other-address"),
    ("thing.delete-404-thing", "appID", "of-another-app"),
    # ThingOwnershipAlreadyExistsException
    ("request-user.409", "message", "a-number"),
    ("request-group.409", "appID", "of-another-app"),
    # ThingOwnershipNotFoundException
    # ValidationException
    ("user.400", "errorCode", "a-neighbour"),
    ("group.create-400", "message", "a-number"),
    # UnauthorizedAccessException
    # ThingAlreadyExistsException, UserAlreadyExistsException
    ("thing.409", "errorCode", "a-neighbour"),
    ("thing.409", "value", "cut"),
    ("thing.409", "appID", "of-another-app"),
    ("user.409", "message", "missing"),
    ("user.409", "field", "the-other-address"),
    ("user.409", "appID", "missing"),
    # What a login answers that fails
)


def _mutants() -> Iterator[tuple[str, Mutant]]:
    for cause, field, how in _FIELDS:
        clause = f"kii-{cause}"
        words, change = _SPOILT[how]
        yield (
            f"{dashed(cause)}-{dashed(field)}-{how}",
            Mutant(
                says=sentence(f"where {answers(cause)}, its {field} {words}"),
                operations=citing(clause),
                clauses=(clause,),
                answer=where(frozenset({clause}), change(field)),
            ),
        )


MUTANTS: Mapping[str, Mutant] = dict(_mutants())
