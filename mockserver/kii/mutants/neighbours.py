"""An answer of Kii's in the place of another: as a request gets it that something else is wrong with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...engine.exchange import WorldExchange
from ...engine.held import Held
from ...engine.mutants import Alter
from ..entities import Owner
from ..refusals import No
from ..replies import refuse


def like(kind: str) -> Alter:
    """Return what answers as if this kind of refusal had decided."""

    def alter(exchange: WorldExchange, held: Held) -> None:
        held.hold(refuse(exchange, No(kind, exchange.decided, **_facts(exchange))))

    return alter


def _facts(exchange: WorldExchange) -> Mapping[str, Any]:
    path = exchange.parameters
    sent = exchange.parsed if isinstance(exchange.parsed, dict) else {}
    field = "vendorThingID" if "vendorThingID" in path else "thingID"
    thing = path.get(field, str(sent.get("_vendorThingID", "")))
    kind = "group" if "groupID" in path or "groupID" in sent else "user"
    owner = Owner(kind, str({**sent, **path}.get(f"{kind}ID", thing)))
    facts = {"id": owner.id, "owner": owner, "field": field, "value": thing, "thing_id": thing}
    return {**facts, "app_id": path["appID"]} if "appID" in path else facts
