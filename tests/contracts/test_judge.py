"""Judging: what an expectation asks, what of it is judged on which target, and what an undeclared pick tells."""

from __future__ import annotations

from typing import Any

import pytest
from ownership_contracts.contracts.contract import Answer
from ownership_contracts.contracts.judge import Judge, body_complaint, chosen
from ownership_contracts.contracts.result import Finding, Verdict, verdict_of
from ownership_contracts.specs import Clause, Ledger, Pick

from .samples import answer

PICKS = (
    Pick("colour", "red", options={"red": "Answered 401.", "blue": "Answered 403."}),
    Pick("order", ["first", "second", "third"], values={"type": "array"}),
    Pick("shiny", False, values={"type": "boolean"}),
    Pick("form", "short", options={"short": "No body.", "long": "A body."}),
)
LEDGER = Ledger(pages={}, clauses={p.name: Clause(p.name, "toys", "Toys", "unspecified", "case", "Nobody says it.", p) for p in PICKS})
BY_COLOUR = {"picks": {"colour": {"red": {"status": 401}, "blue": {"status": 403}}}}


def judged(
    expect: dict[str, Any], seen: Answer, picks: dict[str, Any] | None = None, grade: str = "documented", *, public: bool = False
) -> list[Finding]:
    return list(Judge(LEDGER, picks or {}, public).findings(expect, seen, grade, "the request"))


def holds(expect: dict[str, Any], seen: Answer) -> bool:
    (finding,) = judged(expect, seen)
    return finding.holds


# ---------------------------------------------------------------------------------------------------- which grade is judged where

DECLARED: dict[str, Any] = {"colour": "red"}
GRADED = [
    # grade, declared picks, public judged on request → judged, verdict of a miss
    ("documented", {}, False, True, Verdict.FAIL),
    ("documented", {}, True, True, Verdict.FAIL),
    ("documented", DECLARED, False, True, Verdict.FAIL),
    ("documented", DECLARED, True, True, Verdict.FAIL),
    ("public", {}, False, False, Verdict.DIFFERS),
    ("public", {}, True, True, Verdict.FAIL),
    ("public", DECLARED, False, True, Verdict.FAIL),
    ("public", DECLARED, True, True, Verdict.FAIL),
    ("unspecified", {}, False, False, Verdict.REPORTED),
    ("unspecified", {}, True, False, Verdict.REPORTED),
    ("unspecified", DECLARED, False, True, Verdict.FAIL),
    ("unspecified", DECLARED, True, True, Verdict.FAIL),
]


@pytest.mark.parametrize(("grade", "picks", "public", "is_judged", "verdict"), GRADED)
def test_a_miss_is_judged_by_its_grade_and_by_what_the_target_declares(
    grade: str, picks: dict[str, Any], public: bool, is_judged: bool, verdict: Verdict
) -> None:
    findings = judged({"status": 201}, answer(500), picks, grade, public=public)
    assert [(f.judged, f.holds) for f in findings] == [(is_judged, False)]
    assert verdict_of(findings) is verdict


@pytest.mark.parametrize(("grade", "picks", "public"), [case[:3] for case in GRADED if case[0] != "unspecified" or case[1]])
def test_what_holds_passes_whatever_its_grade(grade: str, picks: dict[str, Any], public: bool) -> None:
    assert verdict_of(judged({"status": 201}, answer(201), picks, grade, public=public)) is Verdict.PASS


def test_each_part_of_an_expectation_is_of_its_own_grade() -> None:
    expect = {"status": "refused", "public": {"status": 403, "unspecified": {"empty": True}}, "unspecified": {"body": {"type": "array"}}}
    findings = judged(expect, answer(403, {"error": 1}))
    assert [(f.grade, f.holds) for f in findings] == [("documented", True), ("public", True), ("unspecified", False), ("unspecified", False)]


def test_a_public_part_is_judged_under_a_clause_that_is_unspecified() -> None:
    (finding,) = judged({"public": {"status": 403}}, answer(404), grade="unspecified", public=True)
    assert (finding.grade, finding.judged) == ("public", True)


def test_a_finding_tells_the_step_what_was_expected_and_what_came() -> None:
    (finding,) = judged({"status": 201}, answer(500, {"oops": "broken"}))
    assert finding.where == "the request"
    assert finding.expected == "status 201"
    assert finding.seen == 'status 500: {"oops": "broken"}'


# ---------------------------------------------------------------------------------------------------- status, body, headers


@pytest.mark.parametrize(
    ("status", "fits"), [(199, False), (200, True), (204, True), (299, True), (300, False), (302, False), (400, False), (500, False)]
)
def test_success_is_any_2xx(status: int, fits: bool) -> None:
    assert holds({"status": "success"}, answer(status)) is fits


@pytest.mark.parametrize(("status", "fits"), [(200, False), (399, False), (400, True), (404, True), (499, True), (500, False), (503, False)])
def test_refused_is_any_4xx(status: int, fits: bool) -> None:
    assert holds({"status": "refused"}, answer(status)) is fits


@pytest.mark.parametrize(("status", "fits"), [(201, True), (200, False), (204, False)])
def test_a_number_is_that_status_alone(status: int, fits: bool) -> None:
    assert holds({"status": 201}, answer(status)) is fits


def test_empty_is_an_answer_without_a_body() -> None:
    assert holds({"empty": True}, answer(204))
    assert not holds({"empty": True}, answer(204, b" "))
    assert judged({"empty": True}, answer(200, b"four"))[0].seen == "a body of 4 bytes"


NAMED = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}


def test_a_body_is_held_against_its_schema() -> None:
    assert holds({"body": NAMED}, answer(200, {"name": "lamp", "more": 1}))
    assert not holds({"body": NAMED}, answer(200, {"name": 1}))
    assert not holds({"body": NAMED}, answer(200, {}))
    assert not holds({"body": False}, answer(200, {}))


def test_a_schema_is_of_2020_12() -> None:
    schema = {"type": "array", "contains": {"const": 1}, "maxContains": 1}
    assert holds({"body": schema}, answer(200, [1, 2]))
    assert not holds({"body": schema}, answer(200, [1, 1]))


def test_a_body_complaint_names_the_place() -> None:
    assert body_complaint(NAMED, answer(200, {"name": 17})) == "$.name: 17 is not of type 'string'"


def test_a_body_that_is_no_json_is_told_apart_from_none() -> None:
    assert body_complaint(NAMED, answer(200, b"<html>")) == "a body that is not JSON: <html>"
    assert body_complaint(NAMED, answer(200)) == "no body"
    assert body_complaint(True, answer(200)) == "no body"


def test_headers_are_held_against_their_schema() -> None:
    expect = {"headers": {"type": "object", "required": ["allow"], "properties": {"allow": {"pattern": r"\bPOST\b"}}}}
    assert holds(expect, answer(405, allow="GET, POST"))
    assert not holds(expect, answer(405, allow="GET"))
    assert not holds(expect, answer(405))
    assert "'allow' is a required property" in judged(expect, answer(405))[0].seen


def test_every_part_is_looked_at_though_the_first_fails() -> None:
    findings = judged({"status": 201, "empty": True, "body": NAMED}, answer(500, {}))
    assert [f.holds for f in findings] == [False, False, False]


# ---------------------------------------------------------------------------------------------------- a pick that the target declares


@pytest.mark.parametrize(
    ("value", "status", "verdict"), [("red", 401, Verdict.PASS), ("red", 403, Verdict.FAIL), ("blue", 403, Verdict.PASS), ("blue", 401, Verdict.FAIL)]
)
def test_a_declared_pick_is_judged_by_the_option_declared(value: str, status: int, verdict: Verdict) -> None:
    assert verdict_of(judged(BY_COLOUR, answer(status), {"colour": value})) is verdict


def test_a_finding_of_a_declared_pick_names_pick_and_option() -> None:
    (finding,) = judged(BY_COLOUR, answer(500), {"colour": "blue"})
    assert finding.expected == "status 403 (colour: blue)"
    assert finding.grade == "unspecified"


@pytest.mark.parametrize(("value", "status"), [(True, 200), (False, 404)])
def test_a_yes_or_no_pick_takes_the_option_true_or_false(value: bool, status: int) -> None:
    expect = {"picks": {"shiny": {"true": {"status": 200}, "false": {"status": 404}}}}
    assert verdict_of(judged(expect, answer(status), {"shiny": value})) is Verdict.PASS
    assert verdict_of(judged(expect, answer(500), {"shiny": value})) is Verdict.FAIL


@pytest.mark.parametrize(
    ("order", "status"),
    [
        (["first", "second", "third"], 401),
        (["third", "first", "second"], 409),
        (["second", "third", "first"], 409),
        (["second", "first", "third"], 401),
    ],
)
def test_of_a_pick_that_is_a_list_the_first_item_that_is_an_option_counts(order: list[str], status: int) -> None:
    expect = {"picks": {"order": {"third": {"status": 409}, "first": {"status": 401}}}}
    assert verdict_of(judged(expect, answer(status), {"order": order})) is Verdict.PASS
    assert verdict_of(judged(expect, answer(401 + 409 - status), {"order": order})) is Verdict.FAIL


def test_a_pick_inside_an_option_is_judged_too() -> None:
    within = {
        "picks": {
            "colour": {
                "red": {"status": 401, "unspecified": {"picks": {"form": {"short": {"empty": True}, "long": {"body": NAMED}}}}},
                "blue": {"status": 403},
            }
        }
    }
    picks = {"colour": "red", "form": "short"}
    assert verdict_of(judged(within, answer(401), picks)) is Verdict.PASS
    assert verdict_of(judged(within, answer(401, {"name": "x"}), picks)) is Verdict.FAIL
    assert verdict_of(judged(within, answer(401, {"name": "x"}), {**picks, "form": "long"})) is Verdict.PASS


@pytest.mark.parametrize(("value", "option"), [("red", "red"), (True, "true"), (False, "false"), (["b", "a"], "a"), (0, "0"), (3600, "3600")])
def test_a_value_stands_for_an_option(value: Any, option: str) -> None:
    assert chosen(value, {"a": {}, "z": {}}) == option


# ---------------------------------------------------------------------------------------------------- a pick that it does not declare


@pytest.mark.parametrize(("status", "held"), [(401, True), (403, False), (500, False)])
def test_an_undeclared_pick_is_reported_whatever_the_answer(status: int, held: bool) -> None:
    findings = judged(BY_COLOUR, answer(status), public=True)
    assert [(f.grade, f.judged, f.holds) for f in findings] == [("unspecified", False, held)]
    assert verdict_of(findings) is Verdict.REPORTED


@pytest.mark.parametrize(("status", "seen"), [(401, "colour: red"), (403, "colour: blue"), (500, "none of the known answers to colour: status 500")])
def test_an_undeclared_pick_tells_which_option_the_answer_fits(status: int, seen: str) -> None:
    (finding,) = judged(BY_COLOUR, answer(status))
    assert finding.seen == seen
    assert finding.expected == "colour: red (the mock's pick)"


def test_an_undeclared_pick_tells_every_option_that_fits() -> None:
    (finding,) = judged({"picks": {"colour": {"red": {"status": 401}, "blue": {"status": "refused"}}}}, answer(401))
    assert finding.seen == "colour: red or blue"


def test_an_option_fits_only_where_all_that_it_says_holds() -> None:
    expect = {"picks": {"form": {"short": {"status": 401, "empty": True}, "long": {"status": 401, "body": NAMED}}}}
    assert judged(expect, answer(401, {"name": "x"}))[0].seen == "form: long"
    assert judged(expect, answer(401))[0].seen == "form: short"


def test_an_undeclared_list_is_compared_by_the_mocks_order() -> None:
    expect = {"picks": {"order": {"third": {"status": 409}, "second": {"status": 404}}}}
    (finding,) = judged(expect, answer(409))
    assert finding.expected == "order: second (the mock's pick)"
    assert finding.seen == "order: third"
    assert not finding.holds


def test_a_target_that_declares_other_picks_is_not_judged_by_this_one() -> None:
    (finding,) = judged(BY_COLOUR, answer(403), {"shiny": True})
    assert not finding.judged
