"""A mock server with one rule broken: `python faulty_server.py FAULT serve …`. Each fault is a way in which a real deployment goes wrong.

`python faulty_server.py` alone reads such words from its standard input, a line a server: each ends the server before it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ownership_contracts.mockserver import cli, serve  # noqa: F401 - what the command imports when it is to serve
from ownership_contracts.mockserver.connhex import accounts
from ownership_contracts.mockserver.connhex.accounts import Accounts
from ownership_contracts.mockserver.connhex.entities import Statement
from ownership_contracts.mockserver.connhex.world import ConnhexWorld
from ownership_contracts.mockserver.engine.contract import Contract
from ownership_contracts.mockserver.kii import replies
from ownership_contracts.mockserver.kii.entities import App
from ownership_contracts.mockserver.kii.world import KiiWorld

FAULTS: dict[str, Callable[[], None]] = {}


def fault(function: Callable[[], None]) -> Callable[[], None]:
    FAULTS[function.__name__] = function
    return function


def wrap(owner: Any, name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    setattr(owner, name, make(getattr(owner, name)))


@fault
def outsider_may_add() -> None:
    KiiWorld._may_add = lambda self, who, app, named: who.kind in ("admin", "user")  # type: ignore[method-assign]


@fault
def thing_may_add() -> None:
    wrap(KiiWorld, "_may_add", lambda rule: lambda self, who, app, named: who.kind == "thing" or rule(self, who, app, named))


@fault
def member_of_any_group_counts() -> None:
    App.is_member = lambda self, user_id, group_id: any(user_id in group.members for group in self.groups.values())  # type: ignore[method-assign]


@fault
def password_flag_ignored() -> None:
    KiiWorld._password_holds = lambda self, who, app, thing, password: True  # type: ignore[method-assign]


@fault
def password_compared_by_prefix() -> None:
    def holds(rule: Callable[..., bool]) -> Callable[..., bool]:
        return lambda self, who, app, thing, password: (
            rule(self, who, app, thing, password and password.ljust(len(thing.password), "?"))
            or (bool(password) and thing.password.startswith(password))
        )

    wrap(KiiWorld, "_password_holds", holds)


@fault
def code_of_another_thing_accepted() -> None:
    def pending(rule: Callable[..., Any]) -> Callable[..., Any]:
        def find(self: KiiWorld, thing: Any, code: Any) -> Any:
            for app in self.apps.values():
                for other in app.things.values():
                    if thing is not None and (flow := rule(self, other, code)):
                        thing.flows[code] = flow
            return rule(self, thing, code)

        return find

    wrap(KiiWorld, "_pending", pending)


@fault
def any_code_confirms() -> None:
    KiiWorld._pending = lambda self, thing, code: next(iter(thing.flows.values()), None) if thing else None  # type: ignore[method-assign]


@fault
def either_side_may_confirm() -> None:
    def may(self: KiiWorld, who: Any, app: Any, ref: Any, flow: Any) -> bool:
        return flow is None or self.is_admin(who, app) or self.is_thing(who, app, ref) or self.is_owner_side(who, app, flow.owner)

    wrap(KiiWorld, "_may_confirm", lambda rule: may)


@fault
def users_and_groups_swapped() -> None:
    wrap(KiiWorld, "owners", lambda rule: lambda *given: rule(*given)[::-1])


@fault
def anybody_may_list() -> None:
    KiiWorld.is_thing = lambda self, who, app, ref: True  # type: ignore[method-assign]


@fault
def added_but_not_stored() -> None:
    def forget(rule: Callable[..., None]) -> Callable[..., None]:
        def add(self: KiiWorld, who: Any, app_id: str, ref: Any, *rest: Any) -> None:
            rule(self, who, app_id, ref, *rest)
            self.apps[app_id].thing(ref).owners.pop()  # type: ignore[union-attr]

        return add

    wrap(KiiWorld, "add_owner", forget)


@fault
def members_do_not_count() -> None:
    App.owns = lambda self, user_id, thing: any((o.kind, o.id) == ("user", user_id) for o in thing.owners)  # type: ignore[method-assign]


@fault
def member_who_left_still_counts() -> None:
    KiiWorld.remove_member = lambda self, who, app_id, group_id, user_id: None  # type: ignore[method-assign]


@fault
def thing_may_remove() -> None:
    wrap(KiiWorld, "_may_not_remove", lambda rule: lambda self, who, *rest: None if who.kind == "thing" else rule(self, who, *rest))


@fault
def put_needs_no_right() -> None:
    wrap(KiiWorld, "put_owner", lambda rule: lambda self, who, app_id, *rest, **known: rule(self, replace(who, kind="admin"), app_id, *rest, **known))


@fault
def any_password_logs_in() -> None:
    def log_in(rule: Callable[..., Any]) -> Callable[..., Any]:
        def accept(self: KiiWorld, app: App, username: str, password: str) -> Any:
            user = app.user(username)
            return rule(self, app, username, user.password if user else password)

        return accept

    wrap(KiiWorld, "_by_password", log_in)


@fault
def tokens_outlive_their_thing() -> None:
    wrap(KiiWorld, "forget_tokens", lambda rule: lambda self, holder: None if holder.kind == "thing" else rule(self, holder))


@fault
def flow_of_a_deleted_user_completes() -> None:
    wrap(KiiWorld, "owner_missing", lambda rule: lambda self, app, owner: None)


@fault
def anyone_may_delete_a_thing() -> None:
    wrap(KiiWorld, "is_owner_of", lambda rule: lambda self, who, app, thing: who.kind == "user")


@fault
def error_field_missing() -> None:
    Contract.complaint = lambda *given: None  # type: ignore[method-assign]
    wrap(replies, "_fields", lambda rule: lambda no, exchange: {key: value for key, value in rule(no, exchange).items() if key != "value"})


def with_life(rule: Callable[..., Any], name: str, times: float) -> Callable[..., Any]:
    """The rule where a life of this name is so many times as long as its setting says."""

    def judge(self: Any, *given: Any) -> Any:
        kept = self.settings
        self.settings = {**kept, name: kept[name] * times}
        try:
            return rule(self, *given)
        finally:
            self.settings = kept

    return judge


@fault
def code_lives_twice_as_long() -> None:
    wrap(KiiWorld, "is_alive", lambda rule: with_life(rule, "code_life", 2))


@fault
def enabling_ends_too_soon() -> None:
    wrap(ConnhexWorld, "claim", lambda rule: with_life(rule, "enable_life", 0.5))


@fault
def deny_ignored() -> None:
    wrap(Statement, "covers", lambda rule: lambda self, action, resource: self.effect == "ALLOW" and rule(self, action, resource))


@fault
def action_checked_without_its_resource() -> None:
    wrap(Statement, "covers", lambda rule: lambda self, action, resource: rule(self, action, self.resources[0].replace("*", "x")))


@fault
def unknown_device_claimed() -> None:
    def claim(rule: Callable[..., str]) -> Callable[..., str]:
        def accept(self: ConnhexWorld, who: Any, device_id: Any) -> str:
            if isinstance(device_id, str) and device_id:
                self.devices.setdefault(device_id, next(iter(self.devices.values())))
            return rule(self, who, device_id)

        return accept

    wrap(ConnhexWorld, "claim", claim)


@fault
def resource_without_grant() -> None:
    def provision(rule: Callable[..., Any]) -> Callable[..., Any]:
        def make(self: ConnhexWorld, *given: Any) -> Any:
            made = rule(self, *given)
            self.policies.pop()
            return made

        return make

    wrap(ConnhexWorld, "_provision", provision)


@fault
def cookie_not_accepted() -> None:
    ConnhexWorld.by_cookie = lambda self, cookie: None  # type: ignore[method-assign]


@fault
def wrong_password_signs_in() -> None:
    wrap(accounts, "same", lambda rule: lambda given, kept: True)


@fault
def login_flow_serves_twice() -> None:
    def login(rule: Callable[..., Any]) -> Callable[..., Any]:
        def complete(self: Accounts, flow_id: str, *given: Any) -> Any:
            kept = dict(self.flows)
            session = rule(self, flow_id, *given)
            self.flows = kept
            return session

        return complete

    wrap(Accounts, "login", login)


@fault
def ended_session_counts() -> None:
    Accounts._open = lambda self, session: session  # type: ignore[method-assign]


def serve_with(words: list[str]) -> int:
    FAULTS[words[0]]()
    return cli.main(words[1:])


def serve_each() -> None:
    """A process for each server, which has the imports from this one: they take longer than all else that a server needs to start."""
    child = 0
    for line in sys.stdin:
        end(child)
        child = os.fork()
        if not child:
            raise SystemExit(serve_with(line.split()))
    end(child)


def end(child: int) -> None:
    if child:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)


if __name__ == "__main__":
    if sys.argv[1:]:
        raise SystemExit(serve_with(sys.argv[1:]))
    serve_each()
