"""What a request does at Kii if it is accepted, rightly or wrongly."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from ..live.resource import Resource, Touch
from ..shown import json_or_none
from .principals import PASSWORD, UNKNOWN

OWN_PASSWORD = "with a password that does not follow from the name"  # noqa: S105 - a note
VENDOR_ID = "VENDOR_THING_ID:"
NOBODY = frozenset({*UNKNOWN.values(), VENDOR_ID + UNKNOWN["vendor_thing"]})
# What lies below one of these is part of it: its owners, its members.
_KINDS = {"things": "thing", "users": "user", "groups": "group"}
_BELOW_AN_APP = re.compile(r"/api/apps/([^/?]+)/(things|users|groups)(?:/([^/?]+)(?:/[^?]*)?)?/?(?:\?.*)?")
_LOGIN = re.compile(r"/api/(?:apps/[^/?]+/)?oauth2/token")
# By which field of its request what is made can be found again.
_OWN_NAMES = {"thing": "_vendorThingID", "user": "loginName", "group": "name"}


def thing_names(app: str, thing_id: str, vendor_id: str) -> list[Resource]:
    """Return a thing under both of its names."""
    return [Resource("kii", "thing", name, app) for name in (thing_id, VENDOR_ID + vendor_id)]


def is_login(method: str, path: str) -> bool:
    """Return whether the request asks for a token."""
    return method == "POST" and _LOGIN.fullmatch(path) is not None


def touches(method: str, path: str, content: bytes) -> Touch | None:
    """Return what the request makes or changes: the thing, user or group that its path leads to. None: it leads to no one of them."""
    if is_login(method, path):
        return Touch()
    found = _BELOW_AN_APP.fullmatch(path)
    if found is None:
        return None
    app, kind, name = unquote(found[1]), _KINDS[found[2]], unquote(found[3] or "")
    if name:
        # Whose own the last is, the credential says.
        return None if name == "me" else Touch(changes=(Resource("kii", kind, name, app),))
    if method != "POST":
        return None
    told = json_or_none(content)
    body = told if isinstance(told, dict) else {}
    return Touch(makes=Resource("kii", kind, _own_name(kind, body), app), note=_note(kind, body))


def _own_name(kind: str, body: Mapping[str, Any]) -> str:
    name = body.get(_OWN_NAMES[kind])
    return (VENDOR_ID if kind == "thing" else "") + name if isinstance(name, str) and name else ""


def _note(kind: str, body: Mapping[str, Any]) -> str:
    """Return what is to be known of it besides, where nobody can ask for it by its name."""
    if kind == "group" and isinstance(body.get("owner"), str):
        return f"its owner is user {body['owner']}"
    follows = isinstance(body.get("password"), str) and PASSWORD.fullmatch(body["password"])
    return OWN_PASSWORD if kind == "user" and not follows else ""
