"""No secret of a target file, or of an answer, is in anything that a run writes: each kind of credential, in each way of going wrong."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import tomli_w

from tests.contracts.commands import Ended, main
from tests.contracts.stub import Reply, Request, Stub, stub
from tests.serving import CONTRACTS

KINDS = (
    "app_key",
    "admin_token",
    "client_secret",
    "user_token",
    "user_password",
    "thing_token",
    "thing_password",
    "connhex_token",
    "connhex_cookie",
    "connhex_password",
    "header",
    "proxy",
)
SECRETS = {kind: f"Planted-{kind.replace('_', '-')}-7Qx/{number:02}+{number * 7919:05}=zK" for number, kind in enumerate(KINDS, 11)}
# A cookie or a URL takes less than a password does.
SECRETS |= {kind: SECRETS[kind].replace("/", "-").replace("+", "-").replace("=", "-") for kind in ("connhex_cookie", "proxy", "header")}
MADE = "Made-up-by-the-server-51x90"
"""What the deployment itself tells: the token of a login."""
ROWS = "list- or login or whoami or owners or token or claim-by"
REPORTS = ("junit", "json", "csv", "markdown", "html")


def spellings(secret: str) -> Iterator[str]:
    """Yield each way in which it may come out; of one cut off, more than a few characters of it."""
    yield from (secret, json.dumps(secret)[1:-1], quote(secret, safe=""), secret.encode().hex(), secret[:20], secret[-14:])
    yield "".join(f"\\u{ord(letter):04x}" for letter in secret[:12])
    for before in ("", "x", "xx"):
        yield base64.b64encode(f"{before}{secret}".encode()).decode()[4:20]


def require_none(texts: Mapping[str, str], secrets: Mapping[str, str] = SECRETS) -> None:
    for where, text in texts.items():
        lower = text.lower()
        for kind, secret in secrets.items():
            for spelling in spellings(secret):
                place = lower.find(spelling.lower())
                assert place < 0, f"{kind} stands in {where}: {text[max(0, place - 200) : place + 100]}"


def document(url: str) -> dict[str, Any]:
    held = {kind: f"${{{kind.upper()}}}" for kind in KINDS}
    user = {"id": "u-1", "token": held["user_token"], "login": "ann", "password": held["user_password"]}
    thing = {"id": "th-1", "vendor_id": "v-1", "token": held["thing_token"], "password": held["thing_password"]}
    admin = {"token": held["admin_token"], "client_id": "c-1", "client_secret": held["client_secret"]}
    app = {"id": "app-1", "key": held["app_key"], "require_password": False, "admin": admin, "users": [user], "things": [thing]}
    who = {"token": held["connhex_token"], "cookie": held["connhex_cookie"], "identifier": "ann@example.com", "password": held["connhex_password"]}
    return {
        "base_url": url,
        "mode": "fixtures",
        "headers": {"X-Environment": held["header"]},
        "kii": {"apps": [app]},
        "connhex": {"users": [{"id": "u-1", "permission": "allowed", **who}], "devices": [{"id": "d-1", "fresh": True}]},
    }


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for kind, secret in SECRETS.items():
        monkeypatch.setenv(kind.upper(), secret)
    monkeypatch.chdir(tmp_path)


def written(folder: Path, ended: Ended) -> dict[str, str]:
    """Everything that came of the command: what it printed, and every file but the target's."""
    files = {str(file.relative_to(folder)): file.read_text("utf-8", "replace") for file in folder.rglob("*") if file.is_file()}
    files.pop("target.toml")
    return {"stdout": ended.out, "stderr": ended.err, **files}


def file_of(folder: Path, document: Mapping[str, Any]) -> str:
    file = folder / "target.toml"
    file.write_text(tomli_w.dumps(document))
    return str(file)


def echoed(request: Request, secret: str) -> Iterator[Reply]:
    """Yield answers that tell a secret back, each in another way."""
    long = "x" * 285
    for text in (secret, secret.upper(), secret.lower(), quote(secret, safe=""), base64.b64encode(f"u:{secret}".encode()).decode(), long + secret):
        body = json.dumps({"errorCode": "X", "message": f"{request.method}: {text} is wrong"}).encode()
        yield Reply(400, body)
        yield Reply(200, body, headers={"X-Echo": quote(text), "Location": f"/things/{quote(text)}"})
    every = "".join(f"\\u{ord(letter):04x}" for letter in secret)
    yield Reply(401, f'{{"message": "{every}", "errorCode": 1}}'.encode())
    yield Reply(500, f"<p>{secret[:150]} &amp; {''.join(f'&#{ord(letter)};' for letter in secret)}</p>".encode(), "text/html")


@contextmanager
def echoing() -> Iterator[Stub]:
    """A deployment that tells what it was shown, whatever it is asked."""
    count = 0

    def answer(request: Request) -> Reply:
        nonlocal count
        count += 1
        sent = [value for name, value in request.headers.items() if name in ("authorization", "cookie", "x-environment", "x-kii-appkey")]
        planted = [secret for secret in SECRETS.values() if any(secret in text for text in (*sent, request.body.decode("utf-8", "replace")))]
        ways = [reply for secret in planted or list(SECRETS.values())[count % 5 :][:1] for reply in echoed(request, secret)]
        return ways[count % len(ways)]

    with stub(answer) as server:
        yield server


def reports() -> list[str]:
    return [word for name in REPORTS for word in (f"--{name}", f"report.{name}")]


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the deployment is, a run begins."""
    monkeypatch.setattr("ownership_contracts.contracts.session.require_ready", lambda *_: None)


def test_a_deployment_that_is_not_ready_and_tells_every_secret_tells_none_through_us(tmp_path: Path) -> None:
    with echoing() as server:
        ended = main("run", "--target", file_of(tmp_path, document(server.url)), *reports())
        checked = main("check", "--target", file_of(tmp_path, document(server.url)))
    assert (ended.code, "is not ready for a run" in ended.err) == (2, True)
    require_none(written(tmp_path, ended))
    require_none(written(tmp_path, checked))


@pytest.mark.usefixtures("ready")
def test_a_deployment_that_tells_every_secret_back_tells_none_through_us(tmp_path: Path) -> None:
    with echoing() as server:
        ended = main("run", "--target", file_of(tmp_path, document(server.url)), "--layer", "case", "-k", ROWS, *reports())
        seen = " ".join(f"{request.path} {request.headers} {request.body!r}" for request in server.seen)
    assert ended.code == 1, ended.err
    # Nearly all of them were really sent, and told back.
    assert sum(secret in seen for secret in SECRETS.values()) >= len(SECRETS) - 3
    texts = written(tmp_path, ended)
    assert {f"report.{name}" for name in REPORTS} < texts.keys()
    assert any(name.endswith(".jsonl") for name in texts)
    assert any(name.startswith(".ownership-contracts") and name.endswith(".json") for name in texts)
    require_none(texts)


def told_by_pytest(folder: Path, url: str, *words: str) -> Ended:
    """What pytest itself says where it is told to show all that it knows."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "conftest.py").write_text(BREAKING)
    loud = [
        "-vv",
        "-l",
        "--showlocals",
        "--tb=long",
        "-rA",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:schemathesis",
        "--ownership-layer",
        "case",
        "--junitxml=junit.xml",
    ]
    python = [CONTRACTS[0], "-m", "pytest", *loud, "--ownership-target", file_of(folder, document(url)), *words]
    ended = subprocess.run(python, cwd=folder, capture_output=True, text=True, timeout=120, check=False, env={**os.environ})
    return Ended(ended.returncode, ended.stdout, ended.stderr)


BREAKING = """
import pytest
from ownership_contracts.contracts.kii import COLUMN

class Column:
    def __getattr__(self, name):
        return getattr(COLUMN, name)

def pytest_configure(config):
    from ownership_contracts.contracts import played, session
    session.require_ready = lambda *_: None
    ask = played.Play.ask
    def breaking(self, step, where, grade=None):
        headers = dict(self.binding.principals[step["as"]])
        if where == "the request" and self.case.id.endswith("s"):
            raise RuntimeError(f"nobody expected {headers} {self.table}")
        return ask(self, step, where, grade)
    played.Play.ask = breaking
"""


def test_pytest_shows_none_however_much_it_is_to_show(tmp_path: Path) -> None:
    with echoing() as server:
        ended = told_by_pytest(tmp_path, server.url, "-k", ROWS, "--ownership-json", "ours.json")
    texts = written(tmp_path, ended)
    assert ended.code == 1
    assert "a mistake of this program's own, and not the deployment's: RuntimeError" in ended.out
    assert "expected status" in ended.out
    assert {"junit.xml", "ours.json"} < texts.keys()
    require_none({name: text for name, text in texts.items() if name not in ("conftest.py", "pytest.ini")})


def test_what_could_not_be_reached_shows_none(tmp_path: Path) -> None:
    with stub(lambda request: Reply()) as server:
        url = server.url
    away = {**document(url.replace("http:", "https:")), "proxy": f"http://u:{'${PROXY}'}@{url.removeprefix('http://')}"}
    for words in ((), ("-k", ROWS, "--layer", "case")):
        require_none(written(tmp_path, main("run", "--target", file_of(tmp_path, away), *words, *reports())))


def test_a_mistake_of_ours_outside_the_rows_shows_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaking(*_: object, **__: object) -> None:
        raise RuntimeError(f"nobody expected {SECRETS}")

    monkeypatch.setattr("ownership_contracts.contracts.run.choose", breaking)
    ended = main("run", "--target", file_of(tmp_path, document("http://127.0.0.1:9")))
    assert (ended.code, "RuntimeError" in ended.err, "Traceback" in ended.err) == (2, True, False)
    require_none(written(tmp_path, ended))


def test_a_dry_run_shows_none(tmp_path: Path) -> None:
    ended = main("run", "--target", file_of(tmp_path, document("http://127.0.0.1:9")), "--dry-run", "--layer", "case", "-k", ROWS)
    assert ended.code == 0
    assert "Authorization: Bearer ***" in ended.out
    require_none(written(tmp_path, ended))


def logged_in(request: Request) -> Reply:
    """A deployment whose logins work, and whose other answers tell the token of the last one."""
    if "token" in request.path or "login" in request.path:
        made = {"access_token": MADE, "session_token": MADE, "id": "x", "token_type": "Bearer", "expires_in": 5, "session": {"active": True}}
        return Reply(200, json.dumps(made).encode())
    sent = request.headers.get("authorization", "")
    return Reply(500, json.dumps({"message": f"{sent} {base64.b64encode(sent.encode()).decode()} {'y' * 215}{sent}"}).encode())


@pytest.mark.usefixtures("ready")
def test_what_a_login_tells_is_a_secret_too(tmp_path: Path) -> None:
    with stub(logged_in) as server:
        ended = main("run", "--target", file_of(tmp_path, document(server.url)), "--layer", "case", "-k", "token or login or whoami", *reports())
        assert any(MADE in str(request.headers) for request in server.seen)
    require_none(written(tmp_path, ended), {**SECRETS, "made": MADE})
