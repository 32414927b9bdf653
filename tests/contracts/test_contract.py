"""What a spec says of one answer: complaints of its status's response, and notes of what goes beyond it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ownership_contracts import specs
from ownership_contracts.contracts.contract import Answer, Operation, operation_of, operations
from ownership_contracts.specs import Clause, Ledger

from .samples import answer

TOY = "application/vnd.Toy+json"
LEDGER = Ledger(
    pages={}, clauses={grade: Clause(grade, "toys", "Toys", grade, "case", "Toys are there.") for grade in ("documented", "public", "unspecified")}
)
SCHEMA = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "size": {"type": "integer"}}}
ERROR = {
    "anyOf": [
        {"type": "object", "required": ["error"], "properties": {"error": {}}},
        {"type": "object", "required": ["errors"], "properties": {"errors": {}}},
    ]
}
OPERATION = Operation(
    id="getToy",
    method="GET",
    template="/toys",
    media_types=(),
    responses={
        200: {"x-clause": ["documented"], "content": {TOY: {"schema": SCHEMA}}},
        204: {"x-clause": ["documented", "public"]},
        403: {"x-clause": ["public"], "x-empty": True, "content": {"application/json": {"x-clause": ["unspecified"], "schema": ERROR}}},
        404: {
            "x-clause": ["unspecified", "documented"],
            "content": {
                "application/vnd.NoUser+json": {"schema": {"type": "object", "required": ["user"], "properties": {"user": {}}}},
                "application/vnd.NoToy+json": {"schema": {"type": "object", "required": ["toy"], "properties": {"toy": {}}}},
            },
        },
        409: {"x-clause": ["unspecified"], "content": {"application/json": {"schema": ERROR}}},
    },
    ledger=LEDGER,
)


def complaint(seen: Answer) -> tuple[str, str, str] | None:
    found = list(OPERATION.complaints(seen))
    assert len(found) <= 1
    return found[0] if found else None


def toy(body: Any, media: str | None = TOY) -> Answer:
    return answer(200, body, media)


# ---------------------------------------------------------------------------------------------------- no complaint


@pytest.mark.parametrize(
    "seen",
    [
        toy({"name": "lamp"}),
        toy({"name": "lamp", "size": 3}),
        toy({"name": "lamp", "colour": "red", "more": {"deep": []}}),
        toy({"name": "lamp"}, f"{TOY};charset=UTF-8"),
        toy({"name": "lamp"}, f"{TOY} ; charset=utf-8"),
        toy({"name": "lamp"}, TOY.lower()),
        toy({"name": "lamp"}, TOY.upper()),
        answer(204),
        answer(403),
        answer(403, {"error": 1}),
        answer(403, {"errors": []}),
        answer(404, {"user": 1}, "application/vnd.NoUser+json"),
        answer(404, {"toy": 1}, "application/vnd.NoToy+json"),
    ],
)
def test_an_answer_as_documented_draws_no_complaint(seen: Answer) -> None:
    assert complaint(seen) is None


# ---------------------------------------------------------------------------------------------------- complaints


@pytest.mark.parametrize("media", ["application/json", "text/html", "application/vnd.Toy", "application/vnd.Toy+json2", ""])
def test_another_media_type_is_a_complaint(media: str) -> None:
    assert complaint(toy({"name": "lamp"}, media)) == ("documented", f"Content-Type {TOY.lower()}", media.lower() or "no Content-Type")


def test_a_body_without_a_media_type_is_a_complaint() -> None:
    assert complaint(toy({"name": "lamp"}, None)) == ("documented", f"Content-Type {TOY.lower()}", "no Content-Type")


def test_a_missing_field_is_a_complaint() -> None:
    grade, expected, seen = complaint(toy({"size": 3})) or ("", "", "")
    assert (grade, seen) == ("documented", "$: 'name' is a required property")
    assert "200" in expected


@pytest.mark.parametrize(
    ("body", "place"), [({"name": 3}, "$.name"), ({"name": None}, "$.name"), ({"name": "x", "size": "3"}, "$.size"), (["name"], "$"), ("name", "$")]
)
def test_a_field_or_a_body_of_another_type_is_a_complaint(body: Any, place: str) -> None:
    assert (complaint(toy(body)) or ("", "", ""))[2].startswith(f"{place}: ")


def test_a_body_on_204_is_a_complaint() -> None:
    assert complaint(answer(204, {})) == ("documented", "no body", "a body of 2 bytes")


def test_no_body_where_one_is_documented_is_a_complaint() -> None:
    assert complaint(toy(None)) == ("documented", f"a body of {TOY.lower()}", "no body")


def test_no_body_on_one_of_several_media_types_is_a_complaint_that_names_them_all() -> None:
    assert complaint(answer(404)) == ("documented", "a body of application/vnd.nouser+json or application/vnd.notoy+json", "no body")


@pytest.mark.parametrize("body", [b"{", b"<html>", b"\xff\xfe\x00", b" "])
def test_a_body_that_is_no_json_is_a_complaint(body: bytes) -> None:
    assert (complaint(toy(body)) or ("", "", ""))[:2] == ("documented", "a JSON body")


def test_the_schema_is_that_of_the_media_type_sent() -> None:
    assert complaint(answer(404, {"user": 1}, "application/vnd.NoToy+json")) is not None
    assert complaint(answer(404, {"toy": 1}, "application/vnd.NoUser+json")) is not None


# ---------------------------------------------------------------------------------------------------- grades


def test_a_complaint_is_of_the_best_known_clause_of_its_response() -> None:
    assert (complaint(answer(404, {}, "application/vnd.NoToy+json")) or ("",))[0] == "documented"
    assert (complaint(answer(409, {})) or ("",))[0] == "unspecified"


@pytest.mark.parametrize("seen", [answer(403, {}), answer(403, {}, "text/html"), answer(403, b"{")])
def test_a_media_type_that_is_known_less_well_lends_its_grade(seen: Answer) -> None:
    assert (complaint(seen) or ("",))[0] == "unspecified"


# ---------------------------------------------------------------------------------------------------- notes


def test_a_status_that_the_page_does_not_have_is_a_note_and_no_complaint() -> None:
    assert complaint(answer(500, {"anything": 1})) is None
    assert OPERATION.extras(answer(500, {"anything": 1})) == ["status 500 is not documented for getToy"]


def test_fields_beyond_the_page_are_notes() -> None:
    assert OPERATION.extras(toy({"name": "lamp", "colour": "red", "age": 3})) == ["field colour is not on the page", "field age is not on the page"]


def test_fields_of_any_of_several_forms_are_on_the_page() -> None:
    assert OPERATION.extras(answer(403, {"error": 1, "errors": [], "hint": 1})) == ["field hint is not on the page"]


@pytest.mark.parametrize("seen", [toy({"name": "lamp", "size": 1}), answer(204), toy(b"{"), toy(["name"]), answer(204, {"colour": "red"})])
def test_an_answer_that_shows_no_field_beyond_the_page_has_no_note(seen: Answer) -> None:
    assert OPERATION.extras(seen) == []


# ---------------------------------------------------------------------------------------------------- answers


@pytest.mark.parametrize(
    ("sent", "media"),
    [
        ("application/json", "application/json"),
        ("Application/JSON; charset=UTF-8", "application/json"),
        (" text/html ;x=1;y=2", "text/html"),
        ("", ""),
    ],
)
def test_a_media_type_is_read_without_parameters_and_case(sent: str, media: str) -> None:
    assert Answer(200, {"content-type": sent}, b"").media_type == media


def test_an_answer_without_content_type_has_no_media_type() -> None:
    assert Answer(200, {}, b"").media_type == ""


# ---------------------------------------------------------------------------------------------------- the vendors' own


def nodes(value: Any) -> Iterator[Any]:
    yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(child)


@pytest.mark.parametrize("vendor", specs.vendors())
def test_every_operation_of_the_spec_is_there_without_references(vendor: str) -> None:
    ids = {node["operationId"] for node in nodes(specs.openapi(vendor)["paths"]) if isinstance(node, dict) and "operationId" in node}
    found = operations(vendor)
    assert set(found) == ids
    assert not [node for operation in found.values() for node in nodes(dict(operation.responses)) if isinstance(node, dict) and "$ref" in node]


def examples(vendor: str) -> Iterator[tuple[Operation, int, str, Any]]:
    for operation in operations(vendor).values():
        for status, response in operation.responses.items():
            for media, part in response.get("content", {}).items():
                values = [part["example"]] if "example" in part else [example["value"] for example in part["examples"].values()]
                yield from ((operation, status, media, value) for value in values)


@pytest.mark.parametrize("vendor", specs.vendors())
def test_every_example_of_the_spec_is_an_answer_without_complaint_or_note(vendor: str) -> None:
    seen = [(operation, answer(status, value, media)) for operation, status, media, value in examples(vendor)]
    assert seen
    assert [(operation.id, found) for operation, made in seen for found in (*operation.complaints(made), *operation.extras(made))] == []


@pytest.mark.parametrize("vendor", specs.vendors())
def test_no_example_of_the_spec_passes_as_plain_text(vendor: str) -> None:
    for operation, status, _, value in examples(vendor):
        assert list(operation.complaints(answer(status, value, "text/plain"))), (operation.id, status)


def test_a_request_has_the_media_types_of_the_page() -> None:
    assert operations("connhex")["register"].media_types == ("application/json",)
    assert operations("kii")["confirmOwnership"].media_types == ("application/vnd.kii.ThingOwnershipConfirmationRequest+json",)
    assert operations("kii")["listOwners"].media_types == ()


def test_an_answer_gives_its_json() -> None:
    assert answer(200, {"a": [1]}).json() == {"a": [1]}
    with pytest.raises(json.JSONDecodeError):
        answer(200, b"{").json()


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("GET", "/api/apps/$app.id/things/VENDOR_THING_ID:$thing.vendor_id/ownership/", "listOwners"),
        ("GET", "/api/apps/a/things/th.1/ownership?disable_cache=1", "listOwnersByThingID"),
        ("PUT", "/api/apps/a/things/th.1/ownership/user:u", "putUserOwnerByThingID"),
        ("PUT", "/api/apps/a/things/th.1/ownership/u", None),
        ("PATCH", "/api/apps/a/things/th.1/ownership", None),
        ("POST", "/api/apps/a/things/th.1/ownership/cofirm", None),
    ],
)
def test_a_request_that_is_written_out_is_an_operations_where_method_and_path_are(method: str, path: str, operation: str | None) -> None:
    found = operation_of("kii", method, path)
    assert (found and found.id) == operation
