"""A world's clock, read, set, frozen and advanced over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from ownership_contracts.mockserver.engine.clock import LAST

from tests.mockserver.kii.apps import CONFIRM, bearer
from tests.serving import Running

NEW_YEAR = 1767225600.0
World = dict[str, Any]


@pytest.fixture
def clock(mock: Running, world: World) -> str:
    return f"{mock.url}/_mock/api/worlds/{world['name']}/clock"


def test_a_clock_shows_the_machines_time_and_runs(clock: str, http: httpx.Client) -> None:
    first, second = http.get(clock).json(), http.get(clock).json()
    assert abs(first["now"] - datetime.now(UTC).timestamp()) < 60
    assert second["now"] > first["now"]
    assert first["frozen"] is False
    assert datetime.fromisoformat(first["time"]).timestamp() == pytest.approx(first["now"], abs=1e-5)


def test_a_frozen_clock_stands_still_until_it_runs_on(clock: str, http: httpx.Client) -> None:
    frozen = http.put(clock, json={"frozen": True}).json()
    assert [http.get(clock).json() for _ in range(2)] == [frozen, frozen]
    running = http.put(clock, json={"frozen": False}).json()
    assert frozen["now"] <= running["now"] < frozen["now"] + 60
    assert http.get(clock).json()["now"] > running["now"]


@pytest.mark.parametrize("now", [NEW_YEAR, int(NEW_YEAR), "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2025-12-31T23:00:00.000-01:00"])
def test_a_moment_is_given_in_seconds_or_as_a_date_with_its_zone(now: Any, clock: str, http: httpx.Client) -> None:
    shown = http.put(clock, json={"now": now, "frozen": True}).json()
    assert shown == {"now": NEW_YEAR, "time": "2026-01-01T00:00:00Z", "frozen": True}


def test_a_running_clock_that_is_set_runs_on_from_there_and_a_frozen_one_stands_there(clock: str, http: httpx.Client) -> None:
    running = http.put(clock, json={"now": NEW_YEAR}).json()
    assert (running["frozen"], NEW_YEAR <= running["now"] < NEW_YEAR + 60) == (False, True)
    assert http.get(clock).json()["now"] > running["now"]
    http.put(clock, json={"frozen": True})
    assert http.put(clock, json={"now": NEW_YEAR}).json() == {"now": NEW_YEAR, "time": "2026-01-01T00:00:00Z", "frozen": True}


def test_an_advanced_clock_is_so_many_seconds_on(clock: str, http: httpx.Client) -> None:
    http.put(clock, json={"now": NEW_YEAR, "frozen": True})
    moments = [http.post(f"{clock}/advance", json={"seconds": seconds}).json()["now"] for seconds in (60, 0, 0.5)]
    assert moments == [NEW_YEAR + 60, NEW_YEAR + 60, NEW_YEAR + 60.5]


WRONG: dict[str, tuple[str, str, Any, int, list[str]]] = {
    "no zone": ("PUT", "", {"now": "2026-01-01T00:00:00", "frozen": True}, 400, ["$.now", "2026-01-01T00:00:00", "zone"]),
    "no date": ("PUT", "", {"now": "2026-02-30T00:00:00Z", "frozen": True}, 400, ["$.now", "2026-02-30"]),
    "a word": ("PUT", "", {"now": "tomorrow", "frozen": True}, 400, ["$.now", "tomorrow"]),
    "before the epoch": ("PUT", "", {"now": -1, "frozen": True}, 400, ["$.now", "-1"]),
    "a date before the epoch": ("PUT", "", {"now": "1969-12-31T23:59:59Z", "frozen": True}, 400, ["$.now"]),
    "a date after the last": ("PUT", "", {"now": "9999-12-31T23:59:59Z", "frozen": True}, 400, ["$.now", f"{LAST:.0f}"]),
    "after the last": ("PUT", "", {"now": LAST + 1, "frozen": True}, 400, ["$.now"]),
    "true": ("PUT", "", {"now": True, "frozen": True}, 400, ["$.now"]),
    "nothing": ("PUT", "", {}, 400, ["$"]),
    "frozen by a number": ("PUT", "", {"frozen": 1}, 400, ["$.frozen"]),
    "another field": ("PUT", "", {"now": 5, "froze": True}, 400, ["froze"]),
    "backwards": ("POST", "/advance", {"seconds": -1}, 400, ["$.seconds", "-1"]),
    "by no number": ("POST", "/advance", {"seconds": "60"}, 400, ["$.seconds", "number"]),
    "by nothing": ("POST", "/advance", {}, 400, ["seconds"]),
    "past the last": ("POST", "/advance", {"seconds": LAST}, 409, ["last moment", "set it back"]),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_no_time_is_refused_and_changes_nothing(kind: str, clock: str, http: httpx.Client) -> None:
    method, path, body, status, told = WRONG[kind]
    before = http.put(clock, json={"now": NEW_YEAR}).json()
    answer = http.request(method, clock + path, json=body)
    after = http.get(clock).json()
    assert (answer.status_code, answer.headers["content-type"], after["frozen"]) == (status, "application/problem+json", False)
    assert not [word for word in told if word not in answer.json()["detail"]]
    assert before["now"] < after["now"] < before["now"] + 60


def test_a_vendors_rules_go_by_the_clock(clock: str, world: World, http: httpx.Client, mock: Running) -> None:
    """A code that is good at once is good no more when its life is over."""
    made = mock.world(settings={"kii": {"code_life": 300}})
    clock = f"{mock.url}/_mock/api/worlds/{made['name']}/clock"
    app = made["kii"]["apps"][0]
    path = f"{made['base_url']}/api/apps/{app['id']}/things/{app['things'][0]['id']}/ownership"
    code = http.post(f"{path}/request/user:{app['users'][0]['id']}", headers=bearer(app["admin"])).json()
    http.post(f"{clock}/advance", json={"seconds": 301}).raise_for_status()
    late = http.post(f"{path}/confirm", headers={**bearer(app["admin"]), "Content-Type": CONFIRM}, json=code)
    assert late.status_code == 409


def test_one_worlds_clock_is_no_others(clock: str, http: httpx.Client, mock: Running) -> None:
    other = f"{mock.url}/_mock/api/worlds/{mock.world()['name']}/clock"
    http.put(clock, json={"now": NEW_YEAR, "frozen": True}).raise_for_status()
    shown = http.get(other).json()
    assert (shown["frozen"], shown["now"] > NEW_YEAR + 86400) == (False, True)
