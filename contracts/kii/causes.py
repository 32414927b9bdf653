"""What a rule of Kii's reference model comes to: the refusals that apply, or the success; and which of several refusals is answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from ... import specs
from . import answers
from .answers import Expect
from .state import State
from .words import Call


class Cause(NamedTuple):
    """A clause that applies, and the answer that it asks for. sort: of a refusal, the word by which the pick precedence knows it."""

    clause: str
    expect: Expect
    sort: str = ""


@dataclass(frozen=True)
class Ruling:
    """What the rules of an operation say. refusals: each that applies, also None. success: what comes where none does. after, keep: then."""

    refusals: Sequence[Cause | None]
    success: Cause
    after: State
    keep: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """The cause that decides, what is expected, and the clauses that stand behind it."""

    cause: str
    expect: Expect
    others: tuple[str, ...] = ()


def decide(state: State, refusals: Sequence[Cause]) -> Decision:
    """Return which of these refusals is answered: by their sorts as the pick precedence says. Between two of one sort no source decides."""
    order = state.pick("precedence")
    first, *others = sorted(refusals, key=lambda cause: order.index(cause.sort))
    behind = tuple(dict.fromkeys(cause.clause for cause in others if cause.clause != first.clause))
    by_sort: dict[str, list[Expect]] = {}
    for cause in refusals:
        if cause.expect not in by_sort.setdefault(cause.sort, []):
            by_sort[cause.sort].append(cause.expect)
    options = {sort: answers.shared(found) if found[1:] else found[0] for sort, found in by_sort.items()}
    if len(options) == 1:
        return Decision(first.clause, options[first.sort], behind)
    return Decision(first.clause, {"status": "refused", "unspecified": {"picks": {"precedence": options}}}, behind)


@cache
def grade(clause: str) -> str:
    """Return how well a clause is known."""
    return specs.ledger("kii").clauses[clause].grade


def at_best_public(clause: str, expect: Expect) -> Expect:
    """Return what a documented clause asks for where no page shows the address form: that it holds there too is a public fact."""
    return {"public": expect} if grade(clause) == "documented" else expect


def thing_missing(call: Call, thing: str | None, clause: str) -> Cause | None:
    """Return the refusal where the application has no such thing."""
    return None if thing else Cause(clause, answers.thing_not_found(call.app, call.by, call.value), "missing")


def not_allowed(state: State, call: Call, clause: str, *, allowed: bool) -> Cause | None:
    """Return the refusal of a caller who may not."""
    return None if allowed else Cause(clause, answers.unauthorized(state, call.caller), "unauthorized")


def body_unwanted(state: State, call: Call) -> Cause | None:
    """Return the refusal of a body where none belongs."""
    refused = call.sent and state.pick("request_body") == "invalid"
    return invalid(state, "kii-pick.request-body", "request_body") if refused else None


def invalid(state: State, clause: str, pick: str = "") -> Cause:
    """Return the 400 of a request that is not as it is to be. pick: the one that says so, if one does."""
    expect: dict[str, Any] = answers.error(400, "INVALID_INPUT_DATA")
    return Cause(clause, answers.by_pick(state, pick, expect) if pick else expect, "invalid")
