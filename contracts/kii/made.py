"""Fixtures that are made: Kii's set-up calls, as its clients send them."""

from __future__ import annotations

from collections.abc import Mapping

from ..live.identity import Held
from ..setup import Setup
from .principals import Row, bearer, new, token_of

LOGIN = "application/vnd.kii.OauthTokenRequest+json"
USER = "application/vnd.kii.RegistrationRequest+json"
GROUP = "application/vnd.kii.GroupCreationRequest+json"
THING = "application/vnd.kii.ThingRegistrationAndAuthorizationRequest+json"


class Maker:
    """Makes fixtures in one application, as rows of a target's table; all that it makes is taken away by the administrator."""

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
        (token,) = self.setup.make("/api/oauth2/token", self._as_app(LOGIN), body, "access_token")
        return {**row, "token": token}

    def group(self, kind: str) -> tuple[Row, dict[str, Row]]:
        """Return a new group and its people by the names that a row knows them by. kind: as in a row's needs. Unavailable."""
        # An owner whom the row does not act as needs no token.
        people = {"group_owner": self.user() if kind == "owner" else self._registered(), "member": self.user()}
        if kind == "members":
            people["other_member"] = self.user()
        ids = [person["id"] for person in people.values()]
        body = {"name": new()["name"], "owner": ids[0], "members": ids}
        (group_id,) = self.setup.make(f"{self.path}/groups", self._as_admin(GROUP), body, "groupID")
        self.setup.undo(f"{self.path}/groups/{group_id}", self.admin)
        return {"id": group_id, "owner": ids[0], "members": ids}, {name: person for name, person in people.items() if "token" in person}

    def thing(self) -> Row:
        """Return a new thing with a token. Unavailable."""
        named = new()
        body = {"_vendorThingID": named["vendor_thing"], "_password": named["thing_password"], "_thingType": "contract-test"}
        thing_id, token = self.setup.make(f"{self.path}/things", self._as_app(THING), body, "_thingID", "_accessToken")
        self.setup.undo(f"{self.path}/things/{thing_id}", self.admin)
        return {"id": thing_id, "vendor_id": named["vendor_thing"], "password": named["thing_password"], "token": token}

    def _registered(self) -> Row:
        named = new()
        body = {"loginName": named["login"], "password": named["password"]}
        (user_id,) = self.setup.make(f"{self.path}/users", self._as_app(USER), body, "userID")
        self.setup.undo(f"{self.path}/users/{user_id}", self.admin)
        return {"id": user_id, "login": named["login"], "password": named["password"]}

    def _as_app(self, media: str) -> Mapping[str, str]:
        # Any value serves as the key on calls that need no token.
        return {"X-Kii-AppID": self.app["id"], "X-Kii-AppKey": self.app.get("key", "any"), "Content-Type": media}

    def _as_admin(self, media: str) -> Mapping[str, str]:
        return {**self.admin, "Content-Type": media}
