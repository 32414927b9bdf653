"""Deployments that go wrong about the login."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...engine import alter
from ...engine.exchange import WorldExchange
from ...engine.held import Held
from ...engine.mutants import Alter, Mutant, Rule
from ..accounts import LoginFailedError, LoginFlow, Session, User
from ..login import session_body
from ..refusals import No
from ..world import ConnhexWorld
from .doing import otherwise, under

BEGINS = frozenset({"startLogin"})
LOGS_IN = frozenset({"login"})
WHOAMI = frozenset({"whoami"})
SHORT = 30
"""Seconds that a session or a flow lasts where they are too few."""


def _user(world: ConnhexWorld, identifier: str) -> User | None:
    return next((user for user in world.users.values() if user.identifier == identifier), None)


def _any_password(world: ConnhexWorld, rule: Rule, *told: str) -> Any:
    flow_id, identifier, password, method = told
    user = _user(world, identifier)
    return rule(flow_id, identifier, password if user is None else user.password, method)


def _anyones_password(world: ConnhexWorld, rule: Rule, *told: str) -> Any:
    flow_id, identifier, password, method = told
    user = _user(world, identifier)
    known = user is not None and any(other.password == password for other in world.users.values())
    return rule(flow_id, identifier, user.password if user and known else password, method)


def _told_who_is(world: ConnhexWorld, rule: Rule, flow_id: str, identifier: str, *told: str) -> Any:
    try:
        return rule(flow_id, identifier, *told)
    except LoginFailedError as no:
        if _user(world, identifier) is None:
            raise No("not_found", no.clause, "No user has this identifier.") from None
        raise


def _spent(world: ConnhexWorld, rule: Rule, flow_id: str, *told: str) -> Any:
    try:
        return rule(flow_id, *told)
    except LoginFailedError:
        world.accounts.flows.pop(flow_id, None)
        raise


def _kept(world: ConnhexWorld, rule: Rule, flow_id: str, *told: str) -> Any:
    flow = world.accounts.flows.get(flow_id)
    session = rule(flow_id, *told)
    if flow is not None:
        world.accounts.flows[flow_id] = flow
    return session


def _out_of_time(world: ConnhexWorld, rule: Rule, flow_id: str, *told: str) -> Any:
    flow = world.accounts.flows.get(flow_id)
    if flow is not None:
        flow.until = max(flow.until, world.clock.now() + 1)
    return rule(flow_id, *told)


def _no_flow(world: ConnhexWorld, rule: Rule, flow_id: str, *told: str) -> Any:
    if flow_id in world.accounts.flows:
        return rule(flow_id, *told)
    return rule(world.accounts.start().id, *told)


def _same_flow(world: ConnhexWorld, rule: Rule) -> LoginFlow:
    there = next(iter(world.accounts.flows.values()), None)
    return there or rule()


def _flow_short(world: ConnhexWorld, rule: Rule) -> Any:
    with under(world, flow_life=min(SHORT, world.settings["flow_life"])):
        return rule()


def _short(world: ConnhexWorld, rule: Rule, user: User) -> Any:
    with under(world, session_life=min(SHORT, world.settings["session_life"])):
        return rule(user)


def _first_users(world: ConnhexWorld, rule: Rule, _: User) -> Any:
    return rule(next(iter(world.users.values())))


def _unknown(world: ConnhexWorld, rule: Rule, user: User) -> Session:
    session: Session = rule(user)
    del world.accounts.tokens[session.token]
    return session


def _same_session(world: ConnhexWorld, rule: Rule, user: User) -> Any:
    return next((session for session in world.accounts.minted if session.user_id == user.id), None) or rule(user)


def _cookie_for_token(world: ConnhexWorld, rule: Rule, secret: str) -> Any:
    return rule(secret) or world.accounts.by_cookie(secret)


def _of_somebody_else(exchange: WorldExchange, held: Held) -> None:
    others = [user for user in exchange.state.users.values() if user.id != exchange.principal.user_id]
    session = exchange.state.accounts.tokens.get(others[0].token) if others else None
    if session is not None:
        alter.body(lambda _: session_body(session, others[0]))(exchange, held)


def _without_flow(value: Any) -> Any:
    value["ui"]["action"] = value["ui"]["action"].partition("?")[0]
    return value


def _without_identity(value: Any) -> Any:
    value.get("session", value).pop("identity", None)
    return value


def _without_email(value: Any) -> Any:
    value["identity"]["traits"] = {}
    return value


def _without_cookie(_: WorldExchange, held: Held) -> None:
    held.headers = [(name, value) for name, value in held.headers if name.lower() != b"set-cookie"]


BEGUN, LOGGED_IN, SEEN = (frozenset({f"connhex-public.{name}"}) for name in ("login-start", "login", "whoami"))
UNKNOWN = ("connhex-pick.unknown-flow",)
_LOGINS: Mapping[str, tuple[str, Rule, tuple[str, ...]]] = {
    "any-password-taken": ("Any password is taken for a user's.", _any_password, ("connhex-public.login", "connhex-pick.wrong-password")),
    "password-of-anyone": ("A password that somebody has is taken for every user's.", _anyones_password, ("connhex-pick.wrong-password",)),
    "identifier-told-apart": ("Whose identifier nobody has is answered 404.", _told_who_is, ("connhex-pick.wrong-password",)),
    "flow-spent-by-a-failure": ("A login flow is over with the first wrong password.", _spent, ("connhex-pick.wrong-password",)),
    "flow-serves-again": ("A login flow that was completed can be completed again.", _kept, UNKNOWN),
    "flow-never-ends": ("A login flow can be completed after its end.", _out_of_time, ("connhex-pick.flow-life", *UNKNOWN)),
    "unknown-flow-taken": ("A login needs no flow that was begun.", _no_flow, UNKNOWN),
}
_SESSIONS: Mapping[str, tuple[str, Rule, tuple[str, ...]]] = {
    "session-too-short": (f"A session ends after {SHORT} seconds.", _short, ("connhex-pick.session-life",)),
    "login-of-the-first-user": ("Whoever signs in gets a session of the first user's.", _first_users, ("connhex-public.login",)),
    "token-of-nobody": ("The token that a login gives is nobody's.", _unknown, ("connhex-public.login", "connhex-public.whoami")),
    "same-session-again": ("A second login gives the first one's session.", _same_session, ("connhex-public.session",)),
}
_ANSWERS: Mapping[str, tuple[str, frozenset[str], frozenset[str], Alter, tuple[str, ...]]] = {
    "action-without-its-flow": ("The URL to go on with lacks the flow.", BEGINS, BEGUN, alter.body(_without_flow), ("connhex-public.login-start",)),
    "flow-without-its-end": ("A login flow does not say when it ends.", BEGINS, BEGUN, alter.without("expires_at"), ("connhex-public.login-flow",)),
    "session-token-missing": (
        "The answer to a login has its token as token.",
        LOGS_IN,
        LOGGED_IN,
        alter.body(lambda value: {"token": value.pop("session_token"), **value}),
        ("connhex-public.login",),
    ),
    "session-of-nobody": (
        "A session does not say whose it is.",
        LOGS_IN | WHOAMI,
        LOGGED_IN | SEEN,
        alter.body(_without_identity),
        ("connhex-public.session", "connhex-public.whoami"),
    ),
    "cookie-not-set": (
        "A login sets no cookie, against what the deployment declares.",
        LOGS_IN,
        LOGGED_IN,
        _without_cookie,
        ("connhex-pick.login-cookie",),
    ),
    "whoami-of-somebody-else": (
        "whoami shows another user's session.",
        WHOAMI,
        SEEN,
        _of_somebody_else,
        ("connhex-public.whoami", "connhex-public.whoami-credentials"),
    ),
    "whoami-without-email": ("whoami does not tell the user's address.", WHOAMI, SEEN, alter.body(_without_email), ("connhex-public.whoami",)),
    "whoami-inactive": (
        "whoami says of a session that counts that it does not.",
        WHOAMI,
        SEEN,
        alter.fields(active=False),
        ("connhex-public.session",),
    ),
}
_PICKED: Mapping[str, tuple[str, str, Mapping[str, str]]] = {
    "wrong-password": ("with a wrong password", "wrong_password", {"flow_again": "unauthorized", "unauthorized": "flow_again"}),
    "unknown-flow": ("whose flow is not known", "unknown_flow", {"gone": "not_found", "not_found": "bad_request", "bad_request": "gone"}),
    "other-method": ("by another method than password", "other_method", {"refused": "ignored", "ignored": "refused"}),
}

MUTANTS: Mapping[str, Mutant] = {
    **{name: Mutant(says=says, operations=LOGS_IN, clauses=breaks, rules={"accounts.login": rule}) for name, (says, rule, breaks) in _LOGINS.items()},
    **{
        name: Mutant(says=says, operations=LOGS_IN, clauses=breaks, rules={"accounts._mint": rule})
        for name, (says, rule, breaks) in _SESSIONS.items()
    },
    **{
        name: Mutant(says=says, operations=where, clauses=breaks, answer=alter.where(decided, change))
        for name, (says, where, decided, change, breaks) in _ANSWERS.items()
    },
    **{
        f"{name}-not-as-declared": Mutant(
            says=f"A login {which} is answered otherwise than the deployment declares.",
            operations=LOGS_IN,
            clauses=(f"connhex-pick.{name}",),
            operate=otherwise(pick, options),
        )
        for name, (which, pick, options) in _PICKED.items()
    },
    "same-flow-again": Mutant(
        says="While a login flow is there, no other is begun.",
        operations=BEGINS,
        clauses=("connhex-public.login-flow",),
        rules={"accounts.start": _same_flow},
    ),
    "flow-too-short": Mutant(
        says=f"A login flow ends after {SHORT} seconds.",
        operations=BEGINS,
        clauses=("connhex-pick.flow-life",),
        rules={"accounts.start": _flow_short},
    ),
    "cookie-taken-as-token": Mutant(
        says="The value of a session's cookie is taken as a bearer token.",
        operations=frozenset({"register", "whoami"}),
        clauses=("connhex-pick.login-cookie",),
        rules={"accounts.by_token": _cookie_for_token},
    ),
}
