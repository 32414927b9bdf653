"""Targets without a control API: a deployment that declares nothing, one that declares its picks, one that answers as the mock does not."""

from __future__ import annotations

import json
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import tomli_w
import yaml
from ownership_contracts import specs
from ownership_contracts.contracts.case import Case, cases

from tests.serving import CONTRACTS, serving

# Under xdist one worker makes what these tests share.
pytestmark = pytest.mark.xdist_group("grades")

ROWS = {case.id: case for vendor in specs.vendors() for case in cases(vendor)}
# More than the rows use up: each claims, or makes owners of, what it draws.
THINGS = {"a1open01": 400, "b2lock02": 60, "c3none03": 20}
DEVICES = 200


def scenario(folder: Path, settings: dict[str, dict[str, Any]]) -> Path:
    """The default scenario of both vendors with many things and devices."""
    found = files("ownership_contracts.mockserver")
    world: dict[str, Any] = {}
    for vendor in specs.vendors():
        world |= yaml.safe_load(found.joinpath(vendor, "scenarios", "default.yaml").read_text("utf-8"))["world"]
    for app, count in THINGS.items():
        # Short tokens: the server prints every one of them into a pipe that nobody empties.
        world["kii"]["apps"][app]["things"] = {f"{app[0]}-{n}": {"password": f"Secret-{n}", "token": f"token-{app[0]}-{n}"} for n in range(count)}
    world["connhex"]["devices"] = {f"D-{n}": {"enabled": n % 4 != 0} for n in range(DEVICES)}
    file = folder / "scenario.yaml"
    file.write_text(yaml.safe_dump({"summary": "Many things.", "settings": settings, "world": world}), "utf-8")
    return file


@dataclass(frozen=True)
class Deployment:
    """A server that runs. described: its target file, as the server wrote it."""

    folder: Path
    described: dict[str, Any]

    def target(self, **picks: Any) -> Path:
        """A target file without control API and probes, and with these picks by vendor; a vendor without any declares nothing."""
        document: dict[str, Any] = {"base_url": self.described["base_url"], "mode": "fixtures"}
        for vendor in specs.vendors():
            if vendor in self.described:
                table = {key: value for key, value in self.described[vendor].items() if key not in ("picks", "probes")}
                document[vendor] = {**table, **({"picks": picks[vendor]} if vendor in picks else {})}
        file = self.folder / "other.toml"
        file.write_text(tomli_w.dumps(document), "utf-8")
        return file


@contextmanager
def deployed(folder: Path, settings: dict[str, dict[str, Any]] | None = None, *mutants: str) -> Iterator[Deployment]:
    written = folder / "written.toml"
    broken = [word for name in mutants for word in ("--mutant", name)]
    with serving(folder, "--scenario", str(scenario(folder, settings or {})), "--write-target", str(written), *broken):
        yield Deployment(folder, tomllib.loads(written.read_text("utf-8")))


@dataclass(frozen=True)
class Report:
    code: int
    out: str
    rows: dict[str, dict[str, Any]]

    def verdicts(self, of: list[Case]) -> dict[str, str]:
        return {case.id: self.rows[case.id]["verdict"] for case in of}


def report(target: Path, *words: str) -> Report:
    file = target.with_suffix(".json")
    command = [*CONTRACTS, "run", "--target", str(target), "--layer", "case", "--json", str(file), *words]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert file.is_file(), ended.stderr
    return Report(ended.returncode, ended.stdout, {row["case"]: row for row in json.loads(file.read_text())["results"]})


def has(node: Any, *keys: str) -> bool:
    """Whether one of the keys stands anywhere in the expectations."""
    if isinstance(node, dict):
        return any(key in node for key in keys) or any(has(child, *keys) for child in node.values())
    return isinstance(node, list | tuple) and any(has(child, *keys) for child in node)


def probed(case: Case) -> bool:
    return any("probe" in step for step in case.then)


def waits(case: Case) -> bool:
    return any("wait" in step for step in (*case.given, *case.then))


def expectations(case: Case) -> list[Any]:
    return [step["expect"] for step in (case.step, *case.then) if "expect" in step]


# They claim what comes close to a device of the pool's: on a deployment that others use it may be somebody's.
NEAR_A_DEVICE = {
    "device-id-in-other-letters-is-another-device",
    "device-id-that-is-a-number-is-refused",
    "device-id-with-a-zero-before-is-another-device",
    "device-id-with-blanks-is-another-device",
    "unknown-device-whose-id-begins-like-a-known-one-is-refused",
}
PLAYED = [case for case in ROWS.values() if "settings" not in case.needs and not probed(case) and not waits(case) and case.id not in NEAR_A_DEVICE]
BY_GRADE = {grade: [case for case in PLAYED if case.clause.grade == grade] for grade in ("documented", "public", "unspecified")}


# ---------------------------------------------------------------------------------------------------- one that declares nothing


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Every row of both vendors on a deployment that keeps its contract, has no control API, names no probe and declares no pick."""
    with deployed(tmp_path_factory.mktemp("plain")) as deployment:
        return report(deployment.target())


def test_a_deployment_that_declares_nothing_passes(plain: Report) -> None:
    assert plain.code == 0
    assert set(plain.rows) == set(ROWS)
    assert not [name for name, row in plain.rows.items() if row["verdict"] in ("fail", "error", "differs")]


def test_documented_rows_are_judged_and_pass(plain: Report) -> None:
    said = [case for case in BY_GRADE["documented"] if not has(expectations(case), "unspecified", "picks")]
    assert len(said) > 100
    assert set(plain.verdicts(said).values()) == {"pass"}


def test_public_rows_that_hold_pass(plain: Report) -> None:
    said = [case for case in BY_GRADE["public"] if not has(expectations(case), "unspecified", "picks")]
    assert said
    assert set(plain.verdicts(said).values()) == {"pass"}


def test_a_row_with_a_part_that_nobody_says_is_reported_for_it(plain: Report) -> None:
    partly = [case for grade in ("documented", "public") for case in BY_GRADE[grade] if has(expectations(case), "unspecified", "picks")]
    assert partly
    assert set(plain.verdicts(partly).values()) == {"reported"}


def test_rows_that_nobody_says_are_reported(plain: Report) -> None:
    assert BY_GRADE["unspecified"]
    assert set(plain.verdicts(BY_GRADE["unspecified"]).values()) == {"reported"}


def test_a_reported_row_tells_what_the_deployment_does_and_what_the_mock(plain: Report) -> None:
    reported = [row for row in plain.rows.values() if row["verdict"] == "reported"]
    assert [row["case"] for row in reported if not row["expected"] or not row["seen"]] == []


def test_a_reported_row_of_a_pick_tells_that_pick_first(plain: Report) -> None:
    asking = [case for case in BY_GRADE["unspecified"] if case.clause.pick and has(expectations(case), case.clause.pick.name)]
    assert asking
    assert {
        case.id: plain.rows[case.id]["seen"] for case in asking if case.clause.pick and case.clause.pick.name not in plain.rows[case.id]["seen"]
    } == {}


def test_rows_that_would_claim_what_no_pool_lists_are_not_sent(plain: Report) -> None:
    unsent = {name: row for name, row in plain.rows.items() if "was not sent" in row["reason"]}
    assert set(unsent) == NEAR_A_DEVICE
    assert {row["verdict"] for row in unsent.values()} == {"skipped"}
    assert all("no pool lists" in row["reason"] for row in unsent.values())


def test_rows_that_need_a_setting_are_skipped_with_it(plain: Report) -> None:
    needing = [case for case in ROWS.values() if "settings" in case.needs and not probed(case)]
    assert set(plain.verdicts(needing).values()) == {"skipped"}
    for case in needing:
        row = plain.rows[case.id]
        assert any(f"needs {name} = " in row["reason"] for name in case.needs["settings"]), case.id


def test_rows_that_only_a_probe_can_show_are_not_observable(plain: Report) -> None:
    looking = [case for case in ROWS.values() if probed(case)]
    assert any("settings" in case.needs for case in looking)
    assert {case.id for case in looking} == {name for name, row in plain.rows.items() if row["verdict"] == "not observable"}
    assert f"{len(looking)} not observable" in next(line for line in plain.out.splitlines() if " pass, " in line).split(", ")


def test_rows_that_wait_longer_than_the_patience_are_skipped_with_it(plain: Report) -> None:
    waiting = [case for case in ROWS.values() if waits(case) and "settings" not in case.needs]
    assert waiting
    assert set(plain.verdicts(waiting).values()) == {"skipped"}
    assert [case.id for case in waiting if "no control API whose clock could be turned" not in plain.rows[case.id]["reason"]] == []


# ---------------------------------------------------------------------------------------------------- one that answers as the mock does not

OTHERWISE: dict[str, dict[str, Any]] = {
    "kii": {"wrong_code": "unauthorized", "unknown_app": "unauthorized", "precedence": ["conflict", "unauthorized", "missing", "invalid"]},
    "connhex": {"malformed_device_id": "unprocessable", "error_body": "message"},
}
TELLING = {
    "confirm-wrong-code": ("wrong_code: conflict (the mock's pick)", "wrong_code: unauthorized"),
    "malformed-device-id-empty": ("malformed_device_id: bad_request (the mock's pick)", "malformed_device_id: unprocessable"),
    "error-body-of-an-unknown-device": ("error_body: jsonapi (the mock's pick)", "error_body: message"),
    "unknown-device-without-permission": ("error_body: jsonapi (the mock's pick)", "error_body: message"),
    "request-user-precedence-other-user-where-the-user-owns": ("precedence: unauthorized (the mock's pick)", "precedence: conflict"),
}


@pytest.fixture
def otherwise(tmp_path: Path) -> Iterator[Deployment]:
    """A server for each run: what one has used up, its target file still calls fresh."""
    with deployed(tmp_path, OTHERWISE) as deployment:
        yield deployment


def test_what_a_deployment_picks_is_told_and_breaks_nothing(otherwise: Deployment) -> None:
    found = report(otherwise.target(), "-k", " or ".join(TELLING))
    assert found.code == 0
    assert {name: found.rows[name]["verdict"] for name in TELLING} == dict.fromkeys(TELLING, "reported")
    assert {name: f"expected {expected}, saw {seen}" in found.rows[name]["reason"] for name, (expected, seen) in TELLING.items()} == dict.fromkeys(
        TELLING, True
    )
    assert "wrong_code: unauthorized" in " ".join(found.out.split())


def test_declared_picks_that_are_kept_pass_and_open_the_rows_that_need_them(otherwise: Deployment) -> None:
    declared = {vendor: otherwise.described[vendor]["picks"] for vendor in specs.vendors()}
    found = report(otherwise.target(**declared), "-k", f"{' or '.join(TELLING)} or wrong-code or error-body")
    assert found.code == 0
    assert {name: found.rows[name]["verdict"] for name in TELLING} == dict.fromkeys(TELLING, "pass")
    opened = [
        case
        for case in ROWS.values()
        if case.id in found.rows and all(declared[case.vendor][n] == v for n, v in case.needs.get("settings", {}).items())
    ]
    assert any("settings" in case.needs for case in opened)
    assert set(found.verdicts(opened).values()) == {"pass"}
    closed = [case for case in ROWS.values() if case.id in found.rows and case not in opened]
    assert closed
    assert set(found.verdicts(closed).values()) == {"skipped"}


def test_a_declared_pick_that_is_not_kept_fails_with_what_came(otherwise: Deployment) -> None:
    declared = {"kii": {**otherwise.described["kii"]["picks"], "wrong_code": "conflict"}}
    found = report(otherwise.target(**declared), "-k", "confirm-wrong-code or malformed-device-id-empty")
    row = found.rows["confirm-wrong-code"]
    assert found.code == 1
    assert row["verdict"] == "fail"
    assert row["expected"] == "status 409 (wrong_code: conflict)"
    assert row["seen"].startswith("status 401")
    # The other vendor declares nothing, and is not judged by what this one declares.
    assert found.rows["malformed-device-id-empty"]["verdict"] == "reported"


def test_a_pick_beside_a_declared_one_is_still_reported(otherwise: Deployment) -> None:
    row = "malformed-device-id-empty"
    found = report(otherwise.target(connhex={"malformed_device_id": "unprocessable"}), "--vendor", "connhex", "-k", row)
    assert found.code == 0
    assert found.rows[row]["verdict"] == "reported"
    assert (found.rows[row]["expected"], found.rows[row]["seen"]) == ("error_body: jsonapi (the mock's pick)", "error_body: message")


# ---------------------------------------------------------------------------------------------------- one that breaks a public fact

DENIED = "deny-wins-over-the-users-own-allow"


def test_a_public_fact_that_does_not_hold_differs_and_is_judged_on_request(tmp_path: Path) -> None:
    words = ["--vendor", "connhex", "-k", DENIED]
    with deployed(tmp_path, None, "connhex.deny-ignored") as deployment:
        target = deployment.target()
        told = report(target, *words)
        # Its last devices are still fresh, its first are claimed by now.
        document = tomllib.loads(target.read_text("utf-8"))
        document["connhex"]["devices"].reverse()
        target.write_text(tomli_w.dumps(document), "utf-8")
        judged = report(target, *words, "--judge-public")
    assert (told.code, told.rows[DENIED]["verdict"]) == (0, "differs")
    assert (judged.code, judged.rows[DENIED]["verdict"]) == (1, "fail")
    assert told.rows[DENIED]["expected"] == judged.rows[DENIED]["expected"] == "status 403"
    assert "1 differs" in told.out


def test_a_documented_fact_that_does_not_hold_fails_on_any_target(tmp_path: Path) -> None:
    with deployed(tmp_path, None, "kii.code-never-compared") as deployment:
        found = report(deployment.target(), "--vendor", "kii", "--grade", "documented", "-k", "confirm")
    assert found.code == 1
    assert "fail" in {row["verdict"] for row in found.rows.values() if row["clause"] == "kii-confirm.verifies-code"}
