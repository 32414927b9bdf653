"""Pages of other origins: what a browser asks first, and what every answer tells it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from ownership_contracts import specs
from ownership_contracts.mockserver.engine.columns import columns
from ownership_contracts.mockserver.engine.vendor import Call, Reply

from tests.mockserver.documented import but_time, faults
from tests.mockserver.in_process import in_process
from tests.serving import Running, serving

PAGE = "http://app.example:3000"
ALLOW = "access-control-allow-"
METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
PATHS = ("/api/apps/a/things/b/ownership", "/ownerships", "/api/none", "/none", "/worlds/none/api/apps", "/worlds/none/ownerships", "/")

World = dict[str, Any]


def asked(method: str, headers: str | None = "content-type,authorization,x-kii-appid,x-kii-anything", origin: str = PAGE) -> dict[str, str]:
    wanted = {"Origin": origin, "Access-Control-Request-Method": method}
    return wanted | ({} if headers is None else {"Access-Control-Request-Headers": headers})


def preflight_faults(answer: httpx.Response) -> list[str]:
    """What protocol.yaml does not say of an answer to a preflight."""
    said = specs.protocol()["preflight"]
    there = set(answer.headers) - {"date", "content-length", "content-type", "connection"}
    always, sometimes = ({name.lower() for name in said[key]} for key in ("headers", "asked"))
    found = [] if answer.status_code in {row["status"] for row in said["answers"].values()} else [f"status {answer.status_code}"]
    found += [] if answer.headers["content-type"] == said["media_type"] else [f"media type {answer.headers['content-type']}"]
    return [*found, *(there - always - sometimes), *(f"no {name}" for name in always - there)]


@pytest.fixture(scope="module")
def picky(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that was started for two origins."""
    options = ("--cors-origin", PAGE, "--cors-origin", "HTTPS://Other.Example:443")
    with serving(tmp_path_factory.mktemp("picky"), *options) as running:
        yield running


# ---------------------------------------------------------------------------------------------------- preflights


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", METHODS)
def test_a_preflight_allows_every_method_and_what_headers_are_asked_for(method: str, path: str, mock: Running, http: httpx.Client) -> None:
    answer = http.options(mock.url + path, headers=asked(method))
    assert not preflight_faults(answer)
    assert answer.status_code == specs.protocol()["preflight"]["answers"]["allowed"]["status"]
    assert (answer.headers[f"{ALLOW}origin"], answer.headers[f"{ALLOW}credentials"]) == (PAGE, "true")
    assert method in answer.headers[f"{ALLOW}methods"].split(", ")
    assert answer.headers[f"{ALLOW}headers"] == "content-type,authorization,x-kii-appid,x-kii-anything"
    assert "Origin" in answer.headers["vary"]


def test_a_preflight_that_asks_for_no_headers_is_answered_without(mock: Running, http: httpx.Client) -> None:
    answer = http.options(mock.url + PATHS[0], headers=asked("PUT", None))
    assert (answer.status_code, preflight_faults(answer), f"{ALLOW}headers" in answer.headers) == (200, [], False)


def test_a_preflight_of_a_method_that_is_none_is_refused(mock: Running, http: httpx.Client) -> None:
    answer = http.options(mock.url + PATHS[0], headers=asked("BREW"))
    assert (answer.status_code, preflight_faults(answer)) == (specs.protocol()["preflight"]["answers"]["refused"]["status"], [])


def test_a_preflight_stands_in_no_journal_and_changes_nothing(world: World, mock: Running, http: httpx.Client) -> None:
    at = f"{mock.url}/_mock/api/worlds/{world['name']}"
    before = but_time(http.get(at).json())
    assert http.options(f"{world['base_url']}/ownerships", headers=asked("POST")).status_code == 200
    assert but_time(http.get(at).json()) == before


@pytest.mark.parametrize("headers", [{}, {"Origin": PAGE}, {"Access-Control-Request-Method": "PUT"}])
def test_options_that_is_no_preflight_is_the_wrong_method_as_ever(headers: dict[str, str], mock: Running, http: httpx.Client) -> None:
    answer = http.options(f"{mock.url}/ownerships", headers=headers)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert not faults(specs.openapi("connhex"), None, answer)


# ---------------------------------------------------------------------------------------------------- every other answer


def assert_readable(answer: httpx.Response, origin: str = PAGE) -> None:
    """A page of the origin may read this answer, whether it was asked for with credentials or without."""
    assert answer.headers[f"{ALLOW}origin"] == origin
    assert answer.headers[f"{ALLOW}credentials"] == "true"
    assert answer.headers["access-control-expose-headers"].split(", ") == ["Location", "Retry-After"]
    assert answer.headers.get_list("vary") == ["Origin"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/ownerships", 401),
        ("GET", "/ownerships", 405),
        ("GET", "/ownerships/none", 404),
        ("GET", "/api/none", 404),
        ("GET", "/none", 404),
        ("GET", "/worlds/none/api/none", 404),
    ],
)
def test_a_page_may_read_every_refusal(method: str, path: str, status: int, mock: Running, http: httpx.Client) -> None:
    answer = http.request(method, mock.url + path, headers={"Origin": PAGE, "Content-Type": "application/json"}, content=b"{}")
    assert answer.status_code == status
    assert_readable(answer)


def test_a_page_may_read_that_its_body_is_too_large(mock: Running, http: httpx.Client) -> None:
    answer = http.post(f"{mock.url}/ownerships", headers={"Origin": PAGE}, content=b" " * (1024 * 1024 + 1))
    assert answer.status_code == 413
    assert_readable(answer)


def broken(_: Call) -> Reply:
    raise RuntimeError("an operation of the test's")


def test_a_page_may_read_the_guards_500() -> None:
    (vendor,) = columns(["connhex"])
    server = in_process([dataclasses.replace(vendor, operations=dict.fromkeys(vendor.operations, broken))])
    token = server.target("connhex")["users"][0]["token"]
    answer = server.send("POST", "/ownerships", headers={"Origin": PAGE, "Authorization": f"Bearer {token}"}, json={"deviceId": "x"})
    assert (answer.status_code, server.last.decided) == (500, "guard")
    assert_readable(answer)


def test_a_page_may_read_a_success_and_its_body(world: World, http: httpx.Client) -> None:
    app = world["kii"]["apps"][0]
    url = f"{world['base_url']}/api/apps/{app['id']}/things/{app['things'][0]['id']}/ownership"
    answer = http.get(url, headers={"Origin": PAGE, "Authorization": f"Bearer {app['admin']['token']}"})
    assert (answer.status_code, answer.json()) == (200, {"users": [], "groups": []})
    assert_readable(answer)


def test_an_answer_to_no_page_says_only_that_it_depends_on_the_origin(mock: Running, http: httpx.Client) -> None:
    answer = http.get(f"{mock.url}/api/none")
    assert [name for name in answer.headers if name.startswith("access-control")] == []
    assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize("origin", ["null", "http://localhost:5173", "capacitor://localhost", "\xff"])
def test_every_origin_may_where_none_is_named(origin: str, mock: Running, http: httpx.Client) -> None:
    answer = http.get(f"{mock.url}/api/none", headers=[(b"Origin", origin.encode("latin-1"))])
    assert answer.headers[f"{ALLOW}origin"].encode("latin-1") == origin.encode("latin-1")


@pytest.mark.parametrize("path", ["/_mock/", "/_mock/api/worlds", "/_mock/api/none", "/_mock"])
def test_the_control_api_and_the_console_are_not_for_pages_of_other_origins(path: str, mock: Running, http: httpx.Client) -> None:
    for answer in (http.get(mock.url + path, headers={"Origin": PAGE}), http.options(mock.url + path, headers=asked("POST"))):
        assert [name for name in answer.headers if name.startswith("access-control")] == []


# ---------------------------------------------------------------------------------------------------- --cors-origin


@pytest.mark.parametrize("origin", [PAGE, "https://other.example"])
def test_an_origin_that_was_named_may(origin: str, picky: Running, http: httpx.Client) -> None:
    assert_readable(http.get(f"{picky.url}/api/none", headers={"Origin": origin}), origin)
    answer = http.options(f"{picky.url}/ownerships", headers=asked("POST", origin=origin))
    assert (answer.status_code, answer.headers[f"{ALLOW}origin"], preflight_faults(answer)) == (200, origin, [])


@pytest.mark.parametrize("origin", ["http://app.example", "https://app.example:3000", "http://app.example:3000.evil.example", "null", "*"])
def test_an_origin_that_was_not_named_may_not(origin: str, picky: Running, http: httpx.Client) -> None:
    answer = http.get(f"{picky.url}/api/none", headers={"Origin": origin})
    assert (answer.status_code, f"{ALLOW}origin" in answer.headers, answer.headers["vary"]) == (404, False, "Origin")
    answer = http.options(f"{picky.url}/ownerships", headers=asked("POST", origin=origin))
    assert (answer.status_code, f"{ALLOW}origin" in answer.headers, preflight_faults(answer)) == (400, False, [])
