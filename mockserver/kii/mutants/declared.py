"""Deployments that answer what nobody specifies in a way that is none of the known ones, or with less than the one that they declare."""

from __future__ import annotations

from collections.abc import Mapping

from ...engine.alter import body, both, fields, media, status, where, without
from ...engine.mutants import Alter, Mutant
from ..replies import media_type
from . import places
from .neighbours import like

_REGISTER, _GROUP = frozenset({"registerThing", "registerUser"}), frozenset({"createGroup"})


def _of(pick: str, says: str, operations: frozenset[str], change: Alter) -> Mutant:
    """Return a mutant of the answers that a pick decides, at some of the operations where it does."""
    clause = f"kii-pick.{pick}"
    return Mutant(says=says, operations=operations, clauses=(clause,), answer=where(frozenset({clause}), change))


def _by(pick: str, decided: str, says: str, operations: frozenset[str], change: Alter) -> Mutant:
    """Return a mutant of the answers that another clause decides, which breaks what the pick says of them."""
    return Mutant(says=says, operations=operations, clauses=(f"kii-pick.{pick}",), answer=where(frozenset({decided}), change))


def _coded(code: str) -> Alter:
    return both(status(400), media(media_type("ValidationException")), fields(errorCode=code))


_REFUSED_LIST = frozenset({"kii-list.401", "kii-pick.no-credential"})

MUTANTS: Mapping[str, Mutant] = {
    # ------------------------------------------------------------------------------------------------ codes
    "expired-code-as-410": _of("expired-code", "A code whose life is over is answered with 410.", places.CONFIRM, status(410)),
    # ------------------------------------------------------------------------------------------------ credentials
    "malformed-basic-as-400": _of("malformed-basic", "A Basic credential that cannot be read is answered with 400.", _REGISTER, like("invalid")),
    "everyone-named-in-401": Mutant(
        says="A refusal names administrators and callers without a credential too, though it is declared to name neither.",
        operations=places.LIST,
        clauses=("kii-pick.principal-of-admin", "kii-pick.principal-of-anonymous"),
        answer=where(_REFUSED_LIST, fields(authenticatedPrincipalID=lambda told: told or "somebody")),
    ),
    # ------------------------------------------------------------------------------------------------ bodies
    "malformed-json-as-invalid-data": _of(
        "malformed-json", "A registration that is no JSON is answered with INVALID_INPUT_DATA.", _REGISTER, _coded("INVALID_INPUT_DATA")
    ),
    "wrong-content-type-as-400": _of(
        "wrong-content-type", "The making of a group in another media type is answered with 400.", _GROUP, _coded("INVALID_INPUT_DATA")
    ),
    "absent-content-type-as-400": _of(
        "absent-content-type", "A registration of no media type is answered with 400.", _REGISTER, _coded("INVALID_INPUT_DATA")
    ),
    "non-string-field-as-422": _of("non-string-field", "A code's body that is no object is answered with 422.", places.CONFIRM, status(422)),
    "request-body-as-415": _of("request-body", "PUT with a body is answered with 415.", places.PUT, status(415)),
    # ------------------------------------------------------------------------------------------------ what exists and what does not
    "unknown-app-unnamed": _of("unknown-app", "The 404 for a group under an unknown application does not name that.", _GROUP, without("appID")),
    "is-owner-200": _by("is-owner-status", "kii-is-owner.success", "HEAD of an owner answers 200, though 204 is declared.", places.ASK, status(200)),
    "removed-202": _by("removed-status", "kii-remove.success", "DELETE of an owner answers 202, though 204 is declared.", places.REMOVE, status(202)),
    "ownership-not-found-names-the-other": _by(
        "ownership-not-found",
        "kii-remove.404-ownership",
        "The 404 for one who is no owner names him as what he is not: a user as a group, a group as a user.",
        places.REMOVE,
        body(lambda told: {{"userID": "groupID", "groupID": "userID"}.get(key, key): value for key, value in told.items()}),
    ),
    "conflict-names-both": _by(
        "conflict-names",
        "kii-confirm.409",
        "Confirm's 409 for an owner sends his ID as userID and as groupID.",
        places.CONFIRM,
        body(lambda told: {**told, **dict.fromkeys(("userID", "groupID"), told.get("userID", told.get("groupID")))}),
    ),
}
