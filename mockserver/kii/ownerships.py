"""Kii's rules of ownership: who may add, see and remove an owner at once (the page Ownership, and PUT, HEAD and DELETE beside it)."""

from __future__ import annotations

from ..engine.secret import same
from .entities import App, Owner, Principal, Thing, ThingRef
from .refusals import No
from .state import KiiState


class Ownerships(KiiState):
    """Methods raise No where a rule refuses."""

    def add_owner(self, who: Principal, app_id: str, ref: ThingRef, named: list[Owner], password: str | None) -> None:
        """Make the one user or group that is named an owner of the thing, in one step."""
        app = self.app(app_id)
        thing = app.thing(ref)
        owner = named[0] if len(named) == 1 else None
        self.judge(
            None if owner else No("both" if named else "neither"),
            self.thing_missing(app, ref),
            self.owner_missing(app, owner),
            None if self._may_add(who, app, ref, named) else No("unauthorized"),
            None if thing is None or self._password_holds(who, app, thing, password) else No("password"),
            self._owned_already(who, app, thing, owner),
        )
        assert thing is not None  # noqa: S101 - judged above; said for the type checker
        assert owner is not None  # noqa: S101
        thing.owners.append(owner)

    def put_owner(self, who: Principal, app_id: str, ref: ThingRef, owner: Owner, *, with_body: bool) -> None:
        """Make the user or group an owner in the old way, which brings no password. with_body: the request brought a body."""
        app = self.app(app_id)
        thing = app.thing(ref)
        self.judge(
            self.body_unwanted(with_body=with_body),
            self.thing_missing(app, ref),
            self.owner_missing(app, owner),
            None if self._may_put(who, app, ref, owner) else No("unauthorized"),
            None if thing is None or self._password_holds(who, app, thing, None) else No("password"),
            self._owned_already(who, app, thing, owner),
        )
        assert thing is not None  # noqa: S101 - judged above
        thing.owners.append(owner)

    def owners(self, who: Principal, app_id: str, ref: ThingRef) -> tuple[list[str], list[str]]:
        """Return the userIDs and the groupIDs that own the thing."""
        app = self.app(app_id)
        thing = app.thing(ref)
        self.judge(self.thing_missing(app, ref), None if self._may_list(who, app, ref) else No("unauthorized"))
        assert thing is not None  # noqa: S101 - judged above
        return [o.id for o in thing.owners if o.kind == "user"], [o.id for o in thing.owners if o.kind == "group"]

    def check_owner(self, who: Principal, app_id: str, ref: ThingRef, owner: Owner) -> None:
        """Return if the user or group owns the thing; a member of a group that does counts as an owner."""
        app = self.app(app_id)
        thing = app.thing(ref)
        allowed = self._may_ask(who, app, ref, owner)
        himself = not allowed and self.is_owner_side(who, app, owner)
        clause = "kii-pick.not-owner-asks" if himself else None
        allowed = allowed or (himself and self.settings["not_owner_asks"] == "not_found")
        self.judge(self.thing_missing(app, ref), None if allowed else No("unauthorized", clause))
        assert thing is not None  # noqa: S101 - judged above
        if not (owner in thing.owners or (owner.kind == "user" and app.owns(owner.id, thing))):
            raise No("not_owner", clause)

    def remove_owner(self, who: Principal, app_id: str, ref: ThingRef, owner: Owner) -> None:
        """Take the user's or group's own ownership away."""
        app = self.app(app_id)
        thing = app.thing(ref)
        self.judge(
            self.thing_missing(app, ref),
            None if thing is None or owner in thing.owners else No("ownership_missing", app_id=app.id, thing_id=thing.id, owner=owner),
            self._may_not_remove(who, app, ref, owner),
        )
        assert thing is not None  # noqa: S101 - judged above
        thing.owners.remove(owner)

    def _may_add(self, who: Principal, app: App, ref: ThingRef, named: list[Owner]) -> bool:  # noqa: ARG002 - each of these rules is asked alike
        if who.app_id != app.id or self.is_admin(who, app):
            return who.app_id == app.id
        if who.kind == "anonymous":
            return bool(self.settings["anonymous_post"] == "allowed")
        return who.kind == "user" and all(self.is_owner_side(who, app, owner) for owner in named)

    def _may_put(self, who: Principal, app: App, ref: ThingRef, owner: Owner) -> bool:  # noqa: ARG002
        return self.is_admin(who, app) or self.is_owner_side(who, app, owner)

    def _may_list(self, who: Principal, app: App, ref: ThingRef) -> bool:
        return self.is_admin(who, app) or self.is_thing(who, app, ref)

    def _may_ask(self, who: Principal, app: App, ref: ThingRef, owner: Owner) -> bool:  # noqa: ARG002
        return self.is_admin(who, app) or self.is_thing(who, app, ref) or self.is_owner_of(who, app, app.thing(ref))

    def _may_not_remove(self, who: Principal, app: App, ref: ThingRef, owner: Owner) -> No | None:
        if self.is_admin(who, app):
            return None
        if not self.is_owner_of(who, app, app.thing(ref)):
            return No("unauthorized")
        another = not self.is_owner_side(who, app, owner)
        return No("unauthorized", "kii-pick.removes-another") if another and self.settings["removes_another"] == "unauthorized" else None

    def _password_holds(self, who: Principal, app: App, thing: Thing, password: str | None) -> bool:
        required = self.settings["require_password_default"] if app.require_password is None else app.require_password
        if not required or (who.kind == "admin" and not self.settings["password_binds_admin"]):
            return True
        return password is not None and same(password, thing.password)

    def _owned_already(self, who: Principal, app: App, thing: Thing | None, owner: Owner | None) -> No | None:
        if thing is None or owner is None:
            return None
        if owner in thing.owners:
            return self.already(app, thing, owner)
        if self.settings["member_adds_self"] == "already_owner" and who.kind == "user" and who.id == owner.id:
            return self.already(app, thing, owner) if app.owns(owner.id, thing) else None
        return None
