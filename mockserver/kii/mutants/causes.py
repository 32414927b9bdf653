"""Deployments that answer one cause as if it were another: with its neighbour's status, its neighbour's body, or another media type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...engine.alter import instead, media, status, where
from ...engine.mutants import Alter, Mutant
from ..replies import media_type
from .cited import citing
from .neighbours import like
from .words import answers, dashed, one_refused, sentence


def _of_both_requests(cause: str) -> tuple[str, ...]:
    return tuple(f"kii-request-{kind}.{cause}" for kind in ("user", "group"))


@dataclass(frozen=True)
class Cause:
    """What is answered wrongly: who answers what, in words, and the clauses that decide it."""

    says: str
    clauses: tuple[str, ...]


_OF_ONE = (
    *("post.404-user", "post.409", "list.404-thing", "list.401"),
    *("request-group.404-group", "request-user.404-user"),
    *(f"confirm.{cause}" for cause in ("404-user", "404-group", "404-thing", "409", "401")),
    *("put.404-thing", "put.409"),
    *(f"is-owner.{cause}" for cause in ("404", "404-thing", "401")),
    *(f"remove.{cause}" for cause in ("404-ownership", "404-thing", "401")),
    *("token.400-thing", "thing.409", "thing.400", "user.409", "user.400", "user.delete-404-user"),
    *("group.create-400", "group.create-404-user", "group.add-member-404-user"),
)
_CAUSES: Mapping[str, Cause] = {
    **{dashed(cause): Cause(answers(cause), (f"kii-{cause}",)) for cause in _OF_ONE},
    # Those that one mistake makes alike.
    "post-400": Cause("POST ownership answers who names nobody, and who names a user and a group,", ("kii-post.400-neither", "kii-post.400-both")),
    "post-404": Cause("POST ownership answers an unknown group or thing", ("kii-post.404-group", "kii-post.404-thing")),
    "post-401": Cause("POST ownership answers who lacks the right or the password", ("kii-post.401-not-authorized", "kii-post.401-password")),
    "requests-404-thing": Cause("the requests for a user and a group answer an unknown thing", _of_both_requests("404-thing")),
    "requests-409": Cause("the requests for a user and a group answer what exists already", _of_both_requests("409")),
    "requests-401": Cause("the requests for a user and a group answer a caller without the right", _of_both_requests("401")),
    "put-404": Cause("PUT of an owner answers an unknown user or group", ("kii-put.404-user", "kii-put.404-group")),
    "put-401": Cause("PUT of an owner answers who lacks the right or the password", ("kii-put.401", "kii-put.401-password")),
    "things-401": Cause(
        "the set-up calls for things answer a caller without the right", ("kii-thing.401", "kii-thing.read-401", "kii-thing.delete-401")
    ),
    "things-404": Cause("reading and deleting answer an unknown thing", ("kii-thing.read-404-thing", "kii-thing.delete-404-thing")),
    "users-401": Cause(
        "the set-up calls for users answer a caller without the right", ("kii-user.401", "kii-user.read-self-401", "kii-user.delete-401")
    ),
    "groups-401": Cause(
        "the set-up calls for groups answer a caller without the right",
        tuple(f"kii-group.{call}-401" for call in ("create", "delete", "add-member", "remove-member")),
    ),
    "groups-404": Cause(
        "the set-up calls for groups answer an unknown group",
        tuple(f"kii-group.{call}-404-group" for call in ("delete", "add-member", "remove-member")),
    ),
}

_AS_ANOTHER = {
    "post-404-user": "group_missing",
    "list-404-thing": "unauthorized",
    "request-group-404-group": "user_missing",
    "request-user-404-user": "thing_missing",
    "requests-401": "wrong_token",
    "confirm-404-user": "group_missing",
    "confirm-404-group": "thing_missing",
    "confirm-409": "bad_code",
    "confirm-401": "bad_code",
    "put-404-thing": "user_missing",
    "is-owner-401": "ownership_missing",
    "remove-404-thing": "ownership_missing",
    "user-400": "user_exists",
    "group-add-member-404-user": "group_missing",
}
_BY_STATUS = {
    "post-404": 400,
    "post-400": 422,
    "post-401": 403,
    "list-401": 403,
    "confirm-404-thing": 409,
    "put-401": 403,
    "is-owner-404-thing": 400,
    "remove-401": 403,
    "thing-400": 422,
    "user-409": 400,
    "group-create-400": 500,
    "group-create-404-user": 400,
    "groups-401": 403,
}
_BY_MEDIA = {
    "requests-404-thing": "application/problem+json",
    "thing-409": media_type("UserAlreadyExistsException"),
    "things-401": "text/plain",
}
# What is asked for holds already, says such a server, and calls it a success; or it knows of nothing, and says so with a success too.
_AS_SUCCESS = {
    "put-409": 204,
    "remove-404-ownership": 204,
    "user-delete-404-user": 204,
}


def _mutants() -> Iterator[tuple[str, Mutant]]:
    for cause, kind in _AS_ANOTHER.items():
        yield f"{cause}-as-{dashed(kind)}", _mutant(_CAUSES[cause], f"as it should answer {one_refused(kind)}", like(kind))
    for cause, number in _BY_STATUS.items():
        yield f"{cause}-as-{number}", _mutant(_CAUSES[cause], f"with status {number}", status(number))
    for cause, name in _BY_MEDIA.items():
        yield f"{cause}-of-another-type", _mutant(_CAUSES[cause], f"in the media type {name}", media(name))
    for cause, number in _AS_SUCCESS.items():
        yield f"{cause}-as-success", _mutant(_CAUSES[cause], f"with {number}, as a success", instead(number))


def _mutant(cause: Cause, how: str, change: Alter) -> Mutant:
    return Mutant(
        says=sentence(f"{cause.says} {how}"),
        operations=citing(*cause.clauses),
        clauses=cause.clauses,
        answer=where(frozenset(cause.clauses), change),
    )


MUTANTS: Mapping[str, Mutant] = dict(_mutants())
