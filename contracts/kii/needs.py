"""The words of Kii's rows and target tables: what a row may need, and what a target file may list."""

from __future__ import annotations

from ..targets.fields import FLAG, TEXT, TOKEN, rows, table

_ANY = {"const": "any"}
_FRESH = {"const": "fresh"}
# fresh: the row may use him up, by deleting him. login: his login name and password are known.
_USER = {"enum": ["any", "fresh", "login"]}
NEEDS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "app": {"enum": ["open", "locked", "default"]},
        "thing": _FRESH,
        "other_thing": _FRESH,
        "user": _USER,
        "other_user": _USER,
        "group": {
            "type": "object",
            "additionalProperties": False,
            "required": ["with"],
            "properties": {"with": {"enum": ["member", "owner", "members"]}, "fresh": {"const": True}},
        },
        "outsider": _ANY,
        "foreign": {"const": True},
        "admin": {"const": "credentials"},
        "settings": {"type": "object", "minProperties": 1},
    },
}

TABLE = table(
    ["apps"],
    picks={"type": "object"},
    # made (the default): what the lists lack is made with set-up calls, and taken away after the row. listed: it is lacking.
    fixtures={"enum": ["made", "listed"]},
    apps=rows(
        table(
            ["id", "admin"],
            id=TEXT,
            key=TOKEN,
            require_password=FLAG,
            # Without a token he gets one by a login.
            admin=table([], one_of=[["token"], ["client_id", "client_secret"]], token=TOKEN, client_id=TEXT, client_secret=TEXT),
            # A user or a group is used up only where fresh says so: to use it up is to delete it. A thing is, unless fresh says no.
            users=rows(table(["id"], one_of=[["token"], ["login", "password"]], id=TEXT, token=TOKEN, login=TEXT, password=TEXT, fresh=FLAG)),
            groups=rows(table(["id", "members"], id=TEXT, members=rows(TEXT), owner=TEXT, fresh=FLAG)),
            things=rows(table(["id", "vendor_id", "password"], id=TEXT, vendor_id=TEXT, password=TEXT, token=TOKEN, fresh=FLAG)),
        ),
        least=1,
    ),
)
