"""Kii's operations on ownership: from a request to a rule, and from what it returns to a reply."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..engine.vendor import Call, Operation, Reply
from . import setup_calls
from .entities import Owner, ThingRef
from .replies import media_type


def ref(path: Mapping[str, str]) -> ThingRef:
    """Return how the path names the thing."""
    if "vendorThingID" in path:
        return ThingRef("vendorThingID", path["vendorThingID"])
    return ThingRef("thingID", path["thingID"])


def add_owner(call: Call) -> Reply:
    """POST ownership."""
    named = [Owner(kind, call.body[f"{kind}ID"]) for kind in ("user", "group") if f"{kind}ID" in call.body]
    call.state.add_owner(call.principal, call.path["appID"], ref(call.path), named, call.body.get("thingPassword"))
    return Reply(204, "kii-post.204")


def list_owners(call: Call) -> Reply:
    """GET ownership."""
    users, groups = call.state.owners(call.principal, call.path["appID"], ref(call.path))
    return Reply(200, "kii-list.200", {"users": users, "groups": groups}, media_type("ThingOwnershipRetrievalResponse"))


def put_owner(call: Call, owner: Owner) -> Reply:
    """PUT ownership/user:ID, PUT ownership/group:ID."""
    call.state.put_owner(call.principal, call.path["appID"], ref(call.path), owner, with_body=bool(call.exchange.body))
    return Reply(204, "kii-put.204")


def is_owner(call: Call, owner: Owner) -> Reply:
    """HEAD ownership/user:ID, HEAD ownership/group:ID."""
    call.state.check_owner(call.principal, call.path["appID"], ref(call.path), owner)
    return _done(call, "is_owner_status", "kii-is-owner.success")


def remove_owner(call: Call, owner: Owner) -> Reply:
    """DELETE ownership/user:ID, DELETE ownership/group:ID."""
    call.state.remove_owner(call.principal, call.path["appID"], ref(call.path), owner)
    return _done(call, "removed_status", "kii-remove.success")


def _done(call: Call, pick: str, clause: str) -> Reply:
    return Reply(200 if call.state.settings[pick] == "ok" else 204, clause)


def request(call: Call, owner: Owner) -> Reply:
    """POST ownership/request/user:ID, POST ownership/request/group:ID."""
    code = call.state.request(call.principal, call.path["appID"], ref(call.path), owner, with_body=bool(call.exchange.body))
    return Reply(200, f"kii-request-{owner.kind}.200", {"code": code}, media_type("ThingOwnershipRequestResponse"))


def confirm(call: Call) -> Reply:
    """POST ownership/confirm."""
    call.state.confirm(call.principal, call.path["appID"], ref(call.path), call.body.get("code"))
    return Reply(204, "kii-confirm.purpose")


def _of(kind: str, operation: Callable[[Call, Owner], Reply]) -> Operation:
    """Return the operation on the owner of this kind that the path names."""
    return lambda call: operation(call, Owner(kind, call.path[f"{kind}ID"]))


# These have a second form, where the path names the thing by its thingID.
_OF_A_THING: Mapping[str, Operation] = {
    "addOwner": add_owner,
    "listOwners": list_owners,
    "putUserOwner": _of("user", put_owner),
    "putGroupOwner": _of("group", put_owner),
    "isUserOwner": _of("user", is_owner),
    "isGroupOwner": _of("group", is_owner),
    "removeUserOwner": _of("user", remove_owner),
    "removeGroupOwner": _of("group", remove_owner),
    "requestUserOwnership": _of("user", request),
    "requestGroupOwnership": _of("group", request),
    "confirmOwnership": confirm,
    "readThing": lambda call: setup_calls.read_thing(call, ref(call.path)),
    "deleteThing": lambda call: setup_calls.delete_thing(call, ref(call.path)),
}
OPERATIONS: Mapping[str, Operation] = {
    **{f"{name}{form}": operation for name, operation in _OF_A_THING.items() for form in ("", "ByThingID")},
    **setup_calls.OPERATIONS,
}
