"""A page of another origin in real Chromium: what the browser lets it do with the mock, and what not."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from playwright.sync_api import BrowserContext, Page

from tests.clients.conftest import Launch
from tests.clients.nss import trust
from tests.clients.site import site
from tests.serving import Running, serving

Seen = dict[str, Any]


@contextlib.contextmanager
def opened(browser: BrowserContext, origin: str, *cookies: Any) -> Iterator[Page]:
    """The page, with these cookies and no others."""
    browser.clear_cookies()
    browser.add_cookies(list(cookies))
    with browser.new_page() as page:
        page.set_default_timeout(20_000)
        page.goto(f"{origin}/index.html")
        yield page


def story(mock: Running, world: dict[str, Any]) -> dict[str, Any]:
    """What the page is told: where the mock is, and who plays."""
    app = world["kii"]["apps"][0]
    thing, user = app["things"][0], app["users"][0]
    path = f"/api/apps/{app['id']}/things/VENDOR_THING_ID:{thing['vendor_id']}/ownership"
    sent = {"X-Kii-AppID": app["id"], "X-Kii-AppKey": app["key"]}
    return {"root": mock.url, "base": world["base_url"], "ownership": path, "user": user, "thing": thing, "kii": sent}


@pytest.fixture(scope="module")
def page_origin() -> Iterator[str]:
    with site() as origin:
        yield origin


@pytest.fixture(scope="module")
def played(browser: BrowserContext, page_origin: str, mock: Running, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """What the page saw of request, confirm and list, and of what is refused."""
    told = story(mock, world := mock.world())
    with opened(browser, page_origin) as page:
        seen: Seen = page.evaluate("requestConfirmList", told)
        page.screenshot(path=tmp_path_factory.mktemp("seen") / "page.png")
    requests = httpx.get(f"{mock.url}/_mock/api/worlds/{world['name']}", trust_env=False).json()["requests"]
    return {**seen, "user": told["user"]["id"], "requests": [(row["method"], row["status"]) for row in requests]}


def test_the_page_completes_request_confirm_and_list(played: Seen) -> None:
    assert played["asked"]["status"] == 200
    assert played["confirmed"] == {"status": 204, "location": None, "body": None}
    assert (played["listed"]["status"], played["listed"]["body"]) == (200, {"users": [played["user"]], "groups": []})


def test_the_page_reads_what_an_error_says(played: Seen) -> None:
    assert (played["again"]["status"], played["again"]["body"]["errorCode"]) == (409, "THING_OWNERSHIP_ALREADY_EXISTS")
    assert (played["stranger"]["status"], played["stranger"]["body"]["errorCode"]) == (401, "UNAUTHORIZED")


def test_the_page_reads_where_a_thing_that_it_registers_is(played: Seen) -> None:
    made = played["registered"]
    assert (made["status"], made["location"].rpartition("/")[2]) == (201, made["body"]["_thingID"])


def test_the_page_sees_the_status_of_an_unknown_path_and_world(played: Seen) -> None:
    assert (played["unknownPath"]["status"], played["unknownPath"]["body"]["errorCode"]) == (404, "NOT_FOUND")
    assert (played["unknownWorld"]["status"], played["unknownWorld"]["body"]["status"]) == (404, 404)


def test_the_browsers_own_questions_stand_in_no_journal(played: Seen) -> None:
    assert played["requests"] == [("POST", 200), ("POST", 204), ("GET", 200), ("POST", 409), ("GET", 401), ("PUT", 404), ("POST", 201)]


def test_the_browser_blocks_a_page_of_an_origin_that_was_not_named(browser: BrowserContext, page_origin: str, tmp_path: Path) -> None:
    with serving(tmp_path, "--cors-origin", "https://other.example") as running:
        made = running.world()
        with opened(browser, page_origin) as page:
            seen = page.evaluate("requestConfirmList", story(running, made))
        requests = httpx.get(f"{running.url}/_mock/api/worlds/{made['name']}", trust_env=False).json()["requests"]
    assert [answer for answer in seen.values() if "Failed to fetch" not in answer.get("blocked", "")] == []
    # What needs no question first is sent, and its answer kept from the page: the list with no credential alone.
    assert [(row["method"], row["status"]) for row in requests] == [("GET", 401)]


def test_the_control_api_is_for_no_page_of_another_origin(browser: BrowserContext, page_origin: str, mock: Running) -> None:
    with opened(browser, page_origin) as page:
        assert "Failed to fetch" in page.evaluate("url => call('control', url)", f"{mock.url}/_mock/api/worlds").get("blocked", "")


# ---------------------------------------------------------------------------------------------------- a cookie, from another site


@pytest.fixture(scope="module")
def elsewhere(launch: Launch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[BrowserContext, str, Running, Path]]:
    """A browser that trusts the mock's CA and the page's, the page's origin over TLS, the mock over TLS, and its CA."""
    folder, home = tmp_path_factory.mktemp("secured"), tmp_path_factory.mktemp("trusting")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "page-ca.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    with site(context) as origin, serving(folder, "--tls", cwd=folder) as running:
        trust(home, folder / "ownership-mock-ca.pem", folder / "page-ca.pem")
        with launch(home) as browser:
            yield browser, origin, running, folder / "ownership-mock-ca.pem"


@pytest.mark.parametrize(("credentials", "same_site", "status"), [("include", "None", 201), ("include", "Lax", 401), ("omit", "None", 401)])
def test_a_page_of_another_site_claims_by_cookie(
    credentials: str, same_site: Any, status: int, elsewhere: tuple[BrowserContext, str, Running, Path]
) -> None:
    """localhost and 127.0.0.1 are two sites: the cookie goes along only as SameSite=None and Secure, where the page asks for it."""
    browser, origin, running, ca = elsewhere
    with httpx.Client(trust_env=False, verify=ssl.create_default_context(cafile=ca)) as http:
        made = http.post(f"{running.url}/_mock/api/worlds", json={}).json()
    user = next(user for user in made["connhex"]["users"] if user.get("permission") == "allowed")
    cookie = {"name": "chx_auth_session", "value": user["cookie"], "url": running.url, "secure": True, "sameSite": same_site}
    with opened(browser, origin, cookie) as page:
        told = {"base": made["base_url"], "device": made["connhex"]["devices"][0]["id"], "credentials": credentials}
        seen = page.evaluate("claim", told)
    assert seen.get("status") == status, seen


def test_a_page_of_another_site_signs_in_and_claims_by_the_cookie_that_it_is_given(elsewhere: tuple[BrowserContext, str, Running, Path]) -> None:
    browser, origin, running, ca = elsewhere
    with httpx.Client(trust_env=False, verify=ssl.create_default_context(cafile=ca)) as http:
        made = http.post(f"{running.url}/_mock/api/worlds", json={}).json()
    with opened(browser, origin) as page:
        seen = page.evaluate("signInAndClaim", account(made))
        kept = browser.cookies(made["base_url"])
    assert [seen[step]["status"] for step in ("signedIn", "session", "claimed")] == [200, 200, 201]
    assert [(row["name"], row["sameSite"], row["secure"], row["httpOnly"]) for row in kept] == [("chx_auth_session", "None", True, True)]


def test_one_browser_is_signed_in_at_each_world_apart(elsewhere: tuple[BrowserContext, str, Running, Path]) -> None:
    """The bare paths' cookie goes to every world, too: the world's own counts, and where there is none, nobody is signed in."""
    browser, origin, running, ca = elsewhere
    with httpx.Client(trust_env=False, verify=ssl.create_default_context(cafile=ca)) as http:
        made = [http.post(f"{running.url}/_mock/api/worlds", json={}).json() for _ in range(3)]
    default = {"base": running.url, "device": "CTP-0139836", "identifier": "ada@example.com", "password": "lovelace-1815"}
    there = [default, *map(account, made)]
    who = "base => call('who', `${base}/auth/sessions/whoami`, {credentials: 'include'})"
    with opened(browser, origin) as page:
        signed_in = [page.evaluate("signInAndClaim", at) for at in there[:3]]
        again = [page.evaluate(who, at["base"]) for at in there]
        kept = browser.cookies([f"{at['base']}/ownerships" for at in there])
    assert [[seen[step]["status"] for step in ("signedIn", "session", "claimed")] for seen in signed_in] == [[200, 200, 201]] * 3
    users = [seen["session"]["body"]["identity"]["id"] for seen in signed_in]
    assert len(set(users)) == 3
    assert [seen["status"] for seen in again] == [200, 200, 200, 401]
    assert [seen["body"]["identity"]["id"] for seen in again[:3]] == users
    assert {cookie["path"] for cookie in kept} == {"/", *(f"/worlds/{world['name']}" for world in made[:2])}


def test_without_tls_the_browser_keeps_the_cookie_from_another_site(browser: BrowserContext, page_origin: str, mock: Running) -> None:
    made = mock.world()
    with opened(browser, page_origin) as page:
        seen = page.evaluate("signInAndClaim", account(made))
    assert [seen[step]["status"] for step in ("signedIn", "session", "claimed")] == [200, 401, 401]


def account(world: dict[str, Any]) -> dict[str, Any]:
    """Who signs in, and what is claimed."""
    user = next(user for user in world["connhex"]["users"] if user.get("permission") == "allowed" and "password" in user)
    device = world["connhex"]["devices"][0]["id"]
    return {"base": world["base_url"], "device": device, "identifier": user["identifier"], "password": user["password"]}


def test_without_the_ca_the_browser_does_not_talk_to_the_mock(
    browser: BrowserContext, elsewhere: tuple[BrowserContext, str, Running, Path], page_origin: str
) -> None:
    running = elsewhere[2]
    with opened(browser, page_origin) as page:
        assert "Failed to fetch" in page.evaluate("url => call('untrusted', url)", f"{running.url}/api/none").get("blocked", "")
