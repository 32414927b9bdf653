"""`run --dry-run`: what would be sent is told, and nothing is."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import tomli_w
from ownership_contracts import specs
from ownership_contracts.contracts.contract import operations
from ownership_contracts.contracts.dry.imagined import Imagined
from ownership_contracts.contracts.live.mode import Mode
from ownership_contracts.contracts.target import Target

from tests.contracts.commands import main
from tests.contracts.live.deployment import Deployment
from tests.serving import Running

KII = {"apps": [{"id": "app-1", "key": "key-of-the-app", "require_password": False, "admin": {"token": "token-of-the-admin"}}]}
CONNHEX: dict[str, Any] = {
    "users": [{"id": "u1", "token": "token-of-u1", "permission": "allowed"}, {"id": "u2", "token": "token-of-u2", "permission": "nothing"}],
    "devices": [{"id": "device-1", "fresh": True}],
}


FIXED = {"Bearer", "api", "choose_method"}
"""Texts that a spec fixes."""


class Unasked:
    """A port on which somebody listens, and counts who came."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def require_nobody(self) -> None:
        self.socket.setblocking(False)
        with pytest.raises(BlockingIOError):
            self.socket.accept()


@pytest.fixture
def unasked() -> Iterator[Unasked]:
    server = Unasked()
    yield server
    server.socket.close()


def target(folder: Path, url: str, **more: object) -> str:
    file = folder / "target.toml"
    file.write_text(tomli_w.dumps({"base_url": url, "mode": "fixtures", **more}))
    return str(file)


def test_the_requests_are_told_and_nothing_is_sent_or_written(tmp_path: Path, unasked: Unasked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = target(tmp_path, unasked.url, kii=KII, connhex=CONNHEX, limits={"requests_per_second": 2})
    ended = main("run", "--target", file, "--dry-run", "-k", "confirm-thing-a-flow-of-the-user or claim-by-bearer or claim-a-device")
    unasked.require_nobody()
    assert (ended.code, ended.err) == (0, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["target.toml"]
    lines = ended.out.splitlines()
    row = lines[lines.index("kii confirm-thing-a-flow-of-the-user (kii-confirm.thing-confirms-user-flow)") + 1 : lines.index("")]
    words = [line.split() for line in row if line.startswith("  ")]
    # The fixtures are made, the row is played, and everything is taken away and read back.
    assert [method for method, *_ in words[:6]] == ["POST"] * 5 + ["GET"]
    assert {who for _, _, _, who, *_ in words[:3]} == {"set-up"}
    assert words[3][1].endswith("/ownership/request/user:<userID>")
    assert [words[number][3] for number in (3, 4, 5)] == ["user", "thing", "admin"]
    assert row[4].endswith('{"code": "<code>"}')
    assert row[5].endswith("as admin  Authorization: Bearer ***")
    assert {path for method, path, *_ in words[6:] if method == "DELETE"} >= {"/api/apps/app-1/users/<userID>"}
    assert "cut short" not in ended.out
    assert "It would make: 1 thing (kii), 1 user (kii)." in ended.out
    # What is asked before is of both vendors, and the rows' own are ten.
    asked = sum(" as preflight" in line for line in lines)
    assert f"1 row would send 10 requests, and the preflight {asked}." in ended.out
    assert f"At 2 requests a second that takes at least {(10 + asked) / 2:.0f} s" in ended.out
    for secret in ("key-of-the-app", "token-of"):
        assert secret not in ended.out


def _shape(method: str, path: str) -> str:
    """A request without what is drawn or answered anew each time."""
    fixed = {"api", "apps", "things", "users", "ownership", "request", "confirm", "oauth2", "token", ""}
    return f"{method} {'/'.join(step if step in fixed else '*' for step in path.split('/'))}"


def test_what_a_run_then_sends_is_what_was_told(deployment: Deployment, tmp_path: Path) -> None:
    def change(document: dict[str, Any]) -> None:
        document["mode"] = "fixtures"
        app = document["kii"]["apps"][0]
        document["kii"]["apps"] = [{name: app[name] for name in ("id", "key", "require_password", "admin")}]

    words = ("run", "--target", str(deployment.file(tmp_path, change)), "--vendor", "kii", "-k", "confirm-thing-a-flow-of-the-user")
    lines = main(*words, "--dry-run").out.splitlines()
    assert deployment.rig.seen == []
    assert main(*words).code == 0
    below = urlsplit(deployment.described["base_url"]).path
    sent = [_shape(seen.method, seen.path.removeprefix(below)) for seen in deployment.rig.seen]
    assert [_shape(*line.split()[:2]) for line in lines if line.startswith("  ") and line.split()[0].isupper()] == sent


def test_who_would_sign_in_acts_with_what_the_login_brings(tmp_path: Path, unasked: Unasked) -> None:
    app = {**KII["apps"][0], "admin": {"client_id": "client", "client_secret": "secret-of-the-client"}}
    ended = main("run", "--target", target(tmp_path, unasked.url, kii={"apps": [app]}), "--dry-run", "-k", "confirm-thing-a-flow-of-the-user")
    unasked.require_nobody()
    assert "1 row would send" in ended.out
    assert "as admin  Authorization: Bearer <token-of-a-login>" in ended.out
    assert "secret-of-the-client" not in ended.out


def test_what_would_be_used_of_a_pool_is_told_and_not_leased(tmp_path: Path, unasked: Unasked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ended = main("run", "--target", target(tmp_path, unasked.url, connhex=CONNHEX), "--dry-run", "--layer", "case")
    unasked.require_nobody()
    assert "It would use up, of the pools: device device-1 (connhex)." in ended.out
    # The second row that wants one finds none left, as in a run.
    assert "skipped: no fresh enabled device is left" in ended.out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["target.toml"]


def test_a_row_that_signs_in_is_planned(tmp_path: Path, unasked: Unasked) -> None:
    user = {**CONNHEX["users"][0], "identifier": "u1@example.com", "password": "password-of-u1"}
    ended = main("run", "--target", target(tmp_path, unasked.url, connhex={"users": [user]}), "--dry-run", "-k", "login-by-another-method")
    unasked.require_nobody()
    assert ended.code == 0
    assert "  POST /auth/self-service/login?flow=<id> as nobody" in ended.out
    assert "mistake" not in ended.out


def test_in_read_only_mode_only_what_reads_is_planned(tmp_path: Path, unasked: Unasked) -> None:
    ended = main("run", "--target", target(tmp_path, unasked.url, kii=KII), "--mode", "read-only", "--dry-run", "--layer", "case")
    unasked.require_nobody()
    methods = {line.split()[0] for line in ended.out.splitlines() if line.startswith("  ") and line.split()[0].isupper()}
    assert methods <= {"GET", "HEAD", "POST"}
    # Of what is posted, logins alone.
    assert all("/oauth2/token as " in line for line in ended.out.splitlines() if line.startswith("  POST "))
    assert "The mode is read-only: nothing would be made or changed." in ended.out
    assert "the row's request changes something where it is accepted" in ended.out


def test_on_a_mock_a_row_is_a_line(mock: Running, tmp_path: Path, world: dict[str, Any]) -> None:
    document = {"base_url": world["base_url"], "control": f"{mock.url}/_mock/api", "connhex": world["connhex"]}
    file = tmp_path / "target.toml"
    file.write_text(tomli_w.dumps(document))
    ended = main("run", "--target", str(file), "--dry-run", "-k", "claim-", "--layer", "case")
    assert ended.code == 0
    rows = [line for line in ended.out.splitlines() if line.startswith("connhex ")]
    assert rows
    assert all(": POST /" in row or ": GET /" in row for row in rows)
    assert "Each row would have a world of its own" in ended.out


@pytest.mark.parametrize(
    ("words", "told"),
    [(("-n", "2"), "leave -n out"), (("--json", "r.json"), "leave --json out"), (("-k", "no-such-row"), "nothing fits what was asked for")],
)
def test_a_dry_run_finds_nothing_out(tmp_path: Path, unasked: Unasked, words: tuple[str, ...], told: str) -> None:
    ended = main("run", "--target", target(tmp_path, unasked.url, kii=KII), "--dry-run", *words)
    assert ended.code == 2
    assert told in ended.err


@pytest.mark.parametrize("vendor", specs.vendors())
def test_every_operation_has_a_success_that_can_be_made_up(vendor: str) -> None:
    imagined = Imagined(Target("http://example.test/x", {vendor: {}}, mode=Mode.FIXTURES))
    for operation in operations(vendor).values():
        path = operation.template.replace("{", "").replace("}", "")
        answer = imagined.handle_request(httpx.Request(operation.method, f"http://example.test/x{path}"))
        answer.read()
        assert answer.is_success, operation.id
        # A text says what it stands for.
        assert all(text.startswith("<") or text in FIXED for text in _texts(answer)), (operation.id, answer.text)


def _texts(answer: httpx.Response) -> list[str]:
    body = answer.json() if answer.content else {}
    return [value for value in body.values() if isinstance(value, str)]
