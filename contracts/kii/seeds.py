"""What Schemathesis starts from at Kii."""

from __future__ import annotations

from dataclasses import replace

from ..fixtures import Binding, Pool
from ..seeding import OperationSeeds, Seeds
from ..unavailable import Unavailable
from .draw import bind
from .principals import UNKNOWN, Row, token_of

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


def fuzz(pool: Pool) -> Seeds:
    """Return what Schemathesis starts from where it may use up nothing else: a thing, users and a group, and names that nothing has.

    Unavailable: they are not to be had.
    """
    binding = _bound(pool)
    known = binding.values
    users = [known[name]["id"] for name in ("user", "member", "group_owner")]
    tokens = {name: binding.principals[name]["Authorization"].removeprefix("Bearer ") for name in ("admin", "user")}
    return Seeds(
        parameters={
            "path.appID": [known["app"]["id"]],
            "path.thingID": [known["thing"]["id"], UNKNOWN["thing"]],
            "path.vendorThingID": [known["thing"]["vendor_id"], UNKNOWN["vendor_thing"]],
            **{name: [*users, UNKNOWN["user"]] for name in ("path.userID", "body.userID", "body.owner")},
            **{name: [known["group"]["id"], UNKNOWN["group"]] for name in ("path.groupID", "body.groupID")},
        },
        credentials={"bearer": {"bearer": tokens["admin"]}, "basic": {"username": known["app"]["id"], "password": known["app"]["key"] or "any"}},
        expected=EXPECTED,
        operations={"createGroup": _group(users[0]), "readSelf": _of_users(tokens["user"])},
    )


def _bound(pool: Pool) -> Binding:
    """Return what may be used up: made where that can be, for a thing that is deleted is gone for good; else from the lists. Unavailable."""
    needs = {"app": "open", "thing": "fresh", "user": "fresh", "group": {"with": "owner", "fresh": True}}
    unlisted = {**pool.table, "apps": [{**app, "things": []} for app in pool.table["apps"]]}
    try:
        return bind(needs, replace(pool, table=unlisted))
    except Unavailable:
        if pool.table.get("fixtures") != "listed":
            raise
    return bind(needs, pool)


def _group(owner: str) -> OperationSeeds:
    # 404: an owner who was made up.
    return OperationSeeds(expected=(201, 404), bodies=({"name": "a group", "owner": owner},))


def _of_users(token: str) -> OperationSeeds:
    unchecked = {"allow_header_conformance": "users/me is also a users/{userID}, which takes DELETE"}
    return OperationSeeds(credential={"bearer": token}, unchecked=unchecked)


def _operations(app: Row, user: Row, token: str) -> dict[str, OperationSeeds]:
    by_any_key = {"ignored_auth": "any value serves as the key here, and an app's ID that was made up is an app that there is not"}
    registered = OperationSeeds(expected=(201, 404, 409), unchecked=by_any_key)
    # 400: names, secrets and times that were made up.
    logins = _logins(app, user)
    return {
        "registerThing": registered,
        "registerUser": registered,
        "createGroup": _group(user["id"]),
        "issueToken": OperationSeeds(expected=(200, 400), bodies=logins, unchecked=by_any_key),
        "issueTokenForApp": OperationSeeds(expected=(200, 400, 404), bodies=logins),
        "readSelf": _of_users(token),
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
