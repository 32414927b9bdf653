"""The commands about mutants, as processes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import httpx
import pytest
from ownership_contracts.mockserver import cli
from ownership_contracts.mockserver.engine.columns import columns
from ownership_contracts.mockserver.engine.mutants import catalogue

from tests.serving import MOCK, Running, serving

Run = Callable[..., CompletedProcess[str]]
BROKEN = "connhex.deny-ignored"


def told(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert cli.main(["mutants", *words]) == code
    shown = capsys.readouterr()
    return shown.out if code == 0 else shown.err


def names(text: str) -> list[str]:
    # A line that goes on below its beginning is as wide as the terminal wants.
    return [line.split()[0] for line in text.splitlines() if not line.startswith(" ")]


def test_the_command_lists_every_mutant_with_where_it_acts_and_what_it_says(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    ended = run(*MOCK, "mutants")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert names(ended.stdout) == list(catalogue(columns()))
    (line,) = (line for line in ended.stdout.splitlines() if line.startswith(BROKEN))
    assert line.split()[1:6] == ["register", "A", "policy", "that", "allows"]


def test_a_vendor_a_pattern_and_names_choose_among_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert {name.partition(".")[0] for name in names(told(capsys, "--vendor", "kii"))} == {"kii"}
    assert names(told(capsys, "*.slow", BROKEN)) == [name for name in catalogue(columns()) if name in ("kii.slow", "connhex.slow", BROKEN)]
    assert "(harmless)" in told(capsys, "*.slow")


def test_of_one_all_is_told_with_its_clauses_in_words_and_the_line_that_runs_it(capsys: pytest.CaptureFixture[str]) -> None:
    text = told(capsys, BROKEN)
    assert text.startswith(f"{BROKEN}: A policy that allows is enough, whatever another one denies.\n")
    assert "At: register\n" in text
    assert "Breaks connhex-public.deny-wins:\n  " in text
    assert text.endswith(f"ownership-mock serve --mutant {BROKEN}\n")
    assert "It is harmless" in told(capsys, "kii.slow")


def test_as_json_they_are_as_the_control_api_has_them(mock: Running, http: httpx.Client, capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(told(capsys, "--json")) == http.get(f"{mock.url}/_mock/api/mutants").json()["mutants"]
    assert [row["name"] for row in json.loads(told(capsys, "--json", BROKEN))] == [BROKEN]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([f"{BROKEN}s"], f"no mutant '{BROKEN}s' here; there is {BROKEN}"),
        ([BROKEN, "--vendor", "kii"], "lists"),
        (["zzz*"], "no mutant 'zzz*' here; `ownership-mock mutants` lists"),
    ],
)
def test_a_name_that_none_has_is_told_with_those_alike(capsys: pytest.CaptureFixture[str], words: list[str], says: str) -> None:
    assert says in told(capsys, *words, code=2)


def test_a_server_that_is_broken_on_purpose_says_so_and_every_world_is_so(tmp_path: Path) -> None:
    with serving(tmp_path, "--vendor", "connhex", "--mutant", BROKEN, "--mutant", "connhex.slow") as running:
        worlds = f"{running.url}/_mock/api/worlds"
        made = [running.world(), running.world(mutants=[])]
        httpx.get(f"{running.url}/worlds/joined/auth/sessions/whoami", trust_env=False)
        of = [httpx.get(f"{worlds}/{name}", trust_env=False).json()["mutants"] for name in ("default", "joined", *(one["name"] for one in made))]
        assert running.process.stdout is not None
        said = [running.process.stdout.readline() for _ in range(2)]
    assert of == [[BROKEN, "connhex.slow"]] * 3 + [[]]
    assert said[0].startswith(f"BROKEN on purpose: {BROKEN}: A policy")
    assert said[1].startswith("Differs harmlessly on purpose: connhex.slow: ")


def test_a_server_does_not_start_with_a_mutant_that_it_does_not_have(run: Run) -> None:
    ended = run(*MOCK, "serve", "--port", "0", "--vendor", "kii", "--mutant", BROKEN, timeout=60)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"ownership-mock: --mutant: no mutant '{BROKEN}' here; " in ended.stderr
