"""A world's script changed while the world runs, and what is made to happen from outside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest
from ownership_contracts.mockserver.engine.columns import columns
from ownership_contracts.mockserver.engine.control import script as control_script
from ownership_contracts.mockserver.engine.vendor import Event, EventError

from tests.mockserver.in_process import InProcess, in_process
from tests.serving import Running

World = dict[str, Any]
OUTAGE: World = {"name": "outage", "when": {"vendor": "connhex"}, "answer": {"status": 503}, "off_contract": True}


@pytest.fixture
def script(mock: Running, world: World) -> str:
    return f"{mock.url}/_mock/api/worlds/{world['name']}/script"


def names(answer: httpx.Response) -> list[str]:
    return [line["name"] for line in answer.raise_for_status().json()["lines"]]


def claim(http: httpx.Client, world: World) -> int:
    return http.post(f"{world['base_url']}/ownerships", json={"deviceId": "x"}).status_code


def test_a_line_acts_from_when_it_is_loaded_until_it_is_dropped(script: str, http: httpx.Client, world: World) -> None:
    assert claim(http, world) == 401
    loaded = http.post(script, json=OUTAGE).json()
    assert loaded == {"state": "start", "lines": [{"name": "outage", "fitted": 0, "fired": False, "line": OUTAGE}]}
    assert [claim(http, world), claim(http, world)] == [503, 503]
    assert http.get(script).json()["lines"][0]["fitted"] == 2
    assert http.delete(f"{script}/outage").json() == {"state": "start", "lines": []}
    assert claim(http, world) == 401


def test_lines_that_are_loaded_stand_first_in_their_order(script: str, http: httpx.Client) -> None:
    first, second, third = ({**OUTAGE, "name": name} for name in ("first", "second", "third"))
    assert names(http.post(script, json=third)) == ["third"]
    assert names(http.post(script, json=[first, second])) == ["first", "second", "third"]
    assert names(http.delete(script)) == []


def test_a_line_takes_the_place_of_the_one_of_its_name_and_counts_anew(script: str, http: httpx.Client, world: World) -> None:
    http.post(script, json=OUTAGE)
    assert claim(http, world) == 503
    loaded = http.post(script, json={**OUTAGE, "answer": {"status": 502}}).json()
    assert [(line["name"], line["fitted"]) for line in loaded["lines"]] == [("outage", 0)]
    assert claim(http, world) == 502


def test_a_line_without_a_name_gets_one_that_is_free(script: str, http: httpx.Client) -> None:
    unnamed = {field: value for field, value in OUTAGE.items() if field != "name"}
    assert names(http.post(script, json={**OUTAGE, "name": "line-2"})) == ["line-2"]
    assert names(http.post(script, json=[unnamed, unnamed])) == ["line-1", "line-3", "line-2"]


def test_a_line_that_fires_by_the_clock_counts_from_its_loading(script: str, http: httpx.Client) -> None:
    clock = script.replace("/script", "/clock")
    http.put(clock, json={"now": "2026-01-01T00:00:00Z", "frozen": True}).raise_for_status()
    http.post(script, json={"name": "later", "at": {"after": 60}, "state": "down"}).raise_for_status()
    shown: list[World] = []
    for _ in range(2):
        http.post(f"{clock}/advance", json={"seconds": 30}).raise_for_status()
        shown.append(http.get(script).json())
    assert [(then["state"], then["lines"][0]["fired"]) for then in shown] == [("start", False), ("down", True)]


def test_a_line_whose_moment_has_come_fires_when_it_is_loaded(script: str, http: httpx.Client) -> None:
    assert http.post(script, json={"at": {"after": 0}, "state": "down"}).json()["state"] == "down"


def test_a_worlds_script_is_shown_with_the_world(script: str, http: httpx.Client) -> None:
    http.post(script, json=OUTAGE)
    assert http.get(script.removesuffix("/script")).json()["script"] == http.get(script).json()


def test_a_line_that_is_not_there_cannot_be_dropped(script: str, http: httpx.Client) -> None:
    http.post(script, json=OUTAGE)
    answer = http.delete(f"{script}/outages")
    assert (answer.status_code, "'outages'" in answer.json()["detail"], "has outage" in answer.json()["detail"]) == (404, True, True)
    assert names(http.get(script)) == ["outage"]


def test_a_script_that_is_full_takes_no_more(script: str, http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_script, "MOST_LINES", 2)
    server = in_process()
    answers = [server.send("POST", "/_mock/api/worlds/default/script", json=[OUTAGE, {**OUTAGE, "name": name}]) for name in ("one", "two")]
    assert [answer.status_code for answer in answers] == [200, 409]
    assert names(server.send("GET", "/_mock/api/worlds/default/script")) == ["outage", "one"]


LINE = {"name": "good", "when": {}, "delay": 0.1}
UNFIT: dict[str, tuple[Any, list[str]]] = {
    "neither when nor at": ([LINE, {"name": "bad"}], ["$[1]", "`when`", "`at`"]),
    "an unknown field": ([LINE, {"when": {}, "dealy": 1}], ["$[1]", "dealy", "delay"]),
    "an operation that there is not": ([LINE, {"when": {"operation": "confirm"}, "delay": 1}], ["$[1].when.operation", "confirm"]),
    "an event that there is not": ([LINE, {"when": {}, "happen": [{"kii.snows": {}}]}], ["$[1].happen", "snows"]),
    "an answer off the contract": ([LINE, {"when": {"operation": "register"}, "answer": {"status": 418}}], ["$[1]", "418"]),
    "a name twice": ([LINE, LINE], ["$[1].name", "good"]),
    "no object": ([LINE, 5], ["$[1]", "object"]),
    "none": ([], ["$"]),
    "too many": ([{**LINE, "name": f"l-{number}"} for number in range(101)], ["$", "100"]),
    "null": (None, ["$"]),
}


@pytest.mark.parametrize("kind", UNFIT)
def test_where_one_line_is_at_fault_none_is_loaded(kind: str, script: str, http: httpx.Client) -> None:
    body, told = UNFIT[kind]
    http.post(script, json=OUTAGE).raise_for_status()
    answer = http.post(script, content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert not [word for word in told if word not in answer.json()["detail"]]
    assert names(http.get(script)) == ["outage"]


# ---------------------------------------------------------------------------------------------------- events


def rain(state: Any, arguments: Mapping[str, Any]) -> None:
    """It takes the device away."""
    if arguments["on"] not in state.devices:
        raise EventError(f"there is no device {arguments['on']!r}; there is {', '.join(sorted(state.devices))}")
    del state.devices[arguments["on"]]


RAIN = Event(
    "Rain washes a device away.",
    {"type": "object", "required": ["on"], "additionalProperties": False, "properties": {"on": {"type": "string"}}},
    rain,
)


@pytest.fixture
def rainy() -> InProcess:
    return in_process([replace(vendor, events={"rains": RAIN}) if vendor.name == "connhex" else vendor for vendor in columns()])


def happen(server: InProcess, body: Any) -> httpx.Response:
    return server.send("POST", "/_mock/api/worlds/default/events", json=body)


def devices(server: InProcess) -> list[str]:
    return [row["id"] for row in server.send("GET", "/_mock/api/worlds/default").json()["state"]["connhex"]["devices"]]


def test_an_event_happens_at_once_and_the_answer_shows_the_state_that_it_leaves(rainy: InProcess) -> None:
    before = devices(rainy)
    answer = happen(rainy, {"connhex.rains": {"on": before[0]}})
    assert (answer.status_code, [row["id"] for row in answer.json()["state"]["connhex"]["devices"]]) == (200, before[1:])
    assert devices(rainy) == before[1:]
    told = rainy.worlds.get("default").journal.happenings[-1]
    assert (told.by, told.event, told.arguments, told.complaint) == ("control", "connhex.rains", {"on": before[0]}, None)


UNHAPPENED: dict[str, tuple[Any, int, list[str]]] = {
    "an event that no vendor has": ({"connhex.snows": {}}, 400, ["'connhex.snows'", "connhex.rains"]),
    "a vendor that is not there": ({"acme.rains": {}}, 400, ["'acme.rains'", "connhex.rains"]),
    "a name without a vendor": ({"rains": {}}, 400, ["'rains", "connhex.rains"]),
    "an argument that is missing": ({"connhex.rains": {}}, 400, ["connhex.rains", "'on'", "Rain washes"]),
    "an argument of another type": ({"connhex.rains": {"on": 5}}, 400, [".on", "5"]),
    "an argument that it does not take": ({"connhex.rains": {"on": "x", "by": "y"}}, 400, ["'by'"]),
    "arguments that are none": ({"connhex.rains": []}, 400, ["object"]),
    "no event": ({}, 400, ["$"]),
    "two events": ({"connhex.rains": {"on": "x"}, "kii.rains": {}}, 400, ["$"]),
    "a list": ([], 400, ["object"]),
    "what cannot be in this world": ({"connhex.rains": {"on": "nothing"}}, 409, ["'nothing'", "there is CTP-"]),
}


@pytest.mark.parametrize("kind", UNHAPPENED)
def test_what_cannot_happen_is_refused_and_changes_nothing(kind: str, rainy: InProcess) -> None:
    body, status, told = UNHAPPENED[kind]
    before = devices(rainy)
    answer = happen(rainy, body)
    assert (answer.status_code, answer.headers["content-type"], devices(rainy)) == (status, "application/problem+json", before)
    assert not [word for word in told if word not in answer.json()["detail"]]
    assert not rainy.worlds.get("default").journal.happenings
