"""Worlds made from stories that are sent and from snapshots, begun anew, and put back: over HTTP."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import httpx
import pytest
from ownership_contracts.mockserver.engine.store import Bounds

from tests.mockserver.in_process import InProcess, in_process
from tests.mockserver.kii.apps import ADD, bearer
from tests.serving import Running

World = dict[str, Any]
NEW_YEAR = "2026-01-01T00:00:00Z"
FROZEN = {"now": 1767225600.0, "time": NEW_YEAR, "frozen": True}
STORY: World = {
    "summary": "One gateway, and an outage.",
    "settings": {"kii": {"wrong_code": "unauthorized"}},
    "clock": {"now": NEW_YEAR, "frozen": True},
    "world": {"connhex": {"users": {"me": {"token": "my-token", "cookie": "my-cookie"}}, "devices": {"GW-1": {}}}},
    "script": [{"name": "outage", "when": {"vendor": "connhex"}, "answer": {"status": 503}, "off_contract": True}],
}


@pytest.fixture
def worlds(mock: Running) -> str:
    return f"{mock.url}/_mock/api/worlds"


def make(http: httpx.Client, worlds: str, **body: Any) -> World:
    made: World = http.post(worlds, json=body).raise_for_status().json()
    return made


def own(http: httpx.Client, world: World) -> int:
    """Make the first user an owner of the first thing."""
    app = world["kii"]["apps"][0]
    at = f"{world['base_url']}/api/apps/{app['id']}/things/{app['things'][0]['id']}/ownership"
    return http.post(at, headers={**bearer(app["admin"]), "Content-Type": ADD}, json={"userID": app["users"][0]["id"]}).status_code


def at_rest(http: httpx.Client, at: str) -> World:
    """A world without its journal and what a running clock shows."""
    shown: World = http.get(f"{at}?requests=0").json()
    return {name: value for name, value in shown.items() if name not in ("clock", "base_url", "name")}


# ---------------------------------------------------------------------------------------------------- stories that are sent


def test_a_world_begins_with_the_story_that_is_sent(worlds: str, http: httpx.Client) -> None:
    made = make(http, worlds, scenario=STORY)
    assert made["kii"]["picks"]["wrong_code"] == "unauthorized"
    assert [row["id"] for row in made["connhex"]["devices"]] == ["GW-1"]
    shown = http.get(f"{worlds}/{made['name']}").json()
    assert (shown["scenario"], shown["clock"], shown["script"]["lines"][0]["name"]) == ("inline", FROZEN, "outage")
    assert http.post(f"{made['base_url']}/ownerships", headers={"Authorization": "Bearer my-token"}, json={"deviceId": "GW-1"}).status_code == 503


def test_settings_and_clock_of_the_request_count_before_the_storys(worlds: str, http: httpx.Client) -> None:
    made = make(http, worlds, scenario=STORY, settings={"kii": {"wrong_code": "conflict"}}, clock={"now": 5})
    shown = http.get(f"{worlds}/{made['name']}").json()
    assert (made["kii"]["picks"]["wrong_code"], shown["clock"]["now"], shown["clock"]["frozen"]) == ("conflict", 5, True)


WRONG: dict[str, tuple[World, list[str]]] = {
    "a story without a summary": ({"scenario": {"world": {}}}, ["summary"]),
    "a story with an unknown field": ({"scenario": {**STORY, "wrold": {}}}, ["wrold"]),
    "a story with a bad line": ({"scenario": {**STORY, "script": [{"when": {}, "delay": "long"}]}}, ["$.script[0]", "delay"]),
    "a story with a bad setting": ({"scenario": {**STORY, "settings": {"kii": {"wrong_code": "maybe"}}}}, ["wrong_code", "maybe"]),
    "a scenario that is a number": ({"scenario": 5}, ["$.scenario"]),
    "a scenario and a snapshot": ({"scenario": "default", "snapshot": {"format": 1}}, ["$.scenario", "snapshot"]),
    "a seed and a snapshot": ({"seed": "1", "snapshot": {"format": 1}}, ["$.seed", "snapshot"]),
    "a snapshot of another form": ({"snapshot": {"format": 2}}, ["format 1"]),
    "a snapshot with half of it": ({"snapshot": {"format": 1}}, ["snapshot", "missing"]),
    "a snapshot that is a list": ({"snapshot": []}, ["$.snapshot", "object"]),
    "a clock without a zone": ({"clock": {"now": "2026-01-01T00:00:00"}}, ["$.clock.now", "zone"]),
    "a clock with an unknown field": ({"clock": {"speed": 2}}, ["speed"]),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_world_that_does_not_hold_together_is_not_made_nor_put_in_the_place_of_one(
    kind: str, worlds: str, world: World, http: httpx.Client
) -> None:
    body, told = WRONG[kind]
    here = f"{worlds}/{world['name']}"
    before, state = http.get(worlds).json(), at_rest(http, here)
    for answer in (http.post(worlds, json=body), http.post(f"{here}/reset", json=body)):
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
        assert not [word for word in told if word not in answer.json()["detail"]]
    assert (http.get(worlds).json(), at_rest(http, here)) == (before, state)


# ---------------------------------------------------------------------------------------------------- begun anew


def test_a_world_that_is_reset_is_as_it_was_made(worlds: str, http: httpx.Client) -> None:
    made = make(http, worlds, settings={"kii": {"code_length": 5}}, clock={"now": NEW_YEAR, "frozen": True})
    here = f"{worlds}/{made['name']}"
    begun = http.get(here).json()
    assert own(http, made) == 204
    http.post(f"{here}/clock/advance", json={"seconds": 50}).raise_for_status()
    http.post(f"{here}/script", json={"name": "late", "when": {}, "delay": 0.1}).raise_for_status()
    assert http.get(here).json()["state"] != begun["state"]
    assert http.post(f"{here}/reset").json() == made
    again = http.get(here).json()
    assert {**again, "clock": None} == {**begun, "clock": None}
    assert (own(http, made), len(http.get(here).json()["requests"])) == (204, 1)


def test_a_reset_with_a_body_makes_the_world_from_that(worlds: str, world: World, http: httpx.Client) -> None:
    here = f"{worlds}/{world['name']}"
    reset = http.post(f"{here}/reset", json={"scenario": STORY}).json()
    assert (reset["name"], [row["id"] for row in reset["connhex"]["devices"]]) == (world["name"], ["GW-1"])
    assert http.get(here).json()["clock"] == FROZEN


def test_what_a_reset_leaves_out_is_the_worlds_own_scenario_and_seed(worlds: str, http: httpx.Client) -> None:
    made = make(http, worlds, seed="mine", settings={"kii": {"code_length": 5}})
    reset = http.post(f"{worlds}/{made['name']}/reset", json={"clock": {"frozen": True}}).json()
    assert reset["kii"]["apps"] == made["kii"]["apps"]
    assert reset["kii"]["picks"]["code_length"] != 5
    other = http.post(f"{worlds}/{made['name']}/reset", json={"seed": "another"}).json()
    assert other["kii"]["apps"] != made["kii"]["apps"]


def test_a_world_of_a_story_that_was_sent_is_made_from_that_again_under_the_storys_own_clock(worlds: str, http: httpx.Client) -> None:
    made = make(http, worlds, scenario=STORY, clock={"now": 1000})
    here = f"{worlds}/{made['name']}"
    assert http.post(f"{here}/reset").json() == made
    assert http.get(f"{here}/clock").json()["now"] == 1000
    again = http.post(f"{here}/reset", json={"seed": "another"}).json()
    assert [row["id"] for row in again["connhex"]["devices"]] == ["GW-1"]
    assert again["kii"]["apps"] != made["kii"]["apps"]
    assert http.get(f"{here}/clock").json() == FROZEN


def test_a_world_of_which_a_snapshot_is_left_cannot_guess_the_story_that_was_sent(worlds: str, http: httpx.Client) -> None:
    made = make(http, worlds, scenario=STORY)
    here = f"{worlds}/{made['name']}"
    http.put(f"{here}/snapshot", json=http.get(f"{here}/snapshot").json()).raise_for_status()
    answer = http.post(f"{here}/reset", json={"seed": "another"})
    assert (answer.status_code, "`scenario`" in answer.json()["detail"]) == (400, True)
    assert http.post(f"{here}/reset").json() == made


@pytest.mark.parametrize("body", ["null", "[]", '"default"', "5"])
def test_a_reset_takes_an_object_or_nothing(body: str, worlds: str, world: World, http: httpx.Client) -> None:
    own(http, world)
    here = f"{worlds}/{world['name']}"
    answer = http.post(f"{here}/reset", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, len(http.get(here).json()["requests"])) == (400, 1)


def test_the_default_world_can_be_reset() -> None:
    server = in_process()
    server.send("GET", "/api/none")
    assert server.send("POST", "/_mock/api/worlds/default/reset").json()["base_url"] == "http://mock.localhost"
    assert server.send("GET", "/_mock/api/worlds/default").json()["requests"] == []


# ---------------------------------------------------------------------------------------------------- snapshots


def test_a_snapshot_makes_the_same_world_elsewhere_and_puts_it_back_here(worlds: str, http: httpx.Client) -> None:
    made = make(http, worlds, clock={"frozen": True})
    here = f"{worlds}/{made['name']}"
    http.post(f"{here}/script", json={"name": "late", "when": {"vendor": "connhex"}, "delay": 0.1}).raise_for_status()
    assert own(http, made) == 204
    snapshot = http.get(f"{here}/snapshot").raise_for_status().json()
    then = at_rest(http, here)
    assert own(http, {**made, "base_url": make(http, worlds, snapshot=snapshot)["base_url"]}) == 409
    copy = make(http, worlds, snapshot=snapshot)
    assert at_rest(http, f"{worlds}/{copy['name']}") == then
    assert http.get(f"{worlds}/{copy['name']}/clock").json() == http.get(f"{here}/clock").json()
    http.post(f"{here}/reset").raise_for_status()
    assert at_rest(http, here) != then
    assert http.put(f"{here}/snapshot", json=snapshot).json()["name"] == made["name"]
    assert (at_rest(http, here), http.get(f"{here}/snapshot").json()) == (then, snapshot)


def test_a_world_that_was_restored_is_reset_to_its_snapshot(worlds: str, http: httpx.Client) -> None:
    made = make(http, worlds)
    own(http, made)
    snapshot = http.get(f"{worlds}/{made['name']}/snapshot").json()
    copy = make(http, worlds, snapshot=snapshot, clock={"now": NEW_YEAR, "frozen": True})
    here = f"{worlds}/{copy['name']}"
    begun = at_rest(http, here)
    http.put(f"{here}/clock", json={"now": 5}).raise_for_status()
    assert http.post(f"{here}/reset").json() == copy
    assert (at_rest(http, here), http.get(f"{here}/clock").json()) == (begun, FROZEN)


SPOILT: dict[str, World] = {
    "another form": {"format": 2},
    "no states": {"states": None},
    "a vendor that is not here": {"states": {"acme": {}}},
    "a clock that stands nowhere": {"clock": {"now": -1, "frozen": True}},
    "a script that is none": {"script": []},
    "a setting that cannot be": {"settings": {"kii": {"wrong_code": "maybe"}, "connhex": {}}},
    "an unknown field": {"colour": "red"},
}


@pytest.mark.parametrize("kind", SPOILT)
def test_a_snapshot_that_does_not_hold_together_leaves_the_world_as_it_is(kind: str, worlds: str, world: World, http: httpx.Client) -> None:
    here = f"{worlds}/{world['name']}"
    http.put(f"{here}/clock", json={"frozen": True}).raise_for_status()
    own(http, world)
    before = http.get(here).json()
    answer = http.put(f"{here}/snapshot", json={**http.get(f"{here}/snapshot").json(), **SPOILT[kind]})
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert answer.json()["detail"]
    assert http.get(here).json() == before


def test_a_snapshot_larger_than_a_vendors_body_can_be_put_back() -> None:
    """A world may be of several megabytes: the control API takes what it gives."""
    server, big = in_process(), {"x": "y" * 200_000}
    document = server.send("GET", "/_mock/api/worlds/default/snapshot").json()
    lines = [
        {"name": f"l{number}", "since": 0.0, "written": {"when": {"vendor": "kii"}, "answer": {"status": 299, "body": big}, "off_contract": True}}
        for number in range(8)
    ]
    document["script"]["lines"] = lines
    answer = server.send("PUT", "/_mock/api/worlds/default/snapshot", json=document)
    assert (answer.status_code, len(json.dumps(document)) > 1_600_000) == (200, True)
    assert server.send("GET", "/_mock/api/worlds/default/snapshot").json()["script"]["lines"] == lines


def test_a_body_over_the_control_apis_bound_is_refused() -> None:
    answer = in_process().send(
        "PUT", "/_mock/api/worlds/default/snapshot", content=b" " * (16 * 1024 * 1024 + 1), headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, "16777216" in answer.json()["detail"]) == (413, True)


# ---------------------------------------------------------------------------------------------------- bounds


@pytest.fixture
def small() -> InProcess:
    """A server whose default world has no room left."""
    server = in_process()
    document = server.send("GET", "/_mock/api/worlds/default/snapshot").json()
    server.worlds.bounds = Bounds(size=len(json.dumps(document)) // 2)
    return server


def test_what_is_larger_than_a_world_may_be_is_not_put_in_its_place(small: InProcess) -> None:
    before = small.worlds.get("default")
    document = small.send("GET", "/_mock/api/worlds/default/snapshot").json()
    answers = [
        small.send("POST", "/_mock/api/worlds", json={}),
        small.send("POST", "/_mock/api/worlds/default/reset"),
        small.send("PUT", "/_mock/api/worlds/default/snapshot", json=deepcopy(document)),
    ]
    assert [(answer.status_code, "--world-size" in answer.json()["detail"]) for answer in answers] == [(507, True)] * 3
    assert (small.worlds.get("default") is before, small.worlds.names()) == (True, ["default"])


def test_a_full_world_takes_no_lines_and_no_events() -> None:
    server = in_process()
    kept = server.worlds.ask("default")
    kept.bound = 1
    event = {"connhex.registration_enabled": {"device": "CTP-0139836"}}
    answers = [
        server.send("POST", "/_mock/api/worlds/default/script", json={"when": {}, "delay": 0.1}),
        server.send("POST", "/_mock/api/worlds/default/events", json=event),
    ]
    assert [(answer.status_code, "--world-size" in answer.json()["detail"]) for answer in answers] == [(507, True)] * 2
    assert server.send("GET", "/_mock/api/worlds/default/script").json()["lines"] == []
    kept.bound = 1_000_000
    assert server.send("POST", "/_mock/api/worlds/default/events", json=event).status_code == 200
