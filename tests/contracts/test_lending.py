"""The fixtures in somebody's own project: a mock in two lines, a world for each test, and its journal where the test fails."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.serving import Running

from .processes import await_end, marked_processes
from .stub import Reply, Request, reply, stub

THEIRS = """
import httpx
import pytest

# Under xdist one worker makes what these tests share.
pytestmark = pytest.mark.xdist_group("lending")

LAMP = "/api/apps/a1open01/things/VENDOR_THING_ID:lamp-01/ownership"

def ask(world, method="GET", token="admin-open", **body):
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.request(method, world.base_url + LAMP, headers=headers, json=body or None, trust_env=False).status_code

@pytest.fixture
def fails_before(ownership_world):
    ask(ownership_world, token="before-it-began")
    raise RuntimeError("the fixture's own trouble")

@pytest.fixture
def fails_after(ownership_world):
    yield
    ownership_world.verify(exactly=3, operation="listOwners*")

def test_passes(ownership_world, ownership_mock):
    assert ask(ownership_world) == 200
    assert ownership_world.name in ownership_mock.worlds()

def test_has_a_world_of_its_own(ownership_world):
    assert ownership_world.journal()["requests"] == []

@pytest.mark.ownership_world(settings={"kii": {"code_life": 77}}, seed="s", clock={"now": "2026-01-01T00:00:00Z", "frozen": True})
def test_fails(ownership_world):
    assert ownership_world.target["kii"]["picks"]["code_life"] == 77
    ask(ownership_world)
    ownership_world.advance(61)
    ask(ownership_world, "POST", userID="alice", thingPassword="a-secret-password")
    ownership_world.load({"name": "outage", "when": {}, "answer": {"status": 503}, "off_contract": True})
    ask(ownership_world, token="a-secret-token")
    ownership_world.happen("kii.thing_deleted", app="a1open01", thing="lamp-01")
    ownership_world.happen("kii.password_changes", app="a1open01", thing="lamp-02", password="a-secret-of-the-lamp")
    assert False, "as it is to"

def test_fails_before(fails_before):
    pass

@pytest.mark.ownership_world("default")
def test_marked_without_a_name(ownership_world):
    pass

@pytest.mark.ownership_world(scenario="no-such-story")
def test_marked_with_no_scenario(ownership_world):
    pass

def test_of_no_world_fails():
    assert False

@pytest.fixture(scope="module")
def modules_own(ownership_mock):
    with ownership_mock.world() as world:
        yield world

def test_leaves_a_world(ownership_mock):
    ownership_mock.world()

def test_in_a_world_of_the_module_fails(modules_own):
    ask(modules_own)
    modules_own.verify(operation="listOwners*", exactly=2)

def test_with_worlds_of_its_own_fails(ownership_world, ownership_mock):
    kept = ownership_mock.world()
    with ownership_mock.world() as first, ownership_mock.world() as second:
        ask(first)
        with ownership_mock.world() as ended:
            ask(ended)
        ask(kept, token="nobodys")
        assert False

def test_fails_after(fails_after):
    pass
"""
OUTCOMES = {
    "test_passes": "PASSED",
    "test_has_a_world_of_its_own": "PASSED",
    "test_fails": "FAILED",
    "test_fails_before": "ERROR",
    "test_marked_without_a_name": "ERROR",
    "test_marked_with_no_scenario": "ERROR",
    "test_of_no_world_fails": "FAILED",
    "test_leaves_a_world": "PASSED",
    "test_in_a_world_of_the_module_fails": "FAILED",
    "test_with_worlds_of_its_own_fails": "FAILED",
    "test_fails_after": "ERROR",
}
HEADING = re.compile(r"^(?:_{2,}|-{2,}|={2,}) (.*?) (?:_{2,}|-{2,}|={2,})$", re.MULTILINE)


def pytest_in(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "OWNERSHIP_"))}
    command = [sys.executable, "-m", "pytest", "-p", "no:schemathesis", "-p", "no:cacheprovider", *words]
    return subprocess.run(command, cwd=folder, env={**env, **environment}, capture_output=True, text=True, timeout=120, check=False)


@dataclass(frozen=True)
class Told:
    """A run of the project. sections: what is told of each test that did not pass, by its name: heading to text. left: the worlds and processes."""

    ended: subprocess.CompletedProcess[str]
    sections: dict[str, dict[str, str]]
    left: list[str]


def sections(text: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    heads = list(HEADING.finditer(text))
    test = ""
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        name = head[1].rpartition(" ")[2]
        test = name if name in OUTCOMES else "" if "=" in head[0] else test
        if test:
            found.setdefault(test, {})[head[1]] = text[head.end() : following.start() if following else None].strip()
    return found


@pytest.fixture(scope="module", params=["at a URL", "of its own, in two processes"])
def told(request: pytest.FixtureRequest, mock: Running, tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("theirs")
    (folder / "test_theirs.py").write_text(THEIRS)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers --strict-config -v\nfilterwarnings = error\n")
    if request.param == "at a URL":
        before = worlds(mock)
        ended = pytest_in(folder, "--ownership-mock-url", mock.url)
        left = [name for name in worlds(mock) if name not in before]
    else:
        mark = uuid.uuid4().hex
        ended = pytest_in(folder, "-n", "2", OWNERSHIP_TEST_MARK=mark)
        left = list(await_end(marked_processes(mark)).values())
    return Told(ended, sections(ended.stdout), left)


def worlds(mock: Running) -> list[str]:
    names: list[str] = httpx.get(f"{mock.url}/_mock/api/worlds", trust_env=False).json()["worlds"]
    return names


def journal(told: Told, test: str) -> list[str]:
    """The lines of the journal that is told of a test."""
    (lines,) = [text.splitlines() for heading, text in told.sections[test].items() if heading.startswith("ownership world ")]
    return lines


# ---------------------------------------------------------------------------------------------------- what is told


def test_every_test_has_the_outcome_that_it_is_to_have(told: Told) -> None:
    seen = dict(re.findall(r"(?:^|::)(test_\w+) (PASSED|FAILED|ERROR)", told.ended.stdout, re.MULTILINE))
    seen |= {name: outcome for outcome, name in re.findall(r"(PASSED|FAILED|ERROR) test_theirs\.py::(test_\w+)", told.ended.stdout)}
    assert seen == OUTCOMES, told.ended.stdout + told.ended.stderr
    assert told.ended.returncode == 1


def test_a_failed_test_is_told_of_with_its_worlds_journal_in_order(told: Told) -> None:
    listed, added, out, happened, changed = journal(told, "test_fails")
    path = "/api/apps/a1open01/things/VENDOR_THING_ID:lamp-01/ownership"
    assert re.fullmatch(rf"2026-01-01T00:00:00Z a1open01 .*: GET {path} -> 200 kii-list\.200", listed)
    assert re.fullmatch(rf"2026-01-01T00:01:01Z a1open01 .*: POST {path} -> 4\d\d kii-\S+", added)
    assert re.fullmatch(rf"2026-01-01T00:01:01Z .*: GET {path} -> 503 .*, by line outage.*", out)
    assert re.fullmatch(r'2026-01-01T00:01:01Z control: kii\.thing_deleted \{.*"thing": "lamp-01".*\}', happened)
    assert re.fullmatch(r'2026-01-01T00:01:01Z control: kii\.password_changes \{.*"thing": "lamp-02".*\}', changed)


def test_no_secret_is_told(told: Told) -> None:
    shown = "\n".join(text for parts in told.sections.values() for heading, text in parts.items() if heading.startswith("ownership world "))
    assert shown
    assert "password_changes" in shown
    assert [
        secret for secret in ("a-secret-password", "a-secret-token", "a-secret-of-the-lamp", "before-it-began", "admin-open") if secret in shown
    ] == []


def test_a_fixture_that_fails_before_or_after_the_test_is_told_of_too(told: Told) -> None:
    (line,) = journal(told, "test_fails_before")
    assert "-> 403 kii-" in line
    assert journal(told, "test_fails_after") == ["no request came"]
    assert "UnverifiedError" in told.ended.stdout


def test_only_tests_that_failed_in_a_world_are_told_of(told: Told) -> None:
    with_journals = {test for test, parts in told.sections.items() if any(heading.startswith("ownership world ") for heading in parts)}
    in_others = {"test_in_a_world_of_the_module_fails", "test_with_worlds_of_its_own_fails"}
    assert with_journals == {"test_fails", "test_fails_before", "test_fails_after"} | in_others


def test_every_world_that_a_failed_test_had_is_told_of(told: Told) -> None:
    assert "-> 200 kii-list.200" in journal(told, "test_in_a_world_of_the_module_fails")[0]
    shown = [text for heading, text in told.sections["test_with_worlds_of_its_own_fails"].items() if heading.startswith("ownership world ")]
    assert sorted(text.partition("-> ")[2].partition(" ")[0] or text for text in shown) == ["200", "403", "no request came", "no request came"]


def test_what_did_not_come_is_told_in_lines_and_without_the_clients_own(told: Told) -> None:
    shown = next(iter(told.sections["test_in_a_world_of_the_module_fails"].values()))
    assert "exactly 2 should have come with operation listOwners*; 1 came. Nothing else came." in shown
    assert re.search(r'^> +modules_own\.verify\(operation="listOwners\*", exactly=2\)$', shown, re.MULTILINE)
    assert "control.py" not in told.ended.stdout


def test_a_marker_that_cannot_be_used_is_told_without_a_traceback(told: Told) -> None:
    assert "the marker ownership_world takes clock, mutants, scenario, seed, settings, snapshot, each by its name: ('default',)" in told.ended.stdout
    assert re.search(r"no world could be made for test_theirs\.py::test_marked_with_no_scenario: .*no-such-story", told.ended.stdout)
    assert "lending.py" not in told.ended.stdout


def test_every_world_is_given_back_and_every_server_ended(told: Told) -> None:
    assert told.left == []


# ---------------------------------------------------------------------------------------------------- the mock that is used


@pytest.fixture
def one(tmp_path: Path) -> Path:
    (tmp_path / "test_one.py").write_text("def test_one(ownership_world):\n    ownership_world.read()\n")
    return tmp_path


def test_a_mock_that_wants_a_token_is_shown_the_one_of_the_environment(one: Path) -> None:
    def guarded(request: Request) -> Reply:
        if request.headers.get("authorization") != "Bearer a-secret-token":
            return reply(401, {"title": "A control token is needed", "status": 401, "detail": "None came."})
        return reply(201, {"name": "w", "base_url": "http://127.0.0.1:9/worlds/w"}) if request.method == "POST" else reply(200, {})

    with stub(guarded) as running:
        ended = pytest_in(one, "--ownership-mock-url", f"{running.url}/", OWNERSHIP_CONTROL_TOKEN="a-secret-token")
        assert ended.returncode == 0, ended.stdout
        # The last test's journal is read before the session ends: what its fixtures come to is not known yet.
        paths = ("health", "worlds", "worlds/w?requests=0", "worlds/w", "worlds/w/journal?last=100")
        assert {request.path for request in running.seen} == {f"/_mock/api/{path}" for path in paths}
        refused = pytest_in(one, "--ownership-mock-url", f"{running.url}/_mock/api", OWNERSHIP_CONTROL_TOKEN="another-token")
    assert refused.returncode == 1
    assert f"there is no mock to use at {running.url}/_mock/api: GET /health was answered 401 A control token is needed" in refused.stdout
    assert "another-token" not in refused.stdout + refused.stderr


def test_a_mock_that_is_not_there_is_told_without_a_traceback(one: Path) -> None:
    ended = pytest_in(one, "--ownership-mock-url", "http://127.0.0.1:9")
    assert ended.returncode == 1
    assert (
        "there is no mock to use at http://127.0.0.1:9: GET /health: the control API at http://127.0.0.1:9/_mock/api did not answer" in ended.stdout
    )
    assert "Traceback" not in ended.stdout + ended.stderr
    assert "lending.py" not in ended.stdout
    assert "During handling" not in ended.stdout


def test_a_project_that_uses_none_of_it_waits_for_no_import(tmp_path: Path) -> None:
    (tmp_path / "test_modules.py").write_text(
        "import sys\n\n"
        "def test_modules():\n"
        "    package = 'ownership_contracts.contracts.'\n"
        "    ours = {name.removeprefix(package) for name in sys.modules if name.startswith(package)}\n"
        "    # What declares options, and imports nothing but the standard library.\n"
        "    assert ours == {'plugin', 'patience', 'kills', 'layers', 'layers.sizes', 'live', 'live.mode', 'live.options',\n"
        "                    'report', 'report.options', 'unable', 'verdict', 'verdict.options'}\n"
        "    assert not {'httpx', 'hypothesis', 'rich', 'schemathesis'} & set(sys.modules)\n"
    )
    ended = pytest_in(tmp_path)
    assert ended.returncode == 0, ended.stdout
