"""What the reference model knows: users, devices, resources, login flows and sessions, by the names that rows use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

USERS = ("user", "other_user")
DEVICES = ("device", "other_device")
PERMITTED = frozenset({"allowed", "team", "teams", "wildcard_action", "wildcard_resource", "wildcard_all", "denied_elsewhere", "among_others"})
"""The permissions with which a user may claim."""


@dataclass(frozen=True)
class Resource:
    """What a claim made. name: the variable that its id is kept as. device, owner: the fixtures' names."""

    name: str
    device: str
    owner: str


@dataclass(frozen=True)
class Flow:
    """A login that was begun. name: the variable of its id. until: when it ends. open: it was not completed."""

    name: str
    until: float
    open: bool = True


@dataclass(frozen=True)
class Session:
    """What a login made. name, id: the variables of its token and of its id. until: when it ends."""

    name: str
    id: str
    user: str
    until: float


@dataclass(frozen=True)
class State:
    """permissions: of the users that there are. enabled: of each device, whether it enabled its registration when all began.

    picks: the value of each. settled: those that the row itself asks for, so that whoever plays it keeps to them. now: seconds since the beginning.
    """

    permissions: Mapping[str, str]
    enabled: Mapping[str, bool]
    picks: Mapping[str, Any]
    settled: frozenset[str] = frozenset()
    now: float = 0
    resources: tuple[Resource, ...] = ()
    flows: tuple[Flow, ...] = ()
    sessions: tuple[Session, ...] = ()

    def may_claim(self, user: str) -> bool:
        """Return whether the user's policies let him claim."""
        return self.permissions[user] in PERMITTED

    def owners(self, device: str) -> list[str]:
        """Return whose the device is."""
        return [resource.owner for resource in self.resources if resource.device == device]

    def enabling_counts(self, device: str) -> bool:
        """Return whether the device enabled its registration, and lately enough."""
        return self.enabled[device] and self.now < self.picks["enable_life"]

    def claimed(self, device: str, owner: str) -> State:
        """Return the state in which the owner has one resource more."""
        return replace(self, resources=(*self.resources, Resource(self.next_resource, device, owner)))

    def begun(self) -> State:
        """Return the state in which one login more is begun."""
        return replace(self, flows=(*self.flows, Flow(self.next_flow, self.now + self.picks["flow_life"])))

    def logged_in(self, flow: Flow, user: str) -> State:
        """Return the state in which the flow is used up, and the user has one session more."""
        flows = tuple(replace(known, open=False) if known == flow else known for known in self.flows)
        return replace(self, flows=flows, sessions=(*self.sessions, Session(*self.next_session, user, self.now + self.picks["session_life"])))

    @property
    def next_resource(self) -> str:
        """The variable of the next resource's id."""
        return f"id_{len(self.resources) + 1}"

    @property
    def next_flow(self) -> str:
        """The variable of the next flow's id."""
        return f"flow_{len(self.flows) + 1}"

    @property
    def next_session(self) -> tuple[str, str]:
        """The variables of the next session's token and of its id."""
        number = len(self.sessions) + 1
        return f"token_{number}", f"session_{number}"


def begin(needs: Mapping[str, Any], picks: Mapping[str, Any]) -> State:
    """Return the state in which a row with these needs begins."""
    settings = needs.get("settings", {})
    return State(
        permissions={name: needs[name] for name in USERS if name in needs},
        enabled={name: needs[name] == "enabled" for name in DEVICES if name in needs},
        picks={**picks, **settings},
        settled=frozenset(settings),
    )
