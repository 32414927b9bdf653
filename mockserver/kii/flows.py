"""Kii's rules of the flow with a code: one side asks, the other confirms (the pages Ownership request and Ownership confirmation)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from ..engine.secret import same
from .entities import App, Flow, Owner, Principal, Thing, ThingRef
from .refusals import No, clause_of
from .state import KiiState

Kept = TypeVar("Kept")


class Flows(KiiState):
    """Methods raise No where a rule refuses."""

    def request(self, who: Principal, app_id: str, ref: ThingRef, owner: Owner, *, with_body: bool) -> str:
        """Start a flow that makes the user or the group an owner, and return its code. with_body: the request brought a body."""
        app = self.app(app_id)
        thing = app.thing(ref)
        self.judge(
            self.body_unwanted(with_body=with_body),
            self.thing_missing(app, ref),
            self.owner_missing(app, owner),
            None if self._may_request(who, app, ref, owner) else No("unauthorized"),
            None if thing is None or owner not in thing.owners else self.already(app, thing, owner),
        )
        assert thing is not None  # noqa: S101 - judged above
        return self.start_flow(thing, owner, who.kind if who.kind in ("admin", "thing") else "owner").code

    def confirm(self, who: Principal, app_id: str, ref: ThingRef, code: Any) -> None:
        """Complete the flow that has this code: its user or group becomes an owner of the thing."""
        app = self.app(app_id)
        thing = app.thing(ref)
        flow = self._pending(thing, code)
        self.judge(
            self.thing_missing(app, ref),
            None if flow is not None else self._bad_code(app, thing, code),
            None if self._may_confirm(who, app, ref, flow) else No("unauthorized"),
            self.owner_missing(app, flow.owner if flow else None),
            self.already(app, thing, flow.owner) if thing and flow and flow.owner in thing.owners else None,
        )
        assert thing is not None  # noqa: S101 - judged above
        assert flow is not None  # noqa: S101
        self.complete_flow(thing, flow)

    def start_flow(self, thing: Thing, owner: Owner, started_by: str, code: str | None = None) -> Flow:
        """Keep a new flow and return it. code: None for one from the supply. Earlier flows of the same owner go as the pick second_request says."""
        if self.settings["second_request"] == "replaces":
            # One whose code is dead already is not pending, and its code stays one that was issued.
            thing.flows = {known: flow for known, flow in thing.flows.items() if flow.owner != owner or not self.is_alive(flow)}
        if code is None:
            code = self._new_code(thing, owner)
        flow = thing.flows[code] = Flow(code=code, owner=owner, started_by=started_by, at=self.clock.now())
        return flow

    def complete_flow(self, thing: Thing, flow: Flow) -> None:
        """Make the owner of a pending flow one of the thing's; its code is used then."""
        del thing.flows[flow.code]
        thing.used_codes[flow.code] = flow.owner
        thing.owners.append(flow.owner)

    def is_alive(self, flow: Flow) -> bool:
        """Return whether the flow's code still serves."""
        return not flow.expired and self.clock.now() - flow.at < self.settings["code_life"]

    def _new_code(self, thing: Thing, owner: Owner) -> str:  # noqa: ARG002 - a code tells neither; a rule in this one's place may
        return self.supply.text("kii/code", int(self.settings["code_length"]), self.settings["code_alphabet"])

    def _may_request(self, who: Principal, app: App, ref: ThingRef, owner: Owner) -> bool:
        return self.is_admin(who, app) or self.is_thing(who, app, ref) or self.is_owner_side(who, app, owner)

    def _may_confirm(self, who: Principal, app: App, ref: ThingRef, flow: Flow | None) -> bool:
        if self.is_admin(who, app):
            return True
        if flow is None:
            return self.is_user(who, app) or self.is_thing(who, app, ref)
        either = flow.started_by == "admin" and self.settings["admin_flow"] == "either_side"
        if self.is_thing(who, app, ref):
            return flow.started_by == "owner" or either
        return self.is_owner_side(who, app, flow.owner) and (flow.started_by == "thing" or either)

    def _pending(self, thing: Thing | None, code: Any) -> Flow | None:
        flow = _with_code(thing.flows, code) if thing is not None and isinstance(code, str) else None
        return flow if flow is not None and self.is_alive(flow) else None

    def _bad_code(self, app: App, thing: Thing | None, code: Any) -> No | None:
        pick, used = self._why_bad(thing, code)
        if thing is None and pick != "malformed_code":
            # A thing that is not there has no code that this one could be held against.
            return None
        answer = self.settings[pick]
        clause = clause_of(pick)
        if answer == "already_owner" and used is not None and thing is not None and used in thing.owners:
            return No("already_owner", clause, app_id=app.id, thing_id=thing.id, owner=used)
        # An ownership may have ended since its code was used: then none exists already.
        if answer in ("conflict", "already_owner"):
            return No("bad_code", clause, app_id=app.id, thing_id=thing.id) if thing is not None else None
        return No(answer, clause)

    def _why_bad(self, thing: Thing | None, code: Any) -> tuple[str, Owner | None]:
        """Return the pick that answers a code which no pending flow of the thing has, and the owner that it once made."""
        if not isinstance(code, str) or not code:
            return "malformed_code", None
        used = _with_code(thing.used_codes, code) if thing is not None else None
        if used is not None:
            return "used_code", used
        if thing is not None and _with_code(thing.flows, code) is not None:
            return "expired_code", None
        if any(_with_code({**other.used_codes, **other.flows}, code) for app in self.apps.values() for other in app.things.values()):
            return "foreign_code", None
        return "wrong_code", None


def _with_code(by_code: Mapping[str, Kept], code: str) -> Kept | None:
    """Return what is kept under this code, if anything is. Every code is compared, in constant time each."""
    found = [kept for known, kept in by_code.items() if same(code, known)]
    return found[0] if found else None
