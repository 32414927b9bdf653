"""The steps of a row as calls of Kii's reference model: who calls, what, of which thing, with which body."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..columns import column
from ..contract import operations
from ..model import ModelError, Step
from .state import APP, FOREIGN_APP, Owner, State, app_of

BY_THING_ID = "ByThingID"
# The page of this one shows the thingID; the pages of the others the vendorThingID.
SHOWN_BY_THING_ID = "requestGroupOwnership"
UNNAMED = ("nobody", "wrong_key", "malformed_basic")
TOKENS = {"unknown_token": "unknown_token", "malformed_token": "unknown_token"}
_BEARER = re.compile(r"(?i:bearer) +(\S+)")


@dataclass(frozen=True)
class Caller:
    """Who calls. kind: admin, user, thing, anonymous, nobody, wrong_key, malformed_basic, unknown_token or expired_token.

    app: the application that he belongs to, empty where that is not known. id: a user's or a thing's.
    """

    kind: str
    app: str = ""
    id: str = ""


@dataclass(frozen=True)
class Call:
    """A call. operation: without the address form. by, value: what names the thing. owner: the user or group that the path names.

    group: the group whose member the path's user is. sent: whether there is a body. shown: whether a page shows this address form.
    """

    operation: str
    caller: Caller
    app: str
    by: str = ""
    value: str = ""
    owner: Owner | None = None
    group: str = ""
    body: Any = None
    sent: bool = False
    shown: bool = True

    @property
    def fields(self) -> Mapping[str, Any]:
        """The body's fields; none where there is no body."""
        return self.body if isinstance(self.body, Mapping) else {}

    @property
    def named(self) -> str:
        """The owner that the path names. ModelError where it names none."""
        if self.owner is None:
            raise ModelError(f"{self.operation} names no owner in its path")
        return self.owner.id


def call_of(state: State, step: Step) -> Call:
    """Return the call that a step is. ModelError where the model has no word for something of it."""
    operation = step.get("call", "")
    if operation not in operations("kii"):
        raise ModelError(f"the model knows no call {operation or step.get('send')!r}")
    given = step.get("with", {})
    unknown = given.keys() - {"path", "body", "headers", "raw", "media"}
    if unknown or given.get("raw"):
        raise ModelError(f"the model has no word for {', '.join(sorted(unknown)) or 'a raw body'} of {operation}")
    op = operations("kii")[operation]
    if "media" in given and "body" in given and op.media_types:
        raise ModelError(f"the model has no word for the media type {given['media']} of {operation}")
    path = {**column("kii").path, **given.get("path", {})}
    name = operation.removesuffix(BY_THING_ID)
    by = next((by for by in ("vendorThingID", "thingID") if f"{{{by}}}" in op.template), "")
    return Call(
        operation=name,
        caller=_caller(state, step),
        app=path["appID"] if "{appID}" in op.template else APP,
        by=by,
        value=path.get(by, ""),
        owner=_owner(op.template, path),
        group=path["groupID"] if "/members/" in op.template else "",
        body=given.get("body"),
        sent="body" in given,
        shown=(by == "thingID") == (name == SHOWN_BY_THING_ID),
    )


def _owner(template: str, path: Mapping[str, str]) -> Owner | None:
    if "{userID}" in template:
        return Owner("user", path["userID"])
    return Owner("group", path["groupID"]) if "{groupID}" in template else None


def _caller(state: State, step: Step) -> Caller:
    headers = {name.lower(): value for name, value in step.get("with", {}).get("headers", {}).items()}
    if "authorization" in headers:
        return _by_header(state, headers["authorization"])
    name = step["as"]
    if name in UNNAMED:
        return Caller(name)
    if name in TOKENS:
        return Caller(TOKENS[name])
    if name == "anonymous":
        return Caller("anonymous", APP)
    if name in ("admin", "foreign_admin"):
        return Caller("admin", APP if name == "admin" else FOREIGN_APP)
    return _holder(state, f"${name}.id")


def _by_header(state: State, authorization: str) -> Caller:
    found = _BEARER.fullmatch(authorization)
    if found is None:
        return Caller("nobody")
    token = next((token for token in reversed(state.tokens) if token.name == found[1]), None)
    if token is None:
        if found[1].startswith("$"):
            raise ModelError(f"the model does not know whose {found[1]} is")
        return Caller("unknown_token")
    # Whose holder is gone is a token that nobody has, whenever it would have ended.
    holder = _holder(state, token.holder)
    return Caller("expired_token") if holder.kind != "unknown_token" and state.now >= token.until else holder


def _holder(state: State, known: str) -> Caller:
    if known in state.gone:
        return Caller("unknown_token")
    if known in state.users or known in state.things:
        return Caller("user" if known in state.users else "thing", app_of(known), known)
    raise ModelError(f"the model knows no {known}: the needs bind none")
