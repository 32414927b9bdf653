"""A world's journal over HTTP: read and cleared by filters, and asked whether requests came."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.mockserver.kii.apps import bearer
from tests.serving import Running

World = dict[str, Any]
EPOCH = 1767225600.0


@pytest.fixture
def busy(mock: Running, http: httpx.Client) -> str:
    """A world in which five requests came and one event happened, each a minute after the one before: where the control API shows it."""
    made = mock.world(clock={"now": EPOCH, "frozen": True})
    at, here = f"{mock.url}/_mock/api/worlds/{made['name']}", made["base_url"]
    app = made["kii"]["apps"][0]
    owners = f"{here}/api/apps/{app['id']}/things/{app['things'][0]['id']}/ownership"
    claimer = next(user for user in made["connhex"]["users"] if user.get("permission") == "allowed")
    device = made["connhex"]["devices"][0]["id"]
    http.post(f"{at}/script", json={"name": "outage", "when": {"vendor": "connhex", "nth": 1}, "answer": {"status": 503}, "off_contract": True})
    steps: list[Callable[[], httpx.Response]] = [
        lambda: http.get(owners, headers=bearer(app["admin"])),
        lambda: http.get(owners),
        lambda: http.post(f"{here}/ownerships", headers=bearer(claimer), json={"deviceId": device}),
        lambda: http.post(f"{here}/ownerships", headers=bearer(claimer), json={"deviceId": device}),
        lambda: http.get(f"{here}/api/none?flow=x"),
        lambda: http.post(f"{at}/events", json={"connhex.registration_enabled": {"device": device}}).raise_for_status(),
    ]
    for step in steps:
        step()
        http.post(f"{at}/clock/advance", json={"seconds": 60}).raise_for_status()
    return f"{at}/journal"


def read(http: httpx.Client, journal: str, **filters: Any) -> tuple[list[int], list[int]]:
    """The numbers of the requests and the happenings that are shown."""
    shown = http.get(journal, params=filters).raise_for_status().json()
    return [row["number"] for row in shown["requests"]], [row["number"] for row in shown["happenings"]]


FILTERS: dict[str, tuple[dict[str, Any], list[int], list[int]]] = {
    "none": ({}, [1, 2, 3, 4, 5], [6]),
    "a vendor": ({"vendor": "kii"}, [1, 2, 5], []),
    "a vendor of a happening, too": ({"vendor": "connhex"}, [3, 4], [6]),
    "an operation": ({"operation": "register"}, [3, 4], []),
    "operations": ({"operation": "listOwners*"}, [1, 2], []),
    "a status": ({"status": 401}, [2], []),
    "who called": ({"principal": "* admin*"}, [1], []),
    "nobody": ({"principal": ""}, [2, 3, 5], []),
    "a line": ({"line": "outage"}, [3], []),
    "a clause": ({"clause": "connhex-post.*"}, [4], []),
    "since": ({"since": EPOCH + 180}, [4, 5], [6]),
    "since a date": ({"since": "2026-01-01T00:04:00Z"}, [5], [6]),
    "until": ({"until": "2026-01-01T01:01:00+01:00"}, [1, 2], []),
    "the last": ({"last": 2}, [4, 5], [6]),
    "several": ({"vendor": "connhex", "status": 201, "since": EPOCH, "last": 1}, [4], []),
    "what never was": ({"status": 418}, [], []),
}


@pytest.mark.parametrize("kind", FILTERS)
def test_the_journal_is_read_by_filters(kind: str, busy: str, http: httpx.Client) -> None:
    filters, requests, happenings = FILTERS[kind]
    assert read(http, busy, **filters) == (requests, happenings)


@pytest.mark.parametrize("kind", FILTERS)
def test_what_filters_show_is_what_they_clear(kind: str, busy: str, http: httpx.Client) -> None:
    filters, requests, happenings = FILTERS[kind]
    assert http.delete(busy, params=filters).status_code == 204
    assert read(http, busy) == ([n for n in (1, 2, 3, 4, 5) if n not in requests], [n for n in (6,) if n not in happenings])


WRONG: dict[str, tuple[str, list[str]]] = {
    "a name that is none": ("operaton=register", ["'operaton'", "operation", "until"]),
    "a status that is no number": ("status=ok", ["status", "'ok'"]),
    "a status that there is not": ("status=1000", ["status", "1000"]),
    "a number below none": ("last=-1", ["last", "-1"]),
    "a time without a zone": ("since=2026-01-01T00:00:00", ["since", "2026-01-01T00:00:00"]),
    "a day that there is not": ("until=2026-02-30T00:00:00Z", ["until", "2026-02-30"]),
    "no time": ("since=", ["since", "Seconds since the epoch"]),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_filter_that_is_none_is_refused_and_clears_nothing(kind: str, busy: str, http: httpx.Client) -> None:
    query, told = WRONG[kind]
    for answer in (http.get(f"{busy}?{query}"), http.delete(f"{busy}?{query}")):
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
        assert not [word for word in told if word not in answer.json()["detail"]]
    assert read(http, busy) == ([1, 2, 3, 4, 5], [6])


def test_an_entry_shows_request_and_answer_with_the_secrets_masked_unless_they_are_asked_for(busy: str, http: httpx.Client) -> None:
    masked, bare = (http.get(busy, params={"last": 1, "status": 201, "secrets": secrets}).json()["requests"][0] for secrets in ("false", "true"))
    assert (masked["request"]["headers"]["authorization"], bare["request"]["headers"]["authorization"][:14]) == ("Bearer ***", "Bearer ory_st_")
    for shown in (masked, bare):
        assert (shown["request"]["body"], set(shown["answer"]["body"]), shown["at"]) == ({"deviceId": "CTP-0139836"}, {"resourceId"}, EPOCH + 180)


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({}, 5),
        ({"request": {}, "exactly": 5}, 5),
        ({"request": {"operation": ["register", "listOwners*"]}, "exactly": 4}, 4),
        ({"request": {"vendor": "connhex", "status": 503}, "exactly": 1}, 1),
        ({"request": {"principal": None}, "at_least": 3, "at_most": 3}, 3),
        ({"request": {"body": {"deviceId": "CTP-0139836"}, "line": "outage"}}, 1),
        ({"request": {"query": {"flow": "x"}}, "exactly": 1}, 1),
        ({"request": {"since": "2026-01-01T00:01:00Z", "until": EPOCH + 120}, "exactly": 2}, 2),
        ({"request": {"clause": "kii-pick.*"}, "at_least": 2}, 2),
        ({"request": {"status": 418}, "at_most": 0}, 0),
    ],
    ids=str,
)
def test_what_came_as_it_should_is_counted(wanted: World, count: int, busy: str, http: httpx.Client) -> None:
    answer = http.post(f"{busy}/verify", json=wanted)
    assert (answer.status_code, answer.json()) == (200, {"count": count})


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"request": {"operation": "register"}, "exactly": 1}, ["exactly 1", "2 came", "#3 connhex register"]),
        ({"request": {"operation": "register"}, "at_most": 1}, ["at most 1", "2 came"]),
        ({"request": {"operation": "register", "status": 418}}, ["at least 1", "none came", "another status"]),
        ({"at_least": 6}, ["at least 6", "5 came"]),
    ],
    ids=str,
)
def test_what_did_not_come_as_it_should_is_a_conflict_that_counts_and_names_what_came(
    wanted: World, told: list[str], busy: str, http: httpx.Client
) -> None:
    answer = http.post(f"{busy}/verify", json=wanted)
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
    assert not [word for word in told if word not in answer.json()["detail"]]


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"at_least": 3, "at_most": 2}, ["at_least 3", "at_most 2"]),
        ({"exactly": 3, "at_most": 2}, ["exactly 3", "at_most 2"]),
        ({"exactly": -1}, ["$.exactly", "-1"]),
        ({"request": {"operaton": "register"}}, ["operaton"]),
        ({"request": {"principal": 5}}, ["$.request.principal"]),
        ({"request": {"since": "2026-01-01"}}, ["$.request.since"]),
        ({"reqest": {}}, ["reqest"]),
        ([], ["object"]),
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_refused(wanted: Any, told: list[str], busy: str, http: httpx.Client) -> None:
    answer = http.post(f"{busy}/verify", json=wanted)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert not [word for word in told if word not in answer.json()["detail"]]


def test_a_secret_with_half_a_surrogate_pair_is_masked(mock: Running, http: httpx.Client, world: World) -> None:
    app = world["kii"]["apps"][0]
    sent = b'{"username": "nobody", "password": "\\udc61-half-a-pair"}'
    content = {"Content-Type": "application/json", "X-Kii-AppID": app["id"], "X-Kii-AppKey": app["key"]}
    http.post(f"{world['base_url']}/api/apps/{app['id']}/oauth2/token", content=sent, headers=content)
    answer = http.get(f"{mock.url}/_mock/api/worlds/{world['name']}/journal").raise_for_status()
    assert answer.json()["requests"][0]["request"]["size"] == len(sent)
    assert "half-a-pair" not in answer.text
