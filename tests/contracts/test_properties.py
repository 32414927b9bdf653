"""The Schemathesis runs: red where an operation or a link is never exercised to a success. tests/test_readme.py shows them green on the mock."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ownership_contracts import specs
from ownership_contracts.contracts.layers import properties
from ownership_contracts.contracts.layers.properties import run_properties
from ownership_contracts.contracts.live.mode import Mode
from ownership_contracts.contracts.result import Result, Verdict
from ownership_contracts.contracts.target import Target

from tests.serving import serving

from .samples import connhex_table, kii_app
from .stub import Reply, Request, reply, stub

REFUSING_SERVER = [sys.executable, str(Path(__file__).parent / "refusing_server.py")]
CONFIRM = "POST /api/apps/{appID}/things/VENDOR_THING_ID:{vendorThingID}/ownership/confirm"
REQUEST = "POST /api/apps/{appID}/things/VENDOR_THING_ID:{vendorThingID}/ownership/request/user:{userID}"

LIST = "GET /api/apps/{appID}/things/VENDOR_THING_ID:{vendorThingID}/ownership"


def controlled(url: str) -> Target:
    return Target(url, {vendor: {} for vendor in specs.vendors()}, f"{url}/_mock/api", mode=Mode.WORLDS)


def test_a_link_that_is_never_followed_to_a_success_fails_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(properties, "ROUNDS", 1)
    # As much of the spec as the links are about: the run is the shorter for it.
    whole = specs.openapi("kii")
    paths = {path: item for path, item in whole["paths"].items() if path in (REQUEST.split()[1], CONFIRM.split()[1], LIST.split()[1])}
    monkeypatch.setattr(specs, "openapi", lambda vendor: {**whole, "paths": paths})
    with serving(tmp_path, "--vendor", "kii", command=REFUSING_SERVER) as running:
        result = run_properties(Target(running.url, {"kii": {}}, f"{running.url}/_mock/api", mode=Mode.WORLDS), "kii", 1, 5)
    assert result.verdict is Verdict.FAIL
    assert f"{CONFIRM} never succeeded: nothing was really tested" in result.reason
    assert f"the link {REQUEST} -> [200] confirm -> {CONFIRM} was never followed to a success" in result.reason
    # What does succeed is not complained of.
    assert f"; {REQUEST} never succeeded" not in f"; {result.reason}"
    assert re.fullmatch(r"\d+ generated test cases without a complaint", result.expected)


def with_control(answer: Reply) -> Callable[[Request], Reply]:
    """A server that makes a world of Connhex's, and answers this to whatever is asked there."""

    def respond(request: Request) -> Reply:
        if not request.path.startswith("/_mock/"):
            return answer
        if request.method == "DELETE":
            return reply(204)
        return reply(201, {"name": "w", "base_url": f"http://{request.headers['host']}/worlds/w", "connhex": connhex_table()})

    return respond


def tried(answer: Reply, *paths: str) -> tuple[Result, list[Request]]:
    """What comes of Connhex's spec, or of these paths of it."""
    whole = specs.openapi("connhex")
    part = {**whole, "paths": {path: item for path, item in whole["paths"].items() if path in (paths or whole["paths"])}}
    # What a refusing server links to is never reached: one round tells as much as all.
    with pytest.MonkeyPatch.context() as patched, stub(with_control(answer)) as running:
        patched.setattr(properties, "ROUNDS", 1)
        patched.setattr(specs, "openapi", lambda vendor: part)
        return run_properties(controlled(running.url), "connhex", 1, 2), running.seen


def test_a_server_that_lets_nobody_in_fails() -> None:
    result, seen = tried(reply(401, {"errors": [{"detail": "Who are you?"}]}))
    assert result.verdict is Verdict.FAIL
    for operation in ("POST /ownerships", "POST /auth/self-service/login", "GET /auth/sessions/whoami"):
        assert f"{operation} never succeeded: nothing was really tested" in result.reason
    assert (result.vendor, result.case) == ("connhex", "properties")
    # The worlds that it made are gone.
    methods = [request.method for request in seen if request.path.startswith("/_mock/")]
    assert methods.count("POST") == methods.count("DELETE") > 0


def test_an_answer_off_the_spec_fails_with_the_operation_and_the_check() -> None:
    result, _ = tried(reply(201, {"id": 17}), "/ownerships")
    assert result.verdict is Verdict.FAIL
    assert "POST /ownerships: response_schema_conformance: " in result.reason
    assert "resourceId" in result.reason


def test_schemathesis_does_not_see_the_secrets_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, str] = {}

    def started(command: Any, *, env: dict[str, str], timeout: float, **_: Any) -> None:
        seen.update(env)
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setenv("ADMIN_TOKEN", "planted-in-the-environment")
    monkeypatch.setattr("ownership_contracts.contracts.layers.invocation.subprocess.run", started)
    result, _ = tried(reply(201, {"id": 17}), "/ownerships")
    assert (result.verdict, "PATH" in seen) == (Verdict.ERROR, True)
    assert "planted-in-the-environment" not in seen.values()


def test_what_a_server_sends_is_told_without_its_control_characters() -> None:
    result, _ = tried(Reply(500, b"\x1b[31mred"), "/ownerships")
    assert result.verdict is Verdict.FAIL
    assert "red" in result.reason
    assert "\x1b" not in result.reason


@pytest.mark.parametrize(
    ("vendor", "table", "named"),
    [("connhex", connhex_table(devices=[]), "no device"), ("kii", {"apps": [kii_app(things=[])]}, "too little in app app1")],
)
def test_a_world_with_too_little_to_start_from_is_skipped_with_the_reason(vendor: str, table: dict[str, Any], named: str) -> None:
    with stub(lambda request: reply(201, {"name": "w", "base_url": "http://127.0.0.1", vendor: table})) as running:
        result = run_properties(controlled(running.url), vendor, 1, 5)
    assert result.verdict is Verdict.SKIPPED
    assert named in result.reason


@pytest.mark.parametrize("answer", [reply(507, {"title": "No more worlds"}), Reply(201, b"<html>"), reply(201, {"base_url": "http://x"})])
def test_a_control_api_that_makes_no_world_is_an_error(answer: Reply) -> None:
    with stub(lambda request: answer) as running:
        result = run_properties(controlled(running.url), "connhex", 1, 5)
    assert result.verdict is Verdict.ERROR
    assert result.reason.startswith("Schemathesis could not be run: ")


def test_a_control_api_that_does_not_answer_is_an_error() -> None:
    result = run_properties(controlled("http://127.0.0.1:9"), "connhex", 1, 5)
    assert result.verdict is Verdict.ERROR
    assert "Connection refused" in result.reason
