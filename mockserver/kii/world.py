"""Kii's rules: who may become an owner of a thing, and how. No HTTP, no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..engine.clock import Clock
from ..engine.secret import same
from ..engine.supply import Supply
from ..engine.vendor import Settings
from . import view
from .entities import App, Flow, Owner, Principal, Thing, ThingRef
from .refusals import No


@dataclass
class KiiWorld:
    """Kii's part of a world: applications by id, principals by token. Methods raise No where a rule refuses."""

    settings: Settings
    supply: Supply
    clock: Clock
    apps: dict[str, App] = field(default_factory=dict)
    tokens: dict[str, Principal] = field(default_factory=dict)

    def principal_of(self, token: str) -> Principal | None:
        """Return whose token this is."""
        return self.tokens.get(token)

    def add_owner(self, who: Principal, app_id: str, ref: ThingRef, named: list[Owner], password: str | None) -> None:
        """Make the one user or group that is named an owner of the thing, in one step."""
        app = self._app(app_id)
        thing = app.thing(ref)
        owner = named[0] if len(named) == 1 else None
        self._judge(
            None if owner else No("both" if named else "neither"),
            self._thing_missing(app, ref),
            self._owner_missing(app, owner),
            None if self._may_add(who, app, named) else No("unauthorized"),
            None if thing is None or self._password_holds(who, app, thing, password) else No("password"),
            self._owned_already(who, app, thing, owner),
        )
        assert thing is not None  # noqa: S101 - judged above; said for the type checker
        assert owner is not None  # noqa: S101
        thing.owners.append(owner)

    def owners(self, who: Principal, app_id: str, ref: ThingRef) -> tuple[list[str], list[str]]:
        """Return the userIDs and the groupIDs that own the thing."""
        app = self._app(app_id)
        thing = app.thing(ref)
        allowed = self._is_admin(who, app) or self._is_thing(who, app, ref)
        self._judge(self._thing_missing(app, ref), None if allowed else No("unauthorized"))
        assert thing is not None  # noqa: S101 - judged above
        return [o.id for o in thing.owners if o.kind == "user"], [o.id for o in thing.owners if o.kind == "group"]

    def request(self, who: Principal, app_id: str, ref: ThingRef, owner: Owner, *, with_body: bool) -> str:
        """Start a flow that makes the user or the group an owner, and return its code. with_body: the request brought a body."""
        app = self._app(app_id)
        thing = app.thing(ref)
        self._judge(
            No("invalid", "kii-pick.request-body") if with_body and self.settings["request_body"] == "invalid" else None,
            self._thing_missing(app, ref),
            self._owner_missing(app, owner),
            None if self._may_request(who, app, ref, owner) else No("unauthorized"),
            None if thing is None or owner not in thing.owners else self._already(app, thing, owner),
        )
        assert thing is not None  # noqa: S101 - judged above
        if self.settings["second_request"] == "replaces":
            thing.flows = {code: flow for code, flow in thing.flows.items() if flow.owner != owner}
        code = self.supply.text("kii/code", int(self.settings["code_length"]), self.settings["code_alphabet"])
        started_by = who.kind if who.kind in ("admin", "thing") else "owner"
        thing.flows[code] = Flow(code=code, owner=owner, started_by=started_by, at=self.clock.now())
        return code

    def confirm(self, who: Principal, app_id: str, ref: ThingRef, code: Any) -> None:
        """Complete the flow that has this code: its user or group becomes an owner of the thing."""
        app = self._app(app_id)
        thing = app.thing(ref)
        flow = self._pending(thing, code)
        self._judge(
            self._thing_missing(app, ref),
            None if flow is not None else self._bad_code(app, thing, code),
            None if self._may_confirm(who, app, ref, flow) else No("unauthorized"),
            self._owner_missing(app, flow.owner if flow else None),
            self._already(app, thing, flow.owner) if thing and flow and flow.owner in thing.owners else None,
        )
        assert thing is not None  # noqa: S101 - judged above
        assert flow is not None  # noqa: S101
        del thing.flows[flow.code]
        thing.used_codes[flow.code] = flow.owner
        thing.owners.append(flow.owner)

    # What the rules above are made of: each returns a finding, or whether something holds.

    def _judge(self, *findings: No | None) -> None:
        order = self.settings["precedence"]
        found = sorted((finding for finding in findings if finding is not None), key=lambda no: order.index(no.sort))
        if found:
            raise found[0]

    def _app(self, app_id: str) -> App:
        app = self.apps.get(app_id)
        if app is None:
            if self.settings["unknown_app"] == "not_found":
                raise No("app_missing", "kii-pick.unknown-app", app_id=app_id)
            raise No("unauthorized", "kii-pick.unknown-app")
        return app

    def _thing_missing(self, app: App, ref: ThingRef) -> No | None:
        return No("thing_missing", app_id=app.id, field=ref.field, value=ref.value) if app.thing(ref) is None else None

    def _owner_missing(self, app: App, owner: Owner | None) -> No | None:
        if owner is None or app.has(owner):
            return None
        return No(f"{owner.kind}_missing", app_id=app.id, id=owner.id)

    def _is_admin(self, who: Principal, app: App) -> bool:
        return who.kind == "admin" and who.app_id == app.id

    def _is_thing(self, who: Principal, app: App, ref: ThingRef) -> bool:
        thing = app.thing(ref)
        return who.kind == "thing" and who.app_id == app.id and thing is not None and who.id == thing.id

    def _is_owner_side(self, who: Principal, app: App, owner: Owner) -> bool:
        if who.kind != "user" or who.app_id != app.id:
            return False
        return who.id == owner.id if owner.kind == "user" else app.is_member(who.id, owner.id)

    def _may_add(self, who: Principal, app: App, named: list[Owner]) -> bool:
        if who.app_id != app.id or self._is_admin(who, app):
            return who.app_id == app.id
        if who.kind == "anonymous":
            return bool(self.settings["anonymous_post"] == "allowed")
        return who.kind == "user" and all(self._is_owner_side(who, app, owner) for owner in named)

    def _may_request(self, who: Principal, app: App, ref: ThingRef, owner: Owner) -> bool:
        return self._is_admin(who, app) or self._is_thing(who, app, ref) or self._is_owner_side(who, app, owner)

    def _may_confirm(self, who: Principal, app: App, ref: ThingRef, flow: Flow | None) -> bool:
        if self._is_admin(who, app):
            return True
        if flow is None:
            return (who.kind == "user" and who.app_id == app.id) or self._is_thing(who, app, ref)
        either = flow.started_by == "admin" and self.settings["admin_flow"] == "either_side"
        if self._is_thing(who, app, ref):
            return flow.started_by == "owner" or either
        return self._is_owner_side(who, app, flow.owner) and (flow.started_by == "thing" or either)

    def _password_holds(self, who: Principal, app: App, thing: Thing, password: str | None) -> bool:
        required = self.settings["require_password_default"] if app.require_password is None else app.require_password
        if not required or (who.kind == "admin" and not self.settings["password_binds_admin"]):
            return True
        return password is not None and same(password, thing.password)

    def _owned_already(self, who: Principal, app: App, thing: Thing | None, owner: Owner | None) -> No | None:
        if thing is None or owner is None:
            return None
        if owner in thing.owners:
            return self._already(app, thing, owner)
        if self.settings["member_adds_self"] == "already_owner" and who.kind == "user" and who.id == owner.id:
            through_group = any(o.kind == "group" and app.is_member(who.id, o.id) for o in thing.owners)
            return self._already(app, thing, owner) if through_group else None
        return None

    def _already(self, app: App, thing: Thing, owner: Owner) -> No:
        return No("already_owner", app_id=app.id, thing_id=thing.id, owner=owner)

    def _pending(self, thing: Thing | None, code: Any) -> Flow | None:
        flow = thing.flows.get(code) if thing is not None and isinstance(code, str) else None
        return flow if flow is not None and self.clock.now() - flow.at < self.settings["code_life"] else None

    def _bad_code(self, app: App, thing: Thing | None, code: Any) -> No | None:
        pick, used = self._why_bad(thing, code)
        answer = self.settings[pick]
        clause = f"kii-pick.{pick.replace('_', '-')}"
        if answer == "already_owner" and used is not None and thing is not None:
            return No("already_owner", clause, app_id=app.id, thing_id=thing.id, owner=used)
        if answer == "conflict":
            return No("bad_code", clause, app_id=app.id, thing_id=thing.id) if thing is not None else None
        return No(answer, clause)

    def _why_bad(self, thing: Thing | None, code: Any) -> tuple[str, Owner | None]:
        """Return the pick that answers a code which no pending flow of the thing has, and the owner that it once made."""
        if not isinstance(code, str) or not code:
            return "malformed_code", None
        if thing is not None and code in thing.used_codes:
            return "used_code", thing.used_codes[code]
        if thing is not None and code in thing.flows:
            return "expired_code", None
        if any(code in other.flows for app in self.apps.values() for other in app.things.values()):
            return "foreign_code", None
        return "wrong_code", None

    def view(self) -> dict[str, Any]:
        """Return the state as JSON (see view.state_view)."""
        return view.state_view(self.apps, self.tokens)

    def target(self, base_url: str, world_url: str) -> dict[str, Any]:  # noqa: ARG002 - another vendor's probes need the second
        """Return Kii's table of a target file (see view.target_table)."""
        return view.target_table(self.apps, self.tokens, self.settings)

    def principals(self) -> list[tuple[str, str]]:
        """Return who may call: a label, and the header that carries the credential."""
        return view.principals(self.apps, self.tokens)
