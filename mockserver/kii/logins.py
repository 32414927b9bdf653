"""Kii's rules of access tokens: who gets one, whose one is, how long it lives."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..engine.secret import same
from . import identifiers
from .entities import App, Principal, ThingRef, Token
from .refusals import No
from .state import KiiState

THING = "VENDOR_THING_ID:"
LATEST = 8.64e15
"""The last moment that a JavaScript Date can be, in milliseconds since the epoch: the vendor's client sends it for a token without end."""

MOST = 10_000
"""So many tokens of logins are kept; of more those are forgotten that end first."""


@dataclass(frozen=True)
class Login:
    """What a login gives. id: the userID, thingID, administrator's id or, for an anonymous caller, appID. expires_in: seconds."""

    id: str
    token: str
    expires_in: int


class Logins(KiiState):
    """Methods raise No where a rule refuses."""

    def caller(self, token: str, operation: str, app_id: str) -> Principal:  # noqa: ARG002 - a token serves alike everywhere; a rule in its place may not
        """Return who calls this operation with this token, under the path of this application.

        No: wrong_token where nobody has it; as principal_of says where it has ended.
        """
        who = self.principal_of(token)
        if who is None:
            raise No("wrong_token")
        return who

    def tokenless_caller(self, scheme: str, value: str, operation: str, app_id: str) -> Principal | None:  # noqa: ARG002 - see caller
        """Return who calls without a token where one serves: nobody. scheme, value: what Authorization has in its place, perhaps nothing."""
        return None

    def basic_caller(self, value: str, *, keyless: bool) -> Principal:
        """Return the application that calls by APP_ID:APP_KEY in base64, without a user. No, as the picks say: malformed_basic, wrong_basic_key.

        keyless: any value serves as the key.
        """
        try:
            app_id, colon, key = base64.b64decode(value, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, ValueError):
            app_id = colon = key = ""
        if not colon:
            raise self.by_pick("malformed_basic")
        app = self.app(app_id) if keyless else self.apps.get(app_id)
        right = keyless or self._is_key(app, key)
        if not right or app is None:
            raise self.by_pick("wrong_basic_key")
        return Principal("anonymous", app.id, None)

    def header_caller(self, app_id: str) -> Principal:
        """Return the application that calls by headers of its own, without a user. No, as the pick unknown_app says."""
        return Principal("anonymous", self.app(app_id).id, None)

    def principal_of(self, token: str) -> Principal | None:
        """Return whose token this is; None where nobody has it. No, as the pick expired_token says, where it has ended."""
        known = self.tokens.get(token)
        if known is None:
            return None
        if known.expires is not None and self.clock.now() >= known.expires:
            raise No(self.settings["expired_token"], "kii-pick.expired-token")
        return known.holder

    def log_in(self, app_id: str, body: Mapping[str, Any]) -> Login:
        """Give a new token to whom the body's name and password, or client id and secret, belong."""
        app = self.app(app_id)
        now = self.clock.now()
        ends = self._end(now, body.get("expiresAt"))
        by_password = {"username", "password"} <= body.keys()
        by_client = {"client_id", "client_secret"} <= body.keys()
        if by_password == by_client or ends is None:
            answer = self.settings["malformed_login"]
            raise No("invalid" if answer == "invalid_input" else answer, "kii-pick.malformed-login")
        who = self._by_password(app, body["username"], body["password"]) if by_password else self._by_client(app, body)
        if who is None:
            raise No(self.settings["login_refused"], "kii-pick.login-refused")
        token = identifiers.token(self.supply)
        self._make_room()
        self.tokens[token] = Token(who, ends)
        return Login(who.id or app.id, token, int(round(ends - now, 3)))

    def _end(self, now: float, expires_at: float | None) -> float | None:
        """Return when a token given now ends, in seconds since the epoch; None where that is asked to be in the past."""
        if expires_at is None:
            return float(now + min(self.settings["token_life"], LATEST / 1000))
        asked = max(0, min(expires_at, LATEST)) / 1000
        return asked if asked > now else None

    def _make_room(self) -> None:
        given = [(token.expires, text) for text, token in self.tokens.items() if token.expires is not None] if len(self.tokens) >= MOST else []
        # A tenth at a time: a login costs the search once in a thousand times.
        for _, text in sorted(given)[: MOST // 10]:
            del self.tokens[text]

    def _is_key(self, app: App | None, key: str) -> bool:
        return same(key, app.key if app else "") and app is not None

    def _by_password(self, app: App, username: str, password: str) -> Principal | None:
        if username.startswith(THING):
            thing = app.thing(ThingRef("vendorThingID", username.removeprefix(THING)))
            if not same(password, thing.password if thing else "") or thing is None:
                raise No("invalid_grant", "kii-token.400-thing")
            return Principal("thing", app.id, thing.id)
        user = app.user(username)
        right = same(password, user.password if user else "")
        return Principal("user", app.id, user.id) if right and user else None

    def _by_client(self, app: App, body: Mapping[str, Any]) -> Principal | None:
        for client_id, secret, who in (
            (app.client_id, app.client_secret, Principal("admin", app.id, app.admin_id)),
            (app.id, app.key, Principal("anonymous", app.id, None)),
        ):
            # Both are compared whatever the first comes to, so that the time tells nothing of either.
            if same(body["client_id"], client_id) & same(body["client_secret"], secret):
                return who
        return None
