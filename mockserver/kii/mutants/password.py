"""Deployments that go wrong about a thing's password and the parameter that asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...engine.mutants import Mutant, Rule
from ..entities import App, Principal, Thing
from ..world import KiiWorld
from .places import POST, PUT
from .ways import always, replaced, thing_of, within

_REFUSED = ("kii-post.401-password",)


def _asks(world: KiiWorld, app: App) -> bool:
    return bool(world.settings["require_password_default"] if app.require_password is None else app.require_password)


def _where_asked(holds: Callable[[KiiWorld, App, Thing, str | None], bool]) -> Rule:
    """Return the rule under which this holds too, where the application asks for the password. holds: world, application, thing, what was sent."""

    def rule(world: KiiWorld, good: Rule, who: Principal, app: App, thing: Thing, *sent: str | None) -> bool:
        return bool(good(who, app, thing, *sent)) or holds(world, app, thing, sent[0])

    return rule


def _taken_for(alike: Callable[[str, str], bool]) -> Rule:
    return _where_asked(lambda _world, _app, thing, sent: sent is not None and alike(sent, thing.password))


def _never_asked(world: KiiWorld, app: App, _: Thing, __: str | None) -> bool:
    return _asks(world, app)


def _always_asked(_: KiiWorld, __: Rule, ___: Principal, ____: App, thing: Thing, *sent: str | None) -> bool:
    return sent[0] == thing.password


def _of_another_app(world: KiiWorld, _: Rule, __: Principal, app: App, thing: Thing, *sent: str | None) -> bool:
    other = next((other for other in world.apps.values() if other is not app and other.require_password != app.require_password), app)
    return not _asks(world, other) or sent[0] == thing.password


def _set_by_nobody(_: KiiWorld, good: Rule, who: Principal, app: App, thing: Thing, *sent: str | None) -> bool:
    return bool(good(who, app, thing, *sent)) and app.require_password is not None


def _never_right(world: KiiWorld, good: Rule, who: Principal, app: App, thing: Thing, *sent: str | None) -> bool:
    return not _asks(world, app) and bool(good(who, app, thing, *sent))


def _post(name: str, says: str, rule: Rule, *clauses: str) -> tuple[str, Mutant]:
    return name, Mutant(says=says, operations=POST, clauses=clauses or _REFUSED, rules={"add_owner": within(_password_holds=rule)})


def _by_password(world: KiiWorld, good: Rule, *asked: Any) -> None:
    """Let in whoever sends the thing's password."""
    _, app_id, ref, _, password = asked
    thing = thing_of(world, app_id, ref)
    right = thing is not None and password == thing.password
    with replaced(world, {"_may_add": lambda *_: True} if right else {}):
        good(*asked)


MUTANTS: Mapping[str, Mutant] = dict(
    [
        _post(
            "password-never-asked",
            "POST ownership adds owners without the password, whatever the application's parameter says.",
            _where_asked(_never_asked),
        ),
        _post("password-in-any-case", "Upper and lower case of a password are one.", _taken_for(lambda sent, known: sent.lower() == known.lower())),
        _post("password-begun", "The beginning of a password is enough.", _taken_for(lambda sent, known: bool(sent) and known.startswith(sent))),
        _post(
            "password-always-asked",
            "POST ownership asks for the password where the application's parameter is false too.",
            _always_asked,
            "kii-post.no-password-when-flag-false",
            "kii-post.password-ignored-when-flag-false",
        ),
        _post(
            "password-parameter-unset-refuses",
            "Where the parameter was never set, nobody can be added.",
            _set_by_nobody,
            "kii-pick.require-password-default",
        ),
        _post("password-refused", "No password serves, not even the thing's.", _never_right, "kii-post.password-when-flag-true"),
        (
            "put-where-a-password-is-asked",
            Mutant(
                says="PUT of an owner works where the application asks for the password too.",
                operations=PUT,
                clauses=("kii-put.401-password",),
                rules={"put_owner": within(_password_holds=_where_asked(_never_asked))},
            ),
        ),
        (
            "put-refused-everywhere",
            Mutant(
                says="PUT of an owner is refused where no password is asked for either.",
                operations=PUT,
                clauses=("kii-put.no-password-when-flag-false",),
                rules={"put_owner": within(_password_holds=always(False))},
            ),
        ),
    ]
)
