"""Kii's operations: from a request to a rule, and from what it returns to a reply."""

from __future__ import annotations

from collections.abc import Mapping

from ..engine.vendor import Call, Operation, Reply
from .entities import Owner, ThingRef
from .replies import media_type


def _ref(path: Mapping[str, str]) -> ThingRef:
    if "vendorThingID" in path:
        return ThingRef("vendorThingID", path["vendorThingID"])
    return ThingRef("thingID", path["thingID"])


def add_owner(call: Call) -> Reply:
    """POST ownership."""
    named = [Owner(kind, call.body[f"{kind}ID"]) for kind in ("user", "group") if f"{kind}ID" in call.body]
    call.state.add_owner(call.principal, call.path["appID"], _ref(call.path), named, call.body.get("thingPassword"))
    return Reply(204, "kii-post.204")


def list_owners(call: Call) -> Reply:
    """GET ownership."""
    users, groups = call.state.owners(call.principal, call.path["appID"], _ref(call.path))
    return Reply(200, "kii-list.200", {"users": users, "groups": groups}, media_type("ThingOwnershipRetrievalResponse"))


def request_user(call: Call) -> Reply:
    """POST ownership/request/user:ID."""
    return _request(call, Owner("user", call.path["userID"]))


def request_group(call: Call) -> Reply:
    """POST ownership/request/group:ID."""
    return _request(call, Owner("group", call.path["groupID"]))


def _request(call: Call, owner: Owner) -> Reply:
    code = call.state.request(call.principal, call.path["appID"], _ref(call.path), owner, with_body=bool(call.exchange.body))
    return Reply(200, f"kii-request-{owner.kind}.200", {"code": code}, media_type("ThingOwnershipRequestResponse"))


def confirm(call: Call) -> Reply:
    """POST ownership/confirm."""
    call.state.confirm(call.principal, call.path["appID"], _ref(call.path), call.body.get("code"))
    return Reply(204, "kii-confirm.purpose")


_BY_VENDOR_ID: Mapping[str, Operation] = {
    "addOwner": add_owner,
    "listOwners": list_owners,
    "requestUserOwnership": request_user,
    "requestGroupOwnership": request_group,
    "confirmOwnership": confirm,
}
OPERATIONS: Mapping[str, Operation] = {f"{name}{form}": operation for name, operation in _BY_VENDOR_ID.items() for form in ("", "ByThingID")}
