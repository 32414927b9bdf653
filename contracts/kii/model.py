"""Kii's reference model, written from the clauses of its ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..fixtures import PICK, Binding, UnboundError
from ..model import ModelError, Oracle, Outcome, Step
from ..unavailable import Unavailable
from ..wait import WAIT, seconds
from . import adding, answers, flows, taking_apart
from .causes import Cause, Ruling, at_best_public, decide
from .state import APP, Owner, State, app_of, begin
from .words import Call, Caller, call_of

RULES: Mapping[str, Callable[[State, Call], Ruling]] = {
    "addOwner": adding.add,
    "listOwners": adding.listed,
    "putUserOwner": adding.put,
    "putGroupOwner": adding.put,
    "isUserOwner": adding.is_owner,
    "isGroupOwner": adding.is_owner,
    "removeUserOwner": adding.remove,
    "removeGroupOwner": adding.remove,
    "requestUserOwnership": flows.request,
    "requestGroupOwnership": flows.request,
    "confirmOwnership": flows.confirm,
    "deleteUser": taking_apart.delete_user,
    "deleteGroup": taking_apart.delete_group,
    "deleteThing": taking_apart.delete_thing,
    "addMember": taking_apart.add_member,
    "removeMember": taking_apart.remove_member,
    "issueToken": taking_apart.log_in,
}
# What asks for an Authorization header, and what leaves those out who come with Basic.
DEMANDS = {
    "addOwner": ("kii-ownership.authorization-required", "kii-post.nobody-else"),
    "listOwners": ("kii-ownership.authorization-required", "kii-list.nobody-else"),
    "requestGroupOwnership": ("kii-request-group.authorization-required", "kii-request-group.nobody-else"),
    "requestUserOwnership": ("kii-request-user.authorization-required", "kii-request-user.nobody-else"),
    "confirmOwnership": ("kii-confirm.authorization-required", "kii-confirm.nobody-else"),
    **dict.fromkeys(("putUserOwner", "putGroupOwner"), ("kii-put.authorization-required", "kii-put.nobody-else")),
    **dict.fromkeys(("isUserOwner", "isGroupOwner"), ("kii-is-owner.authorization-required", "kii-is-owner.nobody-else")),
    **dict.fromkeys(("removeUserOwner", "removeGroupOwner"), ("kii-remove.authorization-required", "kii-remove.nobody-else")),
}
BASIC = ("anonymous", "wrong_key", "malformed_basic")


class KiiModel:
    """See contracts.model.Model. Its calls are the ownership operations in both address forms, the calls that take fixtures apart, and logins."""

    def begin(self, needs: Mapping[str, Any], picks: Mapping[str, Any]) -> State:
        """Return the state in which a row with these needs begins."""
        return begin(needs, {**picks, **needs.get("settings", {})})

    def outcome(self, state: State, step: Step) -> Outcome:
        """Return what the step comes to. ModelError."""
        if WAIT in step:
            return Outcome("", {}, replace(state, now=state.now + _span(state, step[WAIT])))
        call = call_of(state, step)
        if call.operation not in RULES:
            raise ModelError(f"the model has no rule for {call.operation}")
        refused = _before_the_rules(state, call)
        if refused:
            return Outcome(refused.clause, _as_known(call, refused.clause, refused.expect), state)
        ruling = RULES[call.operation](state, call)
        refusals = [cause for cause in ruling.refusals if cause]
        if refusals:
            decision = decide(state, refusals)
            return Outcome(decision.cause, _as_known(call, decision.cause, decision.expect), state, others=decision.others)
        success = ruling.success
        return Outcome(success.clause, _as_known(call, success.clause, success.expect), ruling.after, ruling.keep)

    def reads(self, state: State) -> Sequence[Step]:
        """Return the lists of the things' owners, and HEAD for the members of owning groups, all by the administrator."""
        return tuple(_reads(state))


def _reads(state: State) -> Iterator[Step]:
    for thing in sorted(thing for thing in state.things if app_of(thing) == APP):
        vendor_id = thing.replace(".id", ".vendor_id")
        where = {} if thing == "$thing.id" else {"vendorThingID": vendor_id}
        named = {"with": {"path": where}} if where else {}
        yield {"as": "admin", "call": "listOwners", **named, "expect": adding.list_of(state, thing)}
        for user in sorted({user for group, user in state.members if state.owns(thing, Owner("group", group))}):
            path = {**where, "userID": user}
            yield {"as": "admin", "call": "isUserOwner", "with": {"path": path}, "expect": {"public": {"status": "success"}}}


def _before_the_rules(state: State, call: Call) -> Cause | None:
    """Return the refusal of one who is not let as far as the operation's rules, whatever else the request would earn."""
    if call.operation == "issueToken":
        return None
    if refused := _credential(state, call):
        return refused
    if call.app == APP or (call.app == "$foreign.app_id" and any(app_of(one) == call.app for one in state.things | state.gone)):
        return None
    expect = answers.error(404, "APP_NOT_FOUND", appID=call.app)
    if state.pick("unknown_app") == "unauthorized":
        expect = answers.unauthorized(state, call.caller)
    return Cause("kii-pick.unknown-app", answers.by_pick(state, "unknown_app", expect))


def _credential(state: State, call: Call) -> Cause | None:
    """Return the refusal of a credential that names nobody."""
    kind = call.caller.kind
    if kind == "unknown_token":
        return Cause("kii-public.unknown-token", answers.wrong_token(call.app))
    if kind == "expired_token":
        return Cause("kii-pick.expired-token", answers.credential_refused(state, call.caller, call.app, "expired_token"))
    if kind in ("wrong_key", "malformed_basic") and call.operation == "addOwner":
        pick = "wrong_basic_key" if kind == "wrong_key" else kind
        return Cause(f"kii-pick.{pick.replace('_', '-')}", answers.credential_refused(state, call.caller, call.app, pick))
    if kind == "nobody" or (kind in BASIC and call.operation != "addOwner"):
        required, listed = DEMANDS.get(call.operation, ("kii-pick.no-credential", "kii-pick.no-credential"))
        # Basic names nobody where it is not taken.
        form = answers.credential_refused(state, Caller("nobody"), call.app, "no_credential")
        return Cause(required if kind == "nobody" else listed, {"status": "refused", "unspecified": form})
    return None


def _as_known(call: Call, clause: str, expect: answers.Expect) -> answers.Expect:
    """Return the expectation as far as the source goes for this address form, and as far as the method's answers can show it."""
    seen = answers.without_body(expect) if call.operation in ("isUserOwner", "isGroupOwner") else expect
    return seen if call.shown else at_best_public(clause, seen)


def _span(state: State, wait: float | str) -> float:
    try:
        return seconds(wait, Binding({}, {PICK: dict(state.picks)}))
    except (UnboundError, Unavailable) as error:
        raise ModelError(str(error)) from None


def oracle() -> Oracle:
    """Return the model with what a random walk through it needs."""
    from .moves import NEEDS, moves  # noqa: PLC0415 - Hypothesis takes half a second to load

    return Oracle(KiiModel(), NEEDS, moves)
