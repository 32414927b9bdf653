"""What Schemathesis starts from at Kii."""

from __future__ import annotations

from ..fixtures import Pool, Seeds, Unavailable


def seeds(pool: Pool) -> Seeds:
    """Return what Schemathesis starts from: the ids of an app without the password rule, and its administrator, who alone may request and confirm."""
    apps = [app for app in pool.table["apps"] if app.get("require_password") is False]
    if not apps:
        raise Unavailable("the target lists no app whose password flag is open")
    app = apps[0]
    users, groups, things = ([row["id"] for row in app.get(kind, [])] for kind in ("users", "groups", "things"))
    vendor_ids = [thing["vendor_id"] for thing in app.get("things", [])]
    if not (users and groups and things):
        raise Unavailable(f"the target lists too little in app {app['id']}: users, groups and things are needed")
    return Seeds(
        parameters={
            "path.appID": [app["id"]],
            "path.thingID": things,
            "path.vendorThingID": vendor_ids,
            "path.userID": users,
            "path.groupID": groups,
            "body.userID": users,
            "body.groupID": groups,
        },
        credentials={"bearer": {"bearer": app["admin"]["token"]}},
        # 404: an id that was made up. 409: an owner already, or a code that was made up.
        expected=(200, 204, 404, 409),
    )
