"""Every vendor's clauses.yaml is sound, and each clause is shown the way it says."""

from __future__ import annotations

from typing import Any

import pytest
from ownership_contracts import specs
from ownership_contracts.specs import Clause, Ledger, Pick

from . import linting

each_vendor = pytest.mark.parametrize("vendor", specs.vendors())


def cited(vendor: str) -> set[str]:
    return {row["clause"] for row in linting.rows_of(linting.case_files(vendor))}


@each_vendor
def test_the_ledger_follows_its_schema(vendor: str) -> None:
    assert linting.schema_errors(specs.data("clauses.schema.json"), specs.data(vendor, "clauses.yaml")) == []


@each_vendor
def test_every_clause_comes_from_a_page_of_the_kind_that_its_grade_needs(vendor: str) -> None:
    assert linting.unfounded_clauses(specs.ledger(vendor)) == []


@each_vendor
def test_unspecified_clauses_and_no_others_have_a_pick_with_a_fit_default(vendor: str) -> None:
    assert linting.unfit_picks(specs.ledger(vendor)) == []


@each_vendor
def test_the_spec_holds_what_its_clauses_say_it_does(vendor: str) -> None:
    assert linting.unheld_readings(specs.ledger(vendor), specs.openapi(vendor)) == []


@each_vendor
def test_every_clause_shown_as_case_is_cited_and_every_reading_rests_on_such(vendor: str) -> None:
    assert linting.unshown_clauses(specs.ledger(vendor), cited(vendor)) == []


@each_vendor
def test_nothing_is_left_for_later(vendor: str) -> None:
    assert linting.left_for_later(specs.ledger(vendor)) == set()


# ---------------------------------------------------------------------------------------------------- the checks can fail


def clause(name: str, **changed: Any) -> Clause:
    return Clause(**{"id": name, "page": "toy-page", "section": "Toys", "grade": "documented", "shown": "case", "says": "Toys are there.", **changed})


def ledger(*clauses: Clause) -> Ledger:
    return Ledger(pages={"toy-page": {"title": "Toys", "kind": "page"}}, clauses={c.id: c for c in clauses})


def with_facts(*clauses: Clause) -> Ledger:
    return Ledger(pages={"toy-facts": {"title": "More on toys", "kind": "facts"}}, clauses={c.id: c for c in clauses})


def test_a_ledger_off_its_schema_is_found() -> None:
    broken = {"pages": {"toy-page": {"title": "Toys", "kind": "page"}}, "clauses": [{"id": "toy.get"}]}
    assert "$.clauses[0]: 'grade' is a required property" in linting.schema_errors(specs.data("clauses.schema.json"), broken)


def test_a_clause_from_no_page_is_found() -> None:
    assert "toy.get: there is no page toy-book" in linting.unfounded_clauses(ledger(clause("toy.get", page="toy-book")))


def test_a_page_without_clauses_is_found() -> None:
    assert linting.unfounded_clauses(ledger()) == ["page toy-page: no clause is from it"]


@pytest.mark.parametrize("grade", ["public", "unspecified"])
def test_a_grade_that_a_page_cannot_give_is_found(grade: str) -> None:
    assert linting.unfounded_clauses(ledger(clause("toy.get", grade=grade))) == [f"toy.get: {grade}, but from toy-page, of the kind page"]


def test_a_documented_clause_from_other_material_is_found() -> None:
    assert linting.unfounded_clauses(with_facts(clause("toy.get", page="toy-facts"))) == [
        "toy.get: documented, but from toy-facts, of the kind facts"
    ]


def test_a_pick_where_none_belongs_is_found() -> None:
    colour = Pick("colour", "red", options={"red": "A red toy."})
    assert linting.unfit_picks(ledger(clause("toy.get", pick=colour))) == ["toy.get: documented, with a pick"]


def test_an_unspecified_clause_without_a_pick_is_found() -> None:
    assert linting.unfit_picks(with_facts(clause("toy.get", grade="unspecified"))) == ["toy.get: unspecified, without a pick"]


@pytest.mark.parametrize(
    ("pick", "complaint"),
    [
        (Pick("colour", "blue", options={"red": "A red toy."}), "'blue' is none of red"),
        (Pick("size", -1, values={"type": "integer", "minimum": 0}), "$: -1 is less than the minimum of 0"),
    ],
)
def test_a_default_that_its_pick_does_not_allow_is_found(pick: Pick, complaint: str) -> None:
    assert linting.unfit_picks(with_facts(clause("toy.get", grade="unspecified", pick=pick))) == [f"toy.get: default: {complaint}"]


SPEC: dict[str, Any] = {
    "paths": {"/toys/{id}": {"get": {"tags": ["toys"], "deprecated": True, "responses": {"200": {"$ref": "#/components/responses/Toy"}}}}},
    "components": {"responses": {"Toy": {"description": "A toy."}}},
}


@pytest.mark.parametrize(
    "row",
    [
        {"at": "/paths/~1toys~1{id}/get/tags", "is": ["toys"]},
        {"at": "/paths/~1toys~1{id}/get/tags/0", "is": "toys"},
        {"at": "/paths/~1toys~1{id}/get/tags", "contains": "toys"},
        {"at": "/paths/~1toys~1{id}/get/responses/200", "is": {"$ref": "#/components/responses/Toy"}},
        {"at": "/paths/~1toys~1{id}/get/responses/200", "is": {"description": "A toy."}},
        {"at": "/paths/~1toys~1{id}/get/responses/200/description", "contains": "toy"},
        {"at": "/paths/~1toys~1{id}/get/responses/404", "absent": True},
    ],
)
def test_a_spec_that_holds_what_its_clause_says_is_no_complaint(row: dict[str, Any]) -> None:
    assert linting.unheld_readings(ledger(clause("toy.get", shown={"spec": [row]})), SPEC) == []


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"at": "/paths/~1toys/get", "is": {}}, "nothing there"),
        ({"at": "/paths/~1toys~1{id}/get/tags/1", "is": "toys"}, "nothing there"),
        ({"at": "/paths/~1toys~1{id}/get/tags", "is": []}, "['toys'] is not []"),
        ({"at": "/paths/~1toys~1{id}/get/deprecated", "is": 1}, "True is not 1"),
        ({"at": "/paths/~1toys~1{id}/get/tags", "contains": "toy"}, "['toys'] does not contain 'toy'"),
        ({"at": "/paths/~1toys~1{id}/get/responses/200/description", "contains": "game"}, "'A toy.' does not contain 'game'"),
        ({"at": "/paths/~1toys~1{id}/get/responses/200/description", "absent": True}, "'A toy.' stands there"),
    ],
)
def test_a_spec_that_holds_something_else_is_found(row: dict[str, Any], complaint: str) -> None:
    assert linting.unheld_readings(ledger(clause("toy.get", shown={"spec": [row]})), SPEC) == [f"toy.get: at {row['at']}: {complaint}"]


def test_a_clause_that_no_case_cites_is_found() -> None:
    assert linting.unshown_clauses(ledger(clause("toy.get"), clause("toy.put")), {"toy.put"}) == ["toy.get: no case cites it"]


def test_a_reading_that_rests_on_nothing_is_found() -> None:
    reading = clause("toy.reading", shown={"reading": "Toys are meant.", "by": ["toy.gone", "toy.later", "toy.get"]})
    later = clause("toy.later", shown={"later": "Nobody plays yet."})
    assert linting.unshown_clauses(ledger(reading, later, clause("toy.get")), {"toy.get"}) == [
        "toy.reading: by: there is no clause toy.gone",
        "toy.reading: by: toy.later is not shown as case",
    ]


def test_a_clause_left_for_later_is_found() -> None:
    assert linting.left_for_later(ledger(clause("toy.later", shown={"later": "Nobody plays yet."}), clause("toy.get"))) == {"toy.later"}
