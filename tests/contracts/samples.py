"""Targets, rows and answers that the tests of the suite are made from."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import tomli_w
from ownership_contracts import specs
from ownership_contracts.contracts.case import Case
from ownership_contracts.contracts.contract import Answer

from .stub import Reply, Request, reply

RESOURCE_ID = "5d0c9a52-6b1f-4e0e-9c3b-8f2f5a7d1e64"
CREATED = {"resourceId": RESOURCE_ID}
TOKEN, COOKIE, PASSWORD = "ory_st_secret-of-ada", "session-secret-of-ada", "password-of-ada"


def answer(status: int, body: Any = None, media: str | None = "application/json", **headers: str) -> Answer:
    """An answer with a JSON body; with bytes, as they are; with None, without one."""
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    typed = {"content-type": media} if content and media is not None else {}
    return Answer(status, {**typed, **headers}, content)


def connhex_table(**changed: Any) -> dict[str, Any]:
    """A table with two users who may claim, of whom one can sign in, and three enabled devices; None takes a key away."""
    table = {
        "users": [
            {"id": "u-ada", "token": TOKEN, "cookie": COOKIE, "permission": "allowed", "identifier": "ada@x", "password": PASSWORD},
            {"id": "u-bob", "token": "ory_st_secret-of-bob", "cookie": "session-secret-of-bob", "permission": "allowed"},
        ],
        "devices": [{"id": f"D-{number}", "enabled": True} for number in (1, 2, 3)],
        **changed,
    }
    return {key: value for key, value in table.items() if value is not None}


def kii_app(app_id: str = "app1", **changed: Any) -> dict[str, Any]:
    """An application with the flag off, two users in no group, two groups with a member each, one of them with a login, two things.

    None takes a key away.
    """
    app = {
        "id": app_id,
        "key": f"key-of-{app_id}",
        "require_password": False,
        "admin": {"token": f"{app_id}-token-of-admin"},
        "users": [{"id": f"{app_id}-{name}", "token": f"{app_id}-token-of-{name}"} for name in ("alice", "bob", "carol")]
        + [{"id": f"{app_id}-dave", "token": f"{app_id}-token-of-dave", "login": "dave", "password": "Dave-Secret"}],
        "groups": [{"id": f"{app_id}-family", "members": [f"{app_id}-carol"]}, {"id": f"{app_id}-neighbours", "members": [f"{app_id}-dave"]}],
        "things": [
            {
                "id": f"th.{app_id}-{number}",
                "vendor_id": f"{app_id}-lamp-{number}",
                "password": f"Secret-{number}",
                "token": f"{app_id}-token-of-{number}",
            }
            for number in (1, 2)
        ],
        **changed,
    }
    return {key: value for key, value in app.items() if value is not None}


def owners(*users: str) -> Reply:
    """Kii's answer that lists these users as a thing's owners."""
    return replace(reply(200, {"users": users, "groups": []}), media="application/vnd.kii.ThingOwnershipRetrievalResponse+json")


def target_file(folder: Path, base_url: str, **tables: Any) -> Path:
    """The file of a target that may be changed; without tables, it has that of connhex_table."""
    file = folder / "target.toml"
    # With a control API each row plays in a world of its own, in which anything may be changed.
    mode = {} if "control" in tables else {"mode": "fixtures"}
    file.write_text(tomli_w.dumps({"base_url": base_url, **mode, **(tables or {"connhex": connhex_table()})}), "utf-8")
    return file


def knowing(answer: Callable[[Request], Reply], users: Sequence[Mapping[str, Any]] | None = None) -> Callable[[Request], Reply]:
    """A deployment that knows whose credentials it is shown, and answers everything else so.

    users: Connhex's; else connhex_table's. Kii's are kii_app's, of whom it lets anybody list owners.
    """
    people = connhex_table()["users"] if users is None else users
    sessions = {f"Bearer {user['token']}": user["id"] for user in people}
    sessions |= {f"chx_auth_session={user['cookie']}": user["id"] for user in people if "cookie" in user}
    app = kii_app()
    us = {f"Bearer {user['token']}": user["id"] for user in app["users"]}
    things = {thing["vendor_id"]: thing["id"] for thing in app["things"]}

    def answered(request: Request) -> Reply:
        shown = request.headers.get("authorization", request.headers.get("cookie", ""))
        if request.path.endswith("/auth/sessions/whoami") and shown in sessions:
            return reply(200, {"id": "s", "active": True, "identity": {"id": sessions[shown], "schema_id": "", "schema_url": "", "traits": {}}})
        if request.path.endswith("/users/me") and shown in us:
            return reply(200, {"userID": us[shown]})
        if request.path.endswith("/oauth2/token"):
            return reply(200, {"access_token": "a-token-of-a-login"})
        name = request.path.rpartition("VENDOR_THING_ID:")[2]
        return reply(200, {"_thingID": things[name]}) if name in things else answer(request)

    return answered


def row(**changed: Any) -> Case:
    """A row of Connhex's that claims a device; the keywords replace parts of it, as they stand in a case file."""
    data: dict[str, Any] = {
        "id": "a-row",
        "clause": "connhex-post.201",
        "effect": "owner",
        "needs": {"user": "allowed", "device": "enabled"},
        "as": "user",
        "call": "register",
        "with": {"body": {"deviceId": "$device.id"}},
        "expect": {"status": 201},
        **changed,
    }
    kept = ("as", "call", "send", "with", "keep", "expect")
    return Case(
        vendor=data.get("vendor", "connhex"),
        id=data["id"],
        clause=specs.ledger(data.get("vendor", "connhex")).clauses[data["clause"]],
        effect=data["effect"],
        step={key: data[key] for key in kept if data.get(key) is not None},
        needs=data["needs"],
        given=tuple(data.get("given", ())),
        then=tuple(data.get("then", ())),
    )
