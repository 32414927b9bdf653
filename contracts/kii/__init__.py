"""Kii Cloud's column of the suites: what its rows need, and how a target provides it."""

from __future__ import annotations

from ..fixtures import Column
from ..model import Oracle
from .cleaning import clean
from .draw import bind
from .identities import checks, identities
from .needs import NEEDS, TABLE
from .readings import READINGS
from .seeds import fuzz, seeds
from .touches import NOBODY, is_login, touches


def _oracle() -> Oracle:
    from .model import oracle  # noqa: PLC0415 - whoever wants no model need not load it

    return oracle()


COLUMN = Column(
    name="kii",
    bind=bind,
    seeds=seeds,
    fuzz=fuzz,
    path={
        "appID": "$app.id",
        "thingID": "$thing.id",
        "vendorThingID": "$thing.vendor_id",
        "userID": "$user.id",
        "groupID": "$group.id",
    },
    needs_schema=NEEDS,
    table_schema=TABLE,
    makes={"registerThing": "_thingID", "registerUser": "userID", "createGroup": "groupID"},
    uses_up=frozenset({"deleteThing", "deleteThingByThingID", "deleteUser", "deleteGroup"}),
    clean=clean,
    touches=touches,
    is_login=is_login,
    nobody=NOBODY,
    oracle=_oracle,
    readings=READINGS,
    identities=identities,
    checks=checks,
    more="set mode to fixtures; what a row needs is then made with the administrator's calls, and removed after it",
)
