"""Whom an event's arguments name in a Kii world."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from ..engine.listed import listed
from ..engine.vendor import EventError
from .entities import App, Group, Owner, Thing, User
from .world import KiiWorld

Arguments = Mapping[str, Any]
Kept = TypeVar("Kept", User, Group, Thing)


def app_of(world: KiiWorld, said: Arguments) -> App:
    """Return the application that `app` names, or the only one there is. EventError."""
    if "app" in said:
        app = world.apps.get(said["app"])
        if app is None:
            raise EventError(f"there is no application {said['app']!r}; there is {listed(world.apps)}")
        return app
    if len(world.apps) != 1:
        raise EventError(f"say which application with `app`; there is {listed(world.apps)}")
    return next(iter(world.apps.values()))


def user_of(app: App, name: str) -> User:
    """Return the user with this id or label. EventError."""
    return _found("user", app, app.users.get(name), app.users.values(), name)


def group_of(app: App, name: str) -> Group:
    """Return the group with this id or label. EventError."""
    return _found("group", app, app.groups.get(name), app.groups.values(), name)


def thing_of(app: App, name: str) -> Thing:
    """Return the thing with this thingID, vendorThingID or label. EventError."""
    return _found("thing", app, app.things.get(name) or app.things.get(app.vendor_ids.get(name, "")), app.things.values(), name)


def owner_of(app: App, said: Arguments) -> Owner:
    """Return the owner that `user` or `group` names. EventError."""
    return Owner("user", user_of(app, said["user"]).id) if "user" in said else Owner("group", group_of(app, said["group"]).id)


def owner_label(app: App, owner: Owner) -> str:
    """Return kind and label of a user or group; its id where it has been deleted."""
    kept: User | Group | None = app.users.get(owner.id) if owner.kind == "user" else app.groups.get(owner.id)
    return f"{owner.kind} {kept.label if kept else owner.id}"


def _found(kind: str, app: App, by_id: Kept | None, kept: Iterable[Kept], name: str) -> Kept:
    if by_id is not None:
        return by_id
    known = list(kept)
    called = [one for one in known if one.label == name]
    if len(called) > 1:
        raise EventError(f"more than one {kind} of application {app.id} is called {name!r}: give an id, {listed(one.id for one in called)}")
    if not called:
        raise EventError(f"application {app.id} has no {kind} {name!r}; it has {listed(one.label for one in known)}")
    return called[0]
