"""How a Kii world looks from outside: the control API's view, the target file's table, the lines ready to paste."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ..engine.vendor import Settings
from .entities import App, Principal, Thing, Token


def state_view(apps: Mapping[str, App], tokens: Mapping[str, Token]) -> dict[str, Any]:
    """Return every application with its users, groups, things, owners and pending flows, and every principal with its token."""
    return {
        "principals": [{"who": label, "credential": header} for label, header in principals(apps, tokens)],
        "apps": [
            {
                "id": app.id,
                "require_password": app.require_password,
                "admin": {"id": app.admin_id, "client_id": app.client_id, "client_secret": app.client_secret},
                "users": [asdict(user) for user in app.users.values()],
                "groups": [asdict(group) for group in app.groups.values()],
                "things": [_thing(thing) for thing in app.things.values()],
            }
            for app in apps.values()
        ],
    }


def _thing(thing: Thing) -> dict[str, Any]:
    row = {key: value for key, value in asdict(thing).items() if key != "used_codes"}
    return {**row, "created": int(thing.created), "flows": [asdict(flow) for flow in thing.flows.values()]}


def target_table(apps: Mapping[str, App], tokens: Mapping[str, Token], settings: Settings) -> dict[str, Any]:
    """Return the `kii` table of a target file: the picks, and the applications with all that a suite may draw on."""
    by_principal = {token.holder: text for text, token in reversed(list(tokens.items()))}
    return {"picks": dict(settings), "apps": [_app_table(app, by_principal) for app in apps.values()]}


def _app_table(app: App, tokens: Mapping[Principal, str]) -> dict[str, Any]:
    """Return an application's row: those of its users and things that have a token. The administrator's may have been revoked."""
    admin = tokens.get(Principal("admin", app.id, app.admin_id))
    flag = {} if app.require_password is None else {"require_password": app.require_password}
    users = [(user, tokens.get(Principal("user", app.id, user.id))) for user in app.users.values()]
    things = [(thing, tokens.get(Principal("thing", app.id, thing.id))) for thing in app.things.values()]
    return {
        "id": app.id,
        "key": app.key,
        **flag,
        "admin": {**({"token": admin} if admin else {}), "client_id": app.client_id, "client_secret": app.client_secret},
        # A world is there to be used up.
        "users": [{"id": user.id, "token": token, "login": user.login, "password": user.password, "fresh": True} for user, token in users if token],
        "groups": [
            {"id": group.id, "members": list(group.members), **({} if group.owner is None else {"owner": group.owner}), "fresh": True}
            for group in app.groups.values()
        ],
        "things": [
            {
                "id": thing.id,
                "vendor_id": thing.vendor_id,
                "password": thing.password,
                "token": token,
                "fresh": not (thing.owners or thing.flows),
            }
            for thing, token in things
            if token
        ],
    }


def principals(apps: Mapping[str, App], tokens: Mapping[str, Token]) -> list[tuple[str, str]]:
    """Return who may call: a label such as `APP user alice (ID)`, and the Authorization header."""
    rows = []
    for text, token in tokens.items():
        holder = token.holder
        label = _label(apps[holder.app_id], holder)
        named = [holder.app_id, holder.kind, label, f"({holder.id})" if holder.id else None]
        rows.append((" ".join(filter(None, named)), f"Authorization: Bearer {text}"))
    for app in apps.values():
        basic = base64.b64encode(f"{app.id}:{app.key}".encode()).decode()
        rows.append((f"{app.id} anonymous", f"Authorization: Basic {basic}"))
    return rows


def _label(app: App, who: Principal) -> str | None:
    """Return the scenario's name for a user or thing; None for others."""
    if who.kind == "user" and who.id in app.users:
        return app.users[who.id].label
    return app.things[who.id].label if who.kind == "thing" and who.id in app.things else None


def who(state: Any, principal: Principal) -> str:
    """Return the principal as a short text for the journal: application, kind, and the scenario's name or the id."""
    app = state.apps[principal.app_id]
    return " ".join(filter(None, (principal.app_id, principal.kind, _label(app, principal) or principal.id)))
