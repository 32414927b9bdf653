"""Deployments that go wrong about users: registered, read, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...engine.mutants import Mutant, Rule
from ..entities import Principal, User
from ..refusals import No
from ..world import KiiWorld
from .ways import acts_and_refuses, at_one, nothing


def _without_fields(_: KiiWorld, good: Rule, *asked: Any) -> User:
    user: User = good(*asked)
    user.fields.clear()
    return user


def _with_another_password(_: KiiWorld, good: Rule, *asked: Any) -> User:
    user: User = good(*asked)
    user.password = user.password[::-1] + "x"
    return user


def _again(world: KiiWorld, good: Rule, who: Principal, app_id: str, body: Mapping[str, Any]) -> User:
    app = world.apps.get(app_id)
    known = app.logins.pop(body["loginName"], None) if app is not None else None
    try:
        user: User = good(who, app_id, body)
    except No:
        if app is not None and known is not None:
            app.logins[body["loginName"]] = known
        raise
    return user


def _taken_elsewhere(world: KiiWorld, good: Rule, who: Principal, app_id: str, body: Mapping[str, Any]) -> User:
    other = next((app for app in world.apps.values() if app.id != app_id and app.user(body["loginName"]) is not None), None)
    if other is not None and who.app_id == app_id:
        raise No("user_exists", app_id=app_id, field="loginName", value=body["loginName"])
    user: User = good(who, app_id, body)
    return user


_USER = "registerUser"
MUTANTS: Mapping[str, Mutant] = dict(
    [
        at_one(
            _USER,
            "register-user-drops-fields",
            "Of a new user nothing is kept but his name and password.",
            "kii-user.read-self-200",
            register_user=_without_fields,
        ),
        at_one(_USER, "register-user-spoils-the-password", "A new user cannot log in.", "kii-user.register", register_user=_with_another_password),
        at_one(_USER, "register-user-twice", "A login name is given to a second user.", "kii-user.409", register_user=_again),
        at_one(
            _USER,
            "register-user-names-of-other-apps",
            "A login name that another application has is taken.",
            "kii-user.register",
            register_user=_taken_elsewhere,
        ),
        at_one(
            _USER, "register-user-acts-and-refuses", "A user is registered, and the answer says no.", "kii-user.201", register_user=acts_and_refuses
        ),
        at_one("deleteUser", "delete-user-deletes-nothing", "A user who is deleted stays.", "kii-user.delete", forget_user=nothing),
        at_one(
            "deleteUser",
            "delete-user-acts-and-refuses",
            "A user is deleted, and the answer says no.",
            "kii-user.delete-204",
            delete_user=acts_and_refuses,
        ),
    ]
)
