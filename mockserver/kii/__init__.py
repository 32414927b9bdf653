"""Kii Cloud's column of the mock server: thing ownership."""

from __future__ import annotations

from collections.abc import Mapping

from ... import specs
from ..engine.mutants import Mutant
from ..engine.vendor import Secrets, Vendor
from .credentials import SECURITY_MAP
from .events import EVENTS, foresee
from .operations import OPERATIONS
from .replies import refuse, trouble
from .setup import WORLD_SCHEMA, build
from .view import who
from .world import KiiWorld

SECRETS = Secrets(
    headers=Secrets().headers | {"x-kii-appkey"},
    fields=frozenset({"password", "_password", "thingPassword", "code", "access_token", "_accessToken", "accessToken", "client_secret"}),
)


def _mutants() -> Mapping[str, Mutant]:
    from .mutants import catalogue  # noqa: PLC0415 - who asks for none need not wait for them

    return catalogue()


def column() -> Vendor:
    """Return Kii's column."""
    return Vendor(
        name="kii",
        spec=specs.openapi("kii"),
        prefix="/api/",
        state=build,
        restore=KiiWorld.restored,
        world_schema=WORLD_SCHEMA,
        operations=OPERATIONS,
        security_map=SECURITY_MAP,
        trouble=trouble,
        refuse=refuse,
        who=who,
        trailing_slash=True,
        events=EVENTS,
        secrets=SECRETS,
        foresee=foresee,
        mutants=_mutants,
    )
