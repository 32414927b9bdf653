"""Connhex's column of the suites: what its rows need, and how a target's table provides it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..fixtures import Binding, Column, Pool
from ..live.identity import Held
from ..model import Oracle
from ..seeding import OperationSeeds, Seeds
from ..targets.fields import FLAG, TEXT, TOKEN, rows, table
from ..unavailable import Unavailable
from .identities import ACCOUNTS, COOKIE, LOGIN, by_token, checks, identities
from .readings import READINGS
from .touches import clean, device, is_login, touches

UNKNOWN = {"device": "NO-SUCH-DEVICE-0000", "flow": "00000000-0000-4000-8000-000000000000", "identifier": "nobody@no-such-domain.invalid"}
# 400: a password that was made up. 404, 410: a flow that was.
EXPECTED = {"startLogin": (200,), "login": (200, 400, 404, 410), "whoami": (200,)}
PERMISSIONS = [
    "allowed",
    "nothing",
    "denied",
    "denied_only",
    "action_elsewhere",
    "resource_only",
    "wildcard_action",
    "wildcard_resource",
    "wildcard_all",
    "wildcard_elsewhere",
    "wildcard_denied",
    "team",
    "team_denied",
    "teams",
    "teams_denied",
    "denied_before",
    "denied_elsewhere",
    "among_others",
]
NEEDS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "user": {"enum": PERMISSIONS},
        "other_user": {"const": "allowed"},
        "device": {"enum": ["manufactured", "enabled"]},
        "other_device": {"const": "manufactured"},
        "login": {"const": True, "description": "The users are to be such as can sign in."},
        "settings": {"type": "object", "minProperties": 1},
    },
}
_USER = table(
    ["id"],
    # With these he gets a token by a login.
    one_of=[["token"], ["cookie"], ["identifier", "password"]],
    id=TEXT,
    token=TOKEN,
    cookie=TOKEN,
    identifier=TEXT,
    password=TEXT,
    permission={"enum": PERMISSIONS},
)
TABLE = table(
    ["users"],
    picks={"type": "object"},
    # The host of the login, where it is another than base_url.
    **{ACCOUNTS: TEXT},
    users=rows(_USER, least=1),
    devices=rows(table(["id"], id=TEXT, enabled=FLAG, fresh=FLAG)),
    probes={"type": "object", "additionalProperties": table(["url", "at"], url=TEXT, at={"type": "string", "pattern": "^(/.*)?$"})},
)


def _credentials(name: str, user: Mapping[str, Any], keys: Held) -> dict[str, Mapping[str, str]]:
    token = keys.of(user)
    found: dict[str, Mapping[str, str]] = {} if token is None else {name: by_token(token)}
    if "cookie" in user:
        found[f"{name}_by_cookie"] = {"Cookie": f"{COOKIE}={user['cookie']}"}
        # What a browser sends that has cookies of other software on the same site.
        found[f"{name}_by_cookies"] = {"Cookie": f"theme=dark; {COOKIE}={user['cookie']}; lang=it"}
    if {name, f"{name}_by_cookie"} <= found.keys():
        found[f"{name}_by_both"] = {**found[name], **found[f"{name}_by_cookie"]}
    return found


def _user(pool: Pool, permission: str, but: str | None = None, *, login: bool = False) -> Mapping[str, Any]:
    for user in pool.table["users"]:
        if user.get("permission") == permission and user["id"] != but and (not login or user.keys() >= LOGIN):
            found: Mapping[str, Any] = user
            return found
    lacking = f"no {'other ' if but else ''}user whose permission is {permission}"
    raise Unavailable(f"the target lists {lacking}{' with an identifier and a password' if login else ''}")


def bind(needs: Mapping[str, Any], pool: Pool) -> Binding:
    """Return the principals and values that a row of Connhex's needs. Unavailable. httpx.HTTPError: a login was not answered."""
    principals: dict[str, Mapping[str, str]] = {
        "nobody": {},
        "unknown_token": {"Authorization": "Bearer ory_st_never-issued-to-anyone"},
        "unknown_cookie": {"Cookie": f"{COOKIE}=never-issued-to-anyone"},
        "malformed_token": {"Authorization": "Bearer"},
    }
    values: dict[str, Any] = {"unknown": UNKNOWN}
    login = "login" in needs
    user = _user(pool, needs["user"], login=login) if "user" in needs else None
    other = _user(pool, needs["other_user"], user["id"] if user else None, login=login) if "other_user" in needs else None
    for name, row in (("user", user), ("other_user", other)):
        if row is not None:
            values[name] = {key: row[key] for key in ("id", *(LOGIN if login else ()))}
            principals |= _credentials(name, row, pool.keys)
    if {"user", "other_user_by_cookie"} <= principals.keys():
        principals["conflicting"] = {**principals["user"], **principals["other_user_by_cookie"]}
    devices = pool.table.get("devices", [])
    for name in ("device", "other_device"):
        if name in needs:
            enabled = needs[name] == "enabled"
            fitting = [row for row in devices if row.get("enabled", False) == enabled]
            told = pool.fresh(f"{needs[name]} device", fitting, "id", names=lambda row: [device(row["id"])])["id"]
            values[name] = {"id": told, "other_case": told.swapcase()}
    return Binding(principals=principals, values=values)


def seeds(pool: Pool) -> Seeds:
    """Return what Schemathesis starts from: the devices, and a user who may claim them and can sign in."""
    user = _user(pool, "allowed", login=True)
    devices = [device["id"] for device in pool.table.get("devices", [])]
    token = pool.keys.of(user)
    if not devices or token is None:
        raise Unavailable("the target lists no device, or no user who may claim one with a bearer token")
    return Seeds(
        parameters={"body.deviceId": devices, **{f"body.{name}": [user[name]] for name in sorted(LOGIN)}},
        credentials={"bearer": {"bearer": token}},
        # 404: a device that was made up. 409: one that is claimed already.
        expected=(201, 404, 409),
        operations={name: OperationSeeds(expected=statuses) for name, statuses in EXPECTED.items()},
    )


def fuzz(pool: Pool) -> Seeds:
    """Return what Schemathesis starts from where it may use up nothing else: a device, and one that there is not. Unavailable: there is none."""
    protected = pool.table.get("picks", {}).get("protection") == "protected"
    binding = bind({"user": "allowed", "device": "enabled" if protected else "manufactured"}, pool)
    if "user" not in binding.principals:
        raise Unavailable("the target lists no user who may claim a device with a bearer token")
    token = binding.principals["user"]["Authorization"].removeprefix("Bearer ")
    parameters = {"body.deviceId": [binding.values["device"]["id"], UNKNOWN["device"]]}
    return Seeds(parameters=parameters, credentials={"bearer": {"bearer": token}}, expected=(201, 404, 409))


def _oracle() -> Oracle:
    from .model import oracle  # noqa: PLC0415 - who asks for none need not wait for it

    return oracle()


MORE = "set mode to fixtures, and list devices that may be used up ([[connhex.devices]]); no published operation undoes a claim"
COLUMN = Column(
    name="connhex",
    bind=bind,
    seeds=seeds,
    fuzz=fuzz,
    path={},
    needs_schema=NEEDS,
    table_schema=TABLE,
    makes={"register": "resourceId"},
    clean=clean,
    touches=touches,
    is_login=is_login,
    nobody=frozenset(UNKNOWN.values()),
    oracle=_oracle,
    identities=identities,
    checks=checks,
    elsewhere=dict.fromkeys(("startLogin", "login", "whoami"), ACCOUNTS),
    readings=READINGS,
    more=MORE,
)
