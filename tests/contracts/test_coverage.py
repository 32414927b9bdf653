"""The whole suite on the mock: every clause that is said to be shown by a case is shown by one that ran."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from ownership_contracts import specs

from tests.serving import CONTRACTS


def test_every_clause_marked_case_has_a_case_that_ran_and_passed(tmp_path: Path, run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    report = tmp_path / "report.json"
    ended = run(*CONTRACTS, "run", "--no-properties", "--json", str(report))
    assert ended.returncode == 0, ended.stdout
    verdicts = {row["clause"]: row["verdict"] for row in json.loads(report.read_text())["clauses"]}
    marked = [clause.id for vendor in specs.vendors() for clause in specs.ledger(vendor).clauses.values() if clause.shown_by == "case"]
    assert {clause: verdicts.get(clause) for clause in marked} == dict.fromkeys(marked, "pass")
