"""Connhex's column of the mock server: device ownerships, and the login."""

from __future__ import annotations

from collections.abc import Mapping

from ... import specs
from ..engine.mutants import Mutant
from ..engine.vendor import Call, Reply, Secrets, Vendor
from .credentials import SECURITY_MAP
from .entities import Principal
from .events import EVENTS, foresee
from .login import OPERATIONS
from .replies import refuse, trouble
from .setup import WORLD_SCHEMA, build
from .world import ConnhexWorld


def register(call: Call) -> Reply:
    """POST /ownerships."""
    resource_id = call.state.claim(call.principal, call.body.get("deviceId"))
    return Reply(201, "connhex-post.201", {"resourceId": resource_id}, "application/json")


def who(_: ConnhexWorld, principal: Principal) -> str:
    """Return the principal as a short text for the journal: the scenario's name for the user, and the credential."""
    return f"{principal.label} by {principal.by}"


SECRETS = Secrets(
    headers=Secrets().headers | {"x-session-token", "chx_auth_session"},
    fields=frozenset({"password", "session_token", "csrf_token", "id_token", "totp_code", "lookup_secret", "chx_auth_session"}),
)
"""What opens a session, or is one. Beyond what the spec has: what clients of the login send to other methods than password, and the session where
the scheme's own name leads them to send it.

The id of a login flow is none: everyone gets one for the asking, it names nobody, and without a password nothing comes of it; and it is what shows
in the journal which two requests are one login."""


def _mutants() -> Mapping[str, Mutant]:
    from .mutants import catalogue  # noqa: PLC0415 - who asks for none need not wait for them

    return catalogue()


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
        events=EVENTS,
        secrets=SECRETS,
        foresee=foresee,
        mutants=_mutants,
    )
