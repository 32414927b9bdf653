"""What Connhex's mutants are made of: a claim that is made in the place of a refusal, an operation under other picks, a rule's refusal undone."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers

from ...engine.exchange import WorldExchange
from ...engine.held import Held
from ...engine.mutants import Alter
from ...engine.vendor import Call, Operation, Reply
from ..entities import Principal
from ..login import JSON
from ..refusals import No
from ..replies import refuse
from ..world import ConnhexWorld

CLAIMS = frozenset({"register"})
SEES = frozenset({"register", "whoami"})
"""The operations that ask who calls."""
CLAIMED = frozenset({"connhex-post.201"})
"""What decides the answer to a claim that succeeds."""


@contextmanager
def under(world: ConnhexWorld, **settings: Any) -> Iterator[None]:
    """Have the world's rules keep to these picks, in the block, in the place of its own."""
    own = world.settings
    world.settings = world.accounts.settings = {**own, **settings}
    try:
        yield
    finally:
        world.settings = world.accounts.settings = own


def otherwise(name: str, options: Mapping[Any, Any]) -> Callable[[Call, Operation], Awaitable[Reply]]:
    """Return what runs an operation under another pick than the one that the world declares. options: what it takes each for."""

    async def operate(call: Call, operation: Operation) -> Reply:
        declared = call.state.settings[name]
        with under(call.state, **{name: options.get(declared, declared)}):
            return operation(call)

    return operate


def swapped(statuses: Mapping[int, int]) -> Alter:
    """Return what answers with another status: by the one that was to be sent."""

    def alter(_: WorldExchange, held: Held) -> None:
        held.status = statuses.get(held.status, held.status)

    return alter


def headers(exchange: Any) -> Headers:
    """Return the request's headers."""
    return Headers(scope=exchange.sent)


def anyone(world: ConnhexWorld, by: str) -> Principal:
    """Return the world's first user, as if he called."""
    user = next(iter(world.users.values()))
    return Principal(user.id, by, world.accounts.tokens.get(user.token), user.label)


def claim(exchange: WorldExchange, held: Held, who: Principal | None, device_id: str | None) -> None:
    """Put the claim of this device by this user in the place of a refusal that is held; leave it where there is no such device or user."""
    if who is None or device_id is None:
        return
    try:
        made = exchange.state.claim(who, device_id)
    except No as no:
        held.hold(refuse(exchange, no))
        exchange.decided = no.clause
        return
    held.hold(Reply(201, "connhex-post.201", {"resourceId": made}, JSON))
    exchange.decided = "connhex-post.201"


def device_told(exchange: WorldExchange) -> str | None:
    """Return the deviceId of the request's body, whether it is JSON or a form; None where it has none that is a text."""
    try:
        body: Any = json.loads(exchange.body)
    except ValueError:
        body = {name: values[0] for name, values in parse_qs(exchange.body.decode("utf-8", "replace")).items()}
    told = body.get("deviceId") if isinstance(body, dict) else None
    return told if isinstance(told, str) and told else None
