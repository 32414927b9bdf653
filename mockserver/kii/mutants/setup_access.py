"""Deployments that let in whom an operation on things, users and groups is not for, or shut out whom it is for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...engine.mutants import Mutant, Rule
from ..entities import Owner, Principal, User
from ..world import KiiWorld
from .callers import SORTS, Sort
from .gates import NO_THING, Gate, basic_at, each, mutants


def _at(*names: str) -> frozenset[str]:
    return frozenset(names)


GATES: Mapping[str, Gate] = {
    "register-thing": Gate(
        does="register a thing",
        operations=_at("registerThing"),
        rule="_may_register_thing",
        ids=(),
        lets_in={"those-of-another-app": "kii-thing.401"},
        shuts_out=each("kii-thing.register-by-anyone", ("a-user", "anonymous")),
    ),
    "register-user": Gate(
        does="register a user",
        operations=_at("registerUser"),
        rule="_may_register_user",
        ids=(),
        lets_in={"those-of-another-app": "kii-user.401"},
        shuts_out={"anonymous": "kii-user.register"},
    ),
    "delete-user": Gate(
        does="delete a user",
        operations=_at("deleteUser"),
        rule="_may_delete_user",
        ids=("user",),
        lets_in=each(
            "kii-user.delete-401",
            (
                "another-user",
                "a-member-of-his-group",
                "the-owner-of-his-group",
                "the-admin-of-another-app",
                "a-user-of-another-app",
                "a-thing-of-another-app",
            ),
        ),
        shuts_out=each("kii-user.delete", ("the-admin", "the-user-himself")),
    ),
    "create-group": Gate(
        does="create a group",
        operations=_at("createGroup"),
        rule="_may_create",
        ids=("user",),
        lets_in={**each("kii-group.create-401", ("another-user", "those-of-another-app")), "anonymous": "kii-group.not-for-things"},
        shuts_out={"the-admin": "kii-group.admin-any-owner", "the-user-himself": "kii-group.user-for-himself"},
    ),
    "delete-group": Gate(
        does="delete a group",
        operations=_at("deleteGroup"),
        rule="_may_delete_group",
        ids=("group",),
        lets_in=each("kii-group.delete-401", ("a-member", "those-of-another-app")),
        shuts_out={"the-groups-owner": "kii-group.delete"},
    ),
    "add-member": Gate(
        does="add a member to a group",
        operations=_at("addMember"),
        rule="_may_add_member",
        ids=("group", "user"),
        lets_in=each(
            "kii-group.add-member-401", ("a-member", "the-user-himself", "a-member-of-another-group", "a-thing", "those-of-another-app", "anonymous")
        ),
        shuts_out=each("kii-group.add-member", ("the-admin", "the-groups-owner")),
    ),
    "remove-member": Gate(
        does="take a member out of a group",
        operations=_at("removeMember"),
        rule="_may_remove_member",
        ids=("group", "user"),
        lets_in=each(
            "kii-group.remove-member-401",
            ("a-member", "a-user-outside-the-group", "a-member-of-another-group", "a-thing", "those-of-another-app", "anonymous"),
        ),
        shuts_out={**each("kii-group.remove-member", ("the-admin", "the-groups-owner")), "the-user-himself": "kii-group.member-leaves"},
    ),
}


def _shown_another(sort: Sort) -> Rule:
    def rule(world: KiiWorld, good: Rule, who: Principal, app_id: str) -> Any:
        app = world.apps.get(app_id)
        users = list(app.users.values()) if app is not None else []
        if app is not None and users and sort(world, who, app, NO_THING, [Owner("user", "")]):
            return users[0]
        return good(who, app_id)

    return rule


_SELF = _at("readSelf")
_SELVES = ("the-admin", "a-thing", "anonymous", "those-of-another-app")


def _another_self(world: KiiWorld, good: Rule, who: Principal, app_id: str) -> User:
    himself: User = good(who, app_id)
    return next((user for user in world.apps[app_id].users.values() if user is not himself), himself)


MUTANTS: Mapping[str, Mutant] = {
    **dict(mutants(GATES)),
    **{
        f"read-self-lets-in-{name}": Mutant(
            says=f"To read oneself it shows a user of the application to whom is none: {SORTS[name][0]}.",
            operations=_SELF,
            clauses=("kii-user.read-self-401",),
            rules={"read_self": _shown_another(SORTS[name][1]), **({"tokenless_caller": basic_at(_SELF)} if name == "anonymous" else {})},
        )
        for name in _SELVES
    },
    "read-self-shows-another": Mutant(
        says="A user who reads himself is shown another user of the application.",
        operations=_SELF,
        clauses=("kii-user.read-self",),
        rules={"read_self": _another_self},
    ),
}
