"""The words of Kii's rows and target tables: what a row may need, and what a target file may list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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

_TEXT = {"type": "string", "minLength": 1}
_FLAG = {"type": "boolean"}


def _row(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


def _list(item: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


TABLE = _row(
    ["apps"],
    picks={"type": "object"},
    # made (the default): what the lists lack is made with set-up calls, and taken away after the row. listed: it is lacking.
    fixtures={"enum": ["made", "listed"]},
    apps={
        "type": "array",
        "minItems": 1,
        "items": _row(
            ["id", "admin"],
            id=_TEXT,
            key=_TEXT,
            require_password=_FLAG,
            admin=_row(["token"], token=_TEXT, client_id=_TEXT, client_secret=_TEXT),
            # A user or a group is used up only where fresh says so: to use it up is to delete it. A thing is, unless fresh says no.
            users=_list(_row(["id", "token"], id=_TEXT, token=_TEXT, login=_TEXT, password=_TEXT, fresh=_FLAG)),
            groups=_list(_row(["id", "members"], id=_TEXT, members=_list(_TEXT), owner=_TEXT, fresh=_FLAG)),
            things=_list(_row(["id", "vendor_id", "password", "token"], id=_TEXT, vendor_id=_TEXT, password=_TEXT, token=_TEXT, fresh=_FLAG)),
        ),
    },
)
