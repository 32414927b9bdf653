"""Parity with a deployment: a world of another mock, without a control API, that picks and goes wrong otherwise."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import tomli_w
import yaml
from ownership_contracts import specs
from ownership_contracts.contracts.case import Case, cases
from ownership_contracts.contracts.cli import main
from ownership_contracts.contracts.parity.values import asked, values

from tests.serving import CONTRACTS, Running

from .samples import target_file
from .stub import reply, stub

DEVICES = 120
# Only time tells them, a probe, or a device that is not of this mode.
TIME = {"kii": {"code_life", "expired_code", "expired_token"}, "connhex": {"enable_life", "partial_failure"}}
OF_A_MODE = {
    "one_to_one": {"again_one_to_many"},
    "one_to_many": {"claimed_by_other", "claimed_by_self"},
    "standard": {"not_enabled"},
    "protected": set[str](),
}
# Rows whose answers show a value by themselves, and one in the place of a row that could claim a device which the target does not list.
READ = [
    "request-group-the-length-of-a-code",
    "request-group-the-alphabet-of-a-code",
    "token-in-full-for-a-user",
    "login-sets-a-cookie",
    "malformed-device-id-empty",
]


def story() -> dict[str, Any]:
    """The default world of Connhex with many devices; Kii's fixtures are made."""
    text = files("ownership_contracts.mockserver").joinpath("connhex", "scenarios", "default.yaml").read_text("utf-8")
    connhex = yaml.safe_load(text)["world"]["connhex"]
    return {"summary": "Many devices.", "world": {"connhex": {**connhex, "devices": {f"D-{n}": {"enabled": n % 4 != 0} for n in range(DEVICES)}}}}


def picked(seed: int) -> dict[str, dict[str, Any]]:
    """A value of every pick, drawn by the seed."""
    draw = random.Random(seed)
    free: dict[str, Callable[[], Any]] = {
        "code_length": lambda: draw.randint(16, 40),
        "code_alphabet": lambda: "".join(draw.sample("abcXYZ123", draw.randint(2, 4))),
    }
    return {
        vendor: {
            name: draw.choice(values(pick)) if values(pick) else free.get(name, lambda: draw.randint(1800, 90000))()
            for name, pick in specs.ledger(vendor).picks.items()
        }
        for vendor in specs.vendors()
    }


def row_that_asks(vendor: str, name: str) -> list[str]:
    """The first rows that ask for a pick: of an order, one for each pair that is told apart."""

    def plain(case: Case) -> bool:
        steps = (*case.given, *case.then)
        return not any("wait" in step or "probe" in step for step in steps) and not case.id.endswith("alternative")

    found: dict[str, str] = {}
    for case in cases(vendor):
        if plain(case) and name in asked(case):
            found.setdefault(" ".join(sorted(asked(case)[name])), case.id)
    return list(found.values())


@dataclass(frozen=True)
class Deployment:
    """Worlds of the shared mock as deployments, each with fixtures that nobody has used."""

    mock: Running
    folder: Path
    said: pytest.CaptureFixture[str]

    def target(self, settings: dict[str, Any], picks: dict[str, Any] | None = None, mutants: tuple[str, ...] = ()) -> Path:
        world = self.mock.world(scenario=story(), settings=settings, **({"mutants": list(mutants)} if mutants else {}))
        document: dict[str, Any] = {
            "base_url": world["base_url"],
            "mode": "fixtures",
            "ledger": f"ledger-{world['name']}",
            "limits": {"requests_per_second": 2000},
        }
        for vendor in specs.vendors():
            document[vendor] = {key: value for key, value in world[vendor].items() if key not in ("picks", "probes")} | (picks or {}).get(vendor, {})
        file = self.folder / f"{world['name']}.toml"
        file.write_text(tomli_w.dumps(document), "utf-8")
        return file

    def parity(self, target: Path, *words: str) -> tuple[int, dict[str, Any], str]:
        file = self.folder / "parity.json"
        code, out, err = self.ended(target, "--json", str(file), *words)
        assert file.is_file(), err
        return code, json.loads(file.read_text("utf-8")), out

    def ended(self, target: Path, *words: str) -> tuple[int, str, str]:
        """The command's exit code and output, in this process, which has its imports."""
        code = main(["parity", "--target", str(target), *words])
        return code, *self.said.readouterr()


@pytest.fixture
def deployment(mock: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Deployment]:
    # The command has the process end as it is interrupted where it is told to end.
    before = signal.getsignal(signal.SIGTERM)
    yield Deployment(mock, tmp_path, capsys)
    signal.signal(signal.SIGTERM, before)


def outcomes(found: dict[str, Any]) -> dict[str, str]:
    return {row["row"]: row["outcome"] for cell in found["cells"] for row in cell["rows"]}


@pytest.mark.long
def test_whatever_a_deployment_picks_is_found_and_told_to_mock_and_suite(deployment: Deployment, tmp_path: Path) -> None:
    settings = picked(20)
    rows = {row for vendor in specs.vendors() for name in specs.ledger(vendor).picks for row in row_that_asks(vendor, name)} | set(READ)
    chosen = ["-k", " or ".join(sorted(rows))]
    written = {"settings": tmp_path / "found.yaml", "picks": tmp_path / "found.toml"}
    code, found, _ = deployment.parity(
        deployment.target(settings), *chosen, *(word for name in written for word in (f"--{name}", str(written[name])))
    )
    assert code == 0
    assert "the page is silent" in outcomes(found).values()
    expected = {vendor: set(names) for vendor, names in TIME.items()}
    expected["connhex"] |= OF_A_MODE[settings["connhex"]["association"]] | OF_A_MODE[settings["connhex"]["protection"]]
    for vendor, picks in found["picks"].items():
        assert {name for name, pick in picks.items() if pick["known"] != "seen"} == expected[vendor], {
            name: pick["why"] for name, pick in picks.items()
        }
        for name, pick in picks.items():
            if pick["known"] == "seen":
                fits = ["".join(sorted(one)) if name == "code_alphabet" else one for one in (pick["value"], *pick["also"])]
                assert ("".join(sorted(settings[vendor][name])) if name == "code_alphabet" else settings[vendor][name]) in fits, name
            else:
                assert pick["why"], name

    code, again, _ = deployment.parity(deployment.target(settings), "--mock-settings", str(written["settings"]), *chosen)
    assert code == 0
    assert set(outcomes(again).values()) == {"agree", "not compared"}

    report = tmp_path / "report.json"
    target = deployment.target(settings, tomllib.loads(written["picks"].read_text("utf-8")))
    words = [*CONTRACTS, "run", "--target", str(target), "--layer", "case", "--json", str(report), *chosen]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    verdicts = {row["verdict"] for row in json.loads(report.read_text("utf-8"))["results"]}
    assert (ended.returncode, verdicts - {"skipped", "not observable"}) == (0, {"pass"}), ended.stdout


def test_a_deployment_that_breaks_a_promise_is_wrong_and_a_public_fact_differs(deployment: Deployment) -> None:
    target = deployment.target({}, mutants=("kii.code-never-compared", "connhex.deny-ignored"))
    broken, public, well = "confirm-with-a-code-never-issued-by-the-admin", "deny-wins-over-the-users-own-allow", "confirm-unknown-thing"
    code, found, said = deployment.parity(target, "-k", f"{broken} or {public} or {well}")
    assert code == 1
    assert outcomes(found) == {broken: "the deployment is wrong", public: "differs", well: "agree"}
    (row,) = [row for cell in found["cells"] for row in cell["rows"] if row["row"] == broken]
    assert (row["expected"], row["mock"], row["deployment"]) == ("status refused", "as expected", "status 204")
    assert f"row: {broken}, expected status refused" in said
    assert "again: curl" in said


def test_what_a_row_must_change_is_not_compared_read_only(deployment: Deployment, tmp_path: Path) -> None:
    target = deployment.target({})
    target.write_text(target.read_text("utf-8").replace('mode = "fixtures"', 'mode = "read-only"'), "utf-8")
    code, _, err = deployment.ended(target, "-k", "confirm-wrong-code", "--settings", str(tmp_path / "out.yaml"))
    assert code == 2
    assert "no row could be compared" in err
    assert "read-only" in err


@pytest.mark.parametrize("words", [("--dry-run",), ("--smoke", "1")])
def test_it_takes_no_option_that_it_would_not_keep_to(words: tuple[str, ...], tmp_path: Path) -> None:
    with stub(lambda request: reply(204)) as running, pytest.raises(SystemExit) as ended:
        main(["parity", "--target", str(target_file(tmp_path, running.url)), *words])
    assert ended.value.code == 2
    assert running.seen == []


def test_what_cannot_be_done_is_said_and_nothing_is_written_over(mock: Running, deployment: Deployment, tmp_path: Path) -> None:
    target = deployment.target({})
    before = target.read_bytes()
    own = tmp_path / "mock.toml"
    own.write_text(tomli_w.dumps({"base_url": mock.url, "control": f"{mock.url}/_mock/api", "kii": {"apps": [{"id": "a", "admin": {"token": "t"}}]}}))
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("kii: {code_lenght: 3}\n", "utf-8")
    said = {
        ("--picks", str(target)): "that is a file which is read here",
        ("-k", "a or"): "-k 'a or'",
        ("-k", "no-such-row-anywhere"): "nothing fits what was asked for",
        ("--mock-settings", str(wrong)): "$.kii.code_lenght: there is no such pick",
    }
    for words, why in said.items():
        code, _, err = deployment.ended(target, *words)
        assert (code, why in err) == (2, True), (words, err)
    assert target.read_bytes() == before
    code, _, err = deployment.ended(own)
    assert (code, "has a control API" in err) == (2, True)
