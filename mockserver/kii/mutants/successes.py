"""Deployments that do what is asked of an ownership, and answer it wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...engine.alter import body, fields, media, where
from ...engine.mutants import Alter, Mutant
from ..replies import media_type
from .cited import citing
from .neighbours import like


def _of(clause: str, says: str, change: Alter, *more: str) -> Mutant:
    """Return a mutant of the answers that a clause decides. more: further clauses that it breaks."""
    return Mutant(says=says, operations=citing(clause), clauses=(clause, *more), answer=where(frozenset({clause}), change))


def _without_the_empty(name: str) -> Alter:
    return body(lambda owners: {key: value for key, value in owners.items() if value or key != name})


def _null_for_the_empty(name: str) -> Alter:
    return fields(**{name: lambda value: value or None})


def _joined(value: Any) -> str:
    return ", ".join(value)


_ADDED, _LISTED, _PUT = "kii-post.204", "kii-list.200", "kii-put.204"
_FOR_USER, _FOR_GROUP = "kii-request-user.200", "kii-request-group.200"
_CONFIRMED, _IS, _REMOVED = "kii-confirm.purpose", "kii-is-owner.success", "kii-remove.success"

MUTANTS: Mapping[str, Mutant] = {
    "list-of-another-type": _of(_LISTED, "GET ownership sends the owners as a flow's start.", media(media_type("ThingOwnershipRequestResponse"))),
    "list-without-users-where-empty": Mutant(
        says="GET ownership leaves users out where no user is an owner.",
        operations=citing(_LISTED),
        clauses=("kii-list.users-empty",),
        answer=where(frozenset({_LISTED}), _without_the_empty("users")),
    ),
    "list-with-null-for-no-groups": Mutant(
        says="GET ownership sends null for groups where no group is an owner.",
        operations=citing(_LISTED),
        clauses=("kii-list.groups-empty",),
        answer=where(frozenset({_LISTED}), _null_for_the_empty("groups")),
    ),
    "is-owner-as-none": _of(_IS, "HEAD of an owner answers one who is one as one who is none.", like("not_owner")),
}
