"""Reports: from rows to clauses, and what is said of them."""

from __future__ import annotations

import json
from typing import Any

from ownership_contracts import specs
from ownership_contracts.contracts.report.clauses import by_clause, counts, unobservable, unplayed
from ownership_contracts.contracts.report.document import RUN, Report
from ownership_contracts.contracts.report.json import as_json
from ownership_contracts.contracts.report.terminal import summary_lines
from ownership_contracts.contracts.result import Result, Verdict


def result(clause: str, verdict: Verdict, case: str = "a-row", **more: Any) -> Result:
    vendor = clause.partition("-")[0]
    return Result(vendor=vendor, case=case, clause=clause, grade=specs.ledger(vendor).clauses[clause].grade, verdict=verdict, **more)


MISSED = {"expected": "status 201", "seen": "status 500", "reason": "the request: expected status 201, saw status 500"}


def test_clauses_stand_in_the_order_of_the_vendors_and_their_ledgers() -> None:
    rows = [result(clause, Verdict.PASS) for clause in ("connhex-pick.error-body", "connhex-post.201", "kii-list.200", "kii-post.204")]
    order = {vendor: list(specs.ledger(vendor).clauses) for vendor in specs.vendors()}
    found = [(row.vendor, row.clause) for row in by_clause(rows)]
    assert found == sorted(found, key=lambda row: (specs.vendors().index(row[0]), order[row[0]].index(row[1])))
    assert [vendor for vendor, _ in found] == ["kii", "kii", "connhex", "connhex"]


def test_a_clause_has_the_worst_verdict_of_its_rows_and_the_row_that_tells_it() -> None:
    (row,) = by_clause(
        [
            result("connhex-post.201", Verdict.PASS, "one"),
            result("connhex-post.201", Verdict.FAIL, "two", **MISSED),
            result("connhex-post.201", Verdict.SKIPPED, "three", reason="none left"),
        ]
    )
    assert (row.verdict, row.rows, row.grade) == (Verdict.FAIL, 3, "documented")
    assert row.telling is not None
    assert row.telling.case == "two"


def test_the_counts_leave_no_verdict_out() -> None:
    found = counts([result("connhex-post.201", Verdict.PASS), result("connhex-post.201", Verdict.PASS), result("connhex-post.201", Verdict.ERROR)])
    assert found == {verdict: {Verdict.PASS: 2, Verdict.ERROR: 1}.get(verdict, 0) for verdict in Verdict}


def test_a_documented_clause_is_unplayed_until_a_row_of_it_is_judged() -> None:
    shown = {clause.id for clause in specs.ledger("connhex").clauses.values() if clause.grade == "documented" and clause.shown_by == "case"}
    assert set(unplayed("connhex", [])) == shown
    assert set(unplayed("connhex", [result("connhex-post.201", Verdict.SKIPPED)])) == shown
    assert set(unplayed("connhex", [result("connhex-post.201", Verdict.FAIL)])) == shown - {"connhex-post.201"}


def test_a_clause_that_only_a_probe_could_have_shown_is_counted_apart_from_what_is_unplayed() -> None:
    hidden = [result("connhex-post.201", Verdict.SKIPPED), result("connhex-post.201", Verdict.NOT_OBSERVABLE)]
    assert unobservable("connhex", hidden) == ["connhex-post.201"]
    assert unobservable("kii", hidden) == []
    assert "connhex-post.201" not in unplayed("connhex", hidden)
    judged = [*hidden, result("connhex-post.201", Verdict.PASS)]
    assert unobservable("connhex", judged) == []
    assert "connhex-post.201" not in unplayed("connhex", judged)


def test_the_summary_has_a_line_for_each_clause_that_is_no_pass_and_the_counts() -> None:
    lines = summary_lines(
        Report(
            RUN,
            1,
            ("connhex",),
            (
                result("connhex-post.201", Verdict.PASS),
                result("connhex-post.purpose", Verdict.FAIL, **MISSED),
                result("connhex-post.403", Verdict.FAIL, known="a ticket", **MISSED),
                result("connhex-pick.error-body", Verdict.SKIPPED, reason="none left"),
            ),
            asked=("-k", "some"),
        )
    )
    assert lines == [
        "fail            connhex-post.purpose: a-row: expected status 201, saw status 500",
        "fail (known)    connhex-post.403: a-row: expected status 201, saw status 500",
        "skipped         connhex-pick.error-body: a-row: none left",
        "1 pass, 2 fail (1 known), 1 skipped",
        "It may not go out: 1 clause is broken, 1 of them documented by the vendor.",
    ]


def test_a_summary_of_nothing_says_so() -> None:
    assert summary_lines(Report(RUN, 2, ("connhex",))) == ["nothing ran"]


def test_the_json_report_holds_results_clauses_and_counts() -> None:
    rows = [result("connhex-post.201", Verdict.PASS), result("connhex-post.201", Verdict.FAIL, "two", **MISSED)]
    document = json.loads(as_json(Report(RUN, 1, ("connhex",), tuple(rows), base_url="http://127.0.0.1:8080")))
    assert document["base_url"] == "http://127.0.0.1:8080"
    assert [Result.from_json(row) for row in document["results"]] == rows
    assert document["clauses"] == [
        {"vendor": "connhex", "clause": "connhex-post.201", "grade": "documented", "verdict": "fail", "excuse": "", "rows": 2, "judged": 2}
    ]
    assert (document["counts"]["pass"], document["counts"]["fail"], document["counts"]["skipped"]) == (1, 1, 0)
