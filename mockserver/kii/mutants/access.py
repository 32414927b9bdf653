"""Deployments that let in whom an operation on ownership is not for, or shut out whom it is for: one mutant an operation and a sort of callers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...engine.mutants import Mutant, Rule
from ..entities import Flow, Owner, Principal
from ..refusals import No
from ..world import KiiWorld
from . import places
from .callers import SORTS, Sort


@dataclass(frozen=True)
class Gate:
    """An operation's rule of who may. does: what the operation does, in words. lets_in, shuts_out: sorts of callers → the clause broken so.

    denies: the rule returns a refusal or None, not whether the caller may.
    """

    does: str
    operations: frozenset[str]
    rule: str
    lets_in: Mapping[str, str]
    shuts_out: Mapping[str, str]
    denies: bool = False


_FOREIGN = ("the-admin-of-another-app", "a-user-of-another-app", "a-thing-of-another-app")
_ONE = ("another-user", "an-owner", "another-thing", *_FOREIGN, "anonymous")
_BOTH = ("another-user", "a-user-outside-the-group", "a-member-of-another-group", "an-owner", "another-thing", *_FOREIGN)
_OF_A_GROUP = ("a-user-outside-the-group", "a-member-of-another-group", "an-owner", "another-thing", *_FOREIGN, "anonymous")


def _all(clause: str, sorts: Sequence[str], **more: str) -> Mapping[str, str]:
    return {**dict.fromkeys(sorts, clause), **{name.replace("_", "-"): told for name, told in more.items()}}


GATES: Mapping[str, Gate] = {
    "post": Gate(
        "add an owner",
        places.POST,
        "_may_add",
        _all("kii-post.nobody-else", (*_BOTH, "the-thing"), anonymous="kii-pick.anonymous-post"),
        {
            "the-admin-for-a-user": "kii-post.admin-adds-any-user",
            "the-admin-for-a-group": "kii-public.admin-adds-group",
            "the-user-himself": "kii-post.user-adds-himself",
            "the-user-of-a-group": "kii-post.user-adds-himself",
            "a-member": "kii-post.member-adds-his-group",
            "a-member-who-is-not-its-owner": "kii-post.member-adds-his-group",
        },
    ),
    "put-user": Gate(
        "add a user as an owner by PUT",
        places.PUT_USER,
        "_may_put",
        _all("kii-put.nobody-else", (*_ONE, "the-thing")),
        {
            "the-admin-for-a-user": "kii-put.admin-any-user",
            "the-user-himself": "kii-put.user-himself",
            "the-user-of-a-group": "kii-put.user-himself",
        },
    ),
    "put-group": Gate(
        "add a group as an owner by PUT",
        places.PUT_GROUP,
        "_may_put",
        _all("kii-put.nobody-else", (*_OF_A_GROUP, "the-thing")),
        {
            "the-admin-for-a-group": "kii-put.admin-any-group",
            "a-member": "kii-put.member-his-group",
            "a-member-who-is-not-its-owner": "kii-put.member-his-group",
        },
    ),
    "list": Gate(
        "list the owners",
        places.LIST,
        "_may_list",
        _all("kii-list.nobody-else", ("a-user", "an-owner", "another-thing", *_FOREIGN, "anonymous")),
        {"the-admin": "kii-list.admin-may", "the-thing": "kii-list.thing-may"},
    ),
    "ask": Gate(
        "ask whether somebody is an owner",
        places.ASK,
        "_may_ask",
        _all("kii-is-owner.nobody-else", tuple(sort for sort in (*_BOTH, "anonymous") if sort != "an-owner")),
        {"the-admin": "kii-is-owner.admin-may", "the-thing": "kii-is-owner.thing-may", "an-owner": "kii-is-owner.owner-may"},
    ),
    "remove": Gate(
        "end an ownership",
        places.REMOVE,
        "_may_not_remove",
        _all(
            "kii-remove.nobody-else",
            tuple(sort for sort in (*_BOTH, "anonymous") if sort != "an-owner"),
            the_thing="kii-remove.thing-may-not",
        ),
        {
            "the-admin-for-a-user": "kii-remove.admin-may",
            "the-admin-for-a-group": "kii-remove.admin-may",
            "the-user-himself": "kii-remove.owner-may",
            "a-member": "kii-remove.owner-may",
            "a-member-who-is-not-its-owner": "kii-remove.owner-may",
        },
        denies=True,
    ),
    "request-user": Gate(
        "start a flow for a user",
        places.REQUEST_USER,
        "_may_request",
        _all("kii-request-user.nobody-else", _ONE),
        {
            "the-admin": "kii-request-user.admin-any-user",
            "the-thing": "kii-request-user.thing-any-user",
            "the-user-himself": "kii-request-user.user-himself",
        },
    ),
    "request-group": Gate(
        "start a flow for a group",
        places.REQUEST_GROUP,
        "_may_request",
        _all("kii-request-group.nobody-else", _OF_A_GROUP),
        {
            "the-admin": "kii-request-group.admin-any-group",
            "the-thing": "kii-request-group.thing-any-group",
            "a-member": "kii-request-group.member-his-group",
            "a-member-who-is-not-its-owner": "kii-request-group.member-his-group",
        },
    ),
    "confirm": Gate(
        "complete a flow",
        places.CONFIRM,
        "_may_confirm",
        _all("kii-confirm.nobody-else", (*_BOTH, "anonymous")),
        {
            "the-admin": "kii-confirm.admin-always",
            "the-thing-for-a-user": "kii-confirm.thing-confirms-user-flow",
            "the-thing-for-a-group": "kii-confirm.thing-confirms-member-flow",
            "the-user-himself": "kii-confirm.user-confirms-thing-flow",
            "a-member": "kii-confirm.member-confirms-thing-flow",
            "a-member-who-is-not-its-owner": "kii-confirm.member-confirms-thing-flow",
        },
    ),
}


def _named(rest: tuple[Any, ...]) -> Sequence[Owner]:
    """Return whom the request names: the rules are given an owner, several, a flow, or none of these."""
    named = rest[0] if rest else []
    if isinstance(named, Flow):
        return [named.owner]
    return [named] if isinstance(named, Owner) else named or []


def _kind_fits(gate: Gate, rest: tuple[Any, ...]) -> bool:
    """Return whether the rule is asked for one of the gate's operations, where others share it."""
    kind = {"put-user": "user", "put-group": "group", "request-user": "user", "request-group": "group"}
    wanted = next((kind[name] for name, known in GATES.items() if known is gate and name in kind), None)
    return wanted is None or all(owner.kind == wanted for owner in _named(rest))


def _let_in(gate: Gate, sort: Sort) -> Rule:
    def rule(world: KiiWorld, good: Rule, who: Principal, app: Any, ref: Any, *rest: Any) -> Any:
        wrongly = _kind_fits(gate, rest) and sort(world, who, app, ref, _named(rest))
        if gate.denies:
            return None if wrongly else good(who, app, ref, *rest)
        return wrongly or good(who, app, ref, *rest)

    return rule


def _shut_out(gate: Gate, sort: Sort) -> Rule:
    def rule(world: KiiWorld, good: Rule, who: Principal, app: Any, ref: Any, *rest: Any) -> Any:
        wrongly = _kind_fits(gate, rest) and sort(world, who, app, ref, _named(rest))
        if gate.denies:
            return No("unauthorized") if wrongly else good(who, app, ref, *rest)
        return not wrongly and good(who, app, ref, *rest)

    return rule


def basic_at(operations: frozenset[str]) -> Rule:
    """Return the rule by which these operations take a Basic credential where only a token serves."""

    def rule(world: KiiWorld, good: Rule, scheme: str, value: str, operation: str) -> Principal | None:
        who: Principal | None = good(scheme, value, operation)
        return world.basic_caller(value, keyless=False) if scheme == "basic" and operation in operations else who

    return rule


def _mutants() -> Iterator[tuple[str, Mutant]]:
    for place, gate in GATES.items():
        for name, clause in gate.lets_in.items():
            words, sort = SORTS[name]
            rules = {gate.rule: _let_in(gate, sort)}
            if name == "anonymous" and gate.operations != places.POST:
                rules["tokenless_caller"] = basic_at(gate.operations)
            says = f"To {gate.does} it lets in whom this is not for: {words}."
            yield f"{place}-lets-in-{name}", Mutant(says=says, operations=gate.operations, clauses=(clause,), rules=rules)
        for name, clause in gate.shuts_out.items():
            words, sort = SORTS[name]
            says = f"To {gate.does} it shuts out whom this is for: {words}."
            rules = {gate.rule: _shut_out(gate, sort)}
            yield f"{place}-refuses-{name}", Mutant(says=says, operations=gate.operations, clauses=(clause,), rules=rules)


MUTANTS: Mapping[str, Mutant] = dict(_mutants())
