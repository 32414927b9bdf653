"""What a client of Connhex's gets to read: each refusal's status and body, and what the picks of the wire choose."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from ownership_contracts import specs

from tests.mockserver.connhex.script import bearer, cookie
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
