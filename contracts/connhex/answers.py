"""What the reference model expects of an answer, each part under its grade."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .state import State

Expect = Mapping[str, Any]
UUID4 = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$"
TEXT = {"type": "string", "minLength": 1}


def an_object(**properties: Any) -> dict[str, Any]:
    """Return the schema of an object that has these."""
    return {"type": "object", "required": list(properties), "properties": properties}


def another(known: Iterable[str]) -> dict[str, Any]:
    """Return the schema of a text that is none of these variables' values."""
    values = [f"${name}" for name in known]
    return {**TEXT, **({"not": {"enum": values}} if values else {})}


TOLD = an_object(error=an_object(message=TEXT))
"""The error of a login."""
ERROR_BODY: Expect = {
    "picks": {
        "error_body": {
            "jsonapi": {"body": an_object(errors={"type": "array", "minItems": 1, "items": an_object(detail=TEXT)})},
            "message": {"body": TOLD},
            "none": {"empty": True},
        }
    }
}
STATUSES = {
    "bad_request": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "timeout": 408,
    "conflict": 409,
    "gone": 410,
    "unsupported": 415,
    "unprocessable": 422,
}
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "unauthenticated": ("unauthorized", "forbidden"),
    "malformed_device_id": ("bad_request", "unprocessable"),
    "malformed_json": ("bad_request", "unprocessable"),
    "malformed_login": ("bad_request", "unprocessable"),
    "wrong_content_type": ("unsupported", "bad_request"),
    "absent_content_type": ("unsupported", "bad_request"),
    "claimed_by_other": ("conflict", "forbidden", "not_found"),
    "not_enabled": ("forbidden", "conflict", "not_found", "timeout"),
    "unknown_flow": ("gone", "not_found", "bad_request"),
}
"""The picks whose options are statuses."""


def by_pick(state: State, name: str, options: Mapping[str, Expect]) -> Expect:
    """Return what is expected under each option of a pick; under the one that the row itself asks for, where it does."""
    return options[str(state.picks[name])] if name in state.settled else {"picks": {name: dict(options)}}


def refused(status: Expect | None = None, *, public: int | None = None, body: Expect = ERROR_BODY) -> Expect:
    """Return a refusal: what is known of its status best, and nobody says with which body. status: what the picks say of it."""
    unsaid = {**status, "unspecified": body} if status else body
    return {"status": "refused", **({"public": {"status": public}} if public else {}), "unspecified": unsaid}


def statuses(name: str, **more: Any) -> Expect:
    """Return the status that a pick says."""
    return {"picks": {name: {option: {"status": STATUSES[option], **more} for option in OPTIONS[name]}}}


def forbidden() -> Expect:
    """Return a refusal whose status 403 is public."""
    return {"status": 403, "unspecified": ERROR_BODY}


def claimed(state: State) -> Expect:
    """Return the success of a claim that makes one resource more."""
    return {
        "status": 201,
        "body": an_object(resourceId=another(made.name for made in state.resources)),
        "public": {"body": an_object(resourceId={"type": "string", "pattern": UUID4})},
    }


def same_resource(name: str) -> Expect:
    """Return the success of a claim that makes nothing."""
    return {"status": 201, "body": an_object(resourceId={"const": f"${name}"})}


def flow_begun(state: State) -> Expect:
    """Return the beginning of a login."""
    begun = another(flow.name for flow in state.flows)
    action = {"type": "string", "pattern": "^https?://[^/]+(/.*)?/auth/self-service/login\\?(.*&)?flow=[^&]"}
    ui = an_object(action=action, method={"const": "POST"}, nodes={"type": "array"})
    return {"status": 200, "body": an_object(id=begun, type={"const": "api"}, issued_at=TEXT, expires_at=TEXT, request_url=TEXT, ui=ui)}


def session(user: str, known: Iterable[str] = ()) -> dict[str, Any]:
    """Return the schema of a session of this user's. known: the variables of the ids that it has not."""
    traits = an_object(email=TEXT)
    return an_object(
        id=another(known), active={"const": True}, identity=an_object(id={"const": f"${user}.id"}, schema_id={}, schema_url={}, traits=traits)
    )


def logged_in(state: State, user: str) -> Expect:
    """Return the success of a login: a token that no other login gave, and the user's session."""
    token = {**another(made.name for made in state.sessions), "pattern": "^ory_st_."}
    cookie = {
        "set": {"headers": an_object(**{"set-cookie": {"type": "string", "pattern": "^chx_auth_session=[^;]+; Path=/[^;]*; HttpOnly"}})},
        "none": {"headers": {"type": "object", "not": {"required": ["set-cookie"]}}},
    }
    return {
        "status": 200,
        "body": an_object(session_token=token, session=session(user, [made.id for made in state.sessions])),
        "unspecified": {"picks": {"login_cookie": cookie}},
    }


def not_logged_in() -> Expect:
    """Return what every login has that opens no session."""
    return {"status": "refused", "body": {"type": "object", "not": {"required": ["session_token"]}}, "headers": {"not": {"required": ["set-cookie"]}}}


def wrong_password(flow: str) -> Expect:
    """Return a login with a password that is not the user's. flow: the variable of its id."""
    message = {"type": "array", "minItems": 1, "items": an_object(id={}, text=TEXT, type={})}
    again = {"status": 400, "body": an_object(id={"const": f"${flow}"}, ui=an_object(action=TEXT, messages=message))}
    return {**not_logged_in(), "unspecified": {"picks": {"wrong_password": {"flow_again": again, "unauthorized": {"status": 401, "body": TOLD}}}}}
