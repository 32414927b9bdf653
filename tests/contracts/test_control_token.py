"""A target whose control API wants a token: the suite shows it there, nowhere else, and to nobody who reads its reports."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import tomli_w

from tests.serving import CONTRACTS, Running

from .stub import OF_ONE_HOP, Reply, Request, Stub, reply, stub

TOKEN = "the-token-of-the-control-api"
PREFIX = "/staging/mock"
ROWS = "claim-makes-one-active-resource or enabling-counts-no-more-at-its-end-alternative"
Run = Callable[..., subprocess.CompletedProcess[str]]


@contextmanager
def guarding(mock: Running) -> Iterator[Stub]:
    """A server that has the mock below PREFIX, keeps its control API for those who show the token, and lets every answer name it."""
    with httpx.Client(trust_env=False, timeout=60) as client:

        def answer(request: Request) -> Reply:
            path = request.path.removeprefix(PREFIX)
            if path == request.path:
                return Reply(404)
            if path.startswith("/_mock/") and request.headers.get("authorization") != f"Bearer {TOKEN}":
                return reply(
                    401, {"title": "A control token is needed", "status": 401, "detail": f"It is not {request.headers.get('authorization')}."}
                )
            kept = OF_ONE_HOP - {"host"}
            headers = {name: value for name, value in request.headers.items() if name not in kept}
            found = client.request(request.method, mock.url + path, headers=headers, content=request.body)
            return Reply(found.status_code, found.content, found.headers.get("content-type"), {"X-Told": TOKEN})

        with stub(answer) as running:
            yield running


def target(folder: Path, url: str, token: str | None) -> Path:
    document = {
        "base_url": url,
        "control": f"{url}/_mock/api",
        "connhex": {"users": [{"id": "u", "token": "t"}]},
        **({} if token is None else {"control_token": token}),
    }
    file = folder / "target.toml"
    file.write_text(tomli_w.dumps(document), "utf-8")
    return file


def test_the_token_is_shown_to_the_control_api_and_its_probes_alone_and_stands_in_no_report(mock: Running, tmp_path: Path, run: Run) -> None:
    with guarding(mock) as running:
        words = ["--target", str(target(tmp_path, running.url + PREFIX, TOKEN)), "--no-properties", "-k", ROWS, "--vendor", "connhex"]
        ended = run(*CONTRACTS, "run", *words, "--json", "out.json", "--junit", "out.xml", cwd=tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    verdicts = {row["case"]: row["verdict"] for row in json.loads((tmp_path / "out.json").read_text())["results"]}
    assert verdicts == dict.fromkeys(ROWS.split(" or "), "pass")
    shown = {request.path.startswith(f"{PREFIX}/_mock/api/"): TOKEN in request.headers.get("authorization", "") for request in running.seen}
    assert shown == {True: True, False: False}
    assert [request.path for request in running.seen if request.path.startswith(f"{PREFIX}/_mock/api/worlds/") and request.method == "GET"]
    assert TOKEN not in ended.stdout + ended.stderr + (tmp_path / "out.json").read_text() + (tmp_path / "out.xml").read_text()


@pytest.mark.parametrize("token", [None, "another-token-than-it-wants"])
def test_a_token_that_lacks_or_is_another_could_not_be_used_and_is_not_shown(token: str | None, mock: Running, tmp_path: Path, run: Run) -> None:
    with guarding(mock) as running:
        ended = run(*CONTRACTS, "run", "--target", str(target(tmp_path, running.url + PREFIX, token)), "-k", ROWS, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "was answered 401 A control token is needed" in ended.stderr
    assert "another-token" not in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_token_that_a_server_repeats_is_masked(tmp_path: Path, run: Run) -> None:
    def repeating(request: Request) -> Reply:
        if request.path.startswith("/_mock/api/worlds"):
            tables = {"users": [{"id": "u", "token": "token-of-u", "permission": "allowed"}], "devices": [{"id": "D", "enabled": True}]}
            return reply(201, {"name": "w", "base_url": f"http://{request.headers['host']}/worlds/w", "connhex": tables})
        return reply(200 if request.path.startswith("/_mock") else 500, {"status": "ok", "errors": [{"detail": f"I know {TOKEN}."}]})

    with stub(repeating) as running:
        file = target(tmp_path, running.url, TOKEN)
        ended = run(*CONTRACTS, "run", "--target", str(file), "-k", "claim-answers-201", "--no-properties", "--json", "out.json", cwd=tmp_path)
    assert ended.returncode == 1, ended.stderr
    assert "I know ***." in ended.stdout
    assert TOKEN not in ended.stdout + ended.stderr + (tmp_path / "out.json").read_text()
