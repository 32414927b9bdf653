"""Secrets are compared by engine/secret.py's `same` and by nothing else: shown by what becomes of them where it lies."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import ownership_contracts.mockserver as package
import pytest
from ownership_contracts.mockserver.connhex import accounts
from ownership_contracts.mockserver.engine.secret import same
from ownership_contracts.mockserver.kii import flows, logins, ownerships

from tests.mockserver.in_process import InProcess, in_process
from tests.mockserver.kii.apps import ADD, CONFIRM, basic, bearer

# ---------------------------------------------------------------------------------------------------- the comparison


@pytest.mark.parametrize("text", ["", "a", "ü漢", "\x00", "\ud800", "a" * 100_000])
def test_a_text_is_the_same_as_itself_and_as_no_other(text: str) -> None:
    assert same(text, text)
    for other in (text + "a", text + "\x00", text[1:] + "x", text.upper() + "B"):
        assert not same(other, text)
        assert not same(text, other)


def test_texts_are_compared_as_they_are_and_not_as_they_look() -> None:
    assert not same("é", "e\u0301")
    assert not same("\ud800", "\ufffd")


def test_no_other_module_compares_in_constant_time() -> None:
    """One place does it, so that the tests below see all."""
    folder = Path(package.__path__[0])
    found = {
        str(path.relative_to(folder))
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "compare_digest"
    }
    assert found == {"engine/secret.py"}


# ---------------------------------------------------------------------------------------------------- Kii's

Sent = Callable[[InProcess, dict[str, Any], bool], httpx.Response]


def thing_password(server: InProcess, app: dict[str, Any], right: bool) -> httpx.Response:
    path = f"/api/apps/{app['id']}/things/{app['things'][0]['id']}/ownership"
    body = {"userID": app["users"][0]["id"], "thingPassword": app["things"][0]["password"] if right else "wrong"}
    return server.send("POST", path, headers={**bearer(app["users"][0]), "Content-Type": ADD}, json=body)


def basic_key(server: InProcess, app: dict[str, Any], right: bool) -> httpx.Response:
    path = f"/api/apps/{app['id']}/things/{app['things'][0]['id']}/ownership"
    body = {"userID": app["users"][0]["id"], "thingPassword": app["things"][0]["password"]}
    key = app["key"] if right else "wrong"
    return server.send("POST", path, headers={**basic(f"{app['id']}:{key}"), "Content-Type": ADD}, json=body)


def code(server: InProcess, app: dict[str, Any], right: bool) -> httpx.Response:
    path = f"/api/apps/{app['id']}/things/{app['things'][0]['id']}/ownership"
    user = app["users"][0]
    started = server.send("POST", f"{path}/request/user:{user['id']}", headers=bearer(app["things"][0])).json()["code"]
    body = {"code": started if right else "wrong"}
    return server.send("POST", f"{path}/confirm", headers={**bearer(user), "Content-Type": CONFIRM}, json=body)


def log_in(server: InProcess, app: dict[str, Any], body: dict[str, str], secret: str, right: bool) -> httpx.Response:
    sent = body if right else {**body, secret: "wrong"}
    return server.send("POST", f"/api/apps/{app['id']}/oauth2/token", headers={"Content-Type": "application/json"}, json=sent)


def user_password(server: InProcess, app: dict[str, Any], right: bool) -> httpx.Response:
    user = app["users"][0]
    return log_in(server, app, {"username": user["login"], "password": user["password"]}, "password", right)


def things_login(server: InProcess, app: dict[str, Any], right: bool) -> httpx.Response:
    thing = app["things"][0]
    return log_in(server, app, {"username": f"VENDOR_THING_ID:{thing['vendor_id']}", "password": thing["password"]}, "password", right)


def client_secret(server: InProcess, app: dict[str, Any], right: bool) -> httpx.Response:
    admin = app["admin"]
    return log_in(server, app, {"client_id": admin["client_id"], "client_secret": admin["client_secret"]}, "client_secret", right)


def app_key(server: InProcess, app: dict[str, Any], right: bool) -> httpx.Response:
    return log_in(server, app, {"client_id": app["id"], "client_secret": app["key"]}, "client_secret", right)


# Each secret, and the module whose rule compares it.
KII: dict[str, tuple[Sent, Any]] = {
    "a thing's password": (thing_password, ownerships),
    "an app's key in Basic": (basic_key, logins),
    "a flow's code": (code, flows),
    "a user's password": (user_password, logins),
    "a thing's password at its login": (things_login, logins),
    "an administrator's client secret": (client_secret, logins),
    "an app's key at a login": (app_key, logins),
}


def sent(send: Sent, *, right: bool) -> bool:
    """Whether a secret that is right, or is not, is taken: in an application that requires the thing's password."""
    server = in_process(kii={"anonymous_post": "allowed"})
    return send(server, server.target("kii")["apps"][1], right).is_success


@pytest.mark.parametrize("secret", KII)
def test_a_secret_is_taken_where_it_is_right_and_nowhere_else(secret: str) -> None:
    send, _ = KII[secret]
    assert sent(send, right=True)
    assert not sent(send, right=False)


@pytest.mark.parametrize("secret", KII)
def test_a_right_secret_is_refused_where_nothing_is_the_same(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    send, module = KII[secret]
    monkeypatch.setattr(module, "same", lambda given, kept: False)
    assert not sent(send, right=True)


@pytest.mark.parametrize("secret", KII)
def test_a_wrong_secret_is_taken_where_everything_is_the_same(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """So nothing else stands between: no plain comparison that would end at the first letter that differs."""
    send, module = KII[secret]
    monkeypatch.setattr(module, "same", lambda given, kept: True)
    assert sent(send, right=False)


def noted(compared: list[str], given: str, equal: bool) -> bool:
    """Note what was compared, and say whether it is equal."""
    compared.append(given)
    return equal


@pytest.mark.parametrize("name", ["none", "VENDOR_THING_ID:none"])
def test_of_one_who_does_not_exist_a_secret_is_compared_too(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the time does not tell who exists; and whatever comes of it, he gets no token."""
    compared: list[str] = []
    monkeypatch.setattr(logins, "same", lambda given, kept: noted(compared, given, True))
    server = in_process()
    app = server.target("kii")["apps"][0]
    answer = log_in(server, app, {"username": name, "password": "some"}, "password", right=True)
    assert (answer.status_code, compared) == (400, ["some"])


def test_of_a_client_id_and_its_secret_both_are_compared_whatever_the_first_comes_to(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []
    monkeypatch.setattr(logins, "same", lambda given, kept: noted(compared, given, False))
    server = in_process()
    log_in(server, server.target("kii")["apps"][0], {"client_id": "one", "client_secret": "two"}, "client_secret", right=True)
    assert compared == ["one", "two"] * 2


# ---------------------------------------------------------------------------------------------------- Connhex's


def sign_in(right: bool, identifier: str = "ada@example.com") -> httpx.Response:
    """A login of Connhex's with the password that is right, or with another."""
    server = in_process()
    ada = next(user for user in server.target("connhex")["users"] if user["identifier"] == "ada@example.com")
    flow = server.send("GET", "/auth/self-service/login/api").json()["id"]
    body = {"identifier": identifier, "password": ada["password"] if right else "wrong", "method": "password"}
    return server.send("POST", f"/auth/self-service/login?flow={flow}", json=body)


def test_a_password_of_connhexs_is_taken_where_it_is_right_and_nowhere_else() -> None:
    assert sign_in(right=True).is_success
    assert not sign_in(right=False).is_success


@pytest.mark.parametrize("equal", [True, False])
def test_a_password_of_connhexs_is_compared_by_same_alone(equal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "same", lambda given, kept: equal)
    assert sign_in(right=not equal).is_success == equal


def test_of_an_identifier_that_nobody_has_a_password_is_compared_too(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []
    monkeypatch.setattr(accounts, "same", lambda given, kept: noted(compared, given, True))
    assert (sign_in(right=False, identifier="nobody@example.com").is_success, compared) == (False, ["wrong"])
