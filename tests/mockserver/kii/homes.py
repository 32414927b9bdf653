"""A Kii world that the tests of its rules share, and the rules called with the callers' names."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
from ownership_contracts.mockserver.engine.clock import Clock
from ownership_contracts.mockserver.engine.settings import settle
from ownership_contracts.mockserver.engine.supply import Supply
from ownership_contracts.mockserver.kii.entities import Group, Owner, Principal, Thing, ThingRef, User
from ownership_contracts.mockserver.kii.logins import Login
from ownership_contracts.mockserver.kii.refusals import No
from ownership_contracts.mockserver.kii.setup import build
from ownership_contracts.mockserver.kii.world import KiiWorld

START = 1_000_000.0
DATA: dict[str, Any] = {
    "apps": {
        "home": {
            "key": "home-key",
            "require_password": False,
            "admin": {"id": "adm", "token": "admin", "client_id": "home-client", "client_secret": "home-client-secret"},
            "users": {name: {"id": name, "token": name, "password": f"{name}-secret"} for name in ("ann", "ben", "mia", "max", "oda")},
            "groups": {"family": {"id": "family", "members": ["mia"]}, "club": {"id": "club", "members": ["max"]}},
            "things": {
                "lamp": {"id": "th.lamp", "password": "lamp-secret", "token": "lamp", "owners": {"users": ["oda"]}},
                "fan": {"id": "th.fan", "vendor_id": "fan-01", "password": "fan-secret", "token": "fan"},
            },
        },
        "office": {
            "key": "office-key",
            "require_password": True,
            "admin": {"token": "office-admin"},
            "users": {"zoe": {"id": "zoe", "token": "zoe"}, "namesake": {"id": "ann", "token": "other-ann"}},
            "groups": {"staff": {"id": "staff", "members": ["zoe"]}},
            "things": {
                "door": {"id": "th.door", "password": "door-secret", "token": "door"},
                "lamp": {"id": "th.lamp", "password": "lamp-secret", "token": "other-lamp"},
            },
        },
        "shed": {
            "key": "shed-key",
            "users": {"sue": {"id": "sue", "token": "sue"}},
            "things": {"saw": {"id": "th.saw", "password": "saw-secret", "token": "saw"}},
        },
    }
}
ANN, BEN, ODA, FAMILY, CLUB = Owner("user", "ann"), Owner("user", "ben"), Owner("user", "oda"), Owner("group", "family"), Owner("group", "club")
LAMP, FAN, DOOR, SAW = (ThingRef("thingID", f"th.{name}") for name in ("lamp", "fan", "door", "saw"))
NO_THING = ThingRef("vendorThingID", "none")
# Everyone who can call: ann is whom most calls are about, oda owns the lamp; the rest are of another application, two of them under ids of this one.
STRANGERS = ("office-admin", "zoe", "door", "office-anonymous", "other-ann", "other-lamp")
CALLERS = ("admin", "ann", "ben", "oda", "mia", "max", "lamp", "fan", "anonymous", *STRANGERS)


@dataclass
class Home:
    """A world, and its rules called with the callers' labels."""

    world: KiiWorld
    app: str = "home"

    def who(self, caller: str) -> Principal:
        if caller.endswith("anonymous"):
            return Principal("anonymous", "office" if caller.startswith("office") else "home", None)
        found = self.world.principal_of(caller)
        assert found is not None
        return found

    def add(self, caller: str, owner: Owner | list[Owner], ref: ThingRef = LAMP, password: str | None = None) -> None:
        self.world.add_owner(self.who(caller), self.app, ref, [owner] if isinstance(owner, Owner) else owner, password)

    def owners(self, caller: str = "admin", ref: ThingRef = LAMP) -> tuple[list[str], list[str]]:
        return self.world.owners(self.who(caller), self.app, ref)

    def request(self, caller: str, owner: Owner, ref: ThingRef = LAMP, *, with_body: bool = False) -> str:
        return self.world.request(self.who(caller), self.app, ref, owner, with_body=with_body)

    def confirm(self, caller: str, code: Any, ref: ThingRef = LAMP) -> None:
        self.world.confirm(self.who(caller), self.app, ref, code)

    def put(self, caller: str, owner: Owner, ref: ThingRef = LAMP, *, with_body: bool = False) -> None:
        self.world.put_owner(self.who(caller), self.app, ref, owner, with_body=with_body)

    def check(self, caller: str, owner: Owner, ref: ThingRef = LAMP) -> None:
        self.world.check_owner(self.who(caller), self.app, ref, owner)

    def remove(self, caller: str, owner: Owner, ref: ThingRef = LAMP) -> None:
        self.world.remove_owner(self.who(caller), self.app, ref, owner)

    def register_thing(self, caller: str, *, authorize: bool = True, **body: Any) -> tuple[Thing, str | None]:
        given = {"_vendorThingID": "new-01", "_password": "new-secret", **body}
        return self.world.register_thing(self.who(caller), self.app, given, authorize=authorize)

    def read_thing(self, caller: str, ref: ThingRef = LAMP) -> Thing:
        return self.world.read_thing(self.who(caller), self.app, ref)

    def delete_thing(self, caller: str, ref: ThingRef = LAMP) -> None:
        self.world.delete_thing(self.who(caller), self.app, ref)

    def register_user(self, caller: str, **body: Any) -> User:
        return self.world.register_user(self.who(caller), self.app, {"loginName": "new", "password": "new-secret", **body})

    def read_self(self, caller: str) -> User:
        return self.world.read_self(self.who(caller), self.app)

    def delete_user(self, caller: str, user_id: str = "ann") -> None:
        self.world.delete_user(self.who(caller), self.app, user_id)

    def create_group(self, caller: str, owner: str | None = None, members: list[str] | None = None) -> tuple[Group, list[str]]:
        return self.world.create_group(self.who(caller), self.app, "new", owner, members or [])

    def delete_group(self, caller: str, group_id: str = "family") -> None:
        self.world.delete_group(self.who(caller), self.app, group_id)

    def add_member(self, caller: str, user_id: str, group_id: str = "family") -> None:
        self.world.add_member(self.who(caller), self.app, group_id, user_id)

    def remove_member(self, caller: str, user_id: str, group_id: str = "family") -> None:
        self.world.remove_member(self.who(caller), self.app, group_id, user_id)

    def join(self, user_id: str, group_id: str = "family") -> None:
        """Make somebody a member as the administrator would."""
        self.world.apps[self.app].groups[group_id].members.append(user_id)

    def log_in(self, **body: Any) -> Login:
        return self.world.log_in(self.app, body)


def home(app: str = "home", **settings: Any) -> Home:
    return Home(build(DATA, settle("kii", settings), Supply("seed"), Clock(START)), app)


def later(place: Home, seconds: float) -> None:
    place.world.clock.frozen = START + seconds


def refused(rule: Callable[..., Any], *given: Any, **named: Any) -> No:
    """The refusal of a rule, which must have left the world as it was."""
    place: Home = rule.__self__  # type: ignore[attr-defined]  # every rule is called through Home
    before = deepcopy(place.world)
    with pytest.raises(No) as caught:
        rule(*given, **named)
    assert place.world == before
    return caught.value


def allowed(rule: Callable[..., Any], *given: Any, **named: Any) -> bool:
    """Whether a rule lets the caller through; a refusal for another reason is an error of the test's."""
    try:
        rule(*given, **named)
    except No as no:
        if no.kind != "unauthorized":
            raise
        return False
    return True


def permitted(rule: Callable[[Home], Callable[..., Any]], *given: Any, **settings: Any) -> set[str]:
    """Those of all callers whom a rule lets through, each in a world of his own."""
    return {caller for caller in CALLERS if allowed(rule(home(**settings)), caller, *given)}
