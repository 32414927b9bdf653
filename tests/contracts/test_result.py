"""Results: what findings add up to, what a clause's rows add up to, and the way through JSON."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import pytest
from ownership_contracts.contracts.result import Finding, Result, Verdict, excuse_of, verdict_of, worst

HELD = [Finding("documented", True, True, "status 201", "as expected")]


def missed(grade: str, *, judged: bool) -> Finding:
    return Finding(grade, judged, False, "status 201", "status 500")


def test_a_row_whose_findings_all_hold_passes() -> None:
    assert verdict_of(HELD) is Verdict.PASS


def test_a_row_without_findings_passes() -> None:
    assert verdict_of([]) is Verdict.PASS


@pytest.mark.parametrize("grade", ["documented", "public", "unspecified"])
def test_a_judged_miss_fails(grade: str) -> None:
    assert verdict_of([*HELD, missed(grade, judged=True)]) is Verdict.FAIL


def test_a_public_miss_that_is_not_judged_differs() -> None:
    assert verdict_of([*HELD, missed("public", judged=False)]) is Verdict.DIFFERS


def test_an_unspecified_miss_that_is_not_judged_is_reported() -> None:
    assert verdict_of([*HELD, missed("unspecified", judged=False)]) is Verdict.REPORTED


def test_what_nobody_says_is_reported_also_where_the_answer_is_the_mocks() -> None:
    assert verdict_of([*HELD, Finding("unspecified", False, True, "status 409", "as expected")]) is Verdict.REPORTED


def test_a_declared_pick_that_is_kept_passes() -> None:
    assert verdict_of([*HELD, Finding("unspecified", True, True, "status 409", "as expected")]) is Verdict.PASS


def test_a_public_fact_that_holds_passes_though_it_is_not_judged() -> None:
    assert verdict_of([*HELD, Finding("public", False, True, "status 201", "as expected")]) is Verdict.PASS


def test_a_judged_miss_counts_more_than_one_that_is_not() -> None:
    findings = [missed("public", judged=False), missed("documented", judged=True), missed("unspecified", judged=False)]
    assert {verdict_of(list(order)) for order in itertools.permutations(findings)} == {Verdict.FAIL}


def test_a_public_miss_counts_more_than_an_unspecified_one() -> None:
    findings = [missed("unspecified", judged=False), missed("public", judged=False)]
    assert verdict_of(findings) is verdict_of(findings[::-1]) is Verdict.DIFFERS


ORDER = [Verdict.FAIL, Verdict.ERROR, Verdict.FLAKY, Verdict.DIFFERS, Verdict.REPORTED, Verdict.PASS, Verdict.NOT_OBSERVABLE, Verdict.SKIPPED]


@pytest.mark.parametrize(("worse", "better"), list(itertools.combinations(ORDER, 2)))
def test_a_clause_is_what_the_worst_of_its_rows_is(worse: Verdict, better: Verdict) -> None:
    assert worst([worse, better]) is worst([better, worse]) is worse


def test_every_verdict_has_its_place_in_that_order() -> None:
    assert set(ORDER) == set(Verdict)


def test_a_clause_without_rows_has_no_verdict() -> None:
    with pytest.raises(ValueError, match="empty"):
        worst([])


def test_a_failure_breaks_a_clause_unless_it_is_known_or_advisory() -> None:
    assert {verdict for verdict in Verdict if result(verdict).breaks} == {Verdict.FAIL}
    assert [verdict for verdict in Verdict for more in ({"known": "x"}, {"advisory": True}) if replace(result(verdict), **more).breaks] == []
    assert {verdict for verdict in Verdict if replace(result(verdict), known="x", advisory=True).excuse} == {Verdict.FAIL}


def test_a_row_is_red_where_it_breaks_or_leaves_it_open() -> None:
    assert {verdict for verdict in Verdict if result(verdict).red} == {Verdict.FAIL, Verdict.ERROR, Verdict.FLAKY}
    assert {verdict for verdict in Verdict if replace(result(verdict), known="x").red} == {Verdict.ERROR, Verdict.FLAKY}


def test_failures_of_a_clause_are_excused_together_or_not_at_all() -> None:
    known, new = replace(result(Verdict.FAIL), known="x"), result(Verdict.FAIL)
    assert excuse_of([known, result(Verdict.PASS)]) == "known"
    assert excuse_of([known, new]) == excuse_of([result(Verdict.PASS)]) == excuse_of([]) == ""


def result(verdict: Verdict) -> Result:
    return Result("connhex", "a-row", "connhex-post.201", "documented", verdict, "why", "status 201", "status 500", ("a note",), ("POST / -> 500",))


def test_nothing_is_found_out_by_a_row_that_was_not_played_to_its_end() -> None:
    assert {verdict for verdict in Verdict if not result(verdict).judged} == {Verdict.SKIPPED, Verdict.NOT_OBSERVABLE, Verdict.ERROR}


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_result_comes_back_from_json_as_it_was(verdict: Verdict) -> None:
    back = Result.from_json(json.loads(json.dumps(result(verdict).as_json())))
    assert back == result(verdict)
    assert isinstance(back.verdict, Verdict)
    assert back.trace == ("POST / -> 500",)
