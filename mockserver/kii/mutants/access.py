"""Deployments that let in whom an operation on ownership is not for, or shut out whom it is for."""

from __future__ import annotations

from collections.abc import Mapping

from ...engine.mutants import Mutant
from . import places
from .gates import FOREIGN, Gate, each, mutants

_ONE = ("another-user", "an-owner", "another-thing", *FOREIGN, "anonymous")
_BOTH = ("another-user", "a-user-outside-the-group", "a-member-of-another-group", "an-owner", "another-thing", *FOREIGN)
_OF_A_GROUP = ("a-user-outside-the-group", "a-member-of-another-group", "an-owner", "another-thing", *FOREIGN, "anonymous")

GATES: Mapping[str, Gate] = {
    "post": Gate(
        does="add an owner",
        operations=places.POST,
        rule="_may_add",
        lets_in=each("kii-post.nobody-else", (*_BOTH, "the-thing"), {"anonymous": "kii-pick.anonymous-post"}),
        shuts_out={
            "the-admin-for-a-user": "kii-post.admin-adds-any-user",
            "the-admin-for-a-group": "kii-public.admin-adds-group",
            "the-user-himself": "kii-post.user-adds-himself",
            "the-user-of-a-group": "kii-post.user-adds-himself",
            "a-member": "kii-post.member-adds-his-group",
            "a-member-who-is-not-its-owner": "kii-post.member-adds-his-group",
        },
    ),
    "put-user": Gate(
        does="add a user as an owner by PUT",
        operations=places.PUT_USER,
        kind="user",
        rule="_may_put",
        lets_in=each("kii-put.nobody-else", (*_ONE, "the-thing")),
        shuts_out={
            "the-admin-for-a-user": "kii-put.admin-any-user",
            "the-user-himself": "kii-put.user-himself",
            "the-user-of-a-group": "kii-put.user-himself",
        },
    ),
    "put-group": Gate(
        does="add a group as an owner by PUT",
        operations=places.PUT_GROUP,
        kind="group",
        rule="_may_put",
        lets_in=each("kii-put.nobody-else", (*_OF_A_GROUP, "the-thing")),
        shuts_out={
            "the-admin-for-a-group": "kii-put.admin-any-group",
            "a-member": "kii-put.member-his-group",
            "a-member-who-is-not-its-owner": "kii-put.member-his-group",
        },
    ),
    "list": Gate(
        does="list the owners",
        operations=places.LIST,
        rule="_may_list",
        lets_in=each("kii-list.nobody-else", ("a-user", "an-owner", "another-thing", *FOREIGN, "anonymous")),
        shuts_out={"the-admin": "kii-list.admin-may", "the-thing": "kii-list.thing-may"},
    ),
    "ask": Gate(
        does="ask whether somebody is an owner",
        operations=places.ASK,
        rule="_may_ask",
        lets_in=each("kii-is-owner.nobody-else", tuple(sort for sort in (*_BOTH, "anonymous") if sort != "an-owner")),
        shuts_out={"the-admin": "kii-is-owner.admin-may", "the-thing": "kii-is-owner.thing-may", "an-owner": "kii-is-owner.owner-may"},
    ),
    "remove": Gate(
        does="end an ownership",
        operations=places.REMOVE,
        rule="_may_not_remove",
        lets_in=each(
            "kii-remove.nobody-else",
            tuple(sort for sort in (*_BOTH, "anonymous") if sort != "an-owner"),
            {"the-thing": "kii-remove.thing-may-not"},
        ),
        shuts_out={
            "the-admin-for-a-user": "kii-remove.admin-may",
            "the-admin-for-a-group": "kii-remove.admin-may",
            "the-user-himself": "kii-remove.owner-may",
            "a-member": "kii-remove.owner-may",
            "a-member-who-is-not-its-owner": "kii-remove.owner-may",
        },
        denies=True,
    ),
    "request-user": Gate(
        does="start a flow for a user",
        operations=places.REQUEST_USER,
        kind="user",
        rule="_may_request",
        lets_in=each("kii-request-user.nobody-else", _ONE),
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
        lets_in=each("kii-request-group.nobody-else", _OF_A_GROUP),
        shuts_out={
            "the-admin": "kii-request-group.admin-any-group",
            "the-thing": "kii-request-group.thing-any-group",
            "a-member": "kii-request-group.member-his-group",
            "a-member-who-is-not-its-owner": "kii-request-group.member-his-group",
        },
    ),
    "read-thing": Gate(
        does="read a thing",
        operations=places.READ,
        rule="_may_read",
        lets_in=each("kii-thing.read-401", ("another-thing", *FOREIGN, "anonymous"), {"a-user": "kii-pick.strangers-read"}),
        shuts_out=each("kii-thing.read", ("the-admin", "the-thing", "an-owner", "an-owner-through-his-group")),
    ),
    "delete-thing": Gate(
        does="delete a thing",
        operations=places.DELETE,
        rule="_may_delete",
        lets_in=each("kii-thing.delete-401", ("the-thing", "another-thing", "a-user", *FOREIGN, "anonymous")),
        shuts_out=each("kii-thing.delete", ("the-admin", "an-owner", "an-owner-through-his-group")),
    ),
    "confirm": Gate(
        does="complete a flow",
        operations=places.CONFIRM,
        rule="_may_confirm",
        lets_in=each("kii-confirm.nobody-else", (*_BOTH, "anonymous")),
        shuts_out={
            "the-admin": "kii-confirm.admin-always",
            "the-thing-for-a-user": "kii-confirm.thing-confirms-user-flow",
            "the-thing-for-a-group": "kii-confirm.thing-confirms-member-flow",
            "the-user-himself": "kii-confirm.user-confirms-thing-flow",
            "a-member": "kii-confirm.member-confirms-thing-flow",
            "a-member-who-is-not-its-owner": "kii-confirm.member-confirms-thing-flow",
        },
    ),
}
MUTANTS: Mapping[str, Mutant] = dict(mutants(GATES))
