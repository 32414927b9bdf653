"""A world in which there is some of everything, as a document, and the comparison of worlds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from functools import cache, cached_property
from typing import Any

from ownership_contracts.mockserver.engine import snapshot
from ownership_contracts.mockserver.engine.acting import occur
from ownership_contracts.mockserver.engine.vendor import EventError, Vendor
from ownership_contracts.mockserver.engine.worlds import World

from tests.fuzz.vocabulary import Realm, Vocabulary
from tests.mockserver.engine.walk import story, walk
from tests.mockserver.in_process import in_process

Document = dict[str, Any]


def flat(value: Any) -> Any:
    """All that a value holds, in its order, without the functions of it."""
    if isinstance(value, Mapping):
        return [(key, flat(inner)) for key, inner in value.items()]
    if isinstance(value, list | tuple):
        return [flat(inner) for inner in value]
    if not hasattr(value, "__dict__"):
        return value
    # How often a state was entered while a request was held up, and what is worked out once, follow from the rest.
    passing = {field.name for field in fields(value) if not field.init} if is_dataclass(value) else set()
    passing |= {name for name in vars(value) if isinstance(getattr(type(value), name, None), cached_property)}
    return [type(value).__name__, flat({name: inner for name, inner in vars(value).items() if name not in passing})]


def whole(world: World) -> Any:
    """All that a world is but its name, its journal and its way back."""
    return flat({"clock": world.clock, "supply": world.supply, "script": world.script, "states": world.states})


def copy_of(document: Document, vendors: Sequence[Vendor], name: str = "two") -> World:
    return snapshot.restored(name, json.loads(json.dumps(document)), vendors)


@dataclass(frozen=True)
class Rich:
    """The document of a world in which there is some of everything, and the words of the walk that led there."""

    document: Document
    words: Vocabulary


def top_up_kii(world: World) -> None:
    """Two owners and a pending flow for every thing, as far as they can be, a code that was made to expire, and fields of the callers' own."""
    state: Any = world.states["kii"]
    for app in state.apps.values():
        for thing in app.things.values():
            for event, user in zip(("owner_added", "owner_added", "flow_started"), app.users, strict=False):
                by = {"by": "thing"} if event == "flow_started" else {}
                with suppress(EventError):
                    occur(world, "kii", event, {"app": app.id, "thing": thing.id, "user": user, **by})
    occur(world, "kii", "code_expires", {"app": app.id, "thing": thing.id})
    thing.fields["colour"] = {"warm": [1, 2.5, None, True]}
    next(iter(app.users.values())).fields["displayName"] = "\U0001f600"


def top_up_connhex(world: World, words: Realm) -> None:
    """Resources, one of another state, logins that were begun and sessions that were opened."""
    state: Any = world.states["connhex"]
    for user, device in zip(list(state.users.values()), list(state.devices), strict=False):
        with suppress(EventError):
            occur(world, "connhex", "claimed", {"user": user.id, "device": device})
        begun, opened = state.accounts.start(), state.accounts.start()
        words.memories.append({"id": begun.id, "requesturl": "begun"})
        words.tokens[opened.id] = state.accounts.login(opened.id, user.identifier, user.password, "password").token
    occur(world, "connhex", "resource_state_changes", {"device": state.resources[0].device, "state": "inactive"})


@cache
def rich_world() -> Rich:
    """The same for all tests, which leave it as it is."""
    vendors = in_process().control.vendors
    one = story(vendors, "one", 1)
    walked = walk(in_process().server, one)
    walked.on(range(300))
    top_up_kii(one)
    top_up_connhex(one, walked.words.realms["connhex"][0])
    one.script.enter("tired", one.clock.now())
    return Rich(snapshot.dump(one), walked.words)
