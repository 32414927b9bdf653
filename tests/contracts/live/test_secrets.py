"""No secret of a target file, or of an answer, is in anything that a run writes: each kind of credential, in each way of going wrong."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.contracts.commands import Ended, main
from tests.contracts.stub import Reply, Request, stub
from tests.serving import CONTRACTS

from .planted import REPORTS, SECRETS, document, echoing, file_of, planted, reports, require_none, written

MADE = "Made-up-by-the-server-51x90"
"""What the deployment itself tells: the token of a login."""
ROWS = "list- or login or whoami or owners or token or claim-by"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    planted(monkeypatch)
    monkeypatch.chdir(tmp_path)


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
