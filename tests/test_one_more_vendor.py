"""The guide in CONTRIBUTING.md makes a vendor: mock and suite take it without a change elsewhere."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.serving import MOCK, serving

# Under xdist one worker makes what these tests share.
pytestmark = pytest.mark.xdist_group("one more vendor")

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"```\w+ (file|add)=(\S+)\n(.*?)```", re.DOTALL)
GUIDE = BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text())
RULE = "if self.renters.get(locker) != who:"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three parts, copied, with what the guide says done in them."""
    root = tmp_path_factory.mktemp("tree")
    for part in ("specs", "mockserver", "contracts"):
        shutil.copytree(ROOT / part, root / "ownership_contracts" / part, ignore=shutil.ignore_patterns("__pycache__"))
    for what, name, text in GUIDE:
        file = root / "ownership_contracts" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(file.read_text() + text if what == "add" else text)
    return root


def run(tree: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ownership_contracts.contracts", "run", *words]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    return subprocess.run(command, env=environment, cwd=tree, capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL)


def test_the_guide_adds_one_line_and_otherwise_only_folders_of_the_vendors_own() -> None:
    assert [(what, name) for what, name, _ in GUIDE if what == "add" or "/toy/" not in name] == [("add", "specs/vendors.yaml")]
    assert len(next(text for what, _, text in GUIDE if what == "add").splitlines()) == 1


def test_the_suite_judges_the_new_vendor_on_a_mock_that_serves_it(tree: Path) -> None:
    ended = run(tree, "--vendor", "toy", "--json", "report.json")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    results = {row["case"]: (row["clause"], row["verdict"]) for row in json.loads((tree / "report.json").read_text())["results"]}
    assert results == {
        "renter-opens-his-locker": ("toy-open.renter-opens", "pass"),
        "another-renter-opens-nothing": ("toy-open.nobody-else", "pass"),
        "nobody-opens-nothing": ("toy-open.nobody-else", "pass"),
        "properties": ("schemathesis", "pass"),
    }


def test_a_broken_rule_of_the_new_vendor_turns_its_clause_red(tree: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(tree, tmp_path / "broken")
    column = broken / "ownership_contracts" / "mockserver" / "toy" / "__init__.py"
    assert RULE in column.read_text()
    column.write_text(column.read_text().replace(RULE, "if False:"))
    ended = run(broken, "--vendor", "toy", "--no-properties", "--json", "report.json")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    failed = {row["clause"] for row in json.loads((broken / "report.json").read_text())["results"] if row["verdict"] == "fail"}
    assert failed == {"toy-open.nobody-else"}


def test_the_mock_serves_the_new_vendor_beside_the_others(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tree))
    with serving(tmp_path, command=MOCK) as running, httpx.Client(base_url=running.url, trust_env=False, timeout=60) as http:
        assert http.get("/_mock/api/health").json()["vendors"][-1] == "toy"
        assert http.post("/lockers/left/open", headers={"Authorization": "Bearer token-left"}).status_code == 204
        assert http.get("/_mock/api/worlds/default").json()["state"]["toy"]["lockers"][0] == {"locker": "left", "open": True}
        assert http.get("/lockers/left").json() == {"why": "There is nothing at this path."}
        assert http.get("/_mock/docs/toy/openapi.json").json()["info"]["title"] == "Lockers"
        assert "kii" in http.get("/_mock/api/worlds/default").json()["state"]
