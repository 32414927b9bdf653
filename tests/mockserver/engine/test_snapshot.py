"""A world turns into a document and back: the one that is restored answers every request as the other does, and both end the same."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from ownership_contracts import specs
from ownership_contracts.mockserver.connhex.snapshot import LAST_END
from ownership_contracts.mockserver.engine import snapshot
from ownership_contracts.mockserver.engine.clock import LAST, Clock
from ownership_contracts.mockserver.engine.scenario import load
from ownership_contracts.mockserver.engine.store import Worlds
from ownership_contracts.mockserver.engine.strict import DEEPEST, read_json
from ownership_contracts.mockserver.engine.vendor import Vendor
from ownership_contracts.mockserver.engine.worlds import make_world, renewed
from ownership_contracts.mockserver.kii.entities import Principal

from tests.mockserver.engine.rich import Document, Rich, copy_of, rich_world, whole
from tests.mockserver.engine.walk import SETTINGS, STORY, story, walk
from tests.mockserver.in_process import in_process

SEEDS = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def vendors() -> Sequence[Vendor]:
    return in_process().control.vendors


@pytest.fixture(scope="module")
def rich() -> Rich:
    return rich_world()


# ---------------------------------------------------------------------------------------------------- the same answers


# A walk that fails is not made shorter: that would take many minutes, and the first step that differs is told.
@settings(max_examples=12, derandomize=True, deadline=None, database=None, phases=[Phase.generate])
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
    # A document that was written before there were mutants has none on.
    fields = set(patterns(document)) - {("mutants",)}
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
    "the story's state": lambda d: d["script"].update(state="start"),
    "where the clock stands": lambda d: d["clock"].update(now=d["clock"]["now"] + 500),
    "the picks": lambda d: d["settings"]["kii"].update(no_credential="wrong_token"),
}


@pytest.mark.parametrize("lost", LOST)
def test_what_is_lost_shows_in_answers(lost: str, rich: Rich, vendors: Sequence[Vendor]) -> None:
    """By answers alone, so that the property does not rest on a comparison of the worlds' insides."""
    changed = json.loads(json.dumps(rich.document))
    LOST[lost](changed)
    walked = walk(in_process().server, copy_of(rich.document, vendors, "one"), deepcopy(rich.words))
    assert walked.parting(range(1000, 3000), copy_of(changed, vendors)) is not None


# ---------------------------------------------------------------------------------------------------- the clock, and the way back


def test_a_clock_that_runs_goes_on_from_the_documents_moment(vendors: Sequence[Vendor], monkeypatch: pytest.MonkeyPatch) -> None:
    machine = [1_000_000.0]
    monkeypatch.setattr("ownership_contracts.mockserver.engine.clock.time.time", lambda: machine[0])
    one = make_world("one", load("default", vendors), vendors, "seed", {})
    one.clock.set(5_000_000)
    machine[0] += 10
    document = snapshot.dump(one)
    assert document["clock"] == {"now": 5_000_010.0, "frozen": False}
    machine[0] += 1000
    two = copy_of(document, vendors)
    machine[0] += 7
    assert two.clock.now() == 5_000_017.0
    assert renewed(two).clock.now() == 5_000_010.0


def test_a_clock_that_stands_stands_at_the_very_moment(vendors: Sequence[Vendor]) -> None:
    one = make_world("one", replace(load("default", vendors), clock={"now": "2026-01-01T00:00:00Z", "frozen": True}), vendors, None, {})
    assert one.clock.now() == 1_767_225_600.0
    assert copy_of(snapshot.dump(one), vendors).clock == one.clock


def test_a_renewed_world_is_as_it_was_when_it_was_made(vendors: Sequence[Vendor]) -> None:
    """Also where nobody has named a seed; and a request that is on its way in the old one does not touch the new."""
    one = make_world("one", replace(load("default", vendors), clock=STORY["clock"]), vendors, None, {"kii": {"code_life": 7}})
    fresh = snapshot.dump(one)
    worlds = Worlds()
    worlds.add(one)
    walked = walk(in_process().server, one)
    walked.on(range(40))
    assert snapshot.dump(one) != fresh
    worlds.replace(renewed(one))
    assert snapshot.dump(worlds.get("one")) == fresh
    walked.on(range(40, 80))
    assert snapshot.dump(worlds.get("one")) == fresh
    assert not worlds.get("one").journal.entries
    assert snapshot.dump(renewed(worlds.get("one"))) == fresh


def test_what_a_restored_world_does_is_not_in_its_document(rich: Rich, vendors: Sequence[Vendor]) -> None:
    document = json.loads(json.dumps(rich.document))
    two = snapshot.restored("two", document, vendors)
    walk(in_process().server, two).on(range(60))
    assert snapshot.dump(two) != rich.document
    assert document == rich.document
    assert snapshot.dump(renewed(two)) == rich.document


def test_a_dump_is_not_changed_by_what_comes_after(vendors: Sequence[Vendor]) -> None:
    one = story(vendors, "one")
    document = snapshot.dump(one)
    before = json.dumps(document)
    walk(in_process().server, one).on(range(150))
    assert json.dumps(document) == before


def test_what_a_request_may_bring_can_be_restored(vendors: Sequence[Vendor]) -> None:
    """A body that is nested as deep as one may be, and the largest number."""
    one = make_world("one", load("default", vendors), vendors, "seed", {})
    state: Any = one.states["kii"]
    app = next(iter(state.apps.values()))
    deep: Any = 10**308
    for _ in range(DEEPEST - 1):
        deep = [deep]
    body = {"loginName": "deep", "password": "x", "deep": deep}
    assert read_json(json.dumps(body).encode()) == body
    state.register_user(Principal("anonymous", app.id, None), app.id, body)
    assert snapshot.dump(copy_of(snapshot.dump(one), vendors))["states"] == snapshot.dump(one)["states"]


def test_the_size_is_that_of_the_document(rich: Rich, vendors: Sequence[Vendor]) -> None:
    assert snapshot.size(copy_of(rich.document, vendors)) == len(json.dumps(rich.document, separators=(",", ":")))


# ---------------------------------------------------------------------------------------------------- the clock's bounds


@pytest.mark.parametrize("moment", [-1, -1e-9, LAST + 1, math.nan, math.inf])
def test_a_clock_shows_no_moment_out_of_its_bounds(moment: float) -> None:
    for clock in (Clock(), Clock(frozen=5.0)):
        before = replace(clock)
        with pytest.raises(ValueError, match="0 to"):
            clock.set(moment)
        with pytest.raises(ValueError, match="advanced by 0 to"):
            clock.advance(moment)
        assert clock == before


def test_a_clock_is_advanced_up_to_its_last_moment_and_stops_there(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(frozen=LAST - 5)
    clock.advance(5)
    with pytest.raises(ValueError, match="is no moment"):
        clock.advance(1)
    clock.run()
    machine = time.time()
    monkeypatch.setattr("ownership_contracts.mockserver.engine.clock.time.time", lambda: machine + 100)
    assert clock.now() == LAST
    monkeypatch.setattr("ownership_contracts.mockserver.engine.clock.time.time", lambda: -5.0 - machine)
    assert Clock().now() == 0.0
    with clock.showing(-7.0):
        assert clock.now() == 0.0


LONGEST: dict[str, dict[str, Any]] = {
    "kii": dict.fromkeys(("code_life", "token_life"), 10**300),
    "connhex": {"flow_life": 315_360_000, "session_life": 315_360_000, "enable_life": 10**300, "protection": "protected"},
}
SHORTEST = {vendor: {name: 0 for name in picks if name != "protection"} for vendor, picks in LONGEST.items()}


@pytest.mark.parametrize("now", [0, LAST])
@pytest.mark.parametrize("picks", [LONGEST, SHORTEST])
def test_nothing_overflows_at_the_ends_of_time(now: float, picks: dict[str, Any], vendors: Sequence[Vendor]) -> None:
    one = make_world("one", replace(load("default", vendors), clock={"now": now, "frozen": True}), vendors, "seed", picks)
    # A walk's first draw tells what kind of step it is: these do not turn the clock.
    answers = walk(in_process().server, one).on(seed for seed in range(220) if Random(seed).random() >= 0.1)
    assert not [answer for answer in answers if answer.status >= 500]
    assert sum(answer.status in {200, 201} for answer in answers) > 30
    assert whole(copy_of(snapshot.dump(one), vendors)) == whole(one)


def test_no_pick_can_let_an_end_fall_after_the_last_date() -> None:
    for pick in ("flow_life", "session_life"):
        values = specs.ledger("connhex").picks[pick].values
        assert values is not None
        assert LAST + values["maximum"] < LAST_END
