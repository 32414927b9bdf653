"""Kii's operations around ownership: tokens, things, users, groups. From a request to a rule, and from what it returns to a reply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from ..engine.vendor import Call, Operation, Reply
from .entities import Thing, ThingRef
from .replies import media_type

AUTHORIZING = media_type("ThingRegistrationAndAuthorizationRequest")


def issue_token(call: Call) -> Reply:
    """POST oauth2/token: the credential names the application."""
    return _issue(call, call.principal.app_id)


def issue_token_for_app(call: Call) -> Reply:
    """POST apps/ID/oauth2/token: the path names the application."""
    return _issue(call, call.path["appID"])


def _issue(call: Call, app_id: str) -> Reply:
    login = call.state.log_in(app_id, call.body)
    body = {"id": login.id, "access_token": login.token, "expires_in": login.expires_in, "token_type": "Bearer"}
    return Reply(200, "kii-token.200", body, "application/json")


def register_thing(call: Call) -> Reply:
    """POST things. With one of the two media types the thing gets a token at once."""
    app_id, authorize = call.path["appID"], call.media_type == AUTHORIZING
    thing, token = call.state.register_thing(call.principal, app_id, call.body, authorize=authorize)
    headers = {"Location": f"/api/apps/{quote(app_id, safe='')}/things/{thing.id}"}
    if token is None:
        return Reply(201, "kii-thing.201-without-token", _shown(thing), media_type("ThingRegistrationResponse"), headers)
    body = {**_shown(thing), "_accessToken": token}
    return Reply(201, "kii-thing.201", body, media_type("ThingRegistrationAndAuthorizationResponse"), headers)


def read_thing(call: Call, ref: ThingRef) -> Reply:
    """GET things/ID."""
    thing = call.state.read_thing(call.principal, call.path["appID"], ref)
    return Reply(200, "kii-thing.read-200", {**thing.fields, **_shown(thing)}, media_type("ThingRetrievalResponse"))


def delete_thing(call: Call, ref: ThingRef) -> Reply:
    """DELETE things/ID."""
    call.state.delete_thing(call.principal, call.path["appID"], ref)
    return Reply(204, "kii-thing.delete-204")


def _shown(thing: Thing) -> Mapping[str, Any]:
    return {"_thingID": thing.id, "_vendorThingID": thing.vendor_id, "_created": int(thing.created * 1000), "_disabled": False}


def register_user(call: Call) -> Reply:
    """POST users."""
    user = call.state.register_user(call.principal, call.path["appID"], call.body)
    return Reply(201, "kii-user.201", {"userID": user.id}, media_type("RegistrationResponse"))


def read_self(call: Call) -> Reply:
    """GET users/me."""
    user = call.state.read_self(call.principal, call.path["appID"])
    body = {**user.fields, "userID": user.id, "loginName": user.login}
    return Reply(200, "kii-user.read-self-200", body, media_type("UserDataRetrievalResponse"))


def delete_user(call: Call) -> Reply:
    """DELETE users/ID."""
    call.state.delete_user(call.principal, call.path["appID"], call.path["userID"])
    return Reply(204, "kii-user.delete-204")


def create_group(call: Call) -> Reply:
    """POST groups."""
    body = call.body
    group, missing = call.state.create_group(call.principal, call.path["appID"], body["name"], body.get("owner"), body.get("members", []))
    return Reply(201, "kii-group.create-201", {"groupID": group.id, "notFoundUsers": missing}, media_type("GroupCreationResponse"))


def delete_group(call: Call) -> Reply:
    """DELETE groups/ID."""
    call.state.delete_group(call.principal, call.path["appID"], call.path["groupID"])
    return Reply(204, "kii-group.delete-204")


def add_member(call: Call) -> Reply:
    """PUT groups/ID/members/ID."""
    call.state.add_member(call.principal, call.path["appID"], call.path["groupID"], call.path["userID"])
    return Reply(204, "kii-group.add-member-204")


def remove_member(call: Call) -> Reply:
    """DELETE groups/ID/members/ID."""
    call.state.remove_member(call.principal, call.path["appID"], call.path["groupID"], call.path["userID"])
    return Reply(204, "kii-group.remove-member-204")


OPERATIONS: Mapping[str, Operation] = {
    "issueToken": issue_token,
    "issueTokenForApp": issue_token_for_app,
    "registerThing": register_thing,
    "registerUser": register_user,
    "readSelf": read_self,
    "deleteUser": delete_user,
    "createGroup": create_group,
    "deleteGroup": delete_group,
    "addMember": add_member,
    "removeMember": remove_member,
}
