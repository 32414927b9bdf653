"""Deployments that go wrong about who calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...engine.alter import where
from ...engine.exchange import WorldExchange
from ...engine.held import Held
from ...engine.mutants import Mutant, Rule
from ...engine.vendor import Call, Operation, Reply, Trouble, TroubleError
from ..accounts import Session
from ..credentials import HEADER, first_cookie
from ..entities import Principal
from ..login import COOKIE
from ..world import ConnhexWorld
from .doing import CLAIMS, SEES, anyone, claim, device_told, headers, swapped

UNKNOWN = frozenset({"connhex-pick.unauthenticated"})
OTHER_COOKIE = "chx_auth_cookie"


def _never(_: ConnhexWorld, __: Rule, ___: str) -> None:
    """Nobody has this credential."""


def _anyones(world: ConnhexWorld, rule: Rule, secret: str) -> Any:
    return rule(secret) or anyone(world, "bearer")


def _first_users(world: ConnhexWorld, rule: Rule, secret: str) -> Any:
    return anyone(world, "bearer") if rule(secret) else None


def _neighbours(world: ConnhexWorld, rule: Rule, secret: str) -> Any:
    found: Principal | None = rule(secret)
    if found is None:
        return None
    users = list(world.users.values())
    user = users[(list(world.users).index(found.user_id) + 1) % len(users)]
    return replace(found, user_id=user.id, session=world.accounts.tokens.get(user.token, found.session), label=user.label)


def _unended(_: ConnhexWorld, __: Rule, session: Session | None) -> Session | None:
    return session


def _has_both(call: Call) -> bool:
    return "authorization" in headers(call.exchange) and first_cookie(headers(call.exchange).get("cookie", ""), COOKIE) is not None


async def _not_both(call: Call, operation: Operation) -> Reply:
    if _has_both(call):
        raise TroubleError(Trouble("no_credential", "One credential is enough."))
    return operation(call)


async def _other_cookie(call: Call, operation: Operation) -> Reply:
    if call.principal.by == "cookie":
        raise TroubleError(Trouble("no_credential", "No one has this credential."))
    return operation(call)


def _by_other_cookie(exchange: WorldExchange, held: Held) -> None:
    cookie = first_cookie(headers(exchange).get("cookie", ""), OTHER_COOKIE)
    claim(exchange, held, exchange.state.by_cookie(cookie) if cookie else None, device_told(exchange))


async def _other_counts(call: Call, operation: Operation) -> Reply:
    sent = headers(call.exchange)
    if _has_both(call) and HEADER not in sent:
        world, kept = call.state, call.principal
        cookie, token = first_cookie(sent["cookie"], COOKIE) or "", sent["authorization"].partition(" ")[2].strip()
        call.exchange.principal = (world.by_cookie(cookie) if kept.by == "bearer" else world.by_token(token)) or kept
    return operation(call)


async def _header_last(call: Call, operation: Operation) -> Reply:
    sent = headers(call.exchange)
    token = sent.get("authorization", "").partition(" ")[2].strip()
    call.exchange.principal = (token and call.state.by_token(token)) or call.principal
    return operation(call)


async def _no_header(call: Call, operation: Operation) -> Reply:
    if HEADER in headers(call.exchange):
        raise TroubleError(Trouble("no_credential", "No one has this credential."))
    return operation(call)


def _taken_without(exchange: WorldExchange, held: Held) -> None:
    sent = headers(exchange)
    if "authorization" not in sent and first_cookie(sent.get("cookie", ""), COOKIE) is None:
        claim(exchange, held, anyone(exchange.state, "bearer"), device_told(exchange))


MUTANTS: Mapping[str, Mutant] = {
    "bearer-refused": Mutant(
        says="A bearer token is no credential.",
        operations=SEES,
        clauses=("connhex-security.bearer", "connhex-public.either-scheme", "connhex-public.whoami", "connhex-public.login"),
        rules={"by_token": _never},
    ),
    "cookie-refused": Mutant(
        says="A session's cookie is no credential.",
        operations=SEES,
        clauses=("connhex-public.cookie-location", "connhex-public.either-scheme", "connhex-public.whoami-credentials", "connhex-pick.login-cookie"),
        rules={"by_cookie": _never},
    ),
    "cookie-under-another-name": Mutant(
        says=f"The session's cookie is taken under the name {OTHER_COOKIE} alone.",
        operations=CLAIMS,
        clauses=("connhex-public.cookie-location",),
        operate=_other_cookie,
        answer=where(UNKNOWN, _by_other_cookie),
    ),
    "both-credentials-refused": Mutant(
        says="A claim that carries both credentials is refused as if it had none.",
        operations=CLAIMS,
        clauses=("connhex-public.either-scheme",),
        operate=_not_both,
    ),
    "other-credential-counts": Mutant(
        says="Of two credentials the other counts than the deployment declares.",
        operations=SEES,
        clauses=("connhex-pick.both-credentials",),
        operate=_other_counts,
    ),
    "session-header-counts-last": Mutant(
        says=f"The header {HEADER} is looked at where no bearer token is there.",
        operations=frozenset({"whoami"}),
        clauses=("connhex-pick.both-credentials",),
        operate=_header_last,
    ),
    "session-header-refused": Mutant(
        says=f"A token in the header {HEADER} is no credential.",
        operations=frozenset({"whoami"}),
        clauses=("connhex-public.whoami-credentials",),
        operate=_no_header,
    ),
    "token-of-anyone": Mutant(
        says="A bearer token that somebody has is taken for the first user's.",
        operations=SEES,
        clauses=("connhex-security.bearer", "connhex-public.login"),
        rules={"by_token": _first_users},
    ),
    "cookie-of-the-neighbour": Mutant(
        says="A session's cookie is taken for that of the user after its own.",
        operations=SEES,
        clauses=("connhex-public.cookie-location", "connhex-public.whoami-credentials"),
        rules={"by_cookie": _neighbours},
    ),
    "unknown-token-taken": Mutant(
        says="A bearer token that nobody has is taken.",
        operations=SEES,
        clauses=("connhex-pick.unauthenticated", "connhex-public.whoami-401"),
        rules={"by_token": _anyones},
    ),
    "no-credential-taken": Mutant(
        says="A claim without any credential is taken.",
        operations=CLAIMS,
        clauses=("connhex-public.either-scheme", "connhex-pick.unauthenticated"),
        answer=where(UNKNOWN, _taken_without),
    ),
    "session-never-ends": Mutant(
        says="The token and the cookie of a session that has ended are taken.",
        operations=SEES,
        clauses=("connhex-pick.session-life",),
        rules={"accounts._open": _unended},
    ),
    "unauthenticated-not-as-declared": Mutant(
        says="A claim without a good credential is answered 403 where the deployment declares 401, and 401 where it declares 403.",
        operations=CLAIMS,
        clauses=("connhex-pick.unauthenticated",),
        answer=where(UNKNOWN, swapped({401: 403, 403: 401})),
    ),
    "whoami-403": Mutant(
        says="Who asks for his session without a good credential is answered 403.",
        operations=frozenset({"whoami"}),
        clauses=("connhex-public.whoami-401",),
        answer=where(frozenset({"connhex-public.whoami-401"}), swapped({401: 403})),
    ),
}
