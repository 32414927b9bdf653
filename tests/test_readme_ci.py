"""The CI snippets of the README: what a job runs in a shell, run against a deployment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import tomli_w
import yaml

from tests.test_readme import README, shell

SNIPPETS = {text.split("\n")[0].removeprefix("# "): yaml.safe_load(text) for text in re.findall(r"```yaml\n(# .*?)```", README, re.DOTALL)}
GITHUB, GITLAB = ".github/workflows/ownership.yml", ".gitlab-ci.yml"


def github() -> Iterator[tuple[dict[str, str], list[str], list[str]]]:
    """Yield each job of the matrix: its environment, its shell parts, and what it keeps."""
    job = SNIPPETS[GITHUB]["jobs"]["ownership"]
    (upload,) = [step["with"]["path"].split() for step in job["steps"] if "upload-artifact" in step.get("uses", "")]
    # The last of them runs whatever came before it.
    assert [step.get("if") for step in job["steps"] if "run" in step] == [None, None, "always()", "cancelled()"]
    for row in job["strategy"]["matrix"]["include"]:
        environment = {name: re.sub(r"\$\{\{ matrix\.(\w+) \}\}", lambda found: str(row[found[1]]), value) for name, value in job["env"].items()}  # noqa: B023 - used at once
        yield environment, [step["run"] for step in job["steps"] if "run" in step], upload


def gitlab() -> Iterator[tuple[dict[str, str], list[str], list[str]]]:
    """Yield the same."""
    job = SNIPPETS[GITLAB]["ownership"]
    kept = [*job["artifacts"]["paths"], job["artifacts"]["reports"]["junit"]]
    for row in job["parallel"]["matrix"]:
        yield {name: str(value) for name, value in row.items()}, ["\n".join(job["script"]), "\n".join(job["after_script"])], kept


JOBS = [*github(), *gitlab()]


@pytest.mark.parametrize(
    ("environment", "parts", "kept"),
    JOBS,
    ids=[f"{place}-{job[0]['LAYER']}" for place, job in zip(["github"] * 2 + ["gitlab"] * 2, JOBS, strict=True)],
)
def test_what_a_job_runs_does_what_it_says(
    environment: dict[str, str], parts: list[str], kept: list[str], world: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The package is installed already: whoever asks for it is told so.
    (tmp_path / "pip").write_text('#!/bin/sh\necho "$@" >> installed\n')
    (tmp_path / "pip").chmod(0o755)
    values = {**environment, "OWNERSHIP_CONTRACTS": "the-package", "ADMIN_TOKEN": "", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ADMIN_TOKEN", world["connhex"]["users"][0]["token"])
    listed = {**world["connhex"], "users": [{**world["connhex"]["users"][0], "token": "${ADMIN_TOKEN}"}], "devices": world["connhex"]["devices"][:2]}
    listed.pop("probes", None)
    (tmp_path / "target.toml").write_text(tomli_w.dumps({"base_url": world["base_url"], "mode": "fixtures", "connhex": listed}))
    first, *others = parts if "pip install" not in parts[0] or "ownership-contracts" in parts[0] else ["\n".join(parts[:2]), *parts[2:]]
    ended = shell(f'pip() {{ "{tmp_path}/pip" "$@"; }}\n{first}', tmp_path)
    assert ended.returncode in (0, 3), ended.stdout[-2000:] + ended.stderr
    assert (tmp_path / "installed").read_text() == "install the-package\n"
    for part in others:
        after = shell(part, tmp_path)
        # What no call of the API takes back is left, and said.
        assert after.returncode == 0 or ("cleanup" in part and after.returncode == 1), part + after.stdout[-2000:] + after.stderr
    assert [name for name in kept if "ledger" not in name and not list(tmp_path.glob(name))] == []
    if "ADMIN_TOKEN" in environment:
        assert (tmp_path / "summary.md").read_text() == (tmp_path / "ownership.md").read_text()
    # The deployment was really asked.
    assert httpx.get(world["base_url"] + "/auth/sessions/whoami", trust_env=False).status_code == 401


def test_what_fails_fails_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAYER", "case")
    monkeypatch.setenv("SLICE", "1/2")
    (run,) = [part for part in JOBS[0][1] if "ownership-contracts run" in part]
    assert shell(run, tmp_path).returncode == 2
