"""Worlds over HTTP: made, read and deleted by the control API, and no one of them touches another."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from ownership_contracts import specs
from ownership_contracts.mockserver.engine.journal.journal import KEPT

from tests.mockserver.documented import but_time, faults
from tests.mockserver.in_process import in_process
from tests.mockserver.kii.apps import ADD, CONFIRM, bearer
from tests.serving import Running

World = dict[str, Any]
CREATE = "createWorld"


@pytest.fixture
def control(mock: Running) -> str:
    return f"{mock.url}/_mock/api"


@pytest.fixture
def read(http: httpx.Client, control: str) -> Callable[[str], World]:
    def state_and_requests(name: str) -> World:
        answer = http.get(f"{control}/worlds/{name}")
        assert not faults(specs.control(), "readWorld", answer, closed=False)
        found: World = answer.json()
        return found

    return state_and_requests


def ownership(world: World, thing: int = 0) -> str:
    app = world["kii"]["apps"][0]
    return f"{world['base_url']}/api/apps/{app['id']}/things/{app['things'][thing]['id']}/ownership"


def admin(world: World) -> dict[str, str]:
    return bearer(world["kii"]["apps"][0]["admin"])


def claimer(world: World) -> dict[str, str]:
    return bearer(next(user for user in world["connhex"]["users"] if user.get("permission") == "allowed"))


def add_first_user(http: httpx.Client, world: World) -> httpx.Response:
    user = world["kii"]["apps"][0]["users"][0]["id"]
    return http.post(ownership(world), headers={**admin(world), "Content-Type": ADD}, json={"userID": user})


def claim_first_device(http: httpx.Client, world: World) -> httpx.Response:
    return http.post(f"{world['base_url']}/ownerships", headers=claimer(world), json={"deviceId": world["connhex"]["devices"][0]["id"]})


def first_thing(world: World) -> dict[str, Any]:
    found: dict[str, Any] = world["state"]["kii"]["apps"][0]["things"][0]
    return found


# ---------------------------------------------------------------------------------------------------- made


def test_a_world_is_made_by_the_name_that_is_asked_for(mock: Running, http: httpx.Client, control: str) -> None:
    made = mock.world(name="Made_by.name-1")
    assert (made["name"], made["base_url"]) == ("Made_by.name-1", f"{mock.url}/worlds/Made_by.name-1")
    assert http.get(f"{control}/worlds").json()["worlds"][-1] == "Made_by.name-1"
    http.delete(f"{control}/worlds/Made_by.name-1").raise_for_status()


def test_a_name_is_drawn_where_none_is_asked_for(mock: Running) -> None:
    names = {mock.world()["name"] for _ in range(3)}
    assert len(names) == 3
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", name) for name in names)


def test_the_longest_name_is_taken(mock: Running, http: httpx.Client, control: str) -> None:
    made = mock.world(name="n" * 64)
    assert add_first_user(http, made).status_code == 204
    http.delete(f"{control}/worlds/{made['name']}").raise_for_status()


def test_a_fresh_world_is_the_scenarios_and_nothing_has_happened_in_it(world: World, read: Callable[[str], World]) -> None:
    shown = read(world["name"])
    assert (shown["scenario"], shown["requests"], shown["base_url"]) == ("default", [], world["base_url"])
    things = [thing for app in shown["state"]["kii"]["apps"] for thing in app["things"]]
    assert things
    assert not [thing for thing in things if thing["owners"] or thing["flows"]]
    assert shown["state"]["connhex"]["resources"] == []
    assert all(row["fresh"] for app in world["kii"]["apps"] for row in app["things"])
    assert all(row["fresh"] for row in world["connhex"]["devices"])


def test_the_answer_describes_the_world_as_a_target(world: World, http: httpx.Client) -> None:
    for vendor in specs.vendors():
        assert world[vendor]["picks"] == {pick.name: pick.default for pick in specs.ledger(vendor).picks.values()}
    app = world["kii"]["apps"][0]
    assert http.get(ownership(world), headers=bearer(app["things"][0])).status_code == 200
    assert claim_first_device(http, world).status_code == 201
    for probe in world["connhex"]["probes"].values():
        shown = http.get(probe["url"]).json()
        for step in probe["at"].split("/")[1:]:
            shown = shown[step]
        assert isinstance(shown, list)


def test_a_seed_gives_the_same_world_again_and_another_seed_another(mock: Running) -> None:
    first, again, other = (mock.world(seed=seed) for seed in ("one", "one", "two"))
    tables = [{vendor: world[vendor] for vendor in specs.vendors()} for world in (first, again, other)]
    for table in tables:
        del table["connhex"]["probes"]
    assert tables[0] == tables[1]
    assert tables[0] != tables[2]


def test_settings_are_the_worlds_picks_and_the_rest_stay_at_their_defaults(mock: Running) -> None:
    chosen: dict[str, dict[str, Any]] = {"kii": {"code_length": 5, "wrong_code": "unauthorized"}, "connhex": {"precedence": ["missing", "forbidden"]}}
    made = mock.world(settings=chosen)
    for vendor in specs.vendors():
        defaults = {pick.name: pick.default for pick in specs.ledger(vendor).picks.values()}
        assert made[vendor]["picks"] == {**defaults, **chosen[vendor]}


def test_the_base_url_is_that_of_the_host_that_the_client_knows(http: httpx.Client, control: str) -> None:
    """Behind a proxy or a port mapping the server's own address would lead the client nowhere."""
    answer = http.post(f"{control}/worlds", json={"name": "proxied"}, headers={"Host": "mock.localhost:8443"})
    assert answer.json()["base_url"] == "http://mock.localhost:8443/worlds/proxied"
    assert answer.json()["connhex"]["probes"]["resources"]["url"] == "http://mock.localhost:8443/_mock/api/worlds/proxied"
    http.delete(f"{control}/worlds/proxied").raise_for_status()


# ---------------------------------------------------------------------------------------------------- not made

WRONG: dict[str, tuple[Any, int, list[str]]] = {
    "empty name": ({"name": ""}, 400, ["name"]),
    "name with a slash": ({"name": "a/b"}, 400, ["'a/b'", "A-Z a-z 0-9"]),
    "name with a space": ({"name": "a b"}, 400, ["'a b'"]),
    "name with a line break": ({"name": "a\n"}, 400, ["'a\\n'"]),
    "name with a letter beyond ASCII": ({"name": "é"}, 400, ["'é'"]),
    "name with half a character": ({"name": "\ud800"}, 400, ["half a surrogate pair"]),
    "name too long": ({"name": "n" * 65}, 400, ["1 to 64"]),
    "name of one dot": ({"name": "."}, 400, ["'.'"]),
    "name of two dots": ({"name": ".."}, 400, ["'..'"]),
    "name that is no text": ({"name": 5}, 400, ["5", "string"]),
    "taken name": ({"name": "default"}, 409, ["'default'"]),
    "unknown scenario": ({"scenario": "none-such"}, 400, ["'none-such'", "default"]),
    "scenario by a file's path": ({"scenario": "/etc/passwd"}, 400, ["'/etc/passwd'"]),
    "scenario by a way out of its folder": ({"scenario": "../scenarios/default"}, 400, ["default"]),
    "seed that is no text": ({"seed": 5}, 400, ["5", "string"]),
    "seed with half a character": ({"seed": "\ud800"}, 400, ["half a surrogate pair"]),
    "unknown vendor": ({"settings": {"acme": {}}}, 400, ["'acme'", "kii", "connhex"]),
    "settings of a vendor that are no object": ({"settings": {"kii": []}}, 400, ["kii", "object"]),
    "settings that are no object": ({"settings": []}, 400, ["object"]),
    "unknown setting": ({"settings": {"kii": {"wrong_cod": "conflict"}}}, 400, ["settings.kii.wrong_cod", "wrong_code"]),
    "setting of another vendor": ({"settings": {"kii": {"enable_life": 5}}}, 400, ["settings.kii.enable_life"]),
    "unknown option": ({"settings": {"kii": {"wrong_code": "maybe"}}}, 400, ["settings.kii.wrong_code", "'maybe'", "conflict", "unauthorized"]),
    "option that is null": ({"settings": {"kii": {"wrong_code": None}}}, 400, ["settings.kii.wrong_code"]),
    "option that is a list": ({"settings": {"kii": {"wrong_code": ["conflict"]}}}, 400, ["settings.kii.wrong_code"]),
    "option that is an object": ({"settings": {"connhex": {"error_body": {}}}}, 400, ["settings.connhex.error_body"]),
    "value out of range": ({"settings": {"kii": {"code_length": 0}}}, 400, ["settings.kii.code_length", "0"]),
    "value of another type": ({"settings": {"kii": {"code_length": True}}}, 400, ["settings.kii.code_length", "integer"]),
    "value too short": ({"settings": {"kii": {"precedence": ["invalid"]}}}, 400, ["settings.kii.precedence"]),
    "value that repeats": ({"settings": {"connhex": {"precedence": ["missing", "missing"]}}}, 400, ["settings.connhex.precedence"]),
    "alphabet with a line break": ({"settings": {"kii": {"code_alphabet": "abc\n"}}}, 400, ["settings.kii.code_alphabet"]),
    "unknown field": ({"colour": "red"}, 400, ["colour"]),
    "list": ([], 400, ["object"]),
    "null": (None, 400, []),
}


@pytest.fixture
def assert_not_made(http: httpx.Client, control: str) -> Callable[..., None]:
    def check(status: int, told: list[str], **request: Any) -> None:
        before = http.get(f"{control}/worlds").json()["worlds"]
        answer = http.post(f"{control}/worlds", **request)
        after = http.get(f"{control}/worlds").json()["worlds"]
        for name in set(after) - set(before):
            http.delete(f"{control}/worlds/{name}").raise_for_status()
        assert (answer.status_code, after) == (status, before)
        assert not faults(specs.control(), CREATE, answer, closed=False)
        assert not [word for word in told if word not in answer.json()["detail"]]

    return check


@pytest.mark.parametrize("kind", WRONG)
def test_a_world_that_cannot_be_made_is_refused_and_the_detail_says_why(kind: str, assert_not_made: Callable[..., None]) -> None:
    body, status, told = WRONG[kind]
    assert_not_made(status, told, content=json.dumps(body).encode(), headers={"Content-Type": "application/json"})


NOT_JSON = {
    "broken off": (b'{"name": ', "application/json", 400),
    "nothing": (b"", "application/json", 400),
    "NaN": (b'{"name": NaN}', "application/json", 400),
    "not UTF-8": (b'{"name": "\xff"}', "application/json", 400),
    "nested without end": (b"[" * 100_000, "application/json", 400),
    "another media type": (b"{}", "text/plain", 415),
    "a form": (b"name=x", "application/x-www-form-urlencoded", 415),
    "parts without a boundary": (b"x", "multipart/form-data", 415),
}


@pytest.mark.parametrize("kind", NOT_JSON)
def test_a_body_that_is_no_json_makes_no_world(kind: str, assert_not_made: Callable[..., None]) -> None:
    content, media_type, status = NOT_JSON[kind]
    assert_not_made(status, [], content=content, headers={"Content-Type": media_type})


@pytest.mark.parametrize("media_type", ["APPLICATION/JSON", "application/json; charset=UTF-8", None])
def test_a_media_type_in_another_spelling_is_answered_as_documented(http: httpx.Client, control: str, media_type: str | None) -> None:
    answer = http.post(f"{control}/worlds", content=b"{}", headers={"Content-Type": media_type} if media_type else {})
    assert answer.status_code < 500
    assert not faults(specs.control(), CREATE, answer, closed=False)


WEIRD_VALUES = {"code_length as 16.0": {"code_length": 16.0}, "a life that no float holds": {"code_life": 10**400}}


@pytest.mark.parametrize("kind", WEIRD_VALUES)
def test_a_number_that_is_taken_as_a_setting_serves(kind: str, http: httpx.Client, control: str) -> None:
    """JSON knows one kind of number: 16.0 is an integer. A world that was made must work."""
    made = http.post(f"{control}/worlds", json={"settings": {"kii": WEIRD_VALUES[kind]}})
    if made.status_code == 400:
        return
    world = made.json()
    user = world["kii"]["apps"][0]["users"][0]["id"]
    started = http.post(f"{ownership(world)}/request/user:{user}", headers=admin(world))
    assert started.status_code == 200
    confirmed = http.post(f"{ownership(world)}/confirm", headers={**admin(world), "Content-Type": CONFIRM}, json=started.json())
    assert confirmed.status_code == 204


# ---------------------------------------------------------------------------------------------------- isolated


def test_a_change_in_one_world_is_in_no_other(mock: Running, http: httpx.Client, read: Callable[[str], World]) -> None:
    one, two = mock.world(seed="same"), mock.world(seed="same")
    default = read("default")["state"]
    assert add_first_user(http, one).status_code == 204
    assert claim_first_device(http, one).status_code == 201
    assert len(first_thing(read(one["name"]))["owners"]) == 1
    assert len(read(one["name"])["state"]["connhex"]["resources"]) == 1
    assert first_thing(read(two["name"]))["owners"] == []
    assert read(two["name"])["state"]["connhex"]["resources"] == []
    assert read("default")["state"] == default


def test_what_was_done_in_one_world_can_be_done_in_the_other(mock: Running, http: httpx.Client) -> None:
    one, two = mock.world(seed="same"), mock.world(seed="same")
    assert [add_first_user(http, world).status_code for world in (one, one, two)] == [204, 409, 204]
    assert [claim_first_device(http, world).status_code for world in (one, one, two)] == [201, 409, 201]


def test_a_code_of_one_world_completes_nothing_in_another(mock: Running, http: httpx.Client, read: Callable[[str], World]) -> None:
    one, two = mock.world(seed="one"), mock.world(seed="two")
    user = one["kii"]["apps"][0]["users"][0]["id"]
    code = http.post(f"{ownership(one)}/request/user:{user}", headers=admin(one)).json()["code"]
    refused = http.post(f"{ownership(two)}/confirm", headers={**admin(two), "Content-Type": CONFIRM}, json={"code": code})
    assert (refused.status_code, read(two["name"])["requests"][-1]["decided"]) == (409, "kii-pick.wrong-code")
    assert first_thing(read(two["name"]))["owners"] == []


def test_a_credential_of_one_world_is_unknown_in_another(mock: Running, http: httpx.Client, read: Callable[[str], World]) -> None:
    one, two = mock.world(), mock.world()
    token = one["kii"]["apps"][1]["users"][0]
    kii = http.get(ownership(two), headers=bearer(token))
    user = next(user for user in one["connhex"]["users"] if user.get("permission") == "wildcard_all")
    connhex = http.post(f"{two['base_url']}/ownerships", headers=bearer(user), json={"deviceId": "x"})
    assert (kii.status_code, connhex.status_code) == (403, 401)
    assert [entry["principal"] for entry in read(two["name"])["requests"]] == [None, None]


def test_one_worlds_settings_do_not_touch_anothers(mock: Running, http: httpx.Client) -> None:
    plain, strict = mock.world(), mock.world(settings={"kii": {"no_credential": "wrong_token"}, "connhex": {"unauthenticated": "forbidden"}})
    for world, kii, connhex in ((plain, 401, 401), (strict, 403, 403), (mock.world(), 401, 401)):
        assert http.get(ownership(world)).status_code == kii
        assert http.post(f"{world['base_url']}/ownerships", json={"deviceId": "x"}).status_code == connhex


def test_the_bare_paths_and_the_default_worlds_own_act_on_one_world(mock: Running, http: httpx.Client, read: Callable[[str], World]) -> None:
    before = len(read("default")["requests"])
    for path in ("/api/none", "/worlds/default/api/none"):
        assert http.get(mock.url + path).status_code == 404
    assert len(read("default")["requests"]) in (before + 2, KEPT)


# ---------------------------------------------------------------------------------------------------- read


def test_reading_shows_each_request_with_what_decided_it(world: World, http: httpx.Client, read: Callable[[str], World]) -> None:
    add_first_user(http, world)
    add_first_user(http, world)
    http.get(ownership(world))
    http.get(f"{world['base_url']}/api/none")
    claim_first_device(http, world)
    entries = read(world["name"])["requests"]
    path = ownership(world).removeprefix(world["base_url"])
    shown = [
        (entry["number"], entry["vendor"], entry["method"], entry["path"], entry["operation"], entry["status"], entry["decided"]) for entry in entries
    ]
    assert shown == [
        (1, "kii", "POST", path, "addOwnerByThingID", 204, "kii-post.204"),
        (2, "kii", "POST", path, "addOwnerByThingID", 409, "kii-post.409"),
        (3, "kii", "GET", path, "listOwnersByThingID", 401, "kii-pick.no-credential"),
        (4, "kii", "GET", "/api/none", None, 404, "kii-pick.unknown-path"),
        (5, "connhex", "POST", "/ownerships", "register", 201, "connhex-post.201"),
    ]
    assert [bool(entry["principal"]) for entry in entries] == [True, True, False, False, True]
    assert [entry["complaint"] for entry in entries] == [None] * 5
    assert [entry["at"] for entry in entries] == sorted(entry["at"] for entry in entries)


def test_reading_shows_owners_flows_and_resources_as_they_are(world: World, http: httpx.Client, read: Callable[[str], World]) -> None:
    add_first_user(http, world)
    users = [user["id"] for user in world["kii"]["apps"][0]["users"]]
    code = http.post(f"{ownership(world)}/request/user:{users[1]}", headers=admin(world)).json()["code"]
    resource = claim_first_device(http, world).json()["resourceId"]
    shown = read(world["name"])
    assert first_thing(shown)["owners"] == [{"kind": "user", "id": users[0]}]
    flows = [(flow["code"], flow["owner"], flow["started_by"]) for flow in first_thing(shown)["flows"]]
    assert flows == [(code, {"kind": "user", "id": users[1]}, "admin")]
    assert [(row["id"], row["device"]) for row in shown["state"]["connhex"]["resources"]] == [(resource, world["connhex"]["devices"][0]["id"])]


def test_reading_and_making_worlds_leaves_no_trace_in_a_world(world: World, mock: Running, read: Callable[[str], World]) -> None:
    before = but_time(read(world["name"]))
    mock.world()
    assert but_time(read(world["name"])) == before


def test_the_journal_keeps_the_newest_requests_and_counts_on() -> None:
    server = in_process()
    for _ in range(KEPT + 3):
        server.send("GET", "/api/none")
    entries = server.send("GET", "/_mock/api/worlds/default").json()["requests"]
    assert [entry["number"] for entry in entries] == list(range(4, KEPT + 4))


# ---------------------------------------------------------------------------------------------------- deleted, unknown


def test_a_deleted_world_is_gone_and_its_name_is_free(mock: Running, http: httpx.Client, control: str, read: Callable[[str], World]) -> None:
    made = mock.world(name="short-lived")
    add_first_user(http, made)
    answer = http.delete(f"{control}/worlds/short-lived")
    assert (answer.status_code, answer.content) == (204, b"")
    assert http.get(f"{control}/worlds/short-lived").status_code == 404
    assert http.delete(f"{control}/worlds/short-lived").status_code == 404
    assert "short-lived" not in http.get(f"{control}/worlds").json()["worlds"]
    mock.world(name="short-lived")
    assert (read("short-lived")["requests"], first_thing(read("short-lived"))["owners"]) == ([], [])
    http.delete(f"{control}/worlds/short-lived").raise_for_status()


def test_the_default_world_cannot_be_deleted(mock: Running, http: httpx.Client, control: str, read: Callable[[str], World]) -> None:
    before = read("default")["state"]
    answer = http.delete(f"{control}/worlds/default")
    assert answer.status_code == 409
    assert not faults(specs.control(), "deleteWorld", answer, closed=False)
    assert read("default")["state"] == before


def test_a_path_under_a_world_that_no_vendor_has_is_that_worlds_unknown_path(world: World, http: httpx.Client, read: Callable[[str], World]) -> None:
    assert http.get(f"{world['base_url']}/none").status_code == 404
    assert read(world["name"])["requests"][-1]["decided"] == "connhex-pick.unknown-path"


@pytest.mark.parametrize("path", ["/_mock/api/worlds", "/_mock/api/health", "/_mock/api/worlds/default", "/_mock/", "/_mock/docs/kii/"])
def test_the_control_api_and_the_console_answer_to_this_machine_alone(path: str) -> None:
    answer = in_process().send("GET", path, client="192.0.2.7")
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")


def test_the_vendors_apis_answer_to_other_machines_too() -> None:
    assert in_process().send("GET", "/api/none", client="192.0.2.7").status_code == 404
