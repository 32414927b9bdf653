"""Deployments that go wrong about logins: who gets a token, whose, and for how long."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ...engine.mutants import Mutant, Rule
from ...engine.vendor import Call, Operation, Reply
from ..entities import App, Principal
from ..logins import THING, Login
from ..refusals import No
from ..world import KiiWorld
from .places import LOGIN


def _alike(same: Callable[[str, str], bool], *, things: bool) -> Rule:
    """Return the rule by which a password serves that is alike. things: that of a thing, else that of a user."""

    def rule(_: KiiWorld, good: Rule, app: App, username: str, password: str) -> Principal | None:
        is_thing = username.startswith(THING)
        if is_thing == things:
            thing = app.things.get(app.vendor_ids.get(username.removeprefix(THING), "")) if is_thing else None
            user = None if is_thing else app.user(username)
            known = thing or user
            if known is not None and same(password, known.password):
                return Principal("thing" if is_thing else "user", app.id, known.id)
        who: Principal | None = good(app, username, password)
        return who

    return rule


def _made(change: Callable[[KiiWorld, App, Principal], Principal], rule_of: str) -> Mapping[str, Rule]:
    """Return the rule by which the token is another's than his who logs in."""

    def rule(world: KiiWorld, good: Rule, app: App, *asked: Any) -> Principal | None:
        who: Principal | None = good(app, *asked)
        return change(world, app, who) if who is not None else None

    return {rule_of: rule}


def _another(kind: str) -> Callable[[KiiWorld, App, Principal], Principal]:
    def change(_: KiiWorld, app: App, who: Principal) -> Principal:
        known = app.users if kind == "user" else app.things
        return Principal(kind, app.id, next((other for other in known if other != who.id), who.id)) if who.kind == kind else who

    return change


def _always_admin(_: KiiWorld, app: App, __: Principal) -> Principal:
    return Principal("admin", app.id, app.admin_id)


def _never_admin(_: KiiWorld, app: App, __: Principal) -> Principal:
    return Principal("anonymous", app.id, None)


def _refused(kind: str) -> Rule:
    def rule(_: KiiWorld, good: Rule, app: App, *asked: Any) -> Principal | None:
        who: Principal | None = good(app, *asked)
        return None if who is not None and who.kind == kind else who

    return rule


def _any_secret(_: KiiWorld, good: Rule, app: App, body: Mapping[str, Any]) -> Principal | None:
    known = {app.client_id: app.client_secret, app.id: app.key}
    who: Principal | None = good(app, {**body, "client_secret": known.get(body["client_id"], body["client_secret"])})
    return who


def _one_at_a_time(world: KiiWorld, good: Rule, app_id: str, body: Mapping[str, Any]) -> Login:
    login: Login = good(app_id, body)
    given = world.tokens[login.token]
    world.tokens = {text: token for text, token in world.tokens.items() if token.holder != given.holder or text == login.token}
    return login


def _ends(of: Callable[[float, float, float | None], float | None]) -> Rule:
    """Return the rule by which a token ends then. of: now, when it is to end, what the login asked for → when it does."""

    def rule(_: KiiWorld, good: Rule, now: float, asked: float | None) -> float | None:
        ends: float | None = good(now, asked)
        return of(now, ends, asked) if ends is not None else None

    return rule


def _for_ever(world: KiiWorld, good: Rule, app_id: str, body: Mapping[str, Any]) -> Login:
    login: Login = good(app_id, body)
    world.tokens[login.token] = replace(world.tokens[login.token], expires=None)
    return login


def _past_the_moment(world: KiiWorld, good: Rule, app_id: str, body: Mapping[str, Any]) -> Login:
    login: Login = good(app_id, body)
    given = world.tokens[login.token]
    if "expiresAt" in body and given.expires is not None:
        world.tokens[login.token] = replace(given, expires=given.expires + 3600)
    return login


def _without_grant_type(_: KiiWorld, good: Rule, app_id: str, body: Mapping[str, Any]) -> Login:
    if "grant_type" in body:
        raise No("invalid")
    login: Login = good(app_id, body)
    return login


def _one_media_type(refused: str) -> Callable[[Call, Operation], Any]:
    async def operate(call: Call, operation: Operation) -> Reply:
        if call.media_type == refused:
            raise No("invalid")
        return operation(call)

    return operate


def _login(name: str, says: str, clause: str, **rules: Rule) -> tuple[str, Mutant]:
    return f"login-{name}", Mutant(says=says, operations=LOGIN, clauses=(clause,), rules=rules)


_USER, _THING = "kii-pick.login-refused", "kii-token.400-thing"
_KII, _PLAIN = "application/vnd.kii.OauthTokenRequest+json", "application/json"
MUTANTS: Mapping[str, Mutant] = dict(
    [
        *(
            _login(f"with-{name}-of-a-{kind}", f"A {kind} logs in with {words}.", clause, _by_password=_alike(same, things=kind == "thing"))
            for kind, clause, name, words, same in (
                ("user", _USER, "any-password", "any password", lambda _, __: True),
                ("user", _USER, "a-password-in-any-case", "his password in upper or lower case", lambda sent, known: sent.lower() == known.lower()),
                ("thing", _THING, "a-password-begun", "the beginning of his password", lambda sent, known: bool(sent) and known.startswith(sent)),
                ("thing", _THING, "no-password", "an empty password", lambda sent, _: not sent),
            )
        ),
        _login("of-another-user", "A user who logs in gets a token of another.", "kii-token.user", **_made(_another("user"), "_by_password")),
        _login("of-another-thing", "A thing that logs in gets a token of another.", "kii-token.thing", **_made(_another("thing"), "_by_password")),
        _login(
            "anonymous-gets-all", "An anonymous login gets the administrator's rights.", "kii-token.anonymous", **_made(_always_admin, "_by_client")
        ),
        _login(
            "admin-gets-none",
            "The administrator's login gets the rights of an anonymous caller.",
            "kii-token.admin",
            **_made(_never_admin, "_by_client"),
        ),
        _login("with-any-secret", "Any client_secret serves.", _USER, _by_client=_any_secret),
        _login("ends-the-one-before", "A login ends the tokens that were given before.", "kii-token.several-tokens", log_in=_one_at_a_time),
        _login("refuses-grant-type", "A login that says grant_type is refused.", "kii-token.admin-client-credentials", log_in=_without_grant_type),
        _login("for-ever", "A token never ends.", "kii-pick.token-life", log_in=_for_ever),
        _login("past-the-moment", "A token serves an hour longer than expiresAt says.", "kii-token.expires-at", log_in=_past_the_moment),
        *(
            (
                f"login-refuses-{name}",
                Mutant(
                    says=f"A login that comes as {media} is refused.",
                    operations=LOGIN,
                    clauses=("kii-token.media-types",),
                    operate=_one_media_type(media),
                ),
            )
            for name, media in (("plain-json", _PLAIN), ("kiis-media-type", _KII))
        ),
    ]
)
