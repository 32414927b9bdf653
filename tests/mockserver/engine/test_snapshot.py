"""A world turns into a document and back: the one that is restored answers every request as the other does, and both end the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ownership_contracts.mockserver.engine import snapshot
from ownership_contracts.mockserver.engine.vendor import Vendor
from ownership_contracts.mockserver.engine.worlds import World, renewed

from tests.fuzz.vocabulary import Vocabulary
from tests.mockserver.engine.walk import SETTINGS, story, walk
from tests.mockserver.in_process import in_process

SEEDS = st.integers(0, 2**32 - 1)
Document = dict[str, Any]


@pytest.fixture(scope="module")
def vendors() -> Sequence[Vendor]:
    return in_process().control.vendors


def flat(value: Any) -> Any:
    """All that a value holds, in its order, without the functions of it."""
    if isinstance(value, Mapping):
        return [(key, flat(inner)) for key, inner in value.items()]
    if isinstance(value, list | tuple):
        return [flat(inner) for inner in value]
    return [type(value).__name__, flat(vars(value))] if hasattr(value, "__dict__") else value


def whole(world: World) -> Any:
    """All that a world is but its name, its journal and its way back."""
    return flat({"clock": world.clock, "supply": world.supply, "script": world.script, "states": world.states})


def copy_of(document: Document, vendors: Sequence[Vendor], name: str = "two") -> World:
    return snapshot.restored(name, json.loads(json.dumps(document)), vendors)


# ---------------------------------------------------------------------------------------------------- the same answers


@settings(max_examples=20, derandomize=True, deadline=None, database=None)
@given(before=st.lists(SEEDS, min_size=30, max_size=90), after=st.lists(SEEDS, min_size=20, max_size=60), picks=st.integers(0, len(SETTINGS) - 1))
def test_what_is_restored_answers_as_the_original_does(before: list[int], after: list[int], picks: int) -> None:
    """To the byte, but for the world's name, which in both is as long and is told as one."""
    served = in_process()
    one = story(served.control.vendors, "one", picks)
    walked = walk(served.server, one)
    walked.on(before)
    document = snapshot.dump(one)
    two = copy_of(document, served.control.vendors)
    assert whole(two) == whole(one)
    walked.on(after, two)
    assert snapshot.dump(two) == snapshot.dump(one)
    assert whole(two) == whole(one)
    assert snapshot.dump(renewed(two)) == document


@dataclass(frozen=True)
class Rich:
    """The document of a world in which there is some of everything, and the words of the walk that led there."""

    document: Document
    words: Vocabulary


@pytest.fixture(scope="module")
def rich(vendors: Sequence[Vendor]) -> Rich:
    one = story(vendors, "one", 1)
    walked = walk(in_process().server, one)
    walked.on(range(500))
    return Rich(snapshot.dump(one), walked.words)


def test_a_walk_reaches_all_that_a_document_can_hold(rich: Rich) -> None:
    """Else the property above would say less than it seems to."""
    states, script = rich.document["states"], rich.document["script"]
    apps, connhex = states["kii"]["apps"], states["connhex"]
    things = [thing for app in apps for thing in app["things"]]
    for name in ("owners", "flows", "used_codes", "fields"):
        assert any(thing[name] for thing in things), name
    assert any(flow["expired"] for thing in things for flow in thing["flows"])
    assert any(user["fields"] for app in apps for user in app["users"])
    assert {token["expires"] is None for token in states["kii"]["tokens"]} == {True, False}
    assert {token["holder"]["kind"] for token in states["kii"]["tokens"]} >= {"admin", "user", "thing"}
    assert {session["until"] is None for session in connhex["sessions"]} == {True, False}
    assert all(connhex[name] for name in ("users", "teams", "policies", "devices", "resources", "flows"))
    assert script["seen"]
    assert script["fired"]


def patterns(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the way to each field of a document; `*` stands for every item of a list. Picks are not told apart: one may be the default."""
    if path[:1] == ("settings",) and len(path) == 2:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*path, name)
            yield from patterns(inner, (*path, name))
    elif isinstance(value, list):
        for inner in value:
            yield from patterns(inner, (*path, "*"))


def without(value: Any, path: tuple[str, ...]) -> Any:
    """The value without this field, wherever the way leads."""
    if isinstance(value, list):
        return [without(inner, path[1:]) for inner in value]
    if not isinstance(value, dict) or path[0] not in value:
        return value
    if len(path) == 1:
        return {name: inner for name, inner in value.items() if name != path[0]}
    return {name: without(inner, path[1:]) if name == path[0] else inner for name, inner in value.items()}


def differs(document: Document, changed: Document, vendors: Sequence[Vendor]) -> bool:
    try:
        return bool(whole(copy_of(changed, vendors)) != whole(copy_of(document, vendors)))
    except ValueError:
        return True


def test_no_field_can_be_missing_from_a_document_unnoticed(rich: Rich, vendors: Sequence[Vendor]) -> None:
    document = rich.document
    assert not differs(document, document, vendors)
    fields = set(patterns(document))
    assert len(fields) > 100
    assert not [path for path in fields if not differs(document, without(document, path), vendors)]


LOST: dict[str, Callable[[Document], object]] = {
    "the counters of what was drawn": lambda d: d["drawn"].clear(),
    "the codes that were used": lambda d: [thing.update(used_codes=[]) for app in d["states"]["kii"]["apps"] for thing in app["things"]],
    "the pending flows": lambda d: [thing.update(flows=[]) for app in d["states"]["kii"]["apps"] for thing in app["things"]],
    "the ends of tokens": lambda d: [token.update(expires=None) for token in d["states"]["kii"]["tokens"]],
    "the logins that were begun": lambda d: d["states"]["connhex"].update(flows=[]),
    "the sessions of logins": lambda d: d["states"]["connhex"].update(sessions=[s for s in d["states"]["connhex"]["sessions"] if s["until"] is None]),
    "the order of owners": lambda d: [thing["owners"].reverse() for app in d["states"]["kii"]["apps"] for thing in app["things"]],
    "how often a line has fitted": lambda d: d["script"]["seen"].clear(),
    "which lines have fired": lambda d: d["script"]["fired"].clear(),
    "where the clock stands": lambda d: d["clock"].update(now=d["clock"]["now"] + 500),
    "the picks": lambda d: d["settings"]["kii"].update(no_credential="wrong_token"),
}


@pytest.mark.parametrize("lost", LOST)
def test_what_is_lost_shows_in_answers(lost: str, rich: Rich, vendors: Sequence[Vendor]) -> None:
    """By answers alone, so that the property does not rest on a comparison of the worlds' insides."""
    changed = json.loads(json.dumps(rich.document))
    LOST[lost](changed)
    walked = walk(in_process().server, copy_of(rich.document, vendors, "one"), deepcopy(rich.words))
    assert walked.parting(range(1000, 1600), copy_of(changed, vendors)) is not None
