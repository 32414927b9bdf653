"""The plugin in a QA engineer's own project: nothing without its options, rows beside their own tests with them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from ownership_contracts.contracts.case import cases

from .processes import marked_processes
from .samples import CREATED, connhex_table, knowing, target_file
from .stub import reply, stub

PASSES, FAILS, DIFFERS = "claim-answers-201-and-a-resource-id", "missing-device-id-is-refused", "user-without-permission-gets-403"
REPORTED, NOT_OBSERVABLE, SKIPPED = "malformed-device-id-empty", "claim-makes-one-active-resource", "deny-wins-over-the-users-own-allow"
ROWS = [case.id for case in cases("connhex")]
PREFIX = "ownership-contracts/connhex::"
CONFTEST = """
import pytest

# Under xdist one worker makes what these tests share.
pytestmark = pytest.mark.xdist_group("plugin")

@pytest.fixture(autouse=True)
def ours():
    yield

def pytest_collection_modifyitems(config, items):
    for item in items:
        item.add_marker(pytest.mark.nightly)
        assert item.path.exists() and item.location and item.nodeid and not item.get_closest_marker("skip")
"""


@dataclass(frozen=True)
class Project:
    """A folder with a conftest.py, a pytest.ini, two tests of its owner's, and the target file of a deployment where every claim succeeds."""

    folder: Path

    def pytest(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        # Schemathesis has a plugin too, which takes a second to import and has no part in this.
        command = [sys.executable, "-m", "pytest", "-p", "no:schemathesis", *words]
        return subprocess.run(command, cwd=self.folder, env={**env, **environment}, capture_output=True, text=True, timeout=120, check=False)

    def contracts(self, *words: str, rows: tuple[str, ...] = (), **environment: str) -> subprocess.CompletedProcess[str]:
        chosen = ["-k", " or ".join(("theirs", *rows))] if rows else []
        return self.pytest("--ownership-target", "target.toml", *chosen, *words, **environment)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("project")
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\nmarkers = nightly\nfilterwarnings = error\n")
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_theirs.py").write_text("def test_theirs():\n    pass\n\ndef test_theirs_too():\n    pass\n")
    users = [*connhex_table()["users"], {"id": "rita", "token": "r", "cookie": "c", "permission": "resource_only"}]
    with stub(knowing(lambda request: reply(201, CREATED), users)) as running:
        devices = [{"id": f"D-{number}", "enabled": number % 4 != 0} for number in range(600)]
        target_file(folder, running.url, connhex=connhex_table(users=users, devices=devices))
        yield Project(folder)


def last(ended: subprocess.CompletedProcess[str]) -> dict[str, int]:
    """The counts of pytest's last line."""
    line = ended.stdout.splitlines()[-1]
    return {word: int(count) for count, word in re.findall(r"(-?\d+) (passed|failed|xfailed|skipped|deselected|error|errors|warning|warnings)", line)}


# ---------------------------------------------------------------------------------------------------- without its options


def test_without_an_option_the_plugin_changes_nothing(project: Project) -> None:
    def shown(*words: str) -> tuple[int, str, str]:
        ended = project.pytest("-q", *words)
        return ended.returncode, re.sub(r"in [0-9.]+s", "in some time", ended.stdout), ended.stderr

    with_it = shown()
    assert with_it == shown("-p", "no:ownership-contracts")
    assert with_it[0] == 0


def test_an_option_that_asks_for_no_contracts_adds_none(project: Project) -> None:
    ended = project.pytest("-q", "--ownership-vendor", "connhex", "--ownership-judge-public")
    assert last(ended) == {"passed": 2}
    assert "ownership contracts" not in ended.stdout


def test_the_help_lists_the_options(project: Project) -> None:
    told = project.pytest("--help").stdout
    assert {"--ownership-target", "--ownership-mock", "--ownership-url", "--ownership-json", "--ownership-patience", "--ownership-mock-url"} <= set(
        re.findall(r"--[a-z-]+", told)
    )


# ---------------------------------------------------------------------------------------------------- items


def test_rows_are_items_beside_the_projects_own_tests(project: Project) -> None:
    ended = project.contracts("--collect-only", "-q")
    ids = [line for line in ended.stdout.splitlines() if "::" in line]
    rows = [*ROWS, "matrix", "model", "races", "properties"]
    assert ids == ["test_theirs.py::test_theirs", "test_theirs.py::test_theirs_too", *(PREFIX + row for row in rows)]
    assert ended.returncode == 0


def test_the_rows_are_counted_as_collected(project: Project) -> None:
    ended = project.contracts("--collect-only", "-k", PASSES)
    (line,) = [line for line in ended.stdout.splitlines() if line.startswith("collected ")]
    # Their own tests, and an item for each other layer: without a control API they are skipped whole.
    everything = len(ROWS) + 2 + 4
    assert line == f"collected {everything} items / {everything - 1} deselected / 1 selected"


@dataclass(frozen=True)
class Shown:
    ended: subprocess.CompletedProcess[str]
    document: dict[str, Any]
    junit: ElementTree.Element


CHOSEN = (PASSES, FAILS, DIFFERS, REPORTED, NOT_OBSERVABLE, SKIPPED)


@pytest.fixture(scope="module", params=["in one process", "in two"])
def shown(request: pytest.FixtureRequest, project: Project) -> Shown:
    """A run of the project's own tests and of a row for each verdict."""
    spread = ["-n", "2"] if request.param == "in two" else []
    ended = project.contracts("-v", "-rs", "--ownership-json", "out.json", "--junitxml", "out.xml", *spread, rows=CHOSEN)
    found = Shown(ended, json.loads((project.folder / "out.json").read_text()), ElementTree.parse(project.folder / "out.xml").getroot())
    for name in ("out.json", "out.xml"):
        (project.folder / name).unlink()
    return found


def test_an_expression_selects_rows_and_tests_alike(shown: Shown) -> None:
    verdicts = {row["case"]: row["verdict"] for row in shown.document["results"]}
    chosen = {row for row in ROWS if any(part in row for part in CHOSEN)}
    assert set(verdicts) == chosen
    assert {verdicts[row] for row in CHOSEN} == {"pass", "fail", "differs", "reported", "not observable", "skipped"}
    assert "test_theirs.py::test_theirs_too" in shown.ended.stdout


def test_only_a_pass_is_counted_as_passed(shown: Shown) -> None:
    verdicts = [row["verdict"] for row in shown.document["results"]]
    passed, failed = verdicts.count("pass"), verdicts.count("fail")
    assert {name: count for name, count in last(shown.ended).items() if name != "deselected"} == {
        "passed": passed + 2,
        "failed": failed,
        "skipped": len(verdicts) - passed - failed,
    }
    assert shown.ended.returncode == 1


def test_a_row_that_is_not_judged_says_what_it_is_instead(shown: Shown) -> None:
    assert "differs: the request: expected status 403, saw status 201" in shown.ended.stdout
    assert "not observable: the target names no probe 'resources'" in shown.ended.stdout
    assert "skipped: the target lists no user whose permission is denied" in shown.ended.stdout


def test_a_failed_row_is_shown_with_its_clause_its_source_and_what_came(shown: Shown) -> None:
    assert "connhex connhex-post.device-id-required: fail" in shown.ended.stdout
    assert "(documented; connhex-devices-ownerships, the API reference, POST /ownerships / Request Body / deviceId)" in shown.ended.stdout
    assert f"expected status refused, saw status 201: {json.dumps(CREATED)}" in shown.ended.stdout
    assert "as user" in shown.ended.stdout
    assert "runtest" not in shown.ended.stdout


def test_a_failed_row_is_headed_by_what_it_is(shown: Shown) -> None:
    (heading,) = re.findall(r"^_+ (.*) _+$", shown.ended.stdout, re.MULTILINE)
    assert FAILS in heading


def test_the_verdicts_are_summed_up_by_clause(shown: Shown) -> None:
    assert shown.ended.stdout.count(" ownership contracts ") == 1
    summary = shown.ended.stdout.partition(" ownership contracts ")[2]
    assert re.search(r"^fail +connhex-post\.device-id-required: ", summary, re.MULTILINE)
    assert re.search(r"^differs +connhex-public\.403-not-allowed: ", summary, re.MULTILINE)
    assert re.search(r"^\d+ pass, 1 fail, \d+ differs, \d+ reported, \d+ skipped, 1 not observable$", summary, re.MULTILINE)


def test_the_junit_report_holds_the_rows_beside_the_tests(shown: Shown) -> None:
    found = {(case.get("classname"), case.get("name")) for case in shown.junit.iter("testcase")}
    assert found == {("test_theirs", "test_theirs"), ("test_theirs", "test_theirs_too")} | {
        ("ownership-contracts.connhex", row["case"]) for row in shown.document["results"]
    }


def test_a_row_that_failed_can_be_run_again_alone(project: Project) -> None:
    project.contracts("--cache-clear", rows=(PASSES, FAILS))
    again = project.contracts("--lf", "-v", "-o", "console_output_style=classic")
    assert last(again)["failed"] == 1
    assert "passed" not in last(again)
    assert f"{PREFIX}{FAILS} FAILED" in again.stdout


def test_rows_of_a_vendor_or_a_grade_alone_can_be_asked_for(project: Project) -> None:
    documented = [case.id for case in cases("connhex") if case.clause.grade == "documented"]
    ended = project.contracts("--collect-only", "-q", "--ownership-vendor", "connhex", "--ownership-grade", "documented")
    assert [line.removeprefix(PREFIX) for line in ended.stdout.splitlines() if line.startswith(PREFIX)] == [*documented, "matrix", "races"]


# ---------------------------------------------------------------------------------------------------- a mock of its own


def test_a_mock_of_its_own_is_started_and_ended(project: Project) -> None:
    mark = uuid.uuid4().hex
    ended = project.pytest("--ownership-mock", "--ownership-layer", "case", "-k", f"{PASSES} or {FAILS}", "-n", "2", OWNERSHIP_TEST_MARK=mark)
    assert ended.returncode == 0
    assert last(ended)["passed"] == len([row for row in ROWS if PASSES in row or FAILS in row])
    assert marked_processes(mark) == {}


# ---------------------------------------------------------------------------------------------------- what cannot be used


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("base_url = ", "not TOML"),
        ("base_url = 'http://127.0.0.1:9'", "nothing to test"),
        ("base_url = 'http://192.0.2.1'\n[connhex]\nusers = [{id = 'u', token = 't'}]", "is to be https"),
    ],
)
def test_a_bad_target_file_is_a_usage_error(content: str, told: str, project: Project, tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(content)
    ended = project.pytest("--ownership-target", str(file))
    assert ended.returncode == pytest.ExitCode.USAGE_ERROR
    assert told in ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
    assert "INTERNALERROR" not in ended.stdout + ended.stderr


def test_a_target_file_elsewhere_leaves_the_project_its_settings(project: Project, tmp_path: Path) -> None:
    elsewhere = tmp_path / "target.toml"
    elsewhere.write_bytes((project.folder / "target.toml").read_bytes())
    ended = project.pytest(f"--ownership-target={elsewhere}", "-k", f"theirs or {PASSES}")
    assert (ended.returncode, last(ended)["passed"]) == (0, 3)
    assert "configfile: pytest.ini" in ended.stdout


def test_a_report_that_cannot_be_written_is_a_usage_error(project: Project) -> None:
    ended = project.contracts("--ownership-json", "no/such/folder/out.json", rows=(PASSES,))
    assert ended.returncode == pytest.ExitCode.USAGE_ERROR
    assert "no/such/folder" in ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr


def test_a_vendor_that_the_target_does_not_describe_is_no_pass(project: Project) -> None:
    ended = project.contracts("--ownership-vendor", "kii", "-k", "list-")
    assert ended.returncode != 0


def test_a_known_failure_is_an_expected_one_and_what_was_not_checked_is_no_pass(project: Project, tmp_path: Path) -> None:
    file = tmp_path / "known.yaml"
    file.write_text(f"- {{case: {FAILS}, vendor: connhex, reason: the ticket 17, expires: 2999-12-31}}\n")
    ended = project.contracts("--ownership-baseline", str(file), "--ownership-require=connhex-post.required-resource", rows=(PASSES, FAILS))
    assert last(ended) == {"passed": 3, "xfailed": 1, "deselected": last(ended)["deselected"]}
    assert ended.returncode == 1
    assert "Required, but not checked: connhex-post.required-resource: no row of it was played." in ended.stdout


def test_what_is_required_is_so_too_where_other_tests_alone_were_chosen(project: Project) -> None:
    ended = project.contracts("--ownership-require=connhex-post.201", "-k", "theirs")
    assert (last(ended)["passed"], ended.returncode) == (2, 1)
    assert "Required, but not checked: connhex-post.201: no row of it was played." in ended.stdout
    assert project.contracts("--ownership-require=connhex-post.201", "--collect-only", "-q").returncode == 0
