"""From Kii's refusals, and from requests that no operation can judge, to the bodies that Kii sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..engine.exchange import Exchange
from ..engine.vendor import Refusal, Reply, Trouble
from . import credentials
from .entities import Owner, Principal
from .refusals import No
from .world import KiiWorld

# The prefix of the clauses of each operation's responses; the second address form has the same.
PAGES = {
    "addOwner": "post",
    "listOwners": "list",
    "requestGroupOwnership": "request-group",
    "requestUserOwnership": "request-user",
    "confirmOwnership": "confirm",
}


@dataclass(frozen=True)
class Form:
    """How one kind of refusal is answered. clause: the last part of the operation's clause for it."""

    status: int
    exception: str
    code: str
    message: str
    clause: str


FORMS = {
    "neither": Form(
        400, "ValidationException", "INVALID_INPUT_DATA", "Neither userID nor groupID is given: one of the two is needed.", "400-neither"
    ),
    "both": Form(400, "ValidationException", "INVALID_INPUT_DATA", "Both userID and groupID are given: only one of the two may be.", "400-both"),
    "invalid": Form(400, "ValidationException", "INVALID_INPUT_DATA", "The request's data are not valid.", "400"),
    "user_missing": Form(404, "UserNotFoundException", "USER_NOT_FOUND", "This application has no such user.", "404-user"),
    "group_missing": Form(404, "GroupNotFoundException", "GROUP_NOT_FOUND", "This application has no such group.", "404-group"),
    "thing_missing": Form(404, "ThingNotFoundException", "THING_NOT_FOUND", "This application has no such thing.", "404-thing"),
    "app_missing": Form(404, "AppNotFoundException", "APP_NOT_FOUND", "There is no such application.", "404-app"),
    "unauthorized": Form(401, "UnauthorizedAccessException", "UNAUTHORIZED", "The caller may not do this.", "401"),
    "password": Form(401, "UnauthorizedAccessException", "UNAUTHORIZED", "The thing's password is missing or wrong.", "401-password"),
    "already_owner": Form(409, "ThingOwnershipAlreadyExistsException", "THING_OWNERSHIP_ALREADY_EXISTS", "It owns the thing already.", "409"),
    "bad_code": Form(
        409, "InvalidThingOwnershipCodeException", "INVALID_THING_OWNERSHIP_CODE", "The code completes no flow of this thing.", "409-code"
    ),
    "wrong_token": Form(403, "WrongTokenException", "WRONG_TOKEN", "No one has this token.", "403"),
}


def media_type(exception: str) -> str:
    """Return the media type of an error body."""
    return f"application/vnd.kii.{exception}+json"


def refuse(exchange: Exchange, refusal: Refusal) -> Reply:
    """Return Kii's answer to a refusal of its rules."""
    assert isinstance(refusal, No)  # noqa: S101 - the column's own rules raise nothing else
    form = FORMS[refusal.kind]
    body = {"errorCode": form.code, "message": form.message, **_fields(refusal, exchange)}
    return Reply(form.status, refusal.clause or _clause(exchange, form), body, media_type(form.exception))


def _clause(exchange: Exchange, form: Form) -> str:
    if form.exception == "WrongTokenException":
        return "kii-public.unknown-token"
    page = PAGES[(exchange.operation or "").removesuffix("ByThingID")]
    # POST ownership has two causes for its 401; every other operation has one.
    cause = "401-not-authorized" if (page, form.clause) == ("post", "401") else form.clause
    return f"kii-{page}.{cause}"


def _fields(no: No, exchange: Exchange) -> Mapping[str, Any]:
    """Return what a refusal's body names beside its code and message: each kind of refusal its own."""
    facts = no.facts
    match no.kind:
        case "unauthorized" | "password":
            return _authenticated(exchange.principal, exchange.state)  # type: ignore[arg-type]  # a Kii exchange holds a Kii world
        case "user_missing":
            named = {"field": "userID", "value": facts["id"]}
        case "group_missing":
            named = {"groupID": facts["id"]}
        case "thing_missing":
            named = {"field": facts["field"], "value": facts["value"]}
        case "already_owner":
            owner: Owner = facts["owner"]
            named = {"thingID": facts["thing_id"], f"{owner.kind}ID": owner.id}
        case "bad_code":
            named = {"thingID": facts["thing_id"]}
        case _:
            named = {}
    return {**named, **({"appID": facts["app_id"]} if "app_id" in facts else {})}


def _authenticated(who: Principal | None, world: KiiWorld) -> Mapping[str, Any]:
    if who is None:
        return {}
    named = who.kind in ("user", "thing") or (who.kind == "admin" and world.settings["principal_of_admin"] == "named")
    return {"authenticatedAppID": who.app_id, **({"authenticatedPrincipalID": who.id} if named else {})}


def trouble(exchange: Exchange, found: Trouble) -> Reply:
    """Return Kii's answer to a request that no operation can judge: the picks say how, and the detail says what."""
    world: KiiWorld = exchange.state  # type: ignore[assignment]  # a Kii exchange holds a Kii world
    kind = found.kind
    if kind == "no_credential":
        return refuse(exchange, credentials.by_pick(world, "no_credential", exchange.path))
    if kind in ("malformed_json", "invalid_body", "absent_content_type", "wrong_content_type"):
        pick = "non_string_field" if kind == "invalid_body" else kind
        if world.settings[pick] == "unsupported":
            return _plain(415, f"kii-pick.{pick.replace('_', '-')}", "UNSUPPORTED_MEDIA_TYPE", found)
        code = "INVALID_JSON" if world.settings[pick] == "invalid_json" else "INVALID_INPUT_DATA"
        body = {"errorCode": code, "message": _message(found)}
        return Reply(400, f"kii-pick.{pick.replace('_', '-')}", body, media_type("ValidationException"))
    status, code = PROTOCOL[kind]
    clause = {"unknown_path": "kii-pick.unknown-path", "wrong_method": "kii-pick.wrong-method"}.get(kind, "protocol")
    return _plain(status, clause, code, found)


PROTOCOL = {
    "malformed_request": (400, "INVALID_INPUT_DATA"),
    "unknown_path": (404, "NOT_FOUND"),
    "wrong_method": (405, "METHOD_NOT_ALLOWED"),
    "body_too_large": (413, "REQUEST_ENTITY_TOO_LARGE"),
    "mock_at_fault": (500, "INTERNAL_SERVER_ERROR"),
}


def _plain(status: int, clause: str, code: str, found: Trouble) -> Reply:
    return Reply(status, clause, {"errorCode": code, "message": _message(found)}, "application/json", found.headers)


def _message(found: Trouble) -> str:
    # Real clients pass messages through decodeURIComponent, which fails on a bare percent sign.
    return found.detail.replace("%", "%25")
