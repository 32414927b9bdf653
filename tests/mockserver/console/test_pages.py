"""The console's pages: what they show, what they do not let through, and the specs under Swagger UI."""

from __future__ import annotations

import contextlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from ownership_contracts import specs

from tests.mockserver.kii.apps import ADD, bearer
from tests.serving import Running

SCRIPT = "<script>alert(1)</script>"


class Page(HTMLParser):
    """A page's text, its elements, its links and the rows of its tables."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.elements: list[str] = []
        self.links: list[str] = []
        self.rows: list[list[str]] = []
        self.in_cell = False
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src") and value]
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self.in_cell = True

    def handle_endtag(self, tag: str) -> None:
        self.in_cell = self.in_cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self.in_cell:
            self.rows[-1][-1] += data

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def row(self, *words: str) -> list[str]:
        """The one table row that has all these words."""
        (found,) = (row for row in self.rows if all(any(word in cell for cell in row) for word in words))
        return found


@pytest.fixture
def console(mock: Running) -> str:
    return f"{mock.url}/_mock"


def page(http: httpx.Client, url: str) -> Page:
    answer = http.get(url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    return Page(answer.text)


def happen(http: httpx.Client, world: dict[str, Any]) -> dict[str, str]:
    """One request of each kind in a world, and what must be seen of them."""
    app = world["kii"]["apps"][0]
    thing, user = app["things"][0], app["users"][0]["id"]
    path = f"/api/apps/{app['id']}/things/{thing['id']}/ownership"
    admin = bearer(app["admin"])
    http.post(world["base_url"] + path, headers={**admin, "Content-Type": ADD}, json={"userID": user})
    group = app["groups"][0]["id"]
    code = http.post(f"{world['base_url']}{path}/request/group:{group}", headers=bearer(thing)).json()["code"]
    claimer = next(user for user in world["connhex"]["users"] if user.get("permission") == "allowed")
    claimed = http.post(f"{world['base_url']}/ownerships", headers=bearer(claimer), json={"deviceId": world["connhex"]["devices"][0]["id"]})
    http.get(world["base_url"] + path)
    return {"path": path, "user": user, "group": group, "code": code, "resource": claimed.json()["resourceId"]}


def test_the_overview_shows_the_worlds_and_leads_to_each(console: str, http: httpx.Client, world: dict[str, Any]) -> None:
    overview = page(http, f"{console}/")
    assert {"/_mock/world/default", f"/_mock/world/{world['name']}"} <= set(overview.links)
    assert {f"/_mock/docs/{vendor}/" for vendor in specs.vendors()} <= set(overview.links)


def test_the_overview_shows_the_default_worlds_principals_and_things(console: str, http: httpx.Client) -> None:
    overview = page(http, f"{console}/")
    state = http.get(f"{console}/api/worlds/default").json()["state"]
    for vendor in specs.vendors():
        for row in state[vendor]["principals"]:
            assert overview.row(row["who"], row["credential"])
    for app in state["kii"]["apps"]:
        assert not [thing["id"] for thing in app["things"] if thing["id"] not in overview.text]
    assert not [device["id"] for device in state["connhex"]["devices"] if device["id"] not in overview.text]


def test_the_overview_shows_the_default_worlds_last_requests(mock: Running, console: str, http: httpx.Client) -> None:
    http.get(f"{mock.url}/api/seen-in-the-overview")
    assert page(http, f"{console}/").row("GET /api/seen-in-the-overview")[3:6] == ["nobody known", "404", "kii-pick.unknown-path"]


def test_a_worlds_page_shows_owners_flows_and_resources(console: str, http: httpx.Client, world: dict[str, Any]) -> None:
    facts = happen(http, world)
    seen = page(http, f"{console}/world/{world['name']}")
    assert f"Base URL {world['base_url']}" in seen.text
    assert seen.row(facts["code"], facts["group"], facts["user"])
    assert seen.row(facts["resource"], world["connhex"]["devices"][0]["id"], "active")


def test_a_worlds_page_shows_the_last_requests_newest_first_with_what_decided_each(console: str, http: httpx.Client, world: dict[str, Any]) -> None:
    path = happen(http, world)["path"]
    rows = [row for row in page(http, f"{console}/world/{world['name']}").rows if row[0].isdigit()]
    assert [[row[0], row[2], *row[4:6]] for row in rows] == [
        ["4", f"GET {path}", "401", "kii-pick.no-credential"],
        ["3", "POST /ownerships", "201", "connhex-post.201"],
        ["2", f"POST {path}/request/group:{world['kii']['apps'][0]['groups'][0]['id']}", "200", "kii-request-group.200"],
        ["1", f"POST {path}", "204", "kii-post.204"],
    ]
    assert [row[3] == "nobody known" for row in rows] == [True, False, False, False]


STORY: list[dict[str, Any]] = [
    {"name": "busy", "when": {"vendor": "kii", "operation": "listOwners*", "nth": {"to": 2}}, "answer": {"status": 503}, "off_contract": True},
    {"name": "cut-off", "when": {"vendor": "kii", "operation": "listOwners*", "nth": 3}, "cut": 4, "delay": 0.05},
    {"name": "later", "at": {"after": 3600}, "state": "down"},
    {"name": "odd", "when": {"operation": "register", "body": {"deviceId": SCRIPT}}, "delay": 0.01},
]


@pytest.fixture
def told(mock: Running, http: httpx.Client, world: dict[str, Any]) -> str:
    """A world in which a script has acted three times: its name."""
    http.post(f"{mock.url}/_mock/api/worlds/{world['name']}/script", json=STORY).raise_for_status()
    app = world["kii"]["apps"][0]
    for _ in range(3):
        with contextlib.suppress(httpx.RemoteProtocolError):
            http.get(f"{world['base_url']}/api/apps/{app['id']}/things/{app['things'][0]['id']}/ownership", headers=bearer(app["admin"]))
    return str(world["name"])


def test_a_worlds_page_shows_its_script_and_how_often_each_line_has_fitted(console: str, http: httpx.Client, told: str) -> None:
    seen = page(http, f"{console}/world/{told}")
    assert "It is in the state start" in seen.text
    assert [seen.row(line["name"], so_far)[0] for line, so_far in zip(STORY, ("fitted 3", "fitted 3", "waits", "fitted 0"), strict=True)]
    assert seen.row("cut-off", "listOwners*", "cut 4", "delay 0.05")
    assert "script" not in seen.elements
    http.post(f"{console}/api/worlds/{told}/clock/advance", json={"seconds": 3600}).raise_for_status()
    seen = page(http, f"{console}/world/{told}")
    assert seen.row("later", "has fired")
    assert "It is in the state down" in seen.text


def test_a_worlds_page_shows_which_line_acted_how_the_answer_was_sent_and_how_long_it_took(console: str, http: httpx.Client, told: str) -> None:
    rows = [row for row in page(http, f"{console}/world/{told}").rows if row[0].isdigit()]
    assert [row[6:8] for row in rows] == [["cut-off", "cut"], ["busy", "whole"], ["busy", "whole"]]
    assert [re.fullmatch(r"[0-9]+\.[0-9] ms", row[8]) is not None for row in rows] == [True] * 3
    assert float(rows[0][8].removesuffix(" ms")) >= 50


@pytest.fixture
def eventful(console: str, http: httpx.Client, world: dict[str, Any]) -> str:
    """A world in which a request has come between events, of which one could not happen: its name."""
    at, app = f"{console}/api/worlds/{world['name']}", world["kii"]["apps"][0]
    names = {"app": app["id"], "thing": app["things"][0]["id"]}
    http.post(f"{at}/events", json={"kii.password_changes": {**names, "password": "never-shown"}}).raise_for_status()
    lines: list[dict[str, Any]] = [
        {"name": "nobody-goes", "at": {"after": 5}, "happen": [{"kii.user_deleted": {"app": app["id"], "user": SCRIPT}}]},
        {"name": "night-falls", "at": {"after": 10}, "state": "night"},
        {"name": "erased", "when": {"operation": "listOwners*"}, "happen": [{"kii.thing_deleted": names}]},
    ]
    http.post(f"{at}/script", json=lines).raise_for_status()
    http.post(f"{at}/clock/advance", json={"seconds": 5}).raise_for_status()
    http.get(f"{world['base_url']}/api/apps/{app['id']}/things/{app['things'][0]['id']}/ownership", headers=bearer(app["admin"]))
    http.post(f"{at}/clock/advance", json={"seconds": 5}).raise_for_status()
    return str(world["name"])


def test_a_worlds_page_shows_what_happened_without_a_request_in_its_place(console: str, http: httpx.Client, eventful: str) -> None:
    seen = page(http, f"{console}/world/{eventful}")
    rows = [row for row in seen.rows if row[0].isdigit()]
    assert [[row[0], row[3].split(" admin ")[0], row[4], row[6]] for row in rows] == [
        ["4", "the clock", "happened", "night-falls"],
        ["3", "a1open01", "404", "erasedkii.thing_deleted"],
        ["2", "the clock", "failed", "nobody-goes"],
        ["1", "the control API", "happened", ""],
    ]
    assert rows[0][2] == "the script's state is night"
    assert rows[2][2].startswith("kii.user_deleted {")
    assert "has no user" in rows[2][5]
    assert SCRIPT in rows[2][2]
    assert '"password": "***"' in rows[3][2]
    assert "script" not in seen.elements


def test_a_worlds_page_leads_to_its_scenario_where_that_ships(console: str, http: httpx.Client, mock: Running) -> None:
    for scenario, leads in (("code-expired", True), ({"summary": "One of our own."}, False)):
        name = mock.world(scenario=scenario)["name"]
        links = page(http, f"{console}/world/{name}").links
        assert ("/_mock/scenario/code-expired" in links, any("/scenario/" in link for link in links)) == (leads, leads)
        http.delete(f"{console}/api/worlds/{name}").raise_for_status()


def test_a_scenarios_page_tells_its_story_and_shows_its_files(console: str, http: httpx.Client) -> None:
    told = page(http, f"{console}/scenario/code-expired").text
    assert "A code serves for five minutes" in told
    assert "1. alice: POST lamp/ownership/request/user:alice -> 200, a CODE" in told
    assert "settings: {kii: {code_life: 300" in told
    assert "permission: team_denied" in page(http, f"{console}/scenario/default").text
    for name in ("none-such", "..%2Fscenario.schema", "default.yaml"):
        assert http.get(f"{console}/scenario/{name}").status_code == 404


def test_a_worlds_page_shows_its_clock_and_whether_it_stands(console: str, http: httpx.Client, world: dict[str, Any]) -> None:
    at = f"{console}/api/worlds/{world['name']}/clock"
    http.put(at, json={"now": "2031-02-03T04:05:06Z", "frozen": True}).raise_for_status()
    assert "Its clock shows 2031-02-03 04:05:06 UTC and stands still." in page(http, f"{console}/world/{world['name']}").text
    http.put(at, json={"frozen": False}).raise_for_status()
    assert re.search(r"Its clock shows 2031-02-03 04:05:[0-9]{2} UTC and runs\.", page(http, f"{console}/world/{world['name']}").text)


def test_a_world_without_a_script_says_so(console: str, http: httpx.Client, world: dict[str, Any]) -> None:
    assert "It has no lines." in page(http, f"{console}/world/{world['name']}").text


def test_a_request_has_a_page_with_all_that_is_kept_of_it_and_no_secret(console: str, http: httpx.Client, world: dict[str, Any]) -> None:
    facts = happen(http, world)
    listed = page(http, f"{console}/world/{world['name']}")
    at = f"/_mock/world/{world['name']}/requests/"
    assert [link for link in listed.links if link.startswith(at)] == [f"{at}{number}" for number in (4, 3, 2, 1)]
    added = page(http, f"{console}/world/{world['name']}/requests/1")
    assert (added.row("content-type")[1], added.row("decided by")[1]) == (ADD, "kii-post.204")
    assert facts["user"] in added.text
    asked = page(http, f"{console}/world/{world['name']}/requests/2")
    assert "POST" in asked.text
    assert facts["code"] not in asked.text
    for number in (1, 2, 3):
        text = page(http, f"{console}/world/{world['name']}/requests/{number}").text
        assert not [secret for secret in ("admin-open", "ory_st_ada", "ory_st_bob") if secret in text]


@pytest.mark.parametrize("number", ["0", "5", "x", "-1", "1" * 30])
def test_a_request_that_is_not_kept_is_a_404(number: str, console: str, http: httpx.Client, world: dict[str, Any]) -> None:
    assert http.get(f"{console}/world/{world['name']}/requests/{number}").status_code == 404


def test_a_world_in_which_nothing_has_happened_says_so(console: str, http: httpx.Client, world: dict[str, Any]) -> None:
    assert "No request has come yet." in page(http, f"{console}/world/{world['name']}").text


@pytest.mark.parametrize("name", ["none-such", "%3Fx", "%23x", "%25", "%0A", "a%20b", "%3Cscript%3E", "..%3B", "%22", "x" * 300, ".%2E"])
def test_a_world_that_is_not_there_is_a_404(name: str, console: str, http: httpx.Client) -> None:
    answer = http.get(f"{console}/world/{name}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "script" not in Page(answer.text).elements


def test_what_a_request_brings_stands_in_the_page_as_text(console: str, http: httpx.Client, world: dict[str, Any]) -> None:
    app = world["kii"]["apps"][0]
    thing = f"{world['base_url']}/api/apps/{app['id']}/things/{app['things'][0]['id']}/ownership"
    sent = {**bearer(app["admin"]), "Content-Type": ADD}
    http.post(thing, headers=sent, json={"userID": SCRIPT})
    http.post(f"{thing}/request/user:%3Cscript%3Ealert(1)%3C%2Fscript%3E", headers=sent)
    http.get(f"{world['base_url']}/api/apps/%3Cscript%3Ealert(1)/things/%22%3E%3Cimg%20src=x%3E/ownership", headers=sent)
    http.get(f"{world['base_url']}/%3Cb%20onclick=x%3E'{{{{7*7}}}}")
    answer = http.get(f"{console}/world/{world['name']}")
    seen = Page(answer.text)
    assert not {"script", "img", "b"} & set(seen.elements)
    assert "<script>alert(1)" in seen.text
    assert '"><img src=x>' in seen.text
    assert "{{7*7}}" in seen.text
    assert SCRIPT not in answer.text


def test_what_a_host_header_brings_stands_in_the_page_as_text(console: str, http: httpx.Client) -> None:
    assert "script" not in Page(http.get(f"{console}/", headers={"Host": "<script>.localhost"}).text).elements


def test_the_pages_load_nothing_from_elsewhere(console: str, http: httpx.Client) -> None:
    for path in ("/", "/world/default", "/docs/kii/", "/docs/connhex/"):
        assert not [link for link in page(http, console + path).links if link.startswith(("http", "//"))]


# ---------------------------------------------------------------------------------------------------- Swagger UI


@pytest.mark.parametrize("vendor", specs.vendors())
def test_swagger_ui_comes_with_its_files_and_our_spec(vendor: str, console: str, http: httpx.Client) -> None:
    base = f"{console}/docs/{vendor}/"
    shown = page(http, base)
    files = [link for link in shown.links if not link.startswith(("data:", "/"))]
    assert {"swagger-ui.css", "swagger-ui-bundle.js"} <= set(files)
    for name, kind in (("swagger-ui.css", "text/css"), ("swagger-ui-bundle.js", "javascript")):
        answer = http.get(base + name)
        assert answer.status_code == 200
        assert kind in answer.headers["content-type"]
        assert len(answer.content) > 10_000
    assert "openapi.json" in shown.text
    spec = http.get(base + "openapi.json")
    assert (spec.headers["content-type"], spec.json()) == ("application/json", json.loads(json.dumps(specs.openapi(vendor))))


def test_the_spec_that_is_shown_has_the_keywords_that_rules_judge(console: str, http: httpx.Client) -> None:
    """The server's own validation leaves these to its rules; whoever reads the spec needs them."""
    schema = http.get(f"{console}/docs/kii/openapi.json").json()["components"]["schemas"]["OwnershipRequest"]
    assert schema["oneOf"] == [{"required": ["userID"]}, {"required": ["groupID"]}]


def test_the_docs_without_a_slash_lead_to_those_with_one(console: str, http: httpx.Client) -> None:
    answer = http.get(f"{console}/docs/kii")
    assert (answer.status_code, answer.headers["location"]) == (302, "/_mock/docs/kii/")


@pytest.mark.parametrize(
    "path", ["/docs/acme", "/docs/acme/", "/docs/acme/openapi.json", "/docs/acme/swagger-ui.css", "/docs/kii/none.js", "/docs/kii/%2e%2e/x", "/none"]
)
def test_what_is_not_there_is_a_404(path: str, console: str, http: httpx.Client) -> None:
    assert http.get(console + path).status_code == 404


def test_the_console_takes_no_other_method(console: str, http: httpx.Client) -> None:
    assert http.post(f"{console}/").status_code == 405


def test_every_name_that_a_world_may_have_leads_to_its_page(mock: Running) -> None:
    for name in ("...", "a.b", "x" * 64):
        mock.world(name=name)
        assert httpx.get(f"{mock.url}/_mock/world/{name}", trust_env=False).status_code == 200
        httpx.delete(f"{mock.url}/_mock/api/worlds/{name}", trust_env=False).raise_for_status()
