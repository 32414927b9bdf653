"""The fuzzer's short form: some hundred inputs of every family to a server of their own. The long one is the tox environment `fuzz`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from .__main__ import main
from .attack import SEGMENT, Plan
from .campaign import attack
from .families import FAMILIES

BROKEN = str(Path(__file__).parent / "failing_mock.py")


def test_the_mock_withstands_some_hundred_inputs_of_every_family() -> None:
    report = attack(Plan(seed=1, inputs=3 * SEGMENT), [range(SEGMENT), range(7 * SEGMENT, 8 * SEGMENT)])
    assert not report.findings
    assert report.families.keys() == FAMILIES.keys()
    total = report.total
    assert total.inputs == 2 * SEGMENT
    assert total.authentic > total.inputs / 3
    assert total.accepted > 0
    assert total.accepted + total.refused == total.inputs
    assert total.statuses.keys() >= {"200", "400", "401", "404", "409"}


def test_a_rule_that_changes_the_world_before_it_refuses_is_found_and_told() -> None:
    command = [sys.executable, BROKEN, "changes-before-it-refuses"]
    report = attack(Plan(seed=1, inputs=SEGMENT), [range(SEGMENT)], command)
    checks = {finding.check for finding in report.findings}
    assert checks == {"state-changed"}
    finding = report.findings[0]
    assert finding.index is not None
    again = attack(Plan(seed=1, inputs=SEGMENT), [range(finding.index + 1)], command)
    assert (again.findings[0].index, again.findings[0].check) == (finding.index, finding.check)


def test_a_server_that_ends_is_found() -> None:
    report = attack(Plan(seed=1, inputs=SEGMENT), [range(SEGMENT)], [sys.executable, BROKEN, "ends"])
    assert {finding.check for finding in report.findings} >= {"gone"}


def test_the_command_writes_its_report_and_ends_with_0(tmp_path: Path) -> None:
    written = tmp_path / "report.json"
    assert main(["--inputs", "20", "--seed", "4", "--only", "json", "--servers", "1", "--json", str(written)]) == 0
    report = json.loads(written.read_text())
    assert (report["seed"], report["total"]["inputs"], list(report["families"])) == (4, 20, ["json"])
