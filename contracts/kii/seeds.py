"""What Schemathesis starts from at Kii."""

from __future__ import annotations

from ..fixtures import OperationSeeds, Pool, Seeds
from ..unavailable import Unavailable
from .principals import Row, token_of

# 404: an id that was made up. 409: an owner already, or a code that was made up.
EXPECTED = (200, 204, 404, 409)


def seeds(pool: Pool) -> Seeds:
    """Return what Schemathesis starts from: the ids of an app without the password rule, and its administrator, who alone may do nearly all.

    Unavailable: the target lists too little of it.
    """
    apps = [app for app in pool.table["apps"] if app.get("require_password") is False]
    if not apps:
        raise Unavailable("the target lists no app whose password flag is open")
    app = apps[0]
    users, groups, things = ([row["id"] for row in app.get(kind, [])] for kind in ("users", "groups", "things"))
    logins = [user for user in app.get("users", []) if "login" in user and "password" in user]
    if not (users and groups and things and logins):
        raise Unavailable(f"the target lists too little in app {app['id']}: users, one of them with login and password, groups and things are needed")
    return Seeds(
        parameters={
            "path.appID": [app["id"]],
            "path.thingID": things,
            "path.vendorThingID": [thing["vendor_id"] for thing in app["things"]],
            "path.userID": users,
            "path.groupID": groups,
            "body.userID": users,
            "body.groupID": groups,
            "body.owner": users,
        },
        credentials={
            "bearer": {"bearer": token_of(app["admin"], pool.keys)},
            "basic": {"username": app["id"], "password": app.get("key", "any")},
        },
        expected=EXPECTED,
        operations=_operations(app, logins[0], token_of(logins[0], pool.keys)),
    )


def _operations(app: Row, user: Row, token: str) -> dict[str, OperationSeeds]:
    by_any_key = {"ignored_auth": "any value serves as the key here, and an app's ID that was made up is an app that there is not"}
    registered = OperationSeeds(expected=(201, 404, 409), unchecked=by_any_key)
    # 400: names, secrets and times that were made up.
    logins = _logins(app, user)
    return {
        "registerThing": registered,
        "registerUser": registered,
        # 404: an owner who was made up.
        "createGroup": OperationSeeds(expected=(201, 404), bodies=({"name": "a group", "owner": user["id"]},)),
        "issueToken": OperationSeeds(expected=(200, 400), bodies=logins, unchecked=by_any_key),
        "issueTokenForApp": OperationSeeds(expected=(200, 400, 404), bodies=logins),
        # For users alone.
        "readSelf": OperationSeeds(
            credential={"bearer": token},
            unchecked={"allow_header_conformance": "users/me is also a users/{userID}, which takes DELETE"},
        ),
    }


def _logins(app: Row, user: Row) -> tuple[dict[str, str], ...]:
    """Return a login of each kind that the target file knows: a user's, a thing's, the administrator's, an anonymous one."""
    thing, admin = app["things"][0], app["admin"]
    return (
        {"username": user["login"], "password": user["password"]},
        {"username": f"VENDOR_THING_ID:{thing['vendor_id']}", "password": thing["password"]},
        *([{key: admin[key] for key in ("client_id", "client_secret")}] if {"client_id", "client_secret"} <= admin.keys() else []),
        *([{"client_id": app["id"], "client_secret": app["key"]}] if "key" in app else []),
    )
