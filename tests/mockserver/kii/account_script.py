"""Requests that reach every rule and every pick of the operations around POST ownership: its siblings, tokens, things, users, groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from tests.mockserver.kii.apps import App, basic, bearer

AUTHORIZE = "application/vnd.kii.ThingRegistrationAndAuthorizationRequest+json"
REGISTER_THING = "application/vnd.kii.ThingRegistrationRequest+json"
REGISTER_USER = "application/vnd.kii.RegistrationRequest+json"
CREATE_GROUP = "application/vnd.kii.GroupCreationRequest+json"
LOGIN = "application/vnd.kii.OauthTokenRequest+json"
PAST, FAR = 1, 4_102_444_800_000


def app_headers(app_id: str, key: str = "any") -> dict[str, str]:
    return {"X-Kii-AppID": app_id, "X-Kii-AppKey": key}


@dataclass(frozen=True)
class Accounts:
    """The calls around ownership, under one application. Each returns what came back."""

    app: App

    @property
    def id(self) -> str:
        return str(self.app.row["id"])

    def send(self, method: str, path: str, headers: dict[str, str], body: Any = None, media_type: str | None = None) -> httpx.Response:
        """Send to a path below the application's."""
        typed = {} if media_type is None else {"Content-Type": media_type}
        return self.app.player.send(method, f"/api/apps/{self.id}{path}", headers | typed, body)

    def log_in(self, body: Any, media_type: str = LOGIN) -> httpx.Response:
        return self.send("POST", "/oauth2/token", {}, body, media_type)

    def log_in_plainly(self, headers: dict[str, str], body: Any) -> httpx.Response:
        """At the path that names no application."""
        return self.app.player.send("POST", "/api/oauth2/token", headers | {"Content-Type": "application/json"}, body)

    def owner(self, method: str, thing: dict[str, Any] | str, whom: str, headers: dict[str, str], by: str = "vendor_id", body: Any = None) -> None:
        self.app.player.send(method, self.app.at(thing, f"/{whom}", by), headers, body)

    def register_thing(self, headers: dict[str, str], body: Any, media_type: str = AUTHORIZE) -> httpx.Response:
        return self.send("POST", "/things", headers, body, media_type)

    def thing(self, method: str, headers: dict[str, str], vendor_id: str) -> httpx.Response:
        return self.send(method, f"/things/VENDOR_THING_ID:{vendor_id}", headers)

    def register_user(self, headers: dict[str, str], body: Any, media_type: str = REGISTER_USER) -> httpx.Response:
        return self.send("POST", "/users", headers, body, media_type)

    def new_user(self, name: str) -> dict[str, Any]:
        """A user who is registered and logged in."""
        made = self.register_user(app_headers(self.id), {"loginName": name, "password": f"{name}-secret"})
        token = self.log_in({"username": name, "password": f"{name}-secret"}).json()
        return {"id": made.json()["userID"], "token": token["access_token"]}

    def create_group(self, headers: dict[str, str], body: Any) -> str:
        answer = self.send("POST", "/groups", headers, body, CREATE_GROUP)
        return str(answer.json()["groupID"]) if answer.status_code == 201 else "none"

    def member(self, method: str, headers: dict[str, str], group: str, user: str) -> None:
        self.send(method, f"/groups/{group}/members/{user}", headers)


def account_script(app: App, locked: App, unset: App) -> None:
    """The same world as script()'s. app: one that requires no thing password, locked: one that does, unset: one that never said."""
    here = Accounts(app)
    _put(here, Accounts(locked), Accounts(unset))
    _asked(here)
    _removed(here)
    _logins(here)
    _expired(here)
    _things(here, Accounts(locked))
    _users(here, Accounts(locked))
    _groups(here, Accounts(locked))
    _deleted_owners(here)


def _without_right(here: Accounts, *calls: tuple[str, str]) -> None:
    """What no caller but one with a token gets past."""
    for headers in ({}, bearer({"token": "nobody"})):
        for method, path in calls:
            here.send(method, path, headers)


def _put(here: Accounts, locked: Accounts, unset: Accounts) -> None:
    thing = here.app.row["things"][3]
    group = here.app.row["groups"][0]
    member, user, other = here.app.member(group), here.app.user(0), here.app.user(1)
    for by in ("vendor_id", "id"):
        for whom in (f"user:{user['id']}", f"group:{group['id']}", "user:none", "group:none"):
            here.owner("PUT", thing, whom, bearer(other), by)
            here.owner("PUT", thing, whom, here.app.admin, by)
            here.owner("PUT", "none-such", whom, here.app.admin, by)
    here.owner("PUT", thing, f"user:{member['id']}", bearer(member))
    here.owner("PUT", thing, f"user:{other['id']}", here.app.admin, body=b"x")
    here.owner("PUT", here.app.row["things"][4], f"group:{group['id']}", here.app.admin, body=b"x")
    for place in (locked, unset):
        for headers in (place.app.admin, bearer(place.app.user(1))):
            place.owner("PUT", place.app.row["things"][2], f"user:{place.app.user(1)['id']}", headers)
    path = f"/things/{thing['id']}/ownership"
    for method in ("PUT", "HEAD", "DELETE"):
        _without_right(here, (method, f"{path}/user:{user['id']}"), (method, f"{path}/group:{group['id']}"))
        here.app.player.send(method, f"/api/apps/none/things/x/ownership/user:{user['id']}", here.app.admin)


def _asked(here: Accounts) -> None:
    """Of the thing whose owners _put made: a user, a group, and perhaps one of its members."""
    thing, unowned = here.app.row["things"][3], here.app.row["things"][5]
    group, other_group = here.app.row["groups"][:2]
    member, user, other = here.app.member(group), here.app.user(0), here.app.user(1)
    for by in ("vendor_id", "id"):
        for headers in (here.app.admin, bearer(thing), bearer(user), bearer(member), bearer(other), bearer(unowned)):
            for whom in (f"user:{user['id']}", f"user:{other['id']}", f"group:{group['id']}", f"group:{other_group['id']}", "user:none"):
                here.owner("HEAD", thing, whom, headers, by)
        here.owner("HEAD", unowned, f"group:{group['id']}", bearer(member), by)
        here.owner("HEAD", "none-such", f"user:{user['id']}", here.app.admin, by)


def _removed(here: Accounts) -> None:
    thing = here.app.row["things"][3]
    group = here.app.row["groups"][0]
    member, user, other = here.app.member(group), here.app.user(0), here.app.user(1)
    for by in ("vendor_id", "id"):
        for whom in (f"user:{user['id']}", f"group:{group['id']}"):
            here.owner("DELETE", thing, whom, bearer(other), by)
            here.owner("DELETE", thing, whom, bearer(thing), by)
            here.owner("DELETE", "none-such", whom, here.app.admin, by)
        here.owner("DELETE", thing, "user:none", here.app.admin, by)
        here.owner("DELETE", thing, "group:none", here.app.admin, by)
        here.owner("DELETE", thing, f"group:{group['id']}", bearer(user), by)
        here.owner("PUT", thing, f"group:{group['id']}", here.app.admin, by)
        here.owner("DELETE", thing, f"user:{user['id']}", bearer(user), by)
        here.owner("PUT", thing, f"user:{user['id']}", here.app.admin, by)
    here.owner("DELETE", thing, f"group:{group['id']}", bearer(member))
    here.owner("DELETE", thing, f"group:{group['id']}", here.app.admin)


def _logins(here: Accounts) -> None:
    row = here.app.row
    user, thing, admin = here.app.user(0), row["things"][5], row["admin"]
    right = {
        "user": {"username": user["login"], "password": user["password"]},
        "thing": {"username": f"VENDOR_THING_ID:{thing['vendor_id']}", "password": thing["password"]},
        "admin": {"client_id": admin["client_id"], "client_secret": admin["client_secret"], "grant_type": "client_credentials"},
        "anonymous": {"client_id": row["id"], "client_secret": row["key"]},
    }
    for body in right.values():
        secret = "password" if "password" in body else "client_secret"
        for sent in (body, body | {secret: "wrong"}, body | {"expiresAt": FAR}, body | {"expiresAt": PAST}):
            here.log_in_plainly(app_headers(row["id"]), sent)
            here.log_in(sent)
    for malformed in ({}, {"username": "x"}, right["user"] | right["admin"], {"username": 5, "password": "x"}, b"{", b"[]", b""):
        here.log_in_plainly(basic(f"{row['id']}:any"), malformed)
        here.log_in(malformed)
    for media_type in ("text/plain", "application/json"):
        here.log_in(right["user"], media_type)
    here.send("POST", "/oauth2/token", {}, b"{}")
    for headers in ({}, {"Authorization": "Basic !"}, {"X-Kii-AppID": row["id"]}, app_headers("none"), basic("none:any")):
        here.log_in_plainly(headers, right["user"])
    here.app.player.send("POST", "/api/apps/none/oauth2/token", {"Content-Type": LOGIN}, right["user"])


def _expired(here: Accounts) -> None:
    """With token_life 0 what a login gives has ended at once, on every operation."""
    user, thing = here.app.user(0), here.app.row["things"][5]
    token = here.log_in({"username": user["login"], "password": user["password"]}).json()["access_token"]
    headers = bearer({"token": token})
    here.owner("HEAD", thing, f"user:{user['id']}", headers)
    here.owner("PUT", thing, f"user:{user['id']}", headers)
    here.owner("DELETE", thing, f"user:{user['id']}", headers)
    here.app.owners(thing, headers)
    here.send("GET", "/users/me", headers)
    here.register_thing(headers, {"_vendorThingID": "late", "_password": "late"})


def _things(here: Accounts, other: Accounts) -> None:
    anyone = app_headers(here.id)
    given = {"_vendorThingID": "made-01", "_password": "made-secret", "_thingType": "lamp", "colour": "warm"}
    made = here.register_thing(anyone, given).json()
    here.register_thing(basic(f"{here.id}:any"), {"_vendorThingID": "made-02", "_password": "x"}, REGISTER_THING)
    here.register_thing(here.app.admin, given)
    for wrong in ({}, {"_vendorThingID": "a b", "_password": "x"}, given | {"_password": 5}, b"[]", b"{", b""):
        here.register_thing(anyone, wrong)
    for headers in ({}, other.app.admin, app_headers(other.id), bearer({"token": "nobody"}), anyone | bearer({"token": "nobody"}), basic("none:x")):
        here.register_thing(headers, {"_vendorThingID": "made-03", "_password": "x"})
    here.register_thing(anyone, given, "application/json")
    here.send("POST", "/things", anyone, b"{}")
    here.app.player.send("POST", "/api/apps/none/things", here.app.admin | {"Content-Type": AUTHORIZE}, given)
    itself, stranger = bearer({"token": made["_accessToken"]}), bearer(here.app.user(1))
    for headers in (here.app.admin, itself, stranger, bearer(here.app.row["things"][0]), other.app.admin, {}, bearer({"token": "nobody"})):
        here.thing("GET", headers, "made-01")
        here.send("GET", f"/things/{made['_thingID']}", headers)
    for method in ("GET", "DELETE"):
        here.thing(method, here.app.admin, "none")
        here.send(method, "/things/none", here.app.admin)
        here.app.player.send(method, "/api/apps/none/things/x", here.app.admin)
    for headers in (itself, stranger, other.app.admin, {}, here.app.admin):
        here.thing("DELETE", headers, "made-02")
    here.send("DELETE", f"/things/{made['_thingID']}", stranger)
    here.send("DELETE", f"/things/{made['_thingID']}", here.app.admin)
    here.thing("GET", itself, "made-01")


def _users(here: Accounts, other: Accounts) -> None:
    anyone = app_headers(here.id)
    given = {"loginName": "made", "password": "made-secret", "displayName": "Made"}
    here.register_user(anyone, given)
    here.register_user(here.app.admin, given, "application/json")
    for wrong in ({}, given | {"loginName": ""}, given | {"password": 5}, b"[]", b"{", b""):
        here.register_user(anyone, wrong)
    for headers in ({}, other.app.admin, app_headers(other.id), bearer({"token": "nobody"}), basic("none:x")):
        here.register_user(headers, {"loginName": "another", "password": "x"})
    here.register_user(anyone, given, "text/plain")
    here.send("POST", "/users", anyone, b"{}")
    here.app.player.send("POST", "/api/apps/none/users", here.app.admin | {"Content-Type": REGISTER_USER}, given)
    thing, someone = bearer(here.app.row["things"][0]), here.app.user(1)
    for headers in (bearer(someone), here.app.admin, thing, other.app.admin, {}, bearer({"token": "nobody"})):
        here.send("GET", "/users/me", headers)
    here.app.player.send("GET", "/api/apps/none/users/me", here.app.admin)
    made = here.new_user("leaving")
    for headers in (bearer(someone), thing, other.app.admin, {}, bearer(made), bearer(made)):
        here.send("DELETE", f"/users/{made['id']}", headers)
    here.send("DELETE", f"/users/{made['id']}", here.app.admin)
    here.app.player.send("DELETE", "/api/apps/none/users/x", here.app.admin)


def _groups(here: Accounts, other: Accounts) -> None:
    owner, member, outside = (here.app.user(number) for number in (0, 1, 4))
    thing = bearer(here.app.row["things"][0])
    group = here.create_group(bearer(owner), {"name": "made", "members": [member["id"], "none"]})
    here.create_group(here.app.admin, {"name": "of another", "owner": owner["id"]})
    for headers in (here.app.admin, thing, other.app.admin, bearer(other.app.user(0)), {}, bearer({"token": "nobody"})):
        here.create_group(headers, {"name": "nobody's"})
    here.create_group(bearer(owner), {"name": "for another", "owner": member["id"]})
    here.create_group(here.app.admin, {"name": "for nobody", "owner": "none"})
    for wrong in ({}, {"name": 5}, {"name": "x", "members": "y"}, b"[]", b"{", b""):
        here.create_group(bearer(owner), wrong)
    here.send("POST", "/groups", bearer(owner), {"name": "x"}, "application/json")
    here.send("POST", "/groups", bearer(owner), b"{}")
    here.app.player.send("POST", "/api/apps/none/groups", here.app.admin | {"Content-Type": CREATE_GROUP}, {"name": "x"})
    for method in ("PUT", "DELETE"):
        for headers in (thing, bearer(outside), other.app.admin, {}, bearer({"token": "nobody"})):
            here.member(method, headers, group, member["id"])
        here.member(method, here.app.admin, "none", member["id"])
        here.member(method, here.app.admin, group, "none")
        here.member(method, bearer(owner), group, outside["id"])
        here.app.player.send(method, "/api/apps/none/groups/x/members/y", here.app.admin)
    here.member("DELETE", here.app.admin, group, outside["id"])
    here.member("DELETE", bearer(member), group, member["id"])
    for headers in (thing, bearer(outside), other.app.admin, {}, bearer({"token": "nobody"}), bearer(owner), bearer(owner)):
        here.send("DELETE", f"/groups/{group}", headers)
    here.app.player.send("DELETE", "/api/apps/none/groups/x", here.app.admin)


def _deleted_owners(here: Accounts) -> None:
    thing, other = here.app.row["things"][4:6]
    leaving = here.new_user("leaving-with-things")
    staying = here.app.user(0)
    group = here.create_group(bearer(staying), {"name": "leaving"})
    here.owner("PUT", thing, f"user:{leaving['id']}", here.app.admin)
    here.owner("PUT", other, f"group:{group}", here.app.admin)
    here.send("DELETE", f"/users/{leaving['id']}", here.app.admin)
    here.send("DELETE", f"/groups/{group}", here.app.admin)
    here.app.owners(thing, here.app.admin)
    here.app.owners(other, here.app.admin)
