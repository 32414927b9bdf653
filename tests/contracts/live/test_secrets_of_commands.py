"""No secret is in anything that the other commands write, nor in what is said of an answer that is no HTTP, of certificates, and of a control API."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import trustme
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat, load_pem_private_key
from ownership_contracts.contracts.control import Control, ControlError
from ownership_contracts.contracts.live.ledger import Ledger
from ownership_contracts.contracts.live.resource import Resource
from ownership_contracts.contracts.target import load

from tests.contracts.commands import Ended, main
from tests.contracts.stub import Reply, Request, reply, stub
from tests.serving import CONTRACTS, serving

from .planted import SECRETS, document, echoing, file_of, planted, reports, require_none, written

MADE = "Made-up-by-the-server-51x90"
CONTROL = "Planted-control-token-7Qx/31+44=zK"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    planted(monkeypatch)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ownership_contracts.contracts.session.require_ready", lambda *_: None)
    monkeypatch.setattr("ownership_contracts.contracts.parity.command.require_ready", lambda *_: None)


def test_generated_requests_show_none(tmp_path: Path) -> None:
    with echoing() as server:
        words = ("--layer", "properties", "--allow-fuzzing", "--vendor", "connhex")
        ended = main("run", "--target", file_of(tmp_path, document(server.url)), *words, *reports())
        assert any(SECRETS["connhex_token"] in str(request.headers) for request in server.seen)
    assert ended.code == 1, ended.err
    require_none(written(tmp_path, ended))


def test_a_comparison_shows_none(tmp_path: Path) -> None:
    files = ("settings", "picks", "json", "markdown")
    with echoing() as server:
        words = [word for name in files for word in (f"--{name}", f"parity.{name}")]
        ended = main("parity", "--target", file_of(tmp_path, document(server.url)), "-k", "list- or claim-by", *words)
    assert ended.code == 1, ended.err
    texts = written(tmp_path, ended)
    assert {f"parity.{name}" for name in files} < texts.keys()
    require_none(texts)


def test_the_proxy_shows_none_of_those_that_pass_it(tmp_path: Path) -> None:
    options = ("--target", "target.toml", "--journal", "journal.jsonl", "--summary")
    with echoing() as server, httpx.Client(trust_env=False) as client:
        file_of(tmp_path, document(server.url))
        with serving(tmp_path, *options, command=CONTRACTS, verb="proxy", cwd=tmp_path) as running:
            owners = f"{running.url}/api/apps/app-1/things/VENDOR_THING_ID:v-1/ownership"
            for kind in ("user_token", "thing_token", "connhex_token", "app_key") * 6:
                shown = {"Authorization": f"Bearer {SECRETS[kind]}"}
                client.post(f"{running.url}/ownerships", json={"deviceId": SECRETS[kind]}, headers=shown)
                client.get(owners, params={"token": SECRETS[kind]}, headers=shown)
                client.post(f"{running.url}/api/oauth2/token", json={"username": "ann", "password": SECRETS["user_password"]})
    texts = written(tmp_path, Ended(1, "".join(running.printed), ""))
    assert texts["journal.jsonl"].count("***") > 20
    require_none(texts)


def test_a_cleanup_shows_none_nor_what_its_own_login_told(tmp_path: Path) -> None:
    def answer(request: Request) -> Reply:
        if "token" in request.path:
            return reply(200, {"access_token": MADE, "id": "x", "token_type": "Bearer", "expires_in": 5})
        sent = request.headers.get("authorization", "")
        told = f"{sent} {SECRETS['user_token']} {base64.b64encode(sent.encode()).decode()} {'y' * 90}{sent}"
        return reply(500 if request.method == "DELETE" else 403, {"errorCode": "X", "message": told})

    with stub(answer) as server:
        described = document(server.url)
        del described["kii"]["apps"][0]["admin"]["token"]
        file = file_of(tmp_path, described)
        with contextlib.closing(Ledger(load(Path(file)))) as ledger:
            for kind in ("thing", "user"):
                ledger.about_to_make(Resource("kii", kind, f"{kind}-1", "app-1"), "POST /", "admin")
                ledger.made(Resource("kii", kind, f"{kind}-1", "app-1"), "its-id")
        ended = main("cleanup", "--target", file, "--json", "left.json")
        assert any(MADE in str(request.headers) for request in server.seen)
    assert (ended.code, ended.out.count("was answered ")) == (1, 2), ended
    require_none(written(tmp_path, ended), {**SECRETS, "made": MADE})


def test_a_graded_suite_tells_none_of_its_command_and_of_its_target_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OWNERSHIP_CONTROL_TOKEN", CONTROL)
    said = f"Planted-in-the-command-{'7Qx' * 3}"
    # It is green on the good server, and cries wolf.
    shell = f"grep control_token {{target}}; echo {{vendor}} $ADMIN_TOKEN {said}; test -e once && exit 1; touch once"
    words = ("--suite", f"sh -c '{shell}' suite --token {said}", "--vendor", "connhex", "--mutant", "connhex.extra-fields")
    ended = main("prove", *words, *reports())
    assert (ended.code, "control_token" in ended.out) == (1, True), ended
    require_none(written(tmp_path, ended), {**SECRETS, "said": said, "control": CONTROL})


@contextlib.contextmanager
def raw(answer: Callable[[str], bytes]) -> Iterator[str]:
    """A server that answers the head of each request with these bytes, and ends the connection."""

    class Handler(socketserver.StreamRequestHandler):
        timeout = 10

        def handle(self) -> None:
            lines = list(iter(lambda: self.rfile.readline().decode("latin-1").strip(), ""))
            with contextlib.suppress(OSError):
                self.wfile.write(answer("\n".join(lines)))

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


UNREADABLE = {
    "HTTP/1.1 400 {secret}\r\nContent-Length: 0\r\n\r\n": True,
    "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/{secret}?token={secret}\r\nContent-Length: 0\r\n\r\n": True,
    "HTTP/1.1 200 OK\r\nContent-Encoding: {secret}, {secret}\r\nContent-Length: 1\r\n\r\nx": True,
    "HTTP/1.1 200 OK\r\nContent-Type: {secret}/x\r\nContent-Length: 1\r\n\r\nx": True,
    "HTTP/1.1 {secret}\r\n\r\n": False,
    "HTTP/1.1 200 OK\r\nSet-Cookie : chx_auth_session={secret}\r\n\r\n": False,
    "HTTP/1.1 200 OK\r\nSet-Cookie: chx_auth_session={secret}\x01\r\n\r\n": False,
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{secret}\r\n": False,
    "HTTP/1.1 200 OK\r\nContent-Length: {secret}\r\n\r\n": False,
}
"""Answers that tell a secret elsewhere than in their bodies: by each, whether it is HTTP."""


def test_what_is_no_answer_is_not_quoted(tmp_path: Path) -> None:
    """Nothing of what the target file knows; of what is no HTTP nothing at all, such as a cookie that is new."""
    ways = [text.format(secret=SECRETS["connhex_token"] if readable else MADE).encode() for text, readable in UNREADABLE.items()]
    taken = itertools.count()
    with raw(lambda _: ways[next(taken) % len(ways)]) as url:
        file = file_of(tmp_path, document(url))
        ended = main("run", "--target", file, "--vendor", "connhex", "--layer", "case", "-k", "unknown or malformed", *reports())
    assert next(taken) > 2 * len(ways)
    told = (tmp_path / "report.json").read_text()
    assert [said for said in ("illegal header line", "illegal status line", "saw status 302", "saw status 400") if said not in told] == []
    require_none(written(tmp_path, ended), {**SECRETS, "made": MADE})


def test_neither_a_certificates_place_nor_a_keys_pass_phrase_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    phrase, place = "Planted-phrase-51x90", tmp_path / "Planted-place-51x90"
    place.mkdir()
    shown = trustme.CA().issue_cert("client@example.com")
    shown.cert_chain_pems[0].write_to_path(str(place / "client.pem"))
    key = load_pem_private_key(shown.private_key_pem.bytes(), None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(phrase.encode()))
    (place / "client.key").write_bytes(locked)
    monkeypatch.setenv("CERTIFICATE", str(place / "client.pem"))
    monkeypatch.setenv("KEY", str(place / "client.key"))
    monkeypatch.setenv("KEY_PASSWORD", phrase)
    described = {**document("https://127.0.0.1:9"), "client_certificate": "${CERTIFICATE}", "client_key": "${KEY}"}
    for words in (("run",), ("check",), ("cleanup",), ("parity",), ("proxy",)):
        ended = main(*words, "--target", file_of(tmp_path, described))
        assert (ended.code, "$.client_key: ${KEY}" in ended.err) == (2, True), ended
        require_none({"out": ended.out, "err": ended.err}, {"phrase": phrase, "place": place.name})


@pytest.mark.parametrize("way", ["problem", "text", "header"])
def test_a_control_apis_token_is_not_shown(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTROL", CONTROL)

    def answer(asked: str) -> bytes:
        if "/control" not in asked:
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        assert CONTROL in asked
        if way == "header":
            return f"HTTP/1.1 200 OK\r\nX-Asked : {CONTROL}\r\n\r\n".encode()
        body = json.dumps({"title": CONTROL, "detail": f"x{CONTROL}"}) if way == "problem" else "x" * 290 + CONTROL
        return f"HTTP/1.1 401 {CONTROL}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()

    with raw(answer) as url:
        described = {**document(url), "control": f"{url}/control", "control_token": "${CONTROL}"}
        del described["mode"]
        ended = main("run", "--target", file_of(tmp_path, described), *reports())
        # As the fixtures of a user's own tests ask it.
        with Control(f"{url}/control", CONTROL) as control, pytest.raises(ControlError) as refused:
            control.health()
    assert (ended.code, "control API" in ended.err) == (2, True), ended
    require_none({**written(tmp_path, ended), "error": str(refused.value)}, {**SECRETS, "control": CONTROL})
