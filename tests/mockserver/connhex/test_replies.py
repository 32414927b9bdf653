"""What a client of Connhex's gets to read: each refusal's status and body, and what the picks of the wire choose."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from ownership_contracts import specs
from ownership_contracts.mockserver.connhex import accounts

from tests.mockserver.connhex.script import bearer, by_password, cookie
from tests.mockserver.documented import faults
from tests.mockserver.in_process import InProcess, in_process

JSON = {"Content-Type": "application/json"}
PICKS = specs.ledger("connhex").picks
STATUSES = {
    "bad_request": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "timeout": 408,
    "conflict": 409,
    "gone": 410,
    "flow_again": 400,
    "refused": 400,
    "unsupported": 415,
    "unprocessable": 422,
}
UNKNOWN = "Manufacturing knows no such device."


def users(server: InProcess) -> list[dict[str, Any]]:
    return [user for user in server.target("connhex")["users"] if user.get("permission") == "allowed"]


def device(server: InProcess, *, enabled: bool = False) -> str:
    return next(str(row["id"]) for row in server.target("connhex")["devices"] if row["enabled"] == enabled)


def claim(server: InProcess, headers: dict[str, str], device_id: Any) -> httpx.Response:
    answer = server.send("POST", "/ownerships", headers={**JSON, **headers}, json={"deviceId": device_id})
    assert not faults(specs.openapi("connhex"), server.last.operation, answer)
    return answer


def detail(answer: httpx.Response) -> str:
    return str(answer.json()["errors"][0]["detail"])


def test_a_claim_answers_its_resource_and_nothing_else() -> None:
    server = in_process()
    answer = claim(server, bearer(users(server)[0]), device(server))
    assert (answer.status_code, answer.headers["content-type"], list(answer.json())) == (201, "application/json", ["resourceId"])


@pytest.mark.parametrize(("form", "body"), [("jsonapi", {"errors": [{"detail": UNKNOWN}]}), ("message", {"error": {"message": UNKNOWN}})])
def test_a_refusal_has_the_form_that_is_picked(form: str, body: dict[str, Any]) -> None:
    server = in_process(connhex={"error_body": form})
    answer = claim(server, bearer(users(server)[0]), "none")
    assert (answer.status_code, answer.headers["content-type"], answer.json()) == (404, "application/json", body)


def test_a_refusal_without_a_body_has_no_media_type_either() -> None:
    server = in_process(connhex={"error_body": "none"})
    for headers, device_id, status in ((bearer(users(server)[0]), "none", 404), ({}, "none", 401), (bearer(users(server)[0]), "", 400)):
        answer = claim(server, headers, device_id)
        assert (answer.status_code, answer.content, answer.headers.get("content-type")) == (status, b"", None)


WIRE: dict[str, tuple[bool, dict[str, str], bytes]] = {
    "unauthenticated": (False, JSON, b'{"deviceId": "x"}'),
    "malformed_json": (True, JSON, b"{"),
    "malformed_device_id": (True, JSON, b'{"deviceId": ""}'),
    "wrong_content_type": (True, {"Content-Type": "text/plain"}, b"{}"),
    "absent_content_type": (True, {}, b"{}"),
}


@pytest.mark.parametrize(("pick", "option"), [(pick, option) for pick in WIRE for option in PICKS[pick].options or ()])
def test_what_no_rule_judges_gets_what_is_picked(pick: str, option: str) -> None:
    with_credential, headers, content = WIRE[pick]
    server = in_process(connhex={pick: option})
    sent = {**headers, **(bearer(users(server)[0]) if with_credential else {})}
    answer = server.send("POST", "/ownerships", headers=sent, content=content)
    assert (answer.status_code, server.last.decided) == (STATUSES[option], f"connhex-pick.{pick.replace('_', '-')}")
    assert len(detail(answer)) > 10
    assert not faults(specs.openapi("connhex"), "register", answer)


@pytest.mark.parametrize("content", [b"[]", b'{"deviceId": 5}', b'{"deviceId": null}', b"{}", b"null", b'"CTP"'])
def test_a_body_without_a_usable_device_id_is_one_pick_for_all(content: bytes) -> None:
    server = in_process(connhex={"malformed_device_id": "unprocessable"})
    answer = server.send("POST", "/ownerships", headers={**JSON, **bearer(users(server)[0])}, content=content)
    assert (answer.status_code, server.last.decided) == (422, "connhex-pick.malformed-device-id")


@pytest.mark.parametrize("option", PICKS["claimed_by_other"].options or ())
def test_a_device_of_another_user_is_answered_with_the_picked_status(option: str) -> None:
    server = in_process(connhex={"claimed_by_other": option})
    first, second = users(server)
    assert claim(server, bearer(first), device(server)).status_code == 201
    answer = claim(server, bearer(second), device(server))
    assert answer.status_code == STATUSES[option]
    assert first["id"] not in answer.text


@pytest.mark.parametrize("option", PICKS["not_enabled"].options or ())
def test_a_device_that_is_not_enabled_is_answered_with_the_picked_status(option: str) -> None:
    server = in_process(connhex={"protection": "protected", "not_enabled": option})
    assert claim(server, bearer(users(server)[0]), device(server)).status_code == STATUSES[option]
    assert claim(server, bearer(users(server)[0]), device(server, enabled=True)).status_code == 201


def test_either_credential_suffices() -> None:
    for by in (bearer, cookie):
        server = in_process()
        assert claim(server, by(users(server)[0]), device(server)).status_code == 201
        assert str(server.last.principal).endswith(by.__name__)


@pytest.mark.parametrize("option", PICKS["both_credentials"].options or ())
def test_of_two_users_credentials_the_picked_one_counts(option: str) -> None:
    server = in_process(connhex={"both_credentials": option})
    by_token, by_cookie = users(server)
    claim(server, {**bearer(by_token), **cookie(by_cookie)}, device(server))
    resources = server.send("GET", "/_mock/api/worlds/default").json()["state"]["connhex"]["resources"]
    assert [row["owner"] for row in resources] == [{"bearer": by_token, "cookie": by_cookie}[option]["id"]]


@pytest.mark.parametrize("option", PICKS["both_credentials"].options or ())
def test_of_two_credentials_the_one_that_was_not_picked_is_not_looked_at(option: str) -> None:
    server = in_process(connhex={"both_credentials": option})
    someone, nobody = users(server)[0], {"token": "nobody", "cookie": "nobody"}
    token_counts = claim(server, {**bearer(someone), **cookie(nobody)}, "none")
    cookie_counts = claim(server, {**bearer(nobody), **cookie(someone)}, "none")
    assert {"bearer": token_counts, "cookie": cookie_counts}[option].status_code == 404
    assert {"bearer": cookie_counts, "cookie": token_counts}[option].status_code == 401


def test_another_scheme_beside_a_session_does_not_hide_it() -> None:
    server = in_process()
    answer = claim(server, {**cookie(users(server)[0]), "Authorization": "Basic YTpi"}, device(server))
    assert answer.status_code == 201


@pytest.mark.parametrize("name", ["chx_auth_cookie", "CHX_AUTH_SESSION", "session"])
def test_a_cookie_of_another_name_is_no_session(name: str) -> None:
    server = in_process()
    assert claim(server, {"Cookie": f"{name}={users(server)[0]['cookie']}"}, device(server)).status_code == 401


def test_a_credential_in_the_wrong_place_is_none() -> None:
    server = in_process()
    user = users(server)[0]
    assert claim(server, {"Authorization": f"Bearer {user['cookie']}"}, device(server)).status_code == 401
    assert claim(server, {"Cookie": f"chx_auth_session={user['token']}"}, device(server)).status_code == 401
    assert server.send("POST", f"/ownerships?chx_auth_session={user['cookie']}", headers=JSON, json={"deviceId": "x"}).status_code == 401


def test_a_scheme_without_a_token_does_not_hide_a_session() -> None:
    server = in_process()
    for value in ("Bearer", "bearer ", "Bearer  "):
        answer = claim(server, {**cookie(users(server)[0]), "Authorization": value}, "none")
        assert (answer.status_code, claim(server, {"Authorization": value}, "none").status_code) == (404, 401)


# ---------------------------------------------------------------------------------------------------- the login

LOGIN = "/auth/self-service/login"
WHOAMI = "/auth/sessions/whoami"


def begin(server: InProcess, base: str = "http://mock.localhost") -> dict[str, Any]:
    answer = server.send("GET", f"{base}{LOGIN}/api")
    assert answer.status_code == 200
    assert not faults(specs.openapi("connhex"), "startLogin", answer)
    flow: dict[str, Any] = answer.json()
    return flow


def sign_in(server: InProcess, body: Any, flow: str | None = None, base: str = "http://mock.localhost", **options: Any) -> httpx.Response:
    content = {"content": body} if isinstance(body, bytes) else {"json": body}
    params = {"flow": begin(server)["id"] if flow is None else flow}
    answer = server.send("POST", f"{base}{LOGIN}", params=params, **content, **options)
    assert not faults(specs.openapi("connhex"), "login", answer)
    return answer


def whoami(server: InProcess, headers: dict[str, str]) -> httpx.Response:
    answer = server.send("GET", WHOAMI, headers=headers)
    assert not faults(specs.openapi("connhex"), "whoami", answer)
    return answer


def ada(server: InProcess, **changed: Any) -> dict[str, Any]:
    return by_password(users(server)[0], **changed)


def test_the_default_scenarios_users_sign_in_with_what_can_be_remembered() -> None:
    server = in_process()
    rows = {user["identifier"]: user["password"] for user in users(server)}
    assert rows == {"ada@example.com": "lovelace-1815", "bob@example.com": "kahn-1938"}
    for identifier, password in rows.items():
        answer = sign_in(server, {"identifier": identifier, "password": password, "method": "password"})
        assert answer.json()["session"]["identity"]["traits"] == {"email": identifier}


@pytest.mark.parametrize(
    "base", ["http://mock.localhost", "http://other.test:8080", "https://mock.localhost", "http://mock.localhost/worlds/default"]
)
def test_the_action_is_a_whole_url_of_where_the_client_called_and_its_world(base: str) -> None:
    server = in_process()
    flow = begin(server, base)
    assert flow["request_url"] == f"{base}{LOGIN}/api"
    assert flow["ui"]["action"] == f"{base}{LOGIN}?flow={flow['id']}"
    assert server.send("POST", flow["ui"]["action"], json=ada(server)).status_code == 200
    fields = {node["attributes"]["name"]: node["attributes"].get("value") for node in flow["ui"]["nodes"]}
    assert fields == {"identifier": None, "password": None, "method": "password"}


def test_a_login_gives_a_token_and_a_cookie_that_both_claim() -> None:
    server = in_process()
    answer = sign_in(server, ada(server))
    token, kept = answer.json()["session_token"], answer.headers["set-cookie"].partition(";")[0]
    assert (answer.status_code, server.last.decided) == (200, "connhex-public.login")
    for headers in ({"Authorization": f"Bearer {token}"}, {"Cookie": kept}):
        assert claim(server, headers, "none").status_code == 404
        assert whoami(server, headers).json() == answer.json()["session"]
    assert whoami(server, {"X-Session-Token": token}).json() == answer.json()["session"]
    assert claim(server, {"X-Session-Token": token}, "none").status_code == 401
    # The header is whoami's alone: beside a good credential a claim takes no notice of it.
    assert claim(server, {"Cookie": kept, "X-Session-Token": "nobody"}, "none").status_code == 404


@pytest.mark.parametrize(("base", "same_site"), [("http://mock.localhost", "SameSite=Lax"), ("https://mock.localhost", "SameSite=None; Secure")])
def test_the_cookie_is_of_a_kind_that_its_scheme_lets_browsers_take(base: str, same_site: str) -> None:
    server = in_process()
    header = sign_in(server, ada(server), base=base).headers["set-cookie"]
    name, _, rest = header.partition("=")
    value, _, attributes = rest.partition("; ")
    assert (name, attributes) == ("chx_auth_session", f"Path=/; HttpOnly; {same_site}")
    assert whoami(server, {"Cookie": f"{name}={value}"}).status_code == 200


def test_the_cookie_is_for_the_paths_of_its_world() -> None:
    server = in_process()
    header = sign_in(server, ada(server), base="http://mock.localhost/worlds/default").headers["set-cookie"]
    assert "; Path=/worlds/default; HttpOnly" in header


def test_of_two_cookies_of_its_name_the_first_counts() -> None:
    """A browser that signed in at the bare paths too sends that cookie along, behind the one of the longer path."""
    server = in_process()
    own, other = ({"Cookie": sign_in(server, by_password(user)).headers["set-cookie"].partition(";")[0]} for user in users(server)[:2])
    who = [whoami(server, sent).json()["identity"]["id"] for sent in (own, other)]
    assert who[0] != who[1]
    assert whoami(server, {"Cookie": f"a=b; {own['Cookie']}; {other['Cookie']}"}).json()["identity"]["id"] == who[0]
    assert whoami(server, {"Cookie": f"{other['Cookie']};{own['Cookie']}; c"}).json()["identity"]["id"] == who[1]
    assert whoami(server, {"Cookie": f"chx_auth_session=nobody; {own['Cookie']}"}).status_code == 401


def test_where_no_cookie_is_picked_there_is_none() -> None:
    server = in_process(connhex={"login_cookie": "none"})
    answer = sign_in(server, ada(server))
    assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)


@pytest.mark.parametrize("changed", [{"password": "wrong"}, {"identifier": "nobody"}])
def test_a_wrong_password_brings_the_flow_again_and_no_credential(changed: dict[str, str]) -> None:
    server = in_process()
    flow = begin(server)
    answer = sign_in(server, ada(server, **changed), flow["id"])
    again = answer.json()
    (message,) = again["ui"].pop("messages")
    assert (answer.status_code, again, "set-cookie" in answer.headers) == (400, flow, False)
    assert (message["id"], message["type"], len(message["text"]) > 10) == (4000006, "error", True)
    assert sign_in(server, ada(server), flow["id"]).status_code == 200


# Each as (pick, body, headers); the flow is a good one but for unknown_flow.
REFUSED: dict[str, tuple[Any, dict[str, str]]] = {
    "wrong_password": ({"password": "wrong"}, {}),
    "unknown_flow": ({}, {}),
    "malformed_login": ({"password": 5}, {}),
    "malformed_json": (b"{", JSON),
    "wrong_content_type": (b"{}", {"Content-Type": "text/plain"}),
    "absent_content_type": (b"{}", {}),
}


@pytest.mark.parametrize(("pick", "option"), [(pick, option) for pick in REFUSED for option in PICKS[pick].options or () if option != "flow_again"])
@pytest.mark.parametrize("error_body", PICKS["error_body"].options or ())
def test_a_refused_login_gets_the_picked_status_in_kratoss_form_whatever_form_the_claims_have(pick: str, option: str, error_body: str) -> None:
    body, headers = REFUSED[pick]
    server = in_process(connhex={pick: option, "error_body": error_body})
    flow = "none-such" if pick == "unknown_flow" else None
    answer = sign_in(server, body if isinstance(body, bytes) else ada(server, **body), flow, headers=headers)
    assert (answer.status_code, server.last.decided) == (STATUSES[option], f"connhex-pick.{pick.replace('_', '-')}")
    told = answer.json()["error"]
    assert (told["code"], len(told["status"]) > 3, len(told["message"]) > 10) == (STATUSES[option], True, True)


# A text less, or none that is one: with None the key is left out.
VALUES: tuple[Any, ...] = (None, 5, [])
UNUSABLE: list[dict[str, Any]] = [{name: value} for name in ("identifier", "password", "method") for value in VALUES]


@pytest.mark.parametrize("body", [[], None, "x", {}, *UNUSABLE])
def test_a_login_that_lacks_a_text_is_one_pick_for_all(body: Any) -> None:
    server = in_process(connhex={"malformed_login": "unprocessable"})
    sent = ada(server, **body) if isinstance(body, dict) and body else body
    answer = sign_in(server, b"null" if sent is None else sent, headers=JSON)
    assert (answer.status_code, server.last.decided) == (422, "connhex-pick.malformed-login")
    answer = server.send("POST", LOGIN, json=ada(server))
    assert (answer.status_code, server.last.decided) == (422, "connhex-pick.malformed-login")


def test_another_method_is_refused_in_kratoss_form() -> None:
    server = in_process()
    answer = sign_in(server, ada(server, method="oidc"))
    assert (answer.status_code, server.last.decided, answer.json()["error"]["code"]) == (400, "connhex-pick.other-method", 400)


@pytest.mark.parametrize("unauthenticated", PICKS["unauthenticated"].options or ())
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer nobody"},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic YTpi"},
        {"Cookie": "chx_auth_session=nobody"},
        {"Cookie": "chx_auth_session="},
        {"X-Session-Token": "nobody"},
        {"X-Session-Token": ""},
    ],
)
def test_whoami_of_nobody_is_401_whatever_a_claim_would_get(headers: dict[str, str], unauthenticated: str) -> None:
    server = in_process(connhex={"unauthenticated": unauthenticated})
    answer = whoami(server, headers)
    assert (answer.status_code, server.last.decided) == (401, "connhex-public.whoami-401")
    assert answer.json()["error"]["code"] == 401


@pytest.mark.parametrize("option", PICKS["both_credentials"].options or ())
def test_whoami_of_two_users_tells_the_one_that_was_picked_and_its_own_header_goes_before(option: str) -> None:
    server = in_process(connhex={"both_credentials": option})
    by_token, by_cookie = users(server)
    both = {**bearer(by_token), **cookie(by_cookie)}
    assert whoami(server, both).json()["identity"]["id"] == {"bearer": by_token, "cookie": by_cookie}[option]["id"]
    for user in (by_token, by_cookie):
        assert whoami(server, {**both, "X-Session-Token": user["token"]}).json()["identity"]["id"] == user["id"]
    assert whoami(server, {**both, "X-Session-Token": "nobody"}).status_code == 401


def test_a_session_of_the_scenarios_has_no_end_to_tell_and_one_of_a_login_has() -> None:
    server = in_process()
    assert "expires_at" not in whoami(server, bearer(users(server)[0])).json()
    session = sign_in(server, ada(server)).json()["session"]
    assert session["authenticated_at"] < session["expires_at"]


def test_a_password_is_compared_in_a_time_that_does_not_tell_where_it_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[str, str]] = []

    def same(given: str, kept: str) -> bool:
        compared.append((given, kept))
        return given == kept

    monkeypatch.setattr(accounts, "same", same)
    server = in_process()
    sign_in(server, ada(server, password="wrong"))
    sign_in(server, ada(server, identifier="nobody", password=""))
    assert compared == [("wrong", "lovelace-1815"), ("", "")]
