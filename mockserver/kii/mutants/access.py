"""Deployments that let in whom an operation on ownership is not for, or shut out whom it is for."""

from __future__ import annotations

from collections.abc import Mapping

from ...engine.mutants import Mutant
from . import places
from .gates import FOREIGN, Gate, each, mutants

_ONE = ("another-user", "an-owner", "another-thing", *FOREIGN, "anonymous")

GATES: Mapping[str, Gate] = {
    "post": Gate(
        does="add an owner",
        operations=places.POST,
        rule="_may_add",
        lets_in={
            **each("kii-post.nobody-else", ("another-user", "a-thing", "those-of-another-app")),
            "anonymous": "kii-pick.anonymous-post",
        },
        shuts_out={
            "the-admin-for-a-user": "kii-post.admin-adds-any-user",
            "the-admin-for-a-group": "kii-public.admin-adds-group",
            "the-user-himself": "kii-post.user-adds-himself",
            "a-member-who-is-not-its-owner": "kii-post.member-adds-his-group",
        },
    ),
    "put-user": Gate(
        does="add a user as an owner by PUT",
        operations=places.PUT_USER,
        kind="user",
        rule="_may_put",
        lets_in=each(
            "kii-put.nobody-else", ("another-user", "an-owner", "the-admin-of-another-app", "a-user-of-another-app", "a-thing-of-another-app")
        ),
        shuts_out={"the-admin-for-a-user": "kii-put.admin-any-user", **each("kii-put.user-himself", ("the-user-himself", "the-user-of-a-group"))},
    ),
    "put-group": Gate(
        does="add a group as an owner by PUT",
        operations=places.PUT_GROUP,
        kind="group",
        rule="_may_put",
        lets_in=each(
            "kii-put.nobody-else",
            ("a-user-outside-the-group", "a-member-of-another-group", "an-owner", "another-thing", "those-of-another-app", "the-thing"),
        ),
        shuts_out={
            "the-admin-for-a-group": "kii-put.admin-any-group",
            **each("kii-put.member-his-group", ("a-member", "a-member-who-is-not-its-owner")),
        },
    ),
    "list": Gate(
        does="list the owners",
        operations=places.LIST,
        rule="_may_list",
        lets_in=each("kii-list.nobody-else", ("a-user", "another-thing", "anonymous")),
        shuts_out={"the-admin": "kii-list.admin-may", "the-thing": "kii-list.thing-may"},
    ),
    "ask": Gate(
        does="ask whether somebody is an owner",
        operations=places.ASK,
        rule="_may_ask",
        lets_in=each("kii-is-owner.nobody-else", ("another-user", "anonymous")),
        shuts_out={"the-admin": "kii-is-owner.admin-may", "the-thing": "kii-is-owner.thing-may", "an-owner": "kii-is-owner.owner-may"},
    ),
    "remove": Gate(
        does="end an ownership",
        operations=places.REMOVE,
        rule="_may_not_remove",
        lets_in={**each("kii-remove.nobody-else", ("another-user", "those-of-another-app")), "the-thing": "kii-remove.thing-may-not"},
        shuts_out={
            **each("kii-remove.admin-may", ("the-admin-for-a-user", "the-admin-for-a-group")),
            **each("kii-remove.owner-may", ("a-member", "a-member-who-is-not-its-owner")),
        },
        denies=True,
    ),
    "request-user": Gate(
        does="start a flow for a user",
        operations=places.REQUEST_USER,
        kind="user",
        rule="_may_request",
        lets_in=each("kii-request-user.nobody-else", ("another-user", "those-of-another-app", "anonymous")),
        shuts_out={
            "the-admin": "kii-request-user.admin-any-user",
            "the-thing": "kii-request-user.thing-any-user",
            "the-user-himself": "kii-request-user.user-himself",
        },
    ),
    "request-group": Gate(
        does="start a flow for a group",
        operations=places.REQUEST_GROUP,
        kind="group",
        rule="_may_request",
        lets_in=each("kii-request-group.nobody-else", ("those-of-another-app", "anonymous")),
        shuts_out={
            "the-admin": "kii-request-group.admin-any-group",
            "the-thing": "kii-request-group.thing-any-group",
            "a-member": "kii-request-group.member-his-group",
        },
    ),
    "read-thing": Gate(
        does="read a thing",
        operations=places.READ,
        rule="_may_read",
        lets_in={"anonymous": "kii-thing.read-401", "a-user": "kii-pick.strangers-read"},
        shuts_out=each("kii-thing.read", ("the-thing", "an-owner", "an-owner-through-his-group")),
    ),
    "delete-thing": Gate(
        does="delete a thing",
        operations=places.DELETE,
        rule="_may_delete",
        lets_in=each("kii-thing.delete-401", ("the-thing", "another-thing", "a-user", "those-of-another-app")),
        shuts_out=each("kii-thing.delete", ("the-admin", "an-owner", "an-owner-through-his-group")),
    ),
    "confirm": Gate(
        does="complete a flow",
        operations=places.CONFIRM,
        rule="_may_confirm",
        lets_in=each("kii-confirm.nobody-else", ("another-user", "those-of-another-app")),
        shuts_out={
            "the-admin": "kii-confirm.admin-always",
            "the-thing-for-a-user": "kii-confirm.thing-confirms-user-flow",
            "the-thing-for-a-group": "kii-confirm.thing-confirms-member-flow",
            "the-user-himself": "kii-confirm.user-confirms-thing-flow",
        },
    ),
}
MUTANTS: Mapping[str, Mutant] = dict(mutants(GATES))
