"""Kii's rules of the things themselves: registered, read, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import identifiers
from .entities import App, Principal, Thing, ThingRef, Token
from .refusals import No
from .state import KiiState

# What a thing is registered with under these names is not kept as a field of its own.
OWN = frozenset({"_vendorThingID", "_password", "_thingID", "_created", "_disabled", "_accessToken"})


class Things(KiiState):
    """Methods raise No where a rule refuses."""

    def register_thing(self, who: Principal, app_id: str, body: Mapping[str, Any], *, authorize: bool) -> tuple[Thing, str | None]:
        """Keep a new thing and return it; with authorize also an access token of its own."""
        app = self.app(app_id)
        vendor_id = body["_vendorThingID"]
        self.judge(
            None if self._may_register_thing(who, app) else No("unauthorized"),
            No("thing_exists", app_id=app.id, field="vendorThingID", value=vendor_id) if vendor_id in app.vendor_ids else None,
        )
        thing = Thing(
            id=self._new_id(),
            vendor_id=vendor_id,
            label=vendor_id,
            password=body["_password"],
            created=self.clock.now(),
            fields={name: value for name, value in body.items() if name not in OWN},
        )
        app.add_thing(thing)
        if not authorize:
            return thing, None
        token = identifiers.token(self.supply)
        self.tokens[token] = Token(Principal("thing", app.id, thing.id))
        return thing, token

    def read_thing(self, who: Principal, app_id: str, ref: ThingRef) -> Thing:
        """Return the thing."""
        app = self.app(app_id)
        thing = app.thing(ref)
        allowed = self._may_read(who, app, ref)
        stranger = not allowed and self.is_user(who, app)
        clause = "kii-pick.strangers-read" if stranger else None
        allowed = allowed or (stranger and self.settings["strangers_read"] == "allowed")
        self.judge(self.thing_missing(app, ref), None if allowed else No("unauthorized", clause))
        assert thing is not None  # noqa: S101 - judged above; said for the type checker
        return thing

    def delete_thing(self, who: Principal, app_id: str, ref: ThingRef) -> None:
        """Forget the thing, its ownerships, its flows and its tokens."""
        app = self.app(app_id)
        thing = app.thing(ref)
        self.judge(self.thing_missing(app, ref), None if self._may_delete(who, app, ref) else No("unauthorized"))
        assert thing is not None  # noqa: S101 - judged above
        self.forget_thing(app, thing)

    def forget_thing(self, app: App, thing: Thing) -> None:
        """Take the thing away with all that ends with it (see delete_thing)."""
        del app.things[thing.id]
        del app.vendor_ids[thing.vendor_id]
        self.forget_tokens(Principal("thing", app.id, thing.id))

    def _new_id(self) -> str:
        return identifiers.thing_id(self.supply)

    def _may_register_thing(self, who: Principal, app: App) -> bool:
        return who.app_id == app.id

    def _may_read(self, who: Principal, app: App, ref: ThingRef) -> bool:
        return self.is_admin(who, app) or self.is_thing(who, app, ref) or self.is_owner_of(who, app, app.thing(ref))

    def _may_delete(self, who: Principal, app: App, ref: ThingRef) -> bool:
        return self.is_admin(who, app) or self.is_owner_of(who, app, app.thing(ref))
