"""Reports through the commands: run writes them, report makes others of a stored one, explain asks the last."""

from __future__ import annotations

import base64
import csv
import json
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest
import trustme
from ownership_contracts import specs
from ownership_contracts.contracts import cli
from ownership_contracts.contracts.case import cases
from ownership_contracts.contracts.connection import connection
from ownership_contracts.contracts.curl import curl_line
from ownership_contracts.contracts.fixtures import Binding
from ownership_contracts.contracts.live.mode import Mode
from ownership_contracts.contracts.play import Player
from ownership_contracts.contracts.request import Request
from ownership_contracts.contracts.result import Verdict
from ownership_contracts.contracts.target import Target

from tests.serving import CONTRACTS, Running

from .samples import COOKIE, CREATED, PASSWORD, TOKEN, connhex_table, knowing, row, target_file
from .stub import Reply, reply, stub
from .stub import Request as Came

pytestmark = pytest.mark.xdist_group("reports")

Run = Callable[..., subprocess.CompletedProcess[str]]
UNKNOWN_DEVICE = "unknown-device-is-refused"
FORMS = {"json": "r.json", "csv": "r.csv", "markdown": "r.md", "html": "r.html", "junit": "r.xml"}


@pytest.fixture
def main(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command in this process, which saves the start of one."""

    def call(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        monkeypatch.chdir(cwd)
        handler = signal.getsignal(signal.SIGTERM)
        try:
            code = cli.main(words)
        finally:
            signal.signal(signal.SIGTERM, handler)
        return subprocess.CompletedProcess(words, code, *capsys.readouterr())

    return call


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run in which a clause is broken, played by two processes, with every report."""
    folder = tmp_path_factory.mktemp("broken")
    with stub(knowing(lambda request: reply(201, CREATED))) as running:
        target = target_file(folder, running.url, connhex=connhex_table(devices=[{"id": f"D-{number}", "enabled": True} for number in range(60)]))
        options = [word for name, file in FORMS.items() for word in (f"--{name}", file)]
        words = [*CONTRACTS, "run", "--target", str(target), "-k", "device", "--no-properties", "-n", "2", *options]
        ended = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL)
    assert (ended.returncode, ended.stderr) == (1, "")
    return folder


def test_run_writes_every_form_of_one_outcome(broken: Path) -> None:
    document = json.loads((broken / "r.json").read_text())
    rows = {result["case"]: result["verdict"] for result in document["results"]}
    assert rows[UNKNOWN_DEVICE] == "fail"
    assert (document["exit_code"], document["asked"], document["vendors"]) == (1, ["-k", "device"], ["connhex"])
    with (broken / "r.csv").open(newline="") as lines:
        assert {line["case"]: line["verdict"] for line in csv.DictReader(lines)} == rows
    assert {case.get("name") for case in ElementTree.parse(broken / "r.xml").getroot().iter("testcase")} == set(rows)
    for file in ("r.md", "r.html"):
        assert document["verdict"].split(":")[1].strip() in (broken / file).read_text()
    assert {file.name for file in broken.iterdir()} == {*FORMS.values(), "target.toml", ".ownership-contracts"}


def test_rows_stand_in_the_order_of_the_suite_whichever_process_played_them(broken: Path) -> None:
    order = [case.id for case in cases("connhex")]
    found = [result["case"] for result in json.loads((broken / "r.json").read_text())["results"] if result.get("layer") == "case"]
    assert found == sorted(found, key=order.index)


def test_report_makes_the_same_forms_of_the_stored_one(broken: Path, main: Run, tmp_path: Path) -> None:
    options = [word for name, file in FORMS.items() for word in (f"--{name}", file)]
    ended = main("report", str(broken / "r.json"), *options, cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert {file: (tmp_path / file).read_text() for file in FORMS.values()} == {file: (broken / file).read_text() for file in FORMS.values()}


def test_report_alone_prints_the_stored_one(broken: Path, main: Run) -> None:
    ended = main("report", str(broken / "r.json"), cwd=broken)
    assert ended.returncode == 0
    assert ended.stdout.splitlines()[-1].startswith("It may not go out: ")
    assert UNKNOWN_DEVICE in "".join(ended.stdout.split())


@pytest.mark.parametrize("words", [["absent.json"], ["empty.json"], ["r.json", "--html", "no/folder/r.html"]])
def test_a_report_that_cannot_be_made_is_refused(words: list[str], broken: Path, main: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.json").write_text("{}")
    (tmp_path / "r.json").write_bytes((broken / "r.json").read_bytes())
    ended = main("report", *words, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert words[-1] in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_last_run_is_kept_where_git_does_not_see_it(broken: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=broken, check=True)
    seen = subprocess.run(["git", "status", "--short", "-uall"], cwd=broken, capture_output=True, text=True, check=True).stdout
    assert "r.json" in seen
    assert ".ownership-contracts" not in seen
    assert (broken / ".ownership-contracts" / "run.json").read_text() == (broken / "r.json").read_text()


@pytest.mark.parametrize("there", ["file", "locked"])
def test_a_run_that_cannot_keep_its_report_says_nothing_of_it(there: str, main: Run, tmp_path: Path) -> None:
    if there == "file":
        (tmp_path / ".ownership-contracts").write_text("mine")
    else:
        (tmp_path / ".ownership-contracts" / "run.json").mkdir(parents=True)
    with stub(knowing(lambda request: reply(201, CREATED))) as running:
        target = target_file(tmp_path, running.url)
        words = ("-k", "claim-answers-201-and-a-resource-id", "--ledger", "ledger")
        ended = main("run", "--target", str(target), *words, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_run_in_which_nothing_was_judged_still_writes_its_reports(main: Run, tmp_path: Path) -> None:
    with stub(knowing(lambda request: reply(201, CREATED))) as running:
        target = target_file(tmp_path, running.url)
        ended = main("run", "--target", str(target), "-k", "no-such-row", "--json", "r.json", "--markdown", "r.md", cwd=tmp_path)
    assert ended.returncode == 2
    assert json.loads((tmp_path / "r.json").read_text())["exit_code"] == 2
    assert (tmp_path / "r.md").read_text().startswith("## ❌ Nothing is known")


# ---------------------------------------------------------------------------------------------------- explain


def test_explain_tells_all_of_a_clause(broken: Path, main: Run) -> None:
    (name,) = {result["clause"] for result in json.loads((broken / "r.json").read_text())["results"] if result["case"] == UNKNOWN_DEVICE}
    clause = specs.ledger("connhex").clauses[name]
    ended = main("explain", name, cwd=broken)
    assert (ended.returncode, ended.stderr) == (0, "")
    for said in (clause.says.strip(), clause.section, clause.grade, f"{UNKNOWN_DEVICE}: user calls register", "mutants: ", ": fail, of ", "curl -sS"):
        assert said in ended.stdout


def test_explain_names_the_mutants_that_attack_the_clause(main: Run, tmp_path: Path) -> None:
    ended = main("explain", "connhex-public.deny-wins", cwd=tmp_path)
    assert "connhex.deny-ignored: " in ended.stdout
    assert ended.stdout.splitlines()[-1].startswith("no last run in this folder")


def test_explain_shows_a_row_as_it_is_written(broken: Path, main: Run, tmp_path: Path) -> None:
    ended = main("explain", UNKNOWN_DEVICE, "--report", str(broken / "r.json"), cwd=tmp_path)
    assert f"- id: {UNKNOWN_DEVICE}" in ended.stdout
    assert "call: register" in ended.stdout
    assert ": fail, of 1 row" in ended.stdout
    assert "since version 1 of the contract, which is at " in ended.stdout


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["connhex-post.20l"], "connhex-post.201"),
        (["zzz"], "'zzz'"),
        (["connhex.deny-ignored"], "`ownership-mock mutants connhex.deny-ignored`"),
        (["connhex-post.201", "--report", "absent"], "absent"),
    ],
)
def test_explain_refuses_what_there_is_not_and_says_what_is_near(words: list[str], named: str, main: Run, tmp_path: Path) -> None:
    ended = main("explain", *words, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert named in ended.stderr
    assert "Traceback" not in ended.stderr


# ---------------------------------------------------------------------------------------------------- curl


def again(line: str, **variables: str) -> tuple[int, str]:
    """The status and the output of a result's curl line, in a shell that knows these variables."""
    environment = {"PATH": os.environ["PATH"], **variables}
    ended = subprocess.run(["bash", "-euc", line], capture_output=True, text=True, timeout=60, check=False, env=environment)
    assert ended.returncode == 0, ended.stderr
    return int(ended.stdout.split()[1]), ended.stdout


def test_a_results_curl_line_repeats_the_request_on_the_real_server(mock: Running, world: dict[str, object], http: httpx.Client) -> None:
    table = world["connhex"]
    assert isinstance(table, dict)
    target = Target(str(world["base_url"]), {"connhex": table}, mode=Mode.WORLDS)
    with connection(target) as client:
        played = Player(target, client).play(row(**{"with": {"body": {"deviceId": "NO-SUCH-DEVICE"}}, "expect": {"status": 200}}))
    assert played.verdict is Verdict.FAIL, played.reason
    user = next(user for user in table["users"] if user.get("permission") == "allowed")
    assert str(user["token"]) not in played.curl
    assert "$USER_TOKEN" in played.curl
    assert again(played.curl, USER_TOKEN=str(user["token"]))[0] == 404
    assert again(played.curl, USER_TOKEN="wrong")[0] == 401


@pytest.mark.parametrize(
    ("method", "path", "headers", "content"),
    [
        ("POST", "/a/b:c?x=1&y=%20", {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}, b'{"a": "it\'s $HOME `id` \\\\ !x"}'),
        ("POST", "/a", {"Cookie": f"session={COOKIE}"}, f'{{"password": "{PASSWORD}"}}'.encode()),
        ("PUT", "/a/../b", {}, b"@file\nsecond\x07line"),
        ("GET", "/a[1]{2}", {"X-Empty": ""}, None),
        ("DELETE", "/", {}, None),
        ("HEAD", "/h", {"Authorization": f"Bearer {TOKEN}!"}, None),
        ("POST", "/", {}, b""),
        ("POST", "/", {"Content-Type": "text/plain; charset=utf-8"}, "ünï\u202e".encode()),
    ],
)
def test_the_line_sends_what_was_sent(method: str, path: str, headers: dict[str, str], content: bytes | None) -> None:
    binding = Binding({"user": {"Authorization": f"Bearer {TOKEN}"}, "guest": {"Cookie": f"session={COOKIE}"}}, {"user": {"password": PASSWORD}})

    def answered(request: Came) -> Reply:
        return reply(202)

    with stub(answered) as running:
        line = curl_line(Request(method, path, headers, content), binding, "user", Target(running.url, {}, mode=Mode.FIXTURES))
        for secret in (TOKEN, COOKIE, PASSWORD):
            assert secret not in line
        assert line.isprintable()
        assert again(line, USER_TOKEN=TOKEN, GUEST_COOKIE=COOKIE, USER_PASSWORD=PASSWORD)[0] == 202
        (came,) = running.seen
    assert (came.method, came.path, came.body) == (method, path, content or b"")
    for name in ("Authorization", "Cookie", "Content-Type", "X-Empty"):
        assert came.headers.get(name.lower()) == headers.get(name)


def test_a_body_that_no_argument_can_carry_has_no_line() -> None:
    target = Target("http://127.0.0.1:1", {}, mode=Mode.FIXTURES)
    assert curl_line(Request("POST", "/", {}, b"a\0b"), Binding({}), "user", target) == ""
    assert curl_line(Request("POST", "/", {}, b"a" * 100_000), Binding({}), "user", target) == ""


def test_a_secret_that_is_written_otherwise_in_json_or_a_url_is_a_variable_of_its_own() -> None:
    binding = Binding({}, {"user": {"password": 'pass"word/1'}})
    line = curl_line(
        Request("POST", "/pass%22word%2F1", {}, json.dumps({"p": 'pass"word/1'}).encode()),
        binding,
        "user",
        Target("http://h", {}),
    )
    assert not re.search("word", line.replace("PASSWORD", ""))
    assert "$USER_PASSWORD_IN_JSON" in line
    assert "$USER_PASSWORD_IN_URL" in line


def test_the_line_takes_the_way_that_the_request_took(tmp_path: Path) -> None:
    """CA, client certificate, proxy and the headers that go out with every request; of these and of the proxy's login no secret."""
    authority = trustme.CA()
    shown, own = authority.issue_cert("client@example.com"), tmp_path / "our own.pem"
    shown.private_key_and_cert_chain_pem.write_to_path(str(own))
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    files = {"ca": str(tmp_path / "ca.pem"), "certificate": str(own), "key": str(own)}
    with stub(lambda request: reply(202)) as proxy:
        through = proxy.url.replace("http://", "http://us:pass%2Fword@")
        target = Target("http://deployment.example", {}, ca=files["ca"], certificate=files["certificate"], key=files["key"], proxy=through)
        target = replace(target, headers={"X-Environment": "secret-of-staging"})
        line = curl_line(Request("GET", "/a", {}, None), Binding({}), "user", target)
        assert again(line, PROXY_PASSWORD="pass%2Fword", HEADER_X_ENVIRONMENT="secret-of-staging")[0] == 202
        (came,) = proxy.seen
    assert (came.path, came.headers["x-environment"]) == ("http://deployment.example/a", "secret-of-staging")
    assert came.headers["proxy-authorization"] == "Basic " + base64.b64encode(b"us:pass/word").decode()
    assert all(f"--{option} {shlex.quote(file)}" in line for option, file in zip(("cacert", "cert", "key"), files.values(), strict=True))
    assert not [secret for secret in ("pass%2Fword", "pass/word", "secret-of-staging") if secret in line]
    encrypted = curl_line(Request("GET", "/a", {}, None), Binding({}), "user", replace(target, proxy="https://proxy.example:3128"))
    assert f"--proxy https://proxy.example:3128 --proxy-cacert {shlex.quote(files['ca'])}" in encrypted


def test_the_line_of_a_request_to_another_host_has_none_of_the_targets_headers() -> None:
    """Where users sign in may be another host, to which the deployment's own headers do not go."""
    with stub(lambda request: reply(500)) as running:
        elsewhere = running.url.replace("127.0.0.1", "localhost")
        table = connhex_table(accounts_url=elsewhere)
        target = Target(running.url, {"connhex": table}, mode=Mode.WORLDS, headers={"X-Environment": "staging-x"})
        with connection(target) as client:
            lines = [Player(target, client).play(row(call=call, **{"with": {}})).curl for call in ("register", "whoami")]
        sent = {request.path: "x-environment" in request.headers for request in running.seen}
    assert sent == {"/ownerships": True, "/auth/sessions/whoami": False}
    assert [elsewhere in line for line in lines] == [False, True]
    assert ["$HEADER_X_ENVIRONMENT" in line for line in lines] == [True, False]
