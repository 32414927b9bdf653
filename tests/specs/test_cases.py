"""Every vendor's cases follow their schema and name only what the ledger and the spec have."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
from ownership_contracts import specs
from ownership_contracts.specs import Clause, Pick

from . import linting

# Under xdist one worker makes what these tests share.
pytestmark = pytest.mark.xdist_group("cases")

each_vendor = pytest.mark.parametrize("vendor", specs.vendors())

CASE_SCHEMA = json.loads(files("ownership_contracts.contracts").joinpath("case.schema.json").read_text("utf-8"))


def rows(vendor: str) -> list[dict[str, Any]]:
    return linting.rows_of(linting.case_files(vendor))


@each_vendor
def test_the_vendor_has_cases_and_their_files_follow_the_schema(vendor: str) -> None:
    found = linting.case_files(vendor)
    assert found
    assert {file.name: linting.schema_errors(CASE_SCHEMA, file.rows) for file in found} == {file.name: [] for file in found}


@each_vendor
def test_every_case_has_an_id_of_its_own(vendor: str) -> None:
    assert linting.repeated_ids(rows(vendor)) == []


@each_vendor
def test_every_case_cites_a_clause_of_the_ledger(vendor: str) -> None:
    assert linting.unknown_citations(rows(vendor), specs.ledger(vendor).clauses) == []


@each_vendor
def test_every_call_is_an_operation_of_the_spec(vendor: str) -> None:
    assert linting.unknown_calls(rows(vendor), specs.openapi(vendor)) == []


@each_vendor
def test_every_expectation_under_a_pick_has_all_of_its_options(vendor: str) -> None:
    assert linting.unfit_pick_blocks(rows(vendor), specs.ledger(vendor).picks) == []


@each_vendor
def test_what_a_pick_decides_is_expected_as_unspecified(vendor: str) -> None:
    assert linting.picks_above_their_grade(rows(vendor), specs.ledger(vendor).clauses) == []


@each_vendor
def test_the_settings_that_a_case_needs_are_picks_with_values_they_can_have(vendor: str) -> None:
    assert linting.unfit_settings(rows(vendor), specs.ledger(vendor).picks) == []


@each_vendor
def test_what_a_case_waits_for_is_known(vendor: str) -> None:
    assert linting.unfit_waits(rows(vendor), specs.ledger(vendor).picks) == []


# ---------------------------------------------------------------------------------------------------- the checks can fail

PICKS = {
    "colour": Pick("colour", "red", options={"red": "A red toy.", "blue": "A blue toy."}),
    "order": Pick("order", ["a", "b"], values={"type": "array", "items": {"enum": ["a", "b"]}}),
    "shiny": Pick("shiny", True, values={"type": "boolean"}),
    "size": Pick("size", 1, values={"type": "integer"}),
}


def case(**changed: Any) -> dict[str, Any]:
    return {"id": "get-a-toy", "clause": "toy.get", "effect": "none", "as": "user", "call": "get", "expect": {"status": 200}, **changed}


def clauses(grade: str) -> dict[str, Clause]:
    return {"toy.get": Clause(id="toy.get", page="toy-page", section="Toys", grade=grade, shown="case", says="Toys are there.")}


def test_a_case_off_its_schema_is_found() -> None:
    assert linting.schema_errors(CASE_SCHEMA, [case()]) == []
    assert len(linting.schema_errors(CASE_SCHEMA, [case(expects={})])) == 1


def test_a_repeated_id_is_found() -> None:
    assert linting.repeated_ids([case(), case(id="other"), case()]) == ["get-a-toy: two rows have this id"]


def test_a_case_that_cites_nothing_is_found() -> None:
    assert linting.unknown_citations([case(), case(clause="toy.gone")], {"toy.get"}) == ["get-a-toy: there is no clause toy.gone"]


@pytest.mark.parametrize(
    "row",
    [
        case(call="put"),
        case(given=[{"as": "user", "call": "put"}]),
        case(then=[{"as": "user", "call": "put", "expect": {"status": 200}}]),
    ],
)
def test_a_call_of_no_operation_is_found(row: dict[str, Any]) -> None:
    spec = {"paths": {"/toys": {"get": {"operationId": "get"}}}}
    assert linting.unknown_calls([row], spec) == ["get-a-toy: the spec has no operation put"]


@pytest.mark.parametrize(
    ("picks", "complaint"),
    [
        ({"weight": {"heavy": {}}}, "there is no pick weight"),
        ({"colour": {"red": {}}}, "pick colour: nothing is expected under blue"),
        ({"colour": {"red": {}, "blue": {}, "green": {}}}, "pick colour has no option green"),
        ({"order": {"c": {}}}, "pick order has no option c"),
        ({"shiny": {"true": {}}}, "pick shiny: nothing is expected under false"),
        ({"size": {"large": {}}}, "pick size has no closed options to expect under"),
        ({"colour": {"red": {}, "blue": {"unspecified": {"picks": {"weight": {"heavy": {}}}}}}}, "there is no pick weight"),
    ],
)
@pytest.mark.parametrize("where", ["own", "public", "then"])
def test_an_unfit_expectation_under_a_pick_is_found(picks: dict[str, Any], complaint: str, where: str) -> None:
    expect = {"picks": picks}
    row = {
        "own": case(expect=expect),
        "public": case(expect={"status": 200, "public": {"unspecified": expect}}),
        "then": case(then=[{"probe": "toys", "body": {"picks": 1}}, {"as": "user", "call": "get", "expect": expect}]),
    }[where]
    assert linting.unfit_pick_blocks([row], PICKS) == [f"get-a-toy: {complaint}"]


def test_a_list_may_leave_out_what_does_not_apply() -> None:
    assert linting.unfit_pick_blocks([case(expect={"picks": {"order": {"a": {}}}})], PICKS) == []


@pytest.mark.parametrize(
    ("graded", "wrap", "grade"),
    [("documented", "own", "documented"), ("public", "own", "public"), ("unspecified", "public", "public")],
)
def test_a_pick_that_decides_what_is_documented_or_public_is_found(graded: str, wrap: str, grade: str) -> None:
    row = case(expect=under(wrap))
    assert linting.picks_above_their_grade([row], clauses(graded)) == [f"get-a-toy: picks: colour where the expectation is {grade}"]


@pytest.mark.parametrize(("graded", "wrap"), [("documented", "unspecified"), ("public", "unspecified"), ("unspecified", "own")])
def test_a_pick_may_decide_what_is_unspecified(graded: str, wrap: str) -> None:
    assert linting.picks_above_their_grade([case(expect=under(wrap))], clauses(graded)) == []


def under(wrap: str) -> dict[str, Any]:
    """Return an expectation under a pick, of its own grade or wrapped in another."""
    picks: dict[str, Any] = {"picks": {"colour": {"red": {}, "blue": {}}}}
    return picks if wrap == "own" else {wrap: picks}


def test_a_setting_that_is_no_pick_or_has_no_such_value_is_found() -> None:
    needs = {"settings": {"colour": "green", "size": "large", "weight": 1}}
    assert linting.unfit_settings([case(needs=needs)], PICKS) == [
        "get-a-toy: settings.colour: 'green' is none of red, blue",
        "get-a-toy: settings.size: $: 'large' is not of type 'integer'",
        "get-a-toy: settings: there is no pick weight",
    ]
    assert linting.unfit_settings([case(needs={"settings": {"colour": "blue"}})], PICKS) == []


@pytest.mark.parametrize("wait", ["$pick.weight", "$pick.colour - 1", "$later", "$pick"])
def test_a_wait_for_what_is_no_number_or_not_known_yet_is_found(wait: str) -> None:
    rows = [case(given=[{"wait": wait}], keep={"later": "/x"})]
    assert linting.schema_errors(CASE_SCHEMA, rows) == []
    name = wait.partition(" ")[0]
    assert linting.unfit_waits(rows, PICKS) == [f"get-a-toy: it waits for {name}, which is neither a pick that is a number nor kept before"]


@pytest.mark.parametrize("wait", [3, 0.5, "$pick.size", "$pick.size + 1", "$kept - 2"])
def test_a_wait_for_seconds_a_pick_or_what_was_kept_is_good(wait: float | str) -> None:
    rows = [case(given=[{"as": "user", "call": "get", "keep": {"kept": "/x"}}, {"wait": wait}], then=[{"wait": wait}])]
    assert linting.schema_errors(CASE_SCHEMA, rows) == []
    assert linting.unfit_waits(rows, PICKS) == []


@pytest.mark.parametrize("wait", [0, -1, True, None, "5", "pick.size", "$pick.size -1", "$pick.size * 2", "$pick.size - 2\n"])
def test_a_wait_that_is_no_span_of_time_is_off_the_schema(wait: object) -> None:
    assert len(linting.schema_errors(CASE_SCHEMA, [case(given=[{"wait": wait}])])) == 1
    assert len(linting.schema_errors(CASE_SCHEMA, [case(then=[{"wait": wait}])])) == 1


def test_a_step_that_waits_does_nothing_else() -> None:
    assert len(linting.schema_errors(CASE_SCHEMA, [case(given=[{"wait": 1, "as": "user", "call": "get"}])])) == 1
