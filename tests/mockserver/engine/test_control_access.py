"""Who may call the control API and read the console: this machine, or whoever has the token."""

from __future__ import annotations

import base64
import socket
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from ownership_contracts import specs
from ownership_contracts.mockserver import cli
from ownership_contracts.mockserver.engine.access import Access, is_loopback, unfit_token
from ownership_contracts.mockserver.engine.regular import MOST_BODY
from ownership_contracts.mockserver.engine.server import Mounts

from tests.mockserver.documented import faults
from tests.mockserver.in_process import InProcess, in_process, no_console
from tests.serving import Running, serving

TOKEN = "a-token-of-the-tests"
ELSEWHERE = "192.0.2.7"
OPERATIONS = [
    (operation["operationId"], method.upper(), path.replace("{name}", "default").replace("{line}", "outage"))
    for path, item in specs.control()["paths"].items()
    for method, operation in item.items()
    if method in specs.METHODS
]
VARIABLE = "OWNERSHIP_CONTROL_TOKEN"


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("guarded") / "target.toml"


@pytest.fixture(scope="module")
def guarded(target: Path) -> Iterator[Running]:
    """A server that wants the token of its environment."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(VARIABLE, TOKEN)
        with serving(target.parent, "--write-target", str(target)) as running:
            environment.undo()
            yield running


@pytest.fixture
def wants_token(monkeypatch: pytest.MonkeyPatch) -> InProcess:
    """The server in this process, which wants a token for as long as the test lasts."""
    server = in_process()
    monkeypatch.setattr(server.server, "mounts", Mounts(server.control, no_console, Access(TOKEN)))
    return server


# ---------------------------------------------------------------------------------------------------- with a token

GOOD = {
    "bearer": f"Bearer {TOKEN}",
    "bearer in another case": f"bEARER   {TOKEN}",
    "basic": basic(f"anyone:{TOKEN}"),
    "basic without a name": basic(f":{TOKEN}"),
}
BAD = {
    "nothing": [],
    "another token": [f"Bearer {TOKEN}x"],
    "the beginning of it": [f"Bearer {TOKEN[:-1]}"],
    "no token": ["Bearer"],
    "the bare token": [TOKEN],
    "another scheme": [f"Digest {TOKEN}"],
    "the token as a name": [basic(f"{TOKEN}:")],
    "no colon": [basic(TOKEN)],
    "no base64": ["Basic :::"],
    "bytes beyond ASCII": ["Bearer a-t\xf6ken-of-the-tests"],
    "two": [f"Bearer {TOKEN}", "Bearer other"],
}


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize("path", ["/_mock/api/health", "/_mock/docs/kii/", "/_mock/"])
def test_who_brings_the_token_is_served(kind: str, path: str, guarded: Running, http: httpx.Client) -> None:
    assert http.get(guarded.url + path, headers={"Authorization": GOOD[kind]}).status_code == 200


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("path", ["/_mock/api/health", "/_mock/api/none", "/_mock/", "/_mock/docs/kii/swagger-ui.css"])
def test_who_does_not_is_asked_for_it(kind: str, path: str, guarded: Running, http: httpx.Client) -> None:
    answer = http.get(guarded.url + path, headers=[(b"Authorization", value.encode("latin-1")) for value in BAD[kind]])
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    challenges = answer.headers.get_list("www-authenticate")
    assert [challenge.split()[0] for challenge in challenges] == ["Basic", "Bearer"]
    assert not faults(specs.control(), "health", answer, closed=False)


@pytest.mark.parametrize(("operation", "method", "path"), OPERATIONS, ids=[row[0] for row in OPERATIONS])
def test_every_operation_wants_the_token_and_says_so_in_the_spec(operation: str, method: str, path: str, wants_token: InProcess) -> None:
    before = wants_token.worlds.names()
    answer = wants_token.send(method, f"/_mock/api{path}", json={})
    assert (answer.status_code, wants_token.worlds.names()) == (401, before)
    assert not faults(specs.control(), operation, answer, closed=False)


def test_with_the_token_other_machines_are_served(wants_token: InProcess) -> None:
    assert wants_token.send("GET", "/_mock/api/health", client=ELSEWHERE, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert wants_token.send("GET", "/_mock/api/health", client=ELSEWHERE).status_code == 401


def test_the_vendors_apis_want_no_control_token(guarded: Running, http: httpx.Client) -> None:
    assert http.get(f"{guarded.url}/api/none").status_code == 404


def test_the_console_shows_what_the_control_api_says_with_the_token(guarded: Running, http: httpx.Client) -> None:
    page = http.get(f"{guarded.url}/_mock/world/default", headers={"Authorization": basic(f"me:{TOKEN}")})
    assert (page.status_code, "Last requests" in page.text) == (200, True)


def test_the_target_file_has_the_token(guarded: Running, target: Path) -> None:
    assert tomllib.loads(target.read_text())["control_token"] == TOKEN


def test_the_token_is_printed_nowhere_and_stands_in_no_world(guarded: Running, http: httpx.Client) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    http.post(f"{guarded.url}/ownerships", headers=headers, json={"deviceId": "x"})
    journal = http.get(f"{guarded.url}/_mock/api/worlds/default/journal", headers=headers)
    world = http.get(f"{guarded.url}/_mock/api/worlds/default", headers=headers)
    assert journal.json()["requests"][-1]["operation"] == "register"
    for shown in (journal.text, world.text, "".join(guarded.printed), guarded.errors.read_text(), http.get(f"{guarded.url}/_mock/").text):
        assert TOKEN not in shown


# ---------------------------------------------------------------------------------------------------- without one


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", "::1%lo"])
def test_without_a_token_this_machines_own_addresses_are_served(address: str) -> None:
    assert in_process().send("GET", "/_mock/api/health", client=address).status_code == 200


HOSTS = {
    "127.0.0.1:8080": 200,
    "127.8.9.10": 200,
    "[::1]:8080": 200,
    "localhost": 200,
    "LOCALHOST:1": 200,
    "till.localhost:8080": 200,
    "evil.test": 403,
    "localhost.evil.test:8080": 403,
    "notlocalhost": 403,
    "127.0.0.1.evil.test": 403,
    "192.0.2.7:8080": 403,
    "[": 403,
}


@pytest.mark.parametrize("host", HOSTS)
def test_without_a_token_this_machine_is_to_be_called_by_a_name_of_its_own(host: str) -> None:
    """A page's name may come to mean 127.0.0.1 once its browser has loaded it: it would then read and change worlds as its own."""
    answer = in_process().send("GET", "/_mock/api/health", headers={"Host": host})
    assert answer.status_code == HOSTS[host]


def test_with_a_token_the_server_may_be_called_by_any_name(wants_token: InProcess) -> None:
    headers = {"Host": "mock.test", "Authorization": f"Bearer {TOKEN}"}
    assert wants_token.send("GET", "/_mock/api/health", headers=headers).status_code == 200


@pytest.mark.parametrize(("operation", "method", "path"), OPERATIONS, ids=[row[0] for row in OPERATIONS])
def test_without_a_token_other_machines_are_not(operation: str, method: str, path: str) -> None:
    answer = in_process().send(method, f"/_mock/api{path}", client=ELSEWHERE, json={}, headers={"Authorization": f"Bearer {TOKEN}"})
    assert (answer.status_code, "--control-token" in answer.json()["detail"]) == (403, True)
    assert not faults(specs.control(), operation, answer, closed=False)


@pytest.mark.parametrize("address", ["192.0.2.7", "10.0.0.1", "::", "fe80::1%eth0", "::ffff:192.0.2.7", "localhost", "", "0.0.0.0"])
def test_what_is_no_loopback_address(address: str) -> None:
    assert not is_loopback(address)


def test_secrets_are_shown_to_this_machine_alone(wants_token: InProcess) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    wants_token.send("GET", "/ownerships/x", headers={"Authorization": "Bearer ory_st_ada"})
    path = "/_mock/api/worlds/default/journal?secrets=true"
    here, there = (wants_token.send("GET", path, headers=headers, client=client) for client in ("127.0.0.1", ELSEWHERE))
    assert (here.status_code, "ory_st_ada" in here.text) == (200, True)
    assert (there.status_code, "ory_st_ada" in there.text, "leave out secrets" in there.json()["detail"]) == (403, False, True)
    masked = wants_token.send("GET", path.replace("true", "false"), headers=headers, client=ELSEWHERE)
    assert (masked.status_code, "ory_st_ada" in masked.text) == (200, False)


# ---------------------------------------------------------------------------------------------------- pages of other sites

ORIGINS = {
    "http://mock.localhost": 200,
    "http://MOCK.localhost:80": 200,
    "http://evil.test": 403,
    "http://mock.localhost:8080": 403,
    "https://mock.localhost:80": 403,
    "null": 403,
    "http://mock.localhost.evil.test": 403,
    "http://[": 403,
    "": 403,
}


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_page_of_another_site_may_change_nothing(origin: str) -> None:
    server = in_process()
    before = server.worlds.get("default")
    answer = server.send("POST", "/_mock/api/worlds/default/reset", headers={"Origin": origin})
    assert answer.status_code == ORIGINS[origin]
    assert (server.worlds.get("default") is before) == (answer.status_code == 403)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_no_method_that_changes_is_open_to_a_page_of_another_site(method: str) -> None:
    answer = in_process().send(method, "/_mock/api/worlds/default/script", headers={"Origin": "http://evil.test"})
    assert (answer.status_code, "Origin" in answer.json()["detail"]) == (403, True)


def test_a_page_of_another_site_gets_no_leave_to_read() -> None:
    answer = in_process().send("GET", "/_mock/api/health", headers={"Origin": "http://evil.test"})
    assert not [name for name in answer.headers if name.startswith("access-control")]


# ---------------------------------------------------------------------------------------------------- the start


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_where_other_machines_reach_it_the_server_does_not_start_without_a_token(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["serve", "--port", "0", "--host", host]) == 2
    said = capsys.readouterr()
    assert not [word for word in (f"--host {host}", "--control-token", VARIABLE, "127.0.0.1") if word not in said.err]
    assert said.out == ""


WEAK: dict[str, tuple[list[str], dict[str, str], list[str]]] = {
    "empty": (["--control-token", ""], {}, ["--control-token", "8 characters"]),
    "short": (["--control-token", "s3cret!"], {}, ["--control-token", "8 characters", "7"]),
    "empty in the environment": ([], {VARIABLE: ""}, [VARIABLE, "8 characters"]),
    "short in the environment": ([], {VARIABLE: "s3cret!"}, [VARIABLE]),
    "with a space": (["--control-token", "s3cret!s3cret! "], {}, ["--control-token", "space"]),
    "the option before the environment": (["--control-token", "s3cret!"], {VARIABLE: TOKEN}, ["--control-token"]),
}


@pytest.mark.parametrize("kind", WEAK)
def test_a_token_that_is_none_is_refused_with_a_reason_and_not_shown(
    kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options, environment, told = WEAK[kind]
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["serve", "--port", "0", *options]) == 2
    said = capsys.readouterr()
    assert not [word for word in told if word not in said.err]
    assert "s3cret" not in said.out + said.err


@pytest.mark.parametrize(("token", "fits"), [("x" * 8, True), ("x" * 7, False), ("tökentöken", False), ("line\nbreak", False), ("!#$%&'()~", True)])
def test_what_a_token_may_be(token: str, fits: bool) -> None:
    assert (unfit_token(token) is None) == fits


# ------------------------------------------------------------------------------------------------------ how much is read of whom


@pytest.mark.parametrize(
    ("authorization", "status"), [("Bearer wrong-token", 401), (None, 401), (f"Bearer {TOKEN}", 400)], ids=["wrong", "none", "right"]
)
def test_of_whom_is_not_answered_no_whole_world_is_read(authorization: str | None, status: int, guarded: Running) -> None:
    """The larger bound is for those whom the control API answers: of others the server reads what it does of any vendor's client."""
    parts = urlsplit(guarded.url)
    said = "" if authorization is None else f"Authorization: {authorization}\r\n"
    head = f"POST /_mock/api/worlds HTTP/1.1\r\nHost: localhost\r\n{said}Content-Type: application/json\r\nContent-Length: {2 * MOST_BODY}\r\n\r\n"
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20) as client:
        client.sendall(head.encode())
        if status == 400:
            client.sendall(b"x" * (2 * MOST_BODY))
        # Who is refused hears it before he has sent any of his body.
        assert client.recv(65536).split(b" ")[1] == str(status).encode()
