"""The server's own paths: its console read, its control API with hostile bodies. No request of these deletes a world that is looked at."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from random import Random
from typing import Any

from ownership_contracts import specs

from .. import odd
from ..draft import HOST
from ..known import ATTACKED, WATCHED
from ..request import Request
from ..vocabulary import Vocabulary
from .bodies import JSON
from .heads import HEADS
from .targets import INSERTS

READ = (
    "/_mock", "/_mock/", "/_mock/api", "/_mock/api/", "/_mock/api/health", "/_mock/api/worlds", f"/_mock/api/worlds/{ATTACKED}",
    "/_mock/api/worlds/none", f"/_mock/api/worlds/{WATCHED}?requests=1", f"/_mock/api/worlds/{ATTACKED}?requests=x", "/_mock/world/default",
    "/_mock/world/%00", "/_mock/docs/x/", f"/_mock/world/{ATTACKED}", "/_mock/docs", "/_mock/static/x", "/_mock/docs/kii/openapi.json",
    "/_mock/docs/connhex/..%2f", "/_mock/api/openapi.json",
)  # fmt: skip


def own_paths(rng: Random, words: Vocabulary) -> list[bytes | int]:
    """Read, ask for worlds that cannot be, delete worlds that are not there; a third of them spoilt in path or headers."""
    request = rng.choice((_read, _read, _create, _create, _delete))(rng)
    spoil = rng.random()
    if spoil < 0.2:
        request = rng.choice(HEADS)(rng, request)
    elif spoil < 0.35 and request.method != b"DELETE":
        place = rng.randrange(len(request.target) + 1)
        request = replace(request, target=request.target[:place] + rng.choice(INSERTS) + request.target[place:])
    return [request.raw]


def _read(rng: Random) -> Request:
    return Request(rng.choice((b"GET", b"GET", b"HEAD", b"OPTIONS", b"PATCH", b"PUT")), rng.choice(READ).encode(), (HOST,))


def _create(rng: Random) -> Request:
    body: dict[str, Any] = {}
    vendor = rng.choice(specs.vendors())
    picks = list(specs.ledger(vendor).picks.values())
    for name in rng.sample(("name", "scenario", "seed", "settings"), rng.randrange(1, 4)):
        body[name] = odd.value(rng)
    if rng.random() < 0.5:
        pick = rng.choice(picks)
        body["settings"] = {vendor: {pick.name: rng.choice((deepcopy(pick.default), odd.value(rng), *(pick.options or ())))}}
        body["name"] = rng.choice((f"x{rng.randrange(50)}", WATCHED, odd.text(rng)))
    content = rng.choice(JSON)(rng, body) if rng.random() < 0.3 else json.dumps(body).encode()
    return Request(b"POST", b"/_mock/api/worlds", (HOST, (b"Content-Type", b"application/json")), content)


def _delete(rng: Random) -> Request:
    return Request(
        b"DELETE", b"/_mock/api/worlds/" + rng.choice((b"default", b"x%d" % rng.randrange(50), b"none", b"", b"%00", b"..", b"a%2Fb", b"*")), (HOST,)
    )
