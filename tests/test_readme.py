"""What the README says to type works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx

from tests.serving import Running, serving

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
PORT = "8080"


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
    known = ["python3 -m venv .venv && .venv/bin/pip install -q .", "python3 -m venv .venv && .venv/bin/pip install -q tox", "ownership-mock serve"]
    known += ["ownership-contracts run --vendor", "ownership-contracts run --target", "pytest ", "curl "]
    assert [text for text in BLOCKS if not text.startswith(tuple(known))] == []


def test_the_main_job_works_on_a_fresh_clone(tmp_path: Path) -> None:
    tracked = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in tracked.stdout.splitlines():
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    ended = shell(block("python3 -m venv .venv && .venv/bin/pip install -q ."), tmp_path, timeout=600)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "pass" in ended.stdout.splitlines()[-1]


def test_the_servers_lines_and_the_curl_lines_work(tmp_path: Path) -> None:
    options = block("ownership-mock serve").split()[2:]
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
        assert '"wrong_code": "unauthorized"' in answers[2]


def test_the_suites_lines_work_with_the_target_file_that_the_server_wrote(tmp_path: Path) -> None:
    with serving(tmp_path, "--write-target", str(tmp_path / "target.toml")):
        for beginning in ("ownership-contracts run --vendor connhex", "ownership-contracts run --target target.toml --vendor", "pytest "):
            ended = shell(block(beginning), tmp_path)
            assert ended.returncode == 0, f"{beginning}\n{ended.stdout[-3000:]}{ended.stderr[-3000:]}"
        assert (tmp_path / "report.xml").is_file()
        assert (tmp_path / "report.json").is_file()
        assert (tmp_path / "ownership.xml").is_file()


def test_the_pages_that_the_readme_names_are_there(mock: Running) -> None:
    for path in re.findall(r"/_mock/(?:docs/\w+/)?", README):
        assert httpx.get(mock.url + path, trust_env=False).status_code == 200, path
