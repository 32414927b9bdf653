"""Connhex's rules: who may claim a device, and what a claim makes. No HTTP, no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from ..engine.clock import Clock
from ..engine.supply import Supply
from ..engine.vendor import Settings
from . import snapshot
from .accounts import Accounts, Session, User
from .entities import ACTION, RESOURCE, Device, Policy, Principal, Resource, Statement
from .refusals import No


@dataclass
class ConnhexWorld:
    """Connhex's part of a world: Manufacturing (devices), Resources, IAM (policies, teams) and users. Methods raise No where a rule refuses."""

    settings: Settings
    supply: Supply
    clock: Clock
    users: dict[str, User] = field(default_factory=dict)
    teams: dict[str, list[str]] = field(default_factory=dict)
    policies: list[Policy] = field(default_factory=list)
    devices: dict[str, Device] = field(default_factory=dict)
    resources: list[Resource] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open the accounts of the world's users."""
        self.accounts = Accounts(self.settings, self.supply, self.clock, self.users)

    @classmethod
    def restored(cls, data: Any, settings: Settings, supply: Supply, clock: Clock) -> ConnhexWorld:
        """Return the world that was dumped so. ValueError says where the data are wrong, or do not hold together."""
        document = snapshot.read(data)
        world = cls(
            settings=settings,
            supply=supply,
            clock=clock,
            users={user.id: user for user in document.users},
            teams=document.teams,
            policies=document.policies,
            devices={device.id: device for device in document.devices},
            resources=document.resources,
        )
        world.accounts.resume(document.flows, document.sessions)
        return world

    def dump(self) -> dict[str, Any]:
        """Return all of the state as JSON; what follows from the rest is left out."""
        document = snapshot.Document(
            users=list(self.users.values()),
            teams=self.teams,
            policies=self.policies,
            devices=list(self.devices.values()),
            resources=self.resources,
            flows=list(self.accounts.flows.values()),
            sessions=list(self.accounts.tokens.values()),
        )
        return snapshot.dump(document)

    def by_token(self, token: str) -> Principal | None:
        """Return whose bearer token this is, where its session has not ended."""
        return self._principal(self.accounts.by_token(token), "bearer")

    def by_cookie(self, cookie: str) -> Principal | None:
        """Return whose session cookie this is, where its session has not ended."""
        return self._principal(self.accounts.by_cookie(cookie), "cookie")

    def _principal(self, session: Session | None, by: str) -> Principal | None:
        return None if session is None else Principal(session.user_id, by, session, self.users[session.user_id].label)

    def claim(self, who: Principal, device_id: Any) -> str:
        """Make the device the caller's: its resource and the grant on it, both or neither. Return the resource's id."""
        if not isinstance(device_id, str) or not device_id:
            raise No(self.settings["malformed_device_id"], "connhex-pick.malformed-device-id", "deviceId must be a text that is not empty.")
        findings = {"forbidden": self._not_permitted(who), "missing": self._not_manufactured(device_id)}
        for sort in self.settings["precedence"]:
            found = findings[sort]
            if found is not None:
                raise found
        self._check_enabled(self.devices[device_id])
        return self.take(who.user_id, device_id).id

    def take(self, owner: str, device_id: str) -> Resource:
        """Make a manufactured device the user's, and return its resource. No where the device's owners stand in the way."""
        return self._owned(owner, device_id) or self._provision(owner, device_id)

    def _not_permitted(self, who: Principal) -> No | None:
        effects = {s.effect for s in self._statements(who.user_id) if s.covers(ACTION, RESOURCE)}
        if "ALLOW" in effects and "DENY" not in effects:
            return None
        clause = "connhex-public.deny-wins" if "DENY" in effects else "connhex-post.403"
        return No("forbidden", clause, f"The user's policies do not grant {ACTION} on {RESOURCE}.")

    def _statements(self, user_id: str) -> Iterator[Statement]:
        names = {user_id, *(f"team:local:{team}" for team, members in self.teams.items() if user_id in members)}
        for policy in self.policies:
            if names.intersection(policy.members):
                yield from policy.statements

    def _not_manufactured(self, device_id: str) -> No | None:
        return None if device_id in self.devices else No("not_found", "connhex-post.404", "Manufacturing knows no such device.")

    def _check_enabled(self, device: Device) -> None:
        if self.settings["protection"] == "standard":
            return
        if device.enabled_at is None or self.clock.now() - device.enabled_at >= self.settings["enable_life"]:
            raise No(self.settings["not_enabled"], "connhex-pick.not-enabled", "The device has not enabled its registration in time.")

    def _owned(self, owner: str, device_id: str) -> Resource | None:
        """Return the user's resource where the picks say that it serves again; No where they refuse a second claim."""
        claimed = [resource for resource in self.resources if resource.device == device_id]
        own = next((resource for resource in claimed if resource.owner == owner), None)
        if self.settings["association"] == "one_to_many":
            if own is not None and self.settings["again_one_to_many"] == "conflict":
                raise No("conflict", "connhex-pick.again-one-to-many", "The device belongs to the caller already.")
            return None
        if own is not None:
            if self.settings["claimed_by_self"] == "same_resource":
                return own
            raise No(self.settings["claimed_by_self"], "connhex-pick.claimed-by-self", "The device belongs to the caller already.")
        if claimed:
            raise No(self.settings["claimed_by_other"], "connhex-pick.claimed-by-other", "The device belongs to another user already.")
        return None

    def _provision(self, owner: str, device_id: str) -> Resource:
        resource = Resource(id=self.supply.uuid4("connhex/resource"), device=device_id, owner=owner)
        grant = Statement("ALLOW", [f"{RESOURCE}:*"], [resource.entity])
        self.resources.append(resource)
        self.policies.append(Policy(self.supply.uuid4("connhex/policy"), f"Owner of {device_id}", [owner], [grant]))
        return resource

    def view(self) -> dict[str, Any]:
        """Return the state as JSON: users, teams, policies, devices, resources, and every principal with its credential."""
        return {
            "principals": [{"who": label, "credential": header} for label, header in self.principals()],
            "users": [{"id": user.id, "label": user.label, "permission": user.permission} for user in self.users.values()],
            "teams": {team: list(members) for team, members in self.teams.items()},
            "policies": [asdict(policy) for policy in self.policies],
            "devices": [asdict(device) for device in self.devices.values()],
            "resources": [asdict(resource) for resource in self.resources],
        }

    def target(self, base_url: str, world_url: str) -> dict[str, Any]:  # noqa: ARG002 - another vendor may need the first
        """Return Connhex's table of a target file."""
        return {
            "picks": dict(self.settings),
            "users": [self._listed(user) for user in self.users.values()],
            "devices": [
                {"id": device.id, "enabled": device.enabled_at is not None, "fresh": self._fresh(device.id)} for device in self.devices.values()
            ],
            "probes": {name: {"url": world_url, "at": f"/state/connhex/{name}"} for name in ("resources", "policies")},
        }

    def _listed(self, user: User) -> dict[str, str]:
        row = {name: getattr(user, name) for name in ("id", "token", "cookie", "identifier", "password")}
        return {**row, **({"permission": user.permission} if user.permission else {})}

    def _fresh(self, device_id: str) -> bool:
        return all(resource.device != device_id for resource in self.resources)

    def principals(self) -> list[tuple[str, str]]:
        """Return who may call: a label, and the header that carries the credential, or what to sign in with."""
        rows = []
        for user in self.users.values():
            rows.append((f"{user.label} ({user.permission or 'no word'})", f"Authorization: Bearer {user.token}"))
            rows.append((f"{user.label} by cookie", f"Cookie: chx_auth_session={user.cookie}"))
            rows.append((f"{user.label} by login", f"Login: {user.identifier} / {user.password}"))
        return rows
