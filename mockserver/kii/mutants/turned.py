"""Deployments that do otherwise than they declare, where the vendor says nothing: a mutant a pick, and one an operation for the pick precedence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ....specs import ledger
from ...engine.mutants import Mutant, Rule
from . import places
from .ways import under

# Each pick that a rule of the state asks: the rule, and where what it comes to is seen.
_ASKED: Mapping[str, tuple[str, frozenset[str]]] = {
    "malformed_code": ("_bad_code", places.CONFIRM),
    "admin_flow": ("_may_confirm", places.CONFIRM),
    "request_body": ("body_unwanted", places.REQUEST | places.PUT),
    "password_binds_admin": ("_password_holds", places.POST | places.PUT),
    "member_adds_self": ("_owned_already", places.POST | places.PUT),
    "not_owner_asks": ("check_owner", places.ASK),
    "removes_another": ("_may_not_remove", places.REMOVE),
    "deleted_owner": ("_forget_owner", frozenset({"deleteUser", "deleteGroup"})),
    "removed_stranger": ("remove_member", frozenset({"removeMember"})),
    "malformed_login": ("log_in", places.LOGIN),
}
_ORDERED: Mapping[str, tuple[str, frozenset[str]]] = {
    "put": ("put_owner", places.PUT),
    "confirm": ("confirm", places.CONFIRM),
    "delete-user": ("delete_user", frozenset({"deleteUser"})),
    "create-group": ("create_group", frozenset({"createGroup"})),
    "remove-member": ("remove_member", frozenset({"removeMember"})),
}


def _turned(pick: str) -> Rule:
    """Return what runs a rule under the next of the pick's options, the first after the last."""

    def turn(settings: Mapping[str, Any]) -> Mapping[str, Any]:
        if isinstance(settings[pick], bool):
            return {pick: not settings[pick]}
        options = list(ledger("kii").picks[pick].options or ())
        return {pick: options[(options.index(settings[pick]) + 1) % len(options)]}

    return under(turn)


def _backwards(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"precedence": settings["precedence"][::-1]}


def _mutants() -> Iterator[tuple[str, Mutant]]:
    for pick, (rule, operations) in _ASKED.items():
        name = pick.replace("_", "-")
        says = f"It does otherwise than the setting {pick} declares."
        yield f"pick-{name}", Mutant(says=says, operations=operations, clauses=(f"kii-pick.{name}",), rules={rule: _turned(pick)})
    for place, (rule, operations) in _ORDERED.items():
        says = f"Of two reasons to refuse, at {place} it tells the one that the setting precedence puts last."
        yield (
            f"{place}-tells-the-last-reason",
            Mutant(says=says, operations=operations, clauses=("kii-pick.precedence",), rules={rule: under(_backwards)}),
        )
    for place, rule, operations in (("login", "log_in", frozenset({"issueTokenForApp"})),):
        says = f"Under an application that does not exist, at {place} it does otherwise than the setting unknown_app declares."
        yield (
            f"{place}-of-an-unknown-app",
            Mutant(says=says, operations=operations, clauses=("kii-pick.unknown-app",), rules={rule: _turned("unknown_app")}),
        )


MUTANTS: Mapping[str, Mutant] = dict(_mutants())
