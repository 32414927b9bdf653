"""Connhex's column of the mock server: device ownerships, and the login."""

from __future__ import annotations

from ... import specs
from ..engine.vendor import Call, Reply, Vendor
from .credentials import SECURITY_MAP
from .entities import Principal
from .login import OPERATIONS
from .replies import refuse, trouble
from .setup import WORLD_SCHEMA, build
from .world import ConnhexWorld


def register(call: Call) -> Reply:
    """POST /ownerships."""
    resource_id = call.state.claim(call.principal, call.body.get("deviceId"))
    return Reply(201, "connhex-post.201", {"resourceId": resource_id}, "application/json")


def who(state: ConnhexWorld, principal: Principal) -> str:
    """Return the principal as a short text for the journal: the scenario's name for the user, and the credential."""
    return f"{state.users[principal.user_id].label} by {principal.by}"


def column() -> Vendor:
    """Return Connhex's column."""
    return Vendor(
        name="connhex",
        spec=specs.openapi("connhex"),
        prefix="/",
        state=build,
        restore=ConnhexWorld.restored,
        world_schema=WORLD_SCHEMA,
        operations={"register": register, **OPERATIONS},
        security_map=SECURITY_MAP,
        trouble=trouble,
        refuse=refuse,
        who=who,
    )
