"""The proxy before the mock: a good server breaks nothing, and of a broken one it names the clause."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpcore
import httpx
import pytest
import tomli_w
from ownership_contracts import specs
from ownership_contracts.contracts.proxy.judging import Bench, Judgement
from ownership_contracts.contracts.proxy.notes import Notes
from ownership_contracts.contracts.proxy.passing import Passing
from ownership_contracts.contracts.target import Target

from tests.contracts.misbehaving import misbehaving
from tests.serving import CONTRACTS, Running, serving

# Its proxies are started once.
pytestmark = pytest.mark.xdist_group("proxy")
THING = "/api/apps/a1open01/things/VENDOR_THING_ID:lamp-01"
LAMP = f"{THING}/ownership"
ADMIN = {"authorization": "Bearer admin-open"}
ANONYMOUS = {"authorization": "Basic YTFvcGVuMDE6N2YwZTZkNWM0YjNhMjkxODBmMWUyZDNjNGI1YTY5Nzg="}
ADA = {"authorization": "Bearer ory_st_ada"}
OWNER = "application/vnd.kii.ThingOwnershipRequest+json"
REGISTRATION = "application/vnd.kii.ThingRegistrationRequest+json"
NEW_THING = {"_vendorThingID": "lamp-77", "_password": "open-sesame-77"}
CLAIM = {"deviceId": "CTP-0139836"}


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("journal") / "journal.jsonl"


@pytest.fixture(scope="module")
def target(mock: Running, http: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("target") / "target.toml"
    made = mock.world()
    http.delete(f"{mock.url}/_mock/api/worlds/{made['name']}")
    tables = {name: made[name] for name in specs.vendors()}
    file.write_text(tomli_w.dumps({"base_url": mock.url, "control": f"{mock.url}/_mock/api", **tables}), "utf-8")
    return file


@pytest.fixture(scope="module")
def strict(target: Path, journal: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    options = ("--target", str(target), "--strict", "--journal", str(journal))
    with serving(tmp_path_factory.mktemp("strict"), *options, command=CONTRACTS, verb="proxy") as running:
        yield running


def entries(journal: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in journal.read_text("utf-8").splitlines()]


@pytest.fixture
def broken(mock: Running, http: httpx.Client) -> Iterator[Callable[[str], dict[str, Any]]]:
    """A fresh world that goes wrong in this way, as a target's tables."""
    made: list[str] = []

    def world(mutant: str) -> dict[str, Any]:
        answer = http.post(f"{mock.url}/_mock/api/worlds", json={"mutants": [mutant]}).raise_for_status()
        made.append(answer.json()["name"])
        return dict(answer.json())

    yield world
    for name in made:
        http.delete(f"{mock.url}/_mock/api/worlds/{name}")


def post(body: Any, media: str = "application/json", **headers: str) -> dict[str, Any]:
    return {"method": "POST", "headers": {"content-type": media, **headers}, "content": json.dumps(body)}


MUTANTS: list[tuple[str, str, dict[str, Any], str]] = [
    ("kii.list-takes-no-credential", LAMP, {"method": "GET"}, "kii-ownership.authorization-required"),
    ("kii.post-takes-no-credential", LAMP, post({"groupID": "GROUP"}, OWNER), "kii-ownership.authorization-required"),
    ("kii.list-lets-in-anonymous", LAMP, {"method": "GET", "headers": ANONYMOUS}, "kii-list.authorization-bearer"),
    (
        "kii.request-group-lets-in-anonymous",
        f"{LAMP}/request/group:GROUP",
        {"method": "POST", "headers": ANONYMOUS},
        "kii-request-group.authorization-bearer",
    ),
    ("kii.list-without-users-where-empty", LAMP, {"method": "GET", "headers": ADMIN}, "kii-list.200"),
    ("kii.list-of-another-type", LAMP, {"method": "GET", "headers": ADMIN}, "kii-list.200"),
    ("kii.message-with-a-bare-percent-sign", LAMP, post({"userID": "100%"}, OWNER, **ADMIN), "kii-public.message-decodes"),
    ("kii.thing-200", "/api/apps/a1open01/things", post(NEW_THING, REGISTRATION, **ADMIN), "kii-thing.201-without-token"),
    ("connhex.claimed-200", "/ownerships", post(CLAIM, **ADA), "connhex-post.201"),
    ("connhex.claimed-without-body", "/ownerships", post(CLAIM, **ADA), "connhex-post.201"),
    ("connhex.resource-id-missing", "/ownerships", post(CLAIM, **ADA), "connhex-post.201"),
    ("connhex.resource-id-no-uuid", "/ownerships", post(CLAIM, **ADA), "connhex-public.resource-id-uuid"),
    ("connhex.session-token-missing", "", {}, "connhex-public.login"),
    ("connhex.action-without-its-flow", "/auth/self-service/login/api", {"method": "GET"}, "connhex-public.login-start"),
]


@pytest.mark.parametrize(("mutant", "path", "request_", "clause"), MUTANTS, ids=[row[0] for row in MUTANTS])
def test_of_a_broken_server_the_clause_is_named(
    mutant: str,
    path: str,
    request_: dict[str, Any],
    clause: str,
    strict: Running,
    broken: Callable[[str], dict[str, Any]],
    journal: Path,
    http: httpx.Client,
) -> None:
    world = broken(mutant)
    where = f"{strict.url}/worlds/{world['name']}"
    group = next(app for app in world["kii"]["apps"] if app["id"] == "a1open01")["groups"][0]["id"]
    path, request_ = path.replace("GROUP", group), {**request_, "content": request_.get("content", "").replace("GROUP", group)}
    if mutant == "connhex.session-token-missing":
        begun = http.get(f"{where}/auth/self-service/login/api").json()
        path = f"/auth/self-service/login?flow={begun['id']}"
        request_ = post({"identifier": "ada@example.com", "password": "lovelace-1815", "method": "password"})
    answer = http.request(url=where + path, **request_)
    assert answer.status_code == 502, answer.text
    assert clause in [named for broke in answer.json()["violations"] for named in broke["clauses"]]
    told = [entry for entry in entries(journal) if f"/worlds/{world['name']}/" in entry["target"] and entry["kind"] == "violation"]
    assert clause in [named for entry in told for named in entry["clauses"]]
    assert all(entry["withheld"] for entry in told)
    assert "lovelace-1815" not in journal.read_text("utf-8") + answer.text


ROWS = "neither or both or nobody or malformed or trailing or basic or claims-a or confirms-a"


def test_the_rows_of_the_case_layer_hold_through_it_and_nothing_is_called_broken(
    strict: Running, target: Path, journal: Path, run: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    before = len(entries(journal)) if journal.exists() else 0
    found = run(*CONTRACTS, "run", "--target", str(target), "--url", strict.url, "--layer", "case", "--no-properties", "-k", ROWS)
    assert found.returncode == 0, found.stdout + found.stderr
    said = [entry for entry in entries(journal)[before:] if entry["kind"] != "advice"]
    assert not said
    # It was on the way: odd requests are told to their developers.
    assert [entry for entry in entries(journal)[before:] if entry["kind"] == "advice"]


def test_a_target_files_tls_certificate_and_headers_are_used_and_told_to_nobody(mock: Running, tmp_path: Path, http: httpx.Client) -> None:
    world = mock.world()
    with misbehaving(mock.url, tmp_path, demanding=True) as rig:
        document = {
            "base_url": rig.url,
            "ca": str(rig.ca),
            "client_certificate": str(rig.certificate),
            "client_key": str(rig.key),
            "headers": {"X-Gateway": "for-the-gateway-only"},
            "kii": world["kii"],
        }
        file = tmp_path / "target.toml"
        file.write_text(tomli_w.dumps(document), "utf-8")
        with serving(tmp_path, "--target", str(file), command=CONTRACTS, verb="proxy") as running:
            answer = http.get(f"{running.url}/worlds/{world['name']}{LAMP}", headers=ADMIN)
    assert answer.status_code == 200, answer.text
    assert [seen.headers["x-gateway"] for seen in rig.seen] == ["for-the-gateway-only"]
    assert running.process.returncode == 0
    assert "for-the-gateway" not in "".join(running.printed)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--target", "ftp://example.com"], "no http(s) URL"),
        (["--target", "http://user:pass@127.0.0.1"], "no http(s) URL"),
        (["--target", "http://staging.example.com"], "in the clear"),
        (["--target", "nowhere.toml"], "nowhere.toml"),
        (["--target", "http://127.0.0.1:1", "--journal", "no/such/folder/j"], "--journal"),
        (["--target", "http://127.0.0.1:1", "--host", "203.0.113.7"], "--host"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from ownership_contracts.contracts.cli import main  # noqa: PLC0415 - here alone

    assert main(["proxy", "--port", "0", *arguments]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "pass@" not in told


class Body:
    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b'{"users": []}'


class Answering:
    """A deployment that answers everything with an empty list of owners."""

    async def send(self, method: str, target: bytes, headers: Any, upload: Any) -> httpcore.Response:
        async for _ in upload:
            pass
        return httpcore.Response(200, headers=[(b"content-type", b"application/json")], content=Body())


class Failing(Bench):
    def judge(self, exchange: Any) -> Judgement:
        raise RecursionError("deep")


@pytest.mark.parametrize("strict_", [False, True])
def test_a_judge_that_fails_breaks_no_traffic(strict_: bool, capsys: pytest.CaptureFixture[str]) -> None:
    journal = io.StringIO()
    notes = Notes(["kii"], journal)
    app: Any = Passing(Target("http://127.0.0.1:1", {}), Answering(), Failing(["kii"]), notes, strict=strict_)  # type: ignore[arg-type]  # a stand-in

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            return await client.get(f"http://p{LAMP}")

    answer = asyncio.run(ask())
    notes.told.close()
    assert (answer.status_code, answer.text) == (200, '{"users": []}')
    assert "the judge failed" in capsys.readouterr().out
    assert "the judge failed: RecursionError" in journal.getvalue()


@pytest.mark.parametrize("full", [False, True])
def test_a_journal_that_cannot_be_written_breaks_no_traffic(full: bool, capsys: pytest.CaptureFixture[str]) -> None:
    journal = Path("/dev/full").open("w") if full else io.StringIO()  # noqa: SIM115 - whoever writes it closes it, which is what is looked at
    if not full:
        journal.close()
    notes = Notes(["kii"], journal)
    app: Any = Passing(Target("http://127.0.0.1:1", {}), Answering(), Bench(["kii"]), notes)  # type: ignore[arg-type]  # a stand-in

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            return await client.get(f"http://p{LAMP}")

    assert asyncio.run(ask()).status_code == 200
    notes.told.close()
    assert "not written any more" in capsys.readouterr().err
    # The command closes it too.
    journal.close()
