"""The reference model of the login: flows, sessions, and who is asked about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..model import Outcome
from . import answers
from .answers import TOLD, Expect, by_pick, not_logged_in, statuses
from .state import USERS, Flow, State
from .words import NOT_JSON, Call, Credential, counting

FIELDS = ("identifier", "password", "method")


def start(state: State, _: Call) -> Outcome:
    """Return what the beginning of a login comes to."""
    return Outcome("connhex-public.login-start", answers.flow_begun(state), state.begun(), {state.next_flow: "/id"})


def login(state: State, call: Call) -> Outcome:
    """Return what the completion of a login comes to."""
    wrong = _unreadable(call)
    if wrong:
        return Outcome(f"connhex-pick.{wrong.replace('_', '-')}", {"status": "refused", **statuses(wrong, body=TOLD)}, state)
    found = _completed(state, call)
    if call.body["method"] == "password":
        return found
    refused: Expect = {"status": 400, "body": TOLD}
    expect = by_pick(state, "other_method", {"refused": refused, "ignored": found.expect})
    taken = found if state.picks["other_method"] == "ignored" else Outcome("", {}, state)
    return Outcome("connhex-pick.other-method", expect, taken.after, taken.keep)


def _unreadable(call: Call) -> str:
    """Return the pick that says how the login is refused that cannot be read; empty where it can be."""
    if call.body is NOT_JSON and call.media == "application/json":
        return "malformed_json"
    if call.media is None:
        return "absent_content_type"
    if call.media.partition(";")[0] != "application/json":
        return "wrong_content_type"
    fits = isinstance(call.body, dict) and all(isinstance(call.body.get(name), str) for name in FIELDS)
    return "" if fits and "flow" in call.query else "malformed_login"


def _completed(state: State, call: Call) -> Outcome:
    flow = next((flow for flow in state.flows if call.query["flow"] == f"${flow.name}"), None)
    user = _signing_in(state, call.body)
    if not _counts(state, flow):
        expect: Expect = {**not_logged_in(), "unspecified": statuses("unknown_flow", body=TOLD)}
        if user is None:
            # Which of the two is judged first, nobody says.
            return Outcome("connhex-pick.unknown-flow", not_logged_in(), state, others=("connhex-pick.wrong-password",))
        return Outcome("connhex-pick.unknown-flow", expect, state)
    assert flow is not None  # noqa: S101 - what counts is there
    if user is None:
        return Outcome("connhex-public.login", answers.wrong_password(flow.name), state)
    keep = dict(zip(state.next_session, ("/session_token", "/session/id"), strict=True))
    return Outcome("connhex-public.login", answers.logged_in(state, user), state.logged_in(flow, user), keep)


def _counts(state: State, flow: Flow | None) -> bool:
    return flow is not None and flow.open and state.now < flow.until


def _signing_in(state: State, body: Mapping[str, Any]) -> str | None:
    """Return the user whose identifier and password these are."""
    pairs = {(f"${user}.identifier", f"${user}.password"): user for user in USERS if user in state.permissions}
    return pairs.get((body["identifier"], body["password"]))


def whoami(state: State, call: Call) -> Outcome:
    """Return what the question for one's session comes to."""
    if call.header is not None:
        beside = call.bearer is not None or call.cookie is not None
        return _seen(state, call.header, "connhex-pick.both-credentials" if beside else "connhex-public.whoami-credentials")
    if call.bearer is None or call.cookie is None or counting(state, call.bearer) == counting(state, call.cookie):
        return _seen(state, call.bearer or call.cookie, "connhex-public.whoami" if call.cookie is None else "connhex-public.whoami-credentials")
    either = {"bearer": _seen(state, call.bearer, ""), "cookie": _seen(state, call.cookie, "")}
    expect = by_pick(state, "both_credentials", {name: outcome.expect for name, outcome in either.items()})
    return Outcome("connhex-pick.both-credentials", expect, state)


def _seen(state: State, credential: Credential | None, cause: str) -> Outcome:
    user = counting(state, credential)
    if user is None:
        ended = credential is not None and credential.session
        return Outcome("connhex-pick.session-life" if ended else "connhex-public.whoami-401", {"status": 401, "body": TOLD}, state)
    return Outcome(cause, {"status": 200, "body": answers.session(user)}, state)
