"""What the README says to type works."""

from __future__ import annotations

import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml
from ownership_contracts import specs
from ownership_contracts.contracts.target import parse

from tests.serving import Running, serving

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
PORT = "8080"
# Under xdist one worker makes the clone, and plays all that uses it.
ONE_CLONE = pytest.mark.xdist_group("clone")


def block(beginning: str) -> str:
    found = [text for text in BLOCKS if text.startswith(beginning)]
    assert len(found) == 1, f"the README has {len(found)} blocks that begin with {beginning!r}"
    return str(found[0])


def shell(text: str, folder: Path, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    """Run a block as a user would type it, with this environment's commands in the PATH; any line that fails ends it."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text], cwd=folder, env=environment, capture_output=True, text=True, timeout=timeout, check=False
    )


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def test_ci_runs_the_readmes_test_command() -> None:
    commands = [part.strip() for part in block("python3 -m venv .venv && .venv/bin/pip install -q tox").split("&&")]
    script = (ROOT / ".ci" / "run").read_text()
    assert [part for part in commands if part.replace("-q", "--quiet") not in script and part not in script] == []


def test_every_block_of_the_readme_is_run_by_a_test() -> None:
    known = [
        "python3 -m venv .venv && .venv/bin/pip install -q .",
        "python3 -m venv .venv && .venv/bin/pip install -q tox",
        "ownership-mock serve",
        "ownership-mock mutants",
        "ownership-contracts run --vendor",
        "ownership-contracts run --target",
        "ownership-contracts prove",
        "ownership-contracts report",
        "ownership-contracts explain",
        "ownership-contracts init",
        "pytest ",
        "curl ",
        "api=",
        "printf ",
        "OWNERSHIP_CONTROL_TOKEN=",
    ]
    assert [text for text in BLOCKS if not text.startswith(tuple(known))] == []


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A copy of what git would clone, and what came of the README's main command in it."""
    folder = tmp_path_factory.mktemp("clone")
    tracked = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in tracked.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder, shell(block("python3 -m venv .venv && .venv/bin/pip install -q ."), folder, timeout=600)


@ONE_CLONE
def test_the_main_job_works_on_a_fresh_clone(clone: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    _, ended = clone
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.splitlines()[-1].startswith("It may go out")


@ONE_CLONE
def test_every_clause_marked_case_has_a_case_that_ran_and_passed(clone: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    verdicts = {words[0]: words[3] for words in map(str.split, clone[1].stdout.splitlines()) if len(words) > 3 and words[1] in specs.GRADES}
    marked = [clause.id for vendor in specs.vendors() for clause in specs.ledger(vendor).clauses.values() if clause.shown_by == "case"]
    assert marked
    assert {clause: verdicts.get(clause) for clause in marked} == dict.fromkeys(marked, "pass")


@ONE_CLONE
def test_the_main_job_says_how_much_schemathesis_tried_at_each_vendor(clone: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    tried = re.findall(r"(?m)^schemathesis +documented +1 +pass +([0-9]+) generated test cases *$", clone[1].stdout)
    assert len(tried) == len(specs.vendors())
    assert min(map(int, tried)) > 100


@ONE_CLONE
def test_what_is_installed_works_away_from_the_checkout(clone: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    commands = clone[0] / ".venv" / "bin"
    ended = shell(f"{commands}/ownership-contracts run --vendor connhex --layer case", tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    refused = shell(f"{commands}/ownership-mock serve --scenario nowhere.yaml", tmp_path)
    assert (refused.returncode, "nowhere.yaml" in refused.stderr) == (2, True)


@ONE_CLONE
def test_the_wheel_holds_the_three_parts_whole_and_nothing_else(clone: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    folder = clone[0]
    built = shell(f"{folder}/.venv/bin/pip wheel -q --no-deps --wheel-dir {tmp_path} {folder}", tmp_path)
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    parts = ("specs", "mockserver", "contracts")
    wanted = {
        f"ownership_contracts/{path.relative_to(ROOT)}" for part in parts for path in (ROOT / part).rglob("*") if path.is_file() and shipped(path)
    }
    assert held == wanted


def shipped(path: Path) -> bool:
    """Whether a file of the three parts belongs into the wheel: all but what Python makes, and notes for readers of the tree."""
    return "__pycache__" not in path.parts and path.suffix != ".md"


def test_the_servers_lines_and_the_curl_lines_work(tmp_path: Path) -> None:
    options = block("ownership-mock serve --port").split()[2:]
    assert options[:2] == ["--port", PORT]
    with serving(tmp_path, *[str(tmp_path / word) if word.endswith(".toml") else word for word in options[2:]]) as running:
        answers = []
        for text in BLOCKS:
            for line in lines(text) if text.startswith("curl ") else ():
                ended = shell(line.replace(f"http://127.0.0.1:{PORT}", running.url).replace("curl -s", "curl -sf"), tmp_path)
                assert ended.returncode == 0, f"{line}\n{ended.stderr}"
                answers.append(ended.stdout)
        assert '"users": []' in answers[0]
        assert "resourceId" in answers[1]
        assert "session_token" in answers[2]
        assert '"users": []' in answers[3]
        assert '"wrong_code": "unauthorized"' in answers[4]


def test_the_shells_recipes_work(mock: Running, tmp_path: Path) -> None:
    text = block("api=").replace(f"http://127.0.0.1:{PORT}", mock.url)
    ended = shell(text.replace("curl -s ", "curl -s --fail-with-body "), tmp_path)
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr
    told = [json.loads(found) for found in documents(ended.stdout)]
    assert told[1]["time"] == "2026-01-01T01:00:00Z"
    assert [answer for answer in told if answer == {"count": 2}]
    assert [answer["requests"][0]["line"] for answer in told if "happenings" in answer] == ["outage"]
    assert json.loads((tmp_path / "till.json").read_text())["scenario"] == "default"
    assert "till" not in httpx.get(f"{mock.url}/_mock/api/worlds", trust_env=False).json()["worlds"]


def documents(text: str) -> Iterator[str]:
    """The JSON documents that a text consists of."""
    while text := text.strip():
        _, end = json.JSONDecoder().raw_decode(text)
        yield text[:end]
        text = text[end:]


APP = """
import httpx, pytest

CONFIRMATION = "application/vnd.kii.ThingOwnershipConfirmationRequest+json"

def ask(base_url, method, path, token, **body):
    headers = {"Authorization": f"Bearer {token}", **({"Content-Type": CONFIRMATION} if body else {})}
    return httpx.request(method, f"{base_url}/api/apps/a1open01/{path}", headers=headers, json=body or None, trust_env=False)

def lamp_owners(base_url, token):
    answer = ask(base_url, "GET", "things/VENDOR_THING_ID:lamp-01/ownership", token)
    if answer.status_code == 503:
        return lamp_owners(base_url, token)
    return None if answer.status_code == 404 else answer.json()["users"]

def start_flow(base_url, thing, by):
    user = ask(base_url, "GET", "users/me", by).json()["userID"]
    return ask(base_url, "POST", f"things/VENDOR_THING_ID:{thing}/ownership/request/user:{user}", by).json()["code"]

def add_owner(base_url, thing, by):
    user = ask(base_url, "GET", "users/me", by).json()["userID"]
    media = {"Authorization": f"Bearer {by}", "Content-Type": "application/vnd.kii.ThingOwnershipRequest+json"}
    url = f"{base_url}/api/apps/a1open01/things/VENDOR_THING_ID:{thing}/ownership"
    answer = httpx.post(url, headers=media, json={"userID": user}, trust_env=False)
    assert answer.status_code == 204
    return "added" if user in lamp_owners(base_url, "admin-open") else "not added"

def confirm(base_url, thing, code):
    return ask(base_url, "POST", f"things/VENDOR_THING_ID:{thing}/ownership/confirm", "admin-open", code=code).status_code
"""


def test_the_tests_that_the_readme_shows_work_in_a_project_of_ones_own(mock: Running, tmp_path: Path) -> None:
    blocks = [text for text in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "ownership_world" in text]
    (tmp_path / "test_app.py").write_text(APP + "\n".join(blocks))
    ended = shell(f"{sys.executable} -m pytest -q -p no:schemathesis --strict-markers --ownership-mock-url {mock.url}", tmp_path)
    assert ended.returncode == 0, ended.stdout
    assert ended.stdout.splitlines()[-1].startswith(f"{sum(text.count('def test_') for text in blocks)} passed")


def test_the_client_that_the_readme_shows_works_without_pytest(mock: Running) -> None:
    (text,) = [text for text in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "import Control" in text]
    assert f"http://127.0.0.1:{PORT}/" in text
    exec(compile(text.replace(f"http://127.0.0.1:{PORT}", mock.url), "README.md", "exec"), {})


def test_the_servers_line_for_other_machines_wants_its_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = block("OWNERSHIP_CONTROL_TOKEN=").strip()
    assignment, _, command = line.partition(" ")
    without = shell(command.replace(PORT, "0"), tmp_path, timeout=60)
    assert (without.returncode, "--control-token" in without.stderr) == (2, True)
    name, _, token = assignment.partition("=")
    monkeypatch.setenv(name, token)
    # Tests listen on this machine's own addresses alone.
    words = command.replace("0.0.0.0", "127.0.0.1").split()[2:]
    options = [word for word in words if word not in ("--port", PORT)]
    with serving(tmp_path, *options) as running:
        health = f"{running.url}/_mock/api/health"
        answers = [httpx.get(health, headers=headers, trust_env=False) for headers in ({}, {"Authorization": f"Bearer {token}"})]
        page = httpx.get(f"{running.url}/_mock/", auth=("", token), trust_env=False)
    assert [answer.status_code for answer in [*answers, page]] == [401, 200, 200]


def test_the_lines_of_a_server_that_goes_wrong_work(tmp_path: Path) -> None:
    *listed, serve = lines(block("ownership-mock mutants"))
    told = [shell(line, tmp_path, timeout=60) for line in listed]
    assert [ended.returncode for ended in told] == [0, 0]
    assert len(told[0].stdout.splitlines()) > 3
    (name,) = re.findall("--mutant ([a-z.-]+)", serve)
    assert told[1].stdout.startswith(f"{name}: ")
    with serving(tmp_path, *[word for word in serve.split()[2:] if word not in ("--port", PORT)]) as running:
        assert httpx.get(f"{running.url}/_mock/api/worlds/default", trust_env=False).json()["mutants"] == [name]


def test_the_line_that_makes_a_mock_do_as_a_deployment_does_works(tmp_path: Path) -> None:
    settings, serve = lines(block("printf "))
    assert shell(settings, tmp_path, timeout=60).returncode == 0
    options = [word for word in serve.split()[2:] if word not in ("--port", PORT)]
    with serving(tmp_path, *options, "--write-target", str(tmp_path / "target.toml"), cwd=tmp_path):
        described = tomllib.loads((tmp_path / "target.toml").read_text())
    assert described["kii"]["picks"]["wrong_code"] == "unauthorized"


def test_the_servers_line_for_tls_works(tmp_path: Path) -> None:
    options = block("ownership-mock serve --tls").split()[2:]
    at = options.index("--port")
    with serving(tmp_path, *options[:at], *options[at + 2 :], cwd=tmp_path) as running:
        trusted = ssl.create_default_context(cafile=tmp_path / "ownership-mock-ca.pem")
        page = {"Origin": "https://localhost:3000"}
        answer = httpx.get(f"{running.url}/ownerships", headers=page, verify=trusted, trust_env=False)
    assert (running.url.split(":")[0], answer.status_code) == ("https", 405)
    assert answer.headers["access-control-allow-origin"] == page["Origin"]


def test_what_the_readme_tells_the_npm_client_is_a_shipped_application() -> None:
    app, key, site = re.findall(r'initializeWithSite\("(.*?)", "(.*?)", "(.*?)"\)', README)[0]
    shipped_apps = yaml.safe_load((ROOT / "mockserver/kii/scenarios/default.yaml").read_text())["world"]["kii"]["apps"]
    assert (shipped_apps[app]["key"], site) == (key, f"http://127.0.0.1:{PORT}/api")


def test_the_suites_lines_work_with_the_target_file_that_the_server_wrote(tmp_path: Path) -> None:
    with serving(tmp_path, "--write-target", str(tmp_path / "target.toml")):
        # The cells and walks are played by the main job.
        cases, items = " --layer case", " --ownership-layer case"
        runs = {"ownership-contracts run --vendor connhex": cases, "ownership-contracts run --target target.toml --vendor": cases, "pytest ": items}
        for beginning, words in {**runs, "ownership-contracts report ": ""}.items():
            ended = shell(block(beginning).rstrip() + words, tmp_path)
            assert ended.returncode == 0, f"{beginning}\n{ended.stdout[-3000:]}{ended.stderr[-3000:]}"
        written = [f"{name}.{kind}" for name, kinds in (("report", "xml json html csv md"), ("ownership", "xml html md")) for kind in kinds.split()]
        assert [name for name in written if not (tmp_path / name).is_file()] == []


def test_the_line_that_begins_a_target_file_works(tmp_path: Path) -> None:
    ended = shell(block("ownership-contracts init"), tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "[kii]" in (tmp_path / "live.toml").read_text()


def test_the_line_that_proves_the_suite_works(tmp_path: Path) -> None:
    ended = shell(block("ownership-contracts prove"), tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    trials = json.loads((tmp_path / "proof.json").read_text())["trials"]
    assert trials
    assert all(trial["killed"] and trial["mutant"]["name"].startswith("connhex.deny-") for trial in trials)


def test_the_pages_that_the_readme_names_are_there(mock: Running) -> None:
    for path in re.findall(r"/_mock/(?:docs/\w+/)?", README):
        assert httpx.get(mock.url + path, trust_env=False).status_code == 200, path


def test_the_target_file_that_the_readme_shows_describes_an_application_of_the_mocks(mock: Running) -> None:
    (shown,) = [tomllib.loads(text) for text in re.findall(r"```toml\n(.*?)```", README, re.DOTALL)]
    assert list(parse(shown, "README.md").tables) == ["kii"]
    (app,) = shown["kii"]["apps"]
    (known,) = [known for known in mock.world()["kii"]["apps"] if known["id"] == app["id"]]
    assert {**app, "admin": known["admin"] | app["admin"]} == {name: known[name] for name in app}
