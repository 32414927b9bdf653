"""The prove subcommand: what it kills, what it says of what it does not, and what it leaves behind."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from ownership_contracts.contracts.case import cases
from ownership_contracts.contracts.contract import operation_of

from tests.serving import CONTRACTS

from . import commands
from .commands import Marked, finished, main

# Under xdist one worker makes what these tests share.
pytestmark = pytest.mark.xdist_group("prove")

ROOT = Path(__file__).parent.parent.parent
DENY = "connhex.deny-ignored"
HARMLESS = "connhex.other-words"
CLAIMING = {"register"}
PERMISSION = "connhex/permission.yaml"


@pytest.fixture
def marked(tmp_path: Path) -> Iterator[Marked]:
    with commands.marked(tmp_path) as start:
        yield start


@pytest.fixture
def prove(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., commands.Ended]:
    """Run `prove` with one worker, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: main("prove", "-n", "1", *words)


def report(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / ".ownership-contracts" / "prove.json").read_text())
    return found


def calling(vendor: str, operations: set[str]) -> list[str]:
    """The rows that call one of these operations in any step, by its name or by a request written out."""

    def called(step: Mapping[str, Any]) -> str | None:
        written = operation_of(vendor, step["send"]["method"], step["send"]["path"]) if "send" in step else None
        return written.id if written else step.get("call")

    return [case.id for case in cases(vendor) if operations & {called(step) for step in (*case.given, case.step, *case.then)}]


# ---------------------------------------------------------------------------------------------------- ours


def test_it_plays_the_rows_that_a_mutant_touches_and_tells_which_kill_it(prove: Callable[..., commands.Ended], tmp_path: Path) -> None:
    ended = prove("--mutant", DENY, "--mutant", HARMLESS, "--layer", "case")
    assert (ended.code, ended.err) == (0, "")
    killed, harmless = sorted(report(tmp_path)["trials"], key=lambda trial: trial["mutant"]["harmless"])
    touched, every = calling("connhex", CLAIMING), [case.id for case in cases("connhex")]
    assert killed["played"] == {"case": len(touched)}
    assert killed["not_played"] == len(every) - len(touched) > 0
    assert {"deny-wins-over-the-users-own-allow"} <= set(killed["kills"]["case"]) < set(touched)
    assert (killed["killed"], killed["errors"]) == (True, [])
    assert harmless["played"] == {"case": len(every)}
    assert (harmless["killed"], harmless["kills"], harmless["failures"]) == (False, {}, {})
    assert "1 of 1 mutants killed, 1 of 1 harmless ones green" in ended.out
    assert "connhex: 1 of 1 clauses shown by a case" in ended.out
    clauses = report(tmp_path)["clauses"]
    shown = clauses["covered"]["connhex-public.deny-wins"]
    assert shown["mutant"] == DENY
    assert next(case for case in cases("connhex") if case.id == shown["case"]).clause.id == "connhex-public.deny-wins"
    # Of clauses that nothing attacked nothing is told.
    assert set(clauses["covered"]) | {clause for told in clauses["uncovered"].values() for clause in told} <= {"connhex-public.deny-wins"}


def test_the_first_kill_is_looked_for_where_it_is_likeliest_and_is_in_every_report(prove: Callable[..., commands.Ended], tmp_path: Path) -> None:
    files = {form: tmp_path / f"report.{form}" for form in ("json", "html", "markdown", "csv", "junit")}
    words = [word for form, file in files.items() for word in (f"--{form}", str(file))]
    assert prove("--mutant", DENY, "--layer", "case", "--first", *words).code == 0
    (trial,) = report(tmp_path)["trials"]
    assert trial["played"] == {"case": 1}
    assert trial["not_played"] == len(cases("connhex")) - 1
    assert report(tmp_path)["clauses"] == {"covered": {}, "uncovered": {}}
    assert all(DENY in file.read_text() for file in files.values())
    document = json.loads(files["json"].read_text())
    assert (document["command"], document["exit_code"]) == ("prove", 0)


def test_without_the_case_file_that_kills_a_mutant_it_survives_and_is_named_with_its_clause(prove: Callable[..., commands.Ended]) -> None:
    ended = prove("--mutant", DENY, "--layer", "case", "--without-cases", PERMISSION)
    assert ended.code == 1
    assert f"survives {DENY}" in ended.out
    assert "0 of 1 mutants killed" in ended.out
    assert f"not shown connhex-public.deny-wins: no case is about it, and it is attacked by {DENY}" in ended.out


def test_a_clause_that_no_case_shows_fails_the_proof_only_where_that_is_asked_for(prove: Callable[..., commands.Ended]) -> None:
    # It is killed by a row that is about another clause.
    words = ("--mutant", "connhex.claimed-200", "--layer", "case", "--case", "*wildcard*")
    ended = prove(*words)
    assert (ended.code, "not shown" in ended.out) == (0, True), ended.out
    assert prove(*words, "--require-clauses").code == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--mutant", "connhex.deny-ignord"], f"no mutant is called so; near it: {DENY}"),
        (["--mutant", "nothing-like-it"], "`ownership-mock mutants` lists all"),
        (["--vendor", "kii", "--mutant", DENY], "no mutant is called so"),
        (["--mutant", DENY, "--case", "no-such-row"], "no row fits"),
        (["--without-cases", "connhex/nothing"], f"there is no such case file; there are {'connhex/association.yaml'}"),
        (["--first", "--full"], "one of them"),
        (["--first", "--require-clauses"], "leave --require-clauses out"),
        (["--suite", "true {url}", "--first"], "--first is about ours"),
        (["--suite", "true"], "names neither {url} nor {target}"),
        (["--suite", "true '{url}"], "cannot be split"),
        (["--suite", "no-such-command {url}", "--mutant", DENY], "no-such-command cannot be run: No such file"),
        (["--json", "no/such/folder.json"], "a report cannot be written there"),
    ],
)
def test_what_cannot_be_done_is_told_and_ends_with_2(words: list[str], said: str, prove: Callable[..., commands.Ended]) -> None:
    ended = prove(*words)
    assert ended.code == 2
    assert said in ended.err
    assert ended.out == ""
    assert "Traceback" not in ended.err


# ---------------------------------------------------------------------------------------------------- the suite itself is wrong


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three parts, copied, with a row that asks for the very words of a message."""
    root = tmp_path_factory.mktemp("tree")
    for part in ("specs", "mockserver", "contracts"):
        shutil.copytree(ROOT / part, root / "ownership_contracts" / part, ignore=shutil.ignore_patterns("__pycache__"))
    return root


def proved(tree: Path, row: str, *words: str) -> subprocess.CompletedProcess[str]:
    (tree / "ownership_contracts" / "contracts" / "connhex" / "cases" / "strict.yaml").write_text(row)
    command = [*CONTRACTS, "prove", "-n", "1", "--layer", "case", "--case", "a-strict-row", *words]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    return subprocess.run(command, env=environment, cwd=tree, capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL)


STRICT = """
- id: a-strict-row
  clause: connhex-post.validates-device
  effect: owner
  needs: {user: allowed}
  as: user
  call: register
  with: {body: {deviceId: $unknown.device}}
  expect: {status: 404, body: {properties: {errors: {items: {properties: {detail: {pattern: "^[ -~]*$"}}}}}}}
"""


def test_a_row_that_is_too_strict_cries_wolf(strict: Path) -> None:
    ended = proved(strict, STRICT, "--mutant", HARMLESS)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert f"cries wolf {HARMLESS}: a-strict-row: " in ended.stdout
    assert "\n0 of 1 harmless ones green" in ended.stdout


def test_a_suite_that_fails_on_a_good_server_proves_nothing(strict: Path) -> None:
    ended = proved(strict, STRICT.replace("404", "418"), "--mutant", DENY)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "the suite fails on a good server" in ended.stderr
    assert "connhex a-strict-row: the request: expected status 418, saw status 404" in ended.stderr


# ---------------------------------------------------------------------------------------------------- another suite


def suite(folder: Path, script: str) -> str:
    """The command of a suite that is this script: `url`, `vendor` and `ask`, which answers (status, text), are there."""
    file = folder / "suite.py"
    asking = """
import json, os, sys, time
import httpx
url, vendor = sys.argv[1:3]
def ask(path, token, **body):
    answer = httpx.post(url + path, json=body, headers={"Authorization": "Bearer " + token}, trust_env=False, timeout=60, verify=False)
    return answer.status_code, json.dumps(answer.json(), ensure_ascii=False)
"""
    file.write_text(asking + script)
    return f"{shlex.quote(sys.executable)} {shlex.quote(str(file))} {{url}} {{vendor}}"


def test_another_suite_is_graded_by_its_exit_code(prove: Callable[..., commands.Ended], tmp_path: Path) -> None:
    looks = "sys.exit(ask('/ownerships', 'ory_st_ada', deviceId='NO-SUCH')[1].isascii() is False or vendor != 'connhex')"
    ended = prove("--suite", suite(tmp_path, looks), "--vendor", "connhex", "--mutant", DENY, "--mutant", HARMLESS, "-n", "2")
    assert ended.code == 1
    trials = {trial["mutant"]["name"]: trial for trial in report(tmp_path)["trials"]}
    assert trials[DENY]["kills"] == {}
    assert trials[HARMLESS]["kills"] == {"suite": ["exit code 1"]}
    assert f"survives {DENY}" in ended.out
    assert f"cries wolf {HARMLESS}: exit code 1" in ended.out


def test_a_suite_that_wants_a_target_file_has_a_server_whose_every_world_goes_wrong(prove: Callable[..., commands.Ended]) -> None:
    ours = f"{shlex.quote(sys.executable)} -m ownership_contracts.contracts run --no-properties --target {{target}} --vendor {{vendor}} -k deny-wins"
    ended = prove("--suite", ours, "--mutant", DENY, "--mutant", "connhex.wildcards-ignored")
    assert ended.code == 1
    assert "1 of 2 mutants killed" in ended.out
    assert "survives connhex.wildcards-ignored" in ended.out


def test_a_suite_that_does_not_end_kills_what_it_does_not_end_on_and_is_ended(prove: Callable[..., commands.Ended], tmp_path: Path) -> None:
    hangs = "time.sleep(0 if ask('/ownerships', 'ory_st_ada', deviceId='NO-SUCH')[1].isascii() else 600)"
    ended = prove("--suite", suite(tmp_path, hangs), "--vendor", "connhex", "--mutant", HARMLESS, "--timeout", "15")
    assert ended.code == 1
    assert f"cries wolf {HARMLESS}: no end in time" in ended.out


def test_a_suite_that_fails_on_a_good_server_is_shown_with_what_it_said(prove: Callable[..., commands.Ended], tmp_path: Path) -> None:
    ended = prove("--suite", suite(tmp_path, "print('x' * 100000); sys.exit('it is \\x1b[31mred')"), "--mutant", DENY)
    assert (ended.code, ended.out) == (2, "")
    assert "the suite fails on a good server (connhex, exit code 1)" in ended.err
    assert "it is \\x1b[31mred" in ended.err
    assert len(ended.err) < 10000


# ---------------------------------------------------------------------------------------------------- ended


def awaited(start: Marked, process: subprocess.Popen[str], word: str, patience: float = 60) -> list[int]:
    """The processes of this word that came of it, once there are such."""
    end = time.monotonic() + patience
    while time.monotonic() < end and process.poll() is None:
        found = [pid for pid, command in start.running().items() if word in command]
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"no {word} was started")


def busy(pid: int, command: str) -> None:
    """Return once the server has listened for a while, and half a second of its processor's time has gone into requests."""
    words = command.split()
    target = Path(words[words.index("--write-target") + 1])
    while not target.exists():
        time.sleep(0.05)
    began = spent(pid)
    while spent(pid) < began + 0.5:
        time.sleep(0.05)


def spent(pid: int) -> float:
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")


LONG = ("prove", "-n", "1", "--vendor", "connhex", "--layer", "case")


DYING = [("mockserver", "the mock server ended while"), ("prove.worker", "a worker ended before its work was done")]


@pytest.mark.parametrize(("word", "said"), DYING)
def test_a_server_or_a_worker_that_dies_is_no_kill(word: str, said: str, marked: Marked) -> None:
    process = marked(*LONG)
    (pid, *_) = awaited(marked, process, word)
    if word == "mockserver":
        busy(pid, marked.running()[pid])
    os.kill(pid, signal.SIGKILL)
    ended = finished(process)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_proof_leaves_nothing_behind(number: signal.Signals, marked: Marked) -> None:
    process = marked(*LONG)
    awaited(marked, process, "mockserver")
    process.send_signal(number)
    ended = finished(process)
    assert ended.returncode == (-signal.SIGKILL if number == signal.SIGKILL else 130)
    assert "Traceback" not in ended.stdout + ended.stderr


def test_an_interrupted_suite_is_ended_with_all_that_it_started(marked: Marked, tmp_path: Path) -> None:
    waits = "import subprocess; subprocess.run(['sleep', '600'])"
    process = marked("prove", "--suite", suite(tmp_path, waits), "--mutant", DENY)
    awaited(marked, process, "sleep")
    process.send_signal(signal.SIGINT)
    assert finished(process).returncode == 130
