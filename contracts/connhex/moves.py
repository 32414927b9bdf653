"""What may be asked next on a random walk through Connhex's reference model."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ..model import Step
from .state import State

NEEDS = {"user": "allowed", "other_user": "allowed", "device": "enabled", "other_device": "manufactured", "login": True}
USERS = ("user", "other_user")
CALLERS = (
    *USERS,
    *(f"{user}_by_{way}" for user in USERS for way in ("cookie", "both")),
    "conflicting",
    "nobody",
    "unknown_token",
    "unknown_cookie",
    "malformed_token",
)
DEVICES = ("$device.id", "$other_device.id", "$unknown.device", "$device.id-and-more")
BODIES: tuple[Any, ...] = ({}, {"deviceId": ""}, {"deviceId": 139836}, {"deviceId": None}, {"deviceID": "$device.id"}, [], "$device.id")
PASSWORDS = ("$user.password", "$other_user.password", "not-$user.password", "")
SPANS = (1, 300, "$pick.flow_life - 2", "$pick.flow_life + 1", "$pick.session_life + 1")


def moves(state: State) -> SearchStrategy[Step]:
    """Return a strategy of steps that the model has words for."""
    tokens = [f"${made.name}" for made in state.sessions]
    bodies = st.one_of(st.sampled_from(DEVICES).map(lambda device: {"deviceId": device}), st.sampled_from(BODIES))
    claims = st.builds(_by, st.just("register"), st.sampled_from(CALLERS), bodies)
    seen = st.builds(_by, st.just("whoami"), st.sampled_from(CALLERS))
    logins = st.builds(
        _login, st.sampled_from(["$unknown.flow", *(f"${flow.name}" for flow in state.flows)]), st.sampled_from(USERS), st.sampled_from(PASSWORDS)
    )
    steps = [
        claims,
        claims,
        claims,
        seen,
        st.just({"as": "nobody", "call": "startLogin"}),
        logins,
        st.sampled_from(SPANS).map(lambda span: {"wait": span}),
    ]
    if tokens:
        steps += [st.builds(_with_token, st.sampled_from(tokens), bodies), st.sampled_from(tokens).map(_seen)]
    if any(flow.open for flow in state.flows):
        steps.append(st.builds(_right, st.sampled_from([f"${flow.name}" for flow in state.flows if flow.open]), st.sampled_from(USERS)))
    return st.one_of(steps)


def _by(call: str, caller: str, body: Any = ...) -> Step:
    return {"as": caller, "call": call, **({} if body is ... else {"with": {"body": body}})}


def _login(flow: str, user: str, password: str) -> Step:
    body = {"identifier": f"${user}.identifier", "password": password, "method": "password"}
    return {"as": "nobody", "call": "login", "with": {"query": {"flow": flow}, "body": body}}


def _right(flow: str, user: str) -> Step:
    return _login(flow, user, f"${user}.password")


def _with_token(token: str, body: Any) -> Step:
    return {"as": "nobody", "call": "register", "with": {"body": body, "headers": {"Authorization": f"Bearer {token}"}}}


def _seen(token: str) -> Step:
    return {"as": "nobody", "call": "whoami", "with": {"headers": {"X-Session-Token": token}}}
