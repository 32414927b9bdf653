"""A client joins a world by its base URL alone: the world is made when it is first asked for."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from ownership_contracts.mockserver.engine.supply import derived_seed

from tests.mockserver.kii.apps import bearer
from tests.serving import Running, serving

World = dict[str, Any]
PROBLEM = "application/problem+json"
LAMP = "/api/apps/a1open01/things/VENDOR_THING_ID:lamp-01/ownership"
# As the scenario `default` names them: a client that joins a world knows its principals beforehand.
ADMIN = {"Authorization": "Bearer admin-open"}
ADA = {"Authorization": "Bearer ory_st_ada"}


@pytest.fixture
def control(mock: Running) -> str:
    return f"{mock.url}/_mock/api"


@pytest.fixture
def name(request: pytest.FixtureRequest, http: httpx.Client, control: str) -> Iterator[str]:
    """A name that no world has, whatever else uses the server; what is made of it is gone at the end."""
    unused = f"joined-{abs(hash(request.node.name))}"
    yield unused
    http.delete(f"{control}/worlds/{unused}")


@pytest.fixture
def there(http: httpx.Client, control: str, name: str) -> Callable[[], bool]:
    return lambda: name in http.get(f"{control}/worlds").json()["worlds"]


def test_the_first_request_makes_the_world_from_the_servers_scenario(
    mock: Running, http: httpx.Client, control: str, name: str, there: Callable[[], bool]
) -> None:
    assert not there()
    listed = http.get(f"{mock.url}/worlds/{name}{LAMP}", headers=ADMIN)
    assert (listed.status_code, listed.json()) == (200, {"users": [], "groups": []})
    shown = http.get(f"{control}/worlds/{name}").json()
    assert (shown["scenario"], shown["base_url"]) == ("default", f"{mock.url}/worlds/{name}")
    assert [(row["operation"], row["status"]) for row in shown["requests"]] == [("listOwners", 200)]


def test_what_is_done_in_a_world_that_was_joined_is_in_no_other(mock: Running, http: httpx.Client, control: str, name: str) -> None:
    default = http.get(f"{control}/worlds/default").json()
    own, beside = f"{mock.url}/worlds/{name}", f"{mock.url}/worlds/{name[:-1]}x"
    assert http.get(own + LAMP, headers=ADMIN).status_code == 200
    owner = http.get(f"{control}/worlds/{name}").json()["state"]["kii"]["apps"][0]["users"][0]["id"]
    assert http.put(f"{own}{LAMP}/user:{owner}", headers=ADMIN).status_code == 204
    assert http.post(f"{own}/ownerships", headers=ADA, json={"deviceId": "CTP-0139836"}).status_code == 201
    assert http.get(own + LAMP, headers=ADMIN).json()["users"] == [owner]
    assert http.get(beside + LAMP, headers=ADMIN).json()["users"] == []
    assert http.post(f"{beside}/ownerships", headers=ADA, json={"deviceId": "CTP-0139836"}).status_code == 201
    after = http.get(f"{control}/worlds/default").json()
    assert (after["state"], after["requests"]) == (default["state"], default["requests"])
    http.delete(f"{control}/worlds/{name[:-1]}x").raise_for_status()


MAKING: dict[str, tuple[str, str, dict[str, Any], int]] = {
    "a good request": ("GET", LAMP, {"headers": ADMIN}, 200),
    "of another vendor": ("POST", "/ownerships", {"headers": ADA, "json": {"deviceId": "CTP-0139836"}}, 201),
    "without a credential": ("GET", LAMP, {}, 401),
    "to a path that the vendor does not have": ("GET", "/api/none", {}, 404),
    "with a method that the path does not have": ("PATCH", LAMP, {}, 405),
    "with a broken path": ("GET", "/api/%zz", {}, 400),
    "with a body over the bound": ("POST", "/ownerships", {"content": b"x" * (1024 * 1024 + 1)}, 413),
    "from a page of another origin": ("GET", LAMP, {"headers": {**ADMIN, "Origin": "https://page.example"}}, 200),
}


@pytest.mark.parametrize("kind", MAKING)
def test_a_request_to_a_vendor_makes_the_world_and_is_answered_as_in_any(
    kind: str, mock: Running, http: httpx.Client, name: str, there: Callable[[], bool]
) -> None:
    method, path, options, status = MAKING[kind]
    assert not there()
    answer = http.request(method, f"{mock.url}/worlds/{name}{path}", **options)
    assert (answer.status_code, answer.headers["content-type"] == PROBLEM, there()) == (status, False, True)


ASKING = {"Origin": "https://page.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
NOT_MAKING: dict[str, tuple[str, str, dict[str, str], int]] = {
    "a browser's preflight": ("OPTIONS", "/worlds/{}/ownerships", ASKING, 200),
    "OPTIONS without a page": ("OPTIONS", "/worlds/{}/ownerships", {}, 404),
    "a world's bare path": ("GET", "/worlds/{}", {}, 404),
    "the control API": ("GET", "/_mock/api/worlds/{}", {}, 404),
    "the control API, to delete": ("DELETE", "/_mock/api/worlds/{}", {}, 404),
    "the console": ("GET", "/_mock/world/{}", {}, 404),
}


@pytest.mark.parametrize("kind", NOT_MAKING)
def test_what_is_no_request_to_a_vendor_makes_no_world(kind: str, mock: Running, http: httpx.Client, name: str, there: Callable[[], bool]) -> None:
    method, path, headers, status = NOT_MAKING[kind]
    answer = http.request(method, mock.url + path.format(name), headers=headers)
    assert (answer.status_code, there()) == (status, False)


def test_who_asks_for_a_world_that_is_not_there_is_told_both_ways_to_it(mock: Running, http: httpx.Client, name: str) -> None:
    answer = http.options(f"{mock.url}/worlds/{name}/ownerships")
    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)
    assert f"'{name}'" in answer.json()["detail"]
    assert "POST /_mock/api/worlds" in answer.json()["detail"]
    assert f"a request to a vendor's API below /worlds/{name}" in answer.json()["detail"]


@pytest.mark.parametrize("bad", ["", "%20", "a%20b", "a%2Fb", "%00", "%zz", "%C3%A9", "%E2%80%AE", "n" * 65, ".", "..", "a+b", "a:b", "a%0A", "~"])
def test_a_name_that_no_world_can_have_is_a_404_with_the_rule(bad: str, mock: Running, http: httpx.Client, control: str) -> None:
    before = http.get(f"{control}/worlds").json()
    answer, body = sent_as_it_is(mock, f"/worlds/{bad}/api/none")
    assert (answer.status, answer.headers["content-type"]) == (404, PROBLEM)
    assert "1 to 64 of A-Z a-z 0-9 _ . -" in body["detail"]
    assert "makes it" not in body["detail"]
    assert http.get(f"{control}/worlds").json() == before


def sent_as_it_is(mock: Running, target: str) -> tuple[HTTPResponse, Any]:
    """A GET whose target no library mends."""
    where = urlsplit(mock.url)
    connection = HTTPConnection(where.hostname or "", where.port, timeout=20)
    with contextlib.closing(connection):
        connection.putrequest("GET", target)
        connection.endheaders()
        answer = connection.getresponse()
        return answer, json.loads(answer.read())


@pytest.mark.parametrize("good", ["a", "n" * 64, "...", "-", "_", "A.b-C_9"])
def test_every_name_that_a_world_can_have_can_be_joined(good: str, mock: Running, http: httpx.Client, control: str) -> None:
    assert http.get(f"{mock.url}/worlds/{good}{LAMP}", headers=ADMIN).status_code == 200
    assert http.get(f"{control}/worlds").json()["worlds"][-1] == good
    http.delete(f"{control}/worlds/{good}").raise_for_status()


# ---------------------------------------------------------------------------------------------------- seeds


def things(http: httpx.Client, running: Running, world: str) -> Any:
    state = http.get(f"{running.url}/_mock/api/worlds/{world}").raise_for_status().json()["state"]
    return [thing["id"] for app in state["kii"]["apps"] for thing in app["things"]]


def test_the_servers_seed_and_a_worlds_name_make_its_seed(tmp_path: Path, http: httpx.Client) -> None:
    with serving(tmp_path, "--seed", "s") as running:
        for name in ("one", "two"):
            assert http.get(f"{running.url}/worlds/{name}{LAMP}", headers=ADMIN).status_code == 200
        made = {name: things(http, running, name) for name in ("default", "one", "two")}
        http.delete(f"{running.url}/_mock/api/worlds/one").raise_for_status()
        again = http.post(f"{running.url}/_mock/api/worlds", json={"name": "one"}).raise_for_status().json()
        assert things(http, running, "one") == made["one"]
        assert len({str(ids) for ids in made.values()}) == 3
        # Not by chance, nor by what came before.
        told = running.world(name="three", seed=derived_seed("s", "one"))
    assert things_of(told) == things_of(again) == made["one"]


def things_of(target: World) -> list[str]:
    return [thing["id"] for app in target["kii"]["apps"] for thing in app["things"]]


def test_without_a_seed_two_worlds_of_one_name_are_different(mock: Running, http: httpx.Client, control: str, name: str) -> None:
    made = []
    for _ in range(2):
        http.get(f"{mock.url}/worlds/{name}{LAMP}", headers=ADMIN).raise_for_status()
        made.append(things(http, mock, name))
        http.delete(f"{control}/worlds/{name}").raise_for_status()
    assert made[0] != made[1]


def test_a_seed_tells_nothing_of_the_one_that_it_comes_from() -> None:
    seeds = {derived_seed(seed, name) for seed in ("s", "t", "") for name in ("a", "b", "default")}
    assert len(seeds) == 9
    assert all(len(seed) == 32 for seed in seeds)


# ---------------------------------------------------------------------------------------------------- by the control API alone


def test_where_worlds_are_not_made_on_demand_a_404_says_how_to_make_one(tmp_path: Path, http: httpx.Client) -> None:
    with serving(tmp_path, "--no-worlds-on-demand") as running:
        for path in (f"/worlds/mine{LAMP}", "/worlds/mine/ownerships", "/worlds/mine"):
            answer = http.get(running.url + path, headers=ADMIN)
            assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)
            assert answer.json()["detail"] == "there is no world 'mine': make it with POST /_mock/api/worlds"
        assert http.get(f"{running.url}/_mock/api/worlds").json()["worlds"] == ["default"]
        made = running.world(name="mine")
        assert http.get(made["base_url"] + LAMP, headers=bearer(made["kii"]["apps"][0]["admin"])).status_code == 200
