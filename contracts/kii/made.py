"""Fixtures that are made: Kii's set-up calls, as its clients send them."""

from __future__ import annotations

from collections.abc import Mapping

from ..live.identity import Held
from ..setup import Setup
from ..unavailable import Unavailable
from .principals import Row, bearer, new, token_of

LOGIN = "application/vnd.kii.OauthTokenRequest+json"
USER = "application/vnd.kii.RegistrationRequest+json"
GROUP = "application/vnd.kii.GroupCreationRequest+json"
THING = "application/vnd.kii.ThingRegistrationAndAuthorizationRequest+json"


def as_app(app: Row, media: str) -> dict[str, str]:
    """Return the headers of a call that needs no token. Any value serves as the key there."""
    return {"X-Kii-AppID": app["id"], "X-Kii-AppKey": app.get("key", "any"), "Content-Type": media}


class Maker:
    """Makes fixtures in one application, as rows of a target's table."""

    def __init__(self, setup: Setup, app: Row, keys: Held) -> None:
        """Unavailable: the administrator is not accepted, so that nothing could be taken away."""
        self.setup = setup
        self.app = app
        self.path = f"/api/apps/{app['id']}"
        self.admin = bearer(token_of(app["admin"], keys))
        keys.require(self.admin)

    def user(self) -> Row:
        """Return a new user, logged in. Unavailable."""
        row = self._registered()
        body = {"username": row["login"], "password": row["password"]}
        token, found = self.setup.make("/api/oauth2/token", self._as_app(LOGIN), body, "access_token", "id")
        if found != row["id"]:
            raise Unavailable(f"a fixture could not be made: the server calls a new user {row['id']}, and who logs in as him is {found}")
        self.setup.confirmed.add(found)
        return {**row, "token": token}

    def group(self, kind: str) -> tuple[Row, dict[str, Row]]:
        """Return a new group and its people by the names that a row knows them by. kind: as in a row's needs. Unavailable."""
        # An owner whom the row does not act as needs no token.
        people = {"group_owner": self.user() if kind == "owner" else self._registered(), "member": self.user()}
        if kind == "members":
            people["other_member"] = self.user()
        ids = [person["id"] for person in people.values()]
        body = {"name": new(self.app)["name"], "owner": ids[0], "members": ids}
        (group_id,) = self.setup.make(f"{self.path}/groups", self._as_admin(GROUP), body, "groupID")
        return {"id": group_id, "owner": ids[0], "members": ids}, {name: person for name, person in people.items() if "token" in person}

    def thing(self) -> Row:
        """Return a new thing with a token. Unavailable."""
        named = new(self.app)
        body = {"_vendorThingID": named["vendor_thing"], "_password": named["thing_password"], "_thingType": "contract-test"}
        thing_id, token = self.setup.make(f"{self.path}/things", self._as_app(THING), body, "_thingID", "_accessToken")
        return {"id": thing_id, "vendor_id": named["vendor_thing"], "password": named["thing_password"], "token": token}

    def _registered(self) -> Row:
        named = new(self.app)
        body = {"loginName": named["login"], "password": named["password"]}
        (user_id,) = self.setup.make(f"{self.path}/users", self._as_app(USER), body, "userID")
        return {"id": user_id, "login": named["login"], "password": named["password"]}

    def _as_app(self, media: str) -> Mapping[str, str]:
        return as_app(self.app, media)

    def _as_admin(self, media: str) -> Mapping[str, str]:
        return {**self.admin, "Content-Type": media}
