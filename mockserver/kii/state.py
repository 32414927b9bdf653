"""A Kii world's data, and the findings that its rules are made of. No HTTP, no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..engine.clock import Clock
from ..engine.supply import Supply
from ..engine.vendor import Settings
from .entities import App, Owner, Principal, Thing, ThingRef, Token
from .refusals import No, clause_of


@dataclass
class KiiState:
    """Applications by id, tokens by their text.

    What follows are the findings that rules judge by: each returns a refusal that applies, or whether something holds.
    """

    settings: Settings
    supply: Supply
    clock: Clock
    apps: dict[str, App] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)

    def app(self, app_id: str) -> App:
        """Return the application. No, as the pick unknown_app says."""
        app = self.apps.get(app_id)
        if app is None:
            kind = "app_missing" if self.settings["unknown_app"] == "not_found" else "unauthorized"
            raise No(kind, "kii-pick.unknown-app", app_id=app_id)
        return app

    def forget_tokens(self, holder: Principal) -> None:
        """Make every token of this holder one that nobody has."""
        self.tokens = {text: token for text, token in self.tokens.items() if token.holder != holder}

    def judge(self, *findings: No | None) -> None:
        """Raise the refusal that the pick precedence puts first, if there is one."""
        order = self.settings["precedence"]
        found = sorted((finding for finding in findings if finding is not None), key=lambda no: order.index(no.sort))
        if found:
            raise found[0]

    def by_pick(self, pick: str) -> No:
        """Return the refusal that a pick with the options unauthorized and wrong_token asks for."""
        return No(self.settings[pick], clause_of(pick))

    def body_unwanted(self, *, with_body: bool) -> No | None:
        """Return the refusal where an operation that takes no body was sent one, and the pick request_body minds."""
        return No("invalid", "kii-pick.request-body") if with_body and self.settings["request_body"] == "invalid" else None

    def thing_missing(self, app: App, ref: ThingRef) -> No | None:
        """Return the refusal where the application has no such thing."""
        return No("thing_missing", app_id=app.id, field=ref.field, value=ref.value) if app.thing(ref) is None else None

    def owner_missing(self, app: App, owner: Owner | None) -> No | None:
        """Return the refusal where the application has no such user or group."""
        if owner is None or app.has(owner):
            return None
        return No(f"{owner.kind}_missing", app_id=app.id, id=owner.id)

    def already(self, app: App, thing: Thing, owner: Owner) -> No:
        """Return the refusal of one who is an owner already."""
        return No("already_owner", app_id=app.id, thing_id=thing.id, owner=owner)

    def is_admin(self, who: Principal, app: App) -> bool:
        """Return whether an administrator of the application calls."""
        return who.kind == "admin" and who.app_id == app.id

    def is_thing(self, who: Principal, app: App, ref: ThingRef) -> bool:
        """Return whether the thing that is addressed calls."""
        thing = app.thing(ref)
        return who.kind == "thing" and who.app_id == app.id and thing is not None and who.id == thing.id

    def is_user(self, who: Principal, app: App) -> bool:
        """Return whether a user of the application calls."""
        return who.kind == "user" and who.app_id == app.id

    def is_owner_side(self, who: Principal, app: App, owner: Owner) -> bool:
        """Return whether the user calls who is to own, or a member of the group that is to."""
        if not self.is_user(who, app):
            return False
        return who.id == owner.id if owner.kind == "user" else app.is_member(who.id, owner.id)

    def is_owner_of(self, who: Principal, app: App, thing: Thing | None) -> bool:
        """Return whether a user calls who owns the thing, himself or through a group."""
        return thing is not None and self.is_user(who, app) and app.owns(who.id, thing)
