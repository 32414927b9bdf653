"""From Kii's refusals, and from requests that no operation can judge, to the bodies that Kii sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..engine.exchange import Exchange
from ..engine.vendor import Refusal, Reply, Trouble
from . import credentials
from .entities import Owner, Principal
from .refusals import No, clause_of
from .world import KiiWorld

# What the clauses of each operation's refusals begin with; the second address form has the same.
CLAUSES = {
    "addOwner": "kii-post.",
    "listOwners": "kii-list.",
    "requestGroupOwnership": "kii-request-group.",
    "requestUserOwnership": "kii-request-user.",
    "confirmOwnership": "kii-confirm.",
    "putUserOwner": "kii-put.",
    "putGroupOwner": "kii-put.",
    "isUserOwner": "kii-is-owner.",
    "isGroupOwner": "kii-is-owner.",
    "removeUserOwner": "kii-remove.",
    "removeGroupOwner": "kii-remove.",
    "issueToken": "kii-token.",
    "issueTokenForApp": "kii-token.",
    "registerThing": "kii-thing.",
    "readThing": "kii-thing.read-",
    "deleteThing": "kii-thing.delete-",
    "registerUser": "kii-user.",
    "readSelf": "kii-user.read-self-",
    "deleteUser": "kii-user.delete-",
    "createGroup": "kii-group.create-",
    "deleteGroup": "kii-group.delete-",
    "addMember": "kii-group.add-member-",
    "removeMember": "kii-group.remove-member-",
}


@dataclass(frozen=True)
class Form:
    """How one kind of refusal is answered. exception: the name in the body's media type. clause: the last part of the operation's clause for it."""

    status: int
    exception: str
    code: str
    message: str
    clause: str


_INVALID, _UNAUTHORIZED = (400, "ValidationException", "INVALID_INPUT_DATA"), (401, "UnauthorizedAccessException", "UNAUTHORIZED")
FORMS = {
    "neither": Form(*_INVALID, "Neither userID nor groupID is given: one of the two is needed.", "400-neither"),
    "both": Form(*_INVALID, "Both userID and groupID are given: only one of the two may be.", "400-both"),
    "invalid": Form(*_INVALID, "The request's data are not valid.", "400"),
    "invalid_grant": Form(400, "OAuth", "invalid_grant", "No one is known by this name and secret.", "400-thing"),
    "user_missing": Form(404, "UserNotFoundException", "USER_NOT_FOUND", "This application has no such user.", "404-user"),
    "group_missing": Form(404, "GroupNotFoundException", "GROUP_NOT_FOUND", "This application has no such group.", "404-group"),
    "thing_missing": Form(404, "ThingNotFoundException", "THING_NOT_FOUND", "This application has no such thing.", "404-thing"),
    "app_missing": Form(404, "AppNotFoundException", "APP_NOT_FOUND", "There is no such application.", "404-app"),
    "ownership_missing": Form(404, "ThingOwnershipNotFoundException", "THING_OWNERSHIP_NOT_FOUND", "It does not own the thing.", "404-ownership"),
    "not_owner": Form(404, "ThingOwnershipNotFoundException", "THING_OWNERSHIP_NOT_FOUND", "It does not own the thing.", "404"),
    "unauthorized": Form(*_UNAUTHORIZED, "The caller may not do this.", "401"),
    "password": Form(*_UNAUTHORIZED, "The thing's password is missing or wrong.", "401-password"),
    "already_owner": Form(409, "ThingOwnershipAlreadyExistsException", "THING_OWNERSHIP_ALREADY_EXISTS", "It owns the thing already.", "409"),
    "bad_code": Form(
        409, "InvalidThingOwnershipCodeException", "INVALID_THING_OWNERSHIP_CODE", "The code completes no flow of this thing.", "409-code"
    ),
    "thing_exists": Form(409, "ThingAlreadyExistsException", "THING_ALREADY_EXISTS", "Another thing has this vendorThingID.", "409"),
    "user_exists": Form(409, "UserAlreadyExistsException", "USER_ALREADY_EXISTS", "Another user has this login name.", "409"),
    "wrong_token": Form(403, "WrongTokenException", "WRONG_TOKEN", "No one has this token.", "403"),
}


def media_type(exception: str) -> str:
    """Return the media type of an error body."""
    return f"application/vnd.kii.{exception}+json"


def refuse(exchange: Exchange, refusal: Refusal) -> Reply:
    """Return Kii's answer to a refusal of its rules."""
    assert isinstance(refusal, No)  # noqa: S101 - the column's own rules raise nothing else
    form = FORMS[refusal.kind]
    clause = refusal.clause or _clause(exchange, form)
    if exchange.method == "HEAD":
        return Reply(form.status, clause)
    if form.exception == "OAuth":
        return Reply(form.status, clause, {"errorCode": form.code, "error": form.code, "error_description": form.message}, "application/json")
    body = {"errorCode": form.code, "message": form.message, **_fields(refusal, exchange)}
    return Reply(form.status, clause, body, media_type(form.exception))


def _clause(exchange: Exchange, form: Form) -> str:
    if form.exception == "WrongTokenException":
        return "kii-public.unknown-token"
    beginning = CLAUSES[(exchange.operation or "").removesuffix("ByThingID")]
    # POST ownership has two causes for its 401; every other operation has one.
    cause = "401-not-authorized" if (beginning, form.clause) == ("kii-post.", "401") else form.clause
    return beginning + cause


def _fields(no: No, exchange: Exchange) -> Mapping[str, Any]:
    """Return what a refusal's body names beside its code and message: each kind of refusal its own."""
    facts = no.facts
    match no.kind:
        case "unauthorized" | "password":
            return _authenticated(exchange.principal, exchange.state)
        case "user_missing":
            named = {"field": "userID", "value": facts["id"]}
        case "group_missing":
            named = {"groupID": facts["id"]}
        case "thing_missing" | "thing_exists" | "user_exists":
            named = {"field": facts["field"], "value": facts["value"]}
        case "already_owner" | "ownership_missing":
            owner: Owner = facts["owner"]
            named = {"thingID": facts["thing_id"], f"{owner.kind}ID": owner.id}
        case "bad_code":
            named = {"thingID": facts["thing_id"]}
        case "wrong_token":
            # Also where the token is another application's that has ended: of it nothing is told.
            return {"appID": credentials.app_of(exchange.segments)}
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
    world: KiiWorld = exchange.state
    kind = found.kind
    if kind == "no_credential":
        return refuse(exchange, world.by_pick("no_credential"))
    if kind in ("malformed_json", "invalid_body", "absent_content_type", "wrong_content_type"):
        pick = "non_string_field" if kind == "invalid_body" else kind
        if world.settings[pick] == "unsupported":
            return _plain(415, clause_of(pick), "UNSUPPORTED_MEDIA_TYPE", found)
        code = "INVALID_JSON" if world.settings[pick] == "invalid_json" else "INVALID_INPUT_DATA"
        body = {"errorCode": code, "message": _message(found)}
        clause = SHAPES.get(exchange.operation or "") if kind == "invalid_body" and isinstance(exchange.parsed, dict) else None
        return Reply(400, clause or clause_of(pick), body, media_type("ValidationException"))
    status, code = PROTOCOL[kind]
    clause = {"unknown_path": "kii-pick.unknown-path", "wrong_method": "kii-pick.wrong-method"}.get(kind, "protocol")
    return _plain(status, clause, code, found)


# The operations of which it is known that a field that is missing or of another form is refused so.
SHAPES = {"registerThing": "kii-thing.400", "registerUser": "kii-user.400", "createGroup": "kii-group.create-400"}
PROTOCOL = {
    "malformed_request": (400, "INVALID_INPUT_DATA"),
    "unknown_path": (404, "NOT_FOUND"),
    "wrong_method": (405, "METHOD_NOT_ALLOWED"),
    "body_too_large": (413, "REQUEST_ENTITY_TOO_LARGE"),
    "mock_at_fault": (500, "INTERNAL_SERVER_ERROR"),
    "world_full": (507, "INSUFFICIENT_STORAGE"),
}


def _plain(status: int, clause: str, code: str, found: Trouble) -> Reply:
    return Reply(status, clause, {"errorCode": code, "message": _message(found)}, "application/json", found.headers)


def _message(found: Trouble) -> str:
    # Real clients pass messages through decodeURIComponent, which fails on a bare percent sign.
    return found.detail.replace("%", "%25")
