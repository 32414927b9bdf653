"""Deployments that overlook a cause for which they are to refuse: a mutant an operation and a cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...engine.mutants import Mutant, Rule
from ..entities import Owner
from ..world import KiiWorld
from . import places
from .ways import always, overlooks, within

# rule, operations, beginning of the clauses, and what the operation comes to where there is no thing for it.
_PLACES: Mapping[str, tuple[str, frozenset[str], str, Any]] = {
    "post": ("add_owner", places.POST, "kii-post.", None),
    "put": ("put_owner", places.PUT, "kii-put.", None),
    "list": ("owners", places.LIST, "kii-list.", ([], [])),
    "ask": ("check_owner", places.ASK, "kii-is-owner.", None),
    "remove": ("remove_owner", places.REMOVE, "kii-remove.", None),
    "request": ("request", places.REQUEST, "kii-request-user.", "code-of-no-flow"),
    "confirm": ("confirm", places.CONFIRM, "kii-confirm.", None),
    "delete-thing": ("delete_thing", places.DELETE, "kii-thing.delete-", None),
    "delete-user": ("delete_user", frozenset({"deleteUser"}), "kii-user.delete-", None),
    "delete-group": ("delete_group", frozenset({"deleteGroup"}), "kii-group.delete-", None),
    "add-member": ("add_member", frozenset({"addMember"}), "kii-group.add-member-", None),
    "remove-member": ("remove_member", frozenset({"removeMember"}), "kii-group.remove-member-", None),
}
_IN_WORDS = {
    "thing_missing": ("that there is no such thing", "404-thing"),
    "user_missing": ("that there is no such user", "404-user"),
    "group_missing": ("that there is no such group", "404-group"),
    "ownership_missing": ("that there is no such ownership", "404-ownership"),
    "not_owner": ("that he who is asked about is no owner", "404"),
    "already_owner": ("that the user or group is an owner already", "409"),
    "bad_code": ("that the code is not valid", "verifies-code"),
}
# Where it acts all the same: what it does not look for, or does not mind.
_ACTS: Mapping[str, Sequence[str]] = {
    "post": ("already_owner",),
    "request": ("already_owner",),
    "confirm": ("already_owner",),
}
# Where it only says that it has.
_SAYS: Mapping[str, Sequence[str]] = {
    "confirm": ("thing_missing",),
    "delete-thing": ("thing_missing",),
    "delete-user": ("user_missing",),
    "delete-group": ("group_missing",),
    "add-member": (
        "group_missing",
        "user_missing",
    ),
    "remove-member": ("group_missing",),
}


def _unminded(kind: str) -> Mapping[str, Rule]:
    """Return what the rules find no longer where this cause is overlooked."""
    if kind == "already_owner":
        return {"already": always(None), "_owned_already": always(None)}

    def missing(_: KiiWorld, good: Rule, app: Any, owner: Owner | None) -> Any:
        return None if owner is not None and f"{owner.kind}_missing" == kind else good(app, owner)

    return {"owner_missing": missing}


def _clauses(place: str, kind: str) -> tuple[str, ...]:
    beginning, cause = _PLACES[place][2], _IN_WORDS[kind][1]
    if place == "request":
        # Users and groups are asked for on a page each.
        ends = {"user_missing": ("user",), "group_missing": ("group",)}.get(kind, ("user", "group"))
        return tuple(f"kii-request-{end}.{cause}" for end in ends)
    return (beginning + cause,)


def _mutants() -> Iterator[tuple[str, Mutant]]:
    for place, kinds in _ACTS.items():
        rule, operations, _, _ = _PLACES[place]
        for kind in kinds:
            says = f"At {place} it does not mind {_IN_WORDS[kind][0]}, and goes on."
            mutant = Mutant(says=says, operations=operations, clauses=_clauses(place, kind), rules={rule: within(**_unminded(kind))})
            yield f"{place}-minds-no-{kind.replace('_', '-')}", mutant
    for place, kinds in _SAYS.items():
        rule, operations, _, result = _PLACES[place]
        for kind in kinds:
            says = f"At {place} it answers as after a success, and does nothing, where it ought to say {_IN_WORDS[kind][0]}."
            mutant = Mutant(says=says, operations=operations, clauses=_clauses(place, kind), rules={rule: overlooks(kind, result)})
            yield f"{place}-hides-{kind.replace('_', '-')}", mutant


MUTANTS: Mapping[str, Mutant] = {
    **dict(_mutants()),
}
