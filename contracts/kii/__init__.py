"""Kii Cloud's column of the suites: what its rows need, and how a target's table provides it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from ..fixtures import Binding, Column, Pool, Seeds, Unavailable

_ANY = {"const": "any"}
_FRESH = {"const": "fresh"}
NEEDS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "app": {"enum": ["open", "locked", "default"]},
        "thing": _FRESH,
        "other_thing": _FRESH,
        "user": _ANY,
        "other_user": _ANY,
        "group": {"type": "object", "additionalProperties": False, "required": ["with"], "properties": {"with": {"const": "member"}}},
        "outsider": _ANY,
        "foreign": {"const": True},
        "settings": {"type": "object", "minProperties": 1},
    },
}

_TEXT = {"type": "string", "minLength": 1}


def _row(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


def _list(item: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


TABLE = _row(
    ["apps"],
    picks={"type": "object"},
    apps={
        "type": "array",
        "minItems": 1,
        "items": _row(
            ["id", "admin"],
            id=_TEXT,
            key=_TEXT,
            require_password={"type": "boolean"},
            admin=_row(["token"], token=_TEXT, client_id=_TEXT, client_secret=_TEXT),
            users=_list(_row(["id", "token"], id=_TEXT, token=_TEXT, login=_TEXT, password=_TEXT)),
            groups=_list(_row(["id", "members"], id=_TEXT, members=_list(_TEXT), owner=_TEXT)),
            things=_list(
                _row(["id", "vendor_id", "password", "token"], id=_TEXT, vendor_id=_TEXT, password=_TEXT, token=_TEXT, fresh={"type": "boolean"}),
            ),
        ),
    },
)

Row = Mapping[str, Any]
# Well-formed, and nobody's: every deployment can be asked for them.
UNKNOWN = {
    "app": "0nosuchapp0",
    "user": "00000000-no-such-user",
    "group": "00000000-no-such-group",
    "thing": "th.000000000000-0000-0000-0000-00000000",
    "vendor_thing": "no-such-thing-0000",
    "code": "no-such-code-0000",
}


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _basic(text: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


class _Draw:
    """Draws what one row needs from one application."""

    def __init__(self, app: Row, pool: Pool) -> None:
        self.app = app
        self.pool = pool
        self.principals: dict[str, Mapping[str, str]] = {}
        self.values: dict[str, Any] = {}

    def _one(self, what: str, rows: list[Row], fits: Callable[[Row], bool] = lambda _: True) -> Row:
        for row in rows:
            if fits(row):
                return row
        raise Unavailable(f"the target lists no {what} in app {self.app['id']}")

    def groups(self, *, outsider: bool) -> None:
        with_member = [group for group in self.app.get("groups", []) if group["members"]]
        group = self._one("group with a member", with_member)
        self.values["group"] = {"id": group["id"]}
        self.user("member", lambda user: user["id"] in group["members"])
        if outsider:
            strangers = [(g, m) for g in with_member for m in g["members"] if g is not group and m not in group["members"]]
            if not strangers:
                raise Unavailable(f"the target lists no second group with a member of its own in app {self.app['id']}")
            other, member = strangers[0]
            self.values["other_group"] = {"id": other["id"]}
            self.user("outsider", lambda user: user["id"] == member)

    def user(self, name: str, fits: Callable[[Row], bool]) -> None:
        user = self._one(f"user to be {name}", self.app.get("users", []), fits)
        self.values[name] = {"id": user["id"]}
        self.principals[name] = _bearer(user["token"])

    def loners(self, names: list[str]) -> None:
        """Bind users who are in no group."""
        grouped = {member for group in self.app.get("groups", []) for member in group["members"]}
        taken: set[str] = set()
        for name in names:
            self.user(name, lambda user: user["id"] not in grouped | taken)
            taken.add(self.values[name]["id"])

    def thing(self, name: str) -> None:
        thing = self.pool.fresh(f"thing in app {self.app['id']}", self.app.get("things", []), "id")
        self.values[name] = {"id": thing["id"], "vendor_id": thing["vendor_id"], **_passwords(thing["password"])}
        self.principals[name] = _bearer(thing["token"])

    def foreign(self, other: Row) -> None:
        """Bind another application's principals."""
        self.values["foreign"] = {"app_id": other["id"]}
        self.principals["foreign_admin"] = _bearer(other["admin"]["token"])
        ours = {thing["vendor_id"] for thing in self.app.get("things", [])}
        things = [thing for thing in other.get("things", []) if thing["vendor_id"] not in ours]
        thing = self.pool.fresh(f"thing in app {other['id']} that app {self.app['id']} has not", things, "id")
        for name, rows in (("user", other.get("users")), ("thing", [thing]), ("group", other.get("groups"))):
            if not rows:
                raise Unavailable(f"the target lists no {name} in app {other['id']}")
            self.values[f"foreign_{name}"] = {key: rows[0][key] for key in ("id", "vendor_id", "password") if key in rows[0]}
            if "token" in rows[0]:
                self.principals[f"foreign_{name}"] = _bearer(rows[0]["token"])


def _passwords(password: str) -> dict[str, str]:
    """Return the password, and what a sloppy comparison would take for it."""
    return {"password": password, "password_cut": password[:-1], "password_in_other_case": password.swapcase()}


def bind(needs: Mapping[str, Any], pool: Pool) -> Binding:
    """Return the principals and values that a row of Kii's needs. Unavailable."""
    wanted = needs.get("app", "open")
    flag = {"open": False, "locked": True, "default": None}[wanted]
    apps = [app for app in pool.table["apps"] if app.get("require_password") == flag]
    if not apps:
        raise Unavailable(f"the target lists no app whose password flag is {wanted}")
    draw = _Draw(apps[0], pool)
    app = draw.app
    for name in ("thing", "other_thing"):
        if name in needs:
            draw.thing(name)
    draw.loners([name for name in ("user", "other_user") if name in needs])
    if "group" in needs or "outsider" in needs:
        draw.groups(outsider="outsider" in needs)
    if "foreign" in needs:
        others = [other for other in pool.table["apps"] if other["id"] != app["id"]]
        if not others:
            raise Unavailable("the target lists no second app")
        draw.foreign(others[0])
    return Binding(
        principals={**_always(app), **draw.principals},
        values={"app": {"id": app["id"], "key": app.get("key", "")}, "unknown": UNKNOWN, **draw.values},
    )


def _always(app: Row) -> dict[str, Mapping[str, str]]:
    key = app.get("key", "")
    return {
        "admin": _bearer(app["admin"]["token"]),
        "anonymous": _basic(f"{app['id']}:{key}"),
        "wrong_key": _basic(f"{app['id']}:not-the-key-{key[:2]}"),
        "malformed_basic": {"Authorization": "Basic not*base64"},
        "nobody": {},
        "unknown_token": _bearer("never-issued-to-anyone"),
    }


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


COLUMN = Column(
    name="kii",
    bind=bind,
    seeds=seeds,
    path={
        "appID": "$app.id",
        "thingID": "$thing.id",
        "vendorThingID": "$thing.vendor_id",
        "userID": "$user.id",
        "groupID": "$group.id",
    },
    needs_schema=NEEDS,
    table_schema=TABLE,
)
