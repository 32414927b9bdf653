"""Every vendor's openapi.yaml keeps the conventions of specs/README.md."""

from __future__ import annotations

from typing import Any

import pytest
from ownership_contracts import specs

from . import linting

each_vendor = pytest.mark.parametrize("vendor", specs.vendors())


@each_vendor
def test_the_spec_is_valid_openapi_3_0_3(vendor: str) -> None:
    assert linting.invalid_openapi(specs.openapi(vendor)) == []


@each_vendor
def test_every_operation_has_an_id_of_its_own(vendor: str) -> None:
    assert linting.repeated_operation_ids(specs.openapi(vendor)) == []


@each_vendor
def test_the_more_literal_path_stands_first(vendor: str) -> None:
    assert linting.misplaced_paths(specs.openapi(vendor)) == []


@each_vendor
def test_every_operation_and_response_names_clauses_of_the_ledger(vendor: str) -> None:
    assert linting.uncited_places(specs.openapi(vendor), specs.ledger(vendor).clauses) == []


@each_vendor
def test_every_media_type_has_examples_that_its_schema_allows(vendor: str) -> None:
    assert linting.unfit_examples(specs.openapi(vendor)) == []


@each_vendor
def test_the_spec_says_what_an_answer_outside_its_operations_looks_like(vendor: str) -> None:
    assert linting.missing_protocol_error(specs.openapi(vendor)) == []


@each_vendor
def test_schemas_keep_to_the_keywords_that_draft_4_shares(vendor: str) -> None:
    assert linting.unshared_keywords(specs.openapi(vendor)) == []


@each_vendor
def test_every_x_rule_names_keywords_of_its_own_schema(vendor: str) -> None:
    assert linting.idle_rules(specs.openapi(vendor)) == []


# ---------------------------------------------------------------------------------------------------- the checks can fail


def sample() -> dict[str, Any]:
    """Return a document that no check complains of, to be broken."""
    return {
        "openapi": "3.0.3",
        "info": {"title": "Toys", "version": "1"},
        "paths": {
            "/toys/name:{name}": {"parameters": [parameter("name")], "get": operation("getByName")},
            "/toys/{id}": {"parameters": [parameter("id")], "get": operation("get")},
        },
        "components": {
            "schemas": {
                "Toy": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "example": "t1"}}, "x-rule": ["required"]}
            },
            "responses": {"ProtocolError": response()},
        },
    }


def parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def operation(operation_id: str) -> dict[str, Any]:
    return {"operationId": operation_id, "x-clause": ["toy.get"], "responses": {"200": response()}}


def response() -> dict[str, Any]:
    return {
        "description": "A toy.",
        "x-clause": ["toy.get"],
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Toy"}, "example": {"id": "t1"}}},
    }


def complaints(spec: dict[str, Any]) -> list[str]:
    return [
        *linting.invalid_openapi(spec),
        *linting.repeated_operation_ids(spec),
        *linting.misplaced_paths(spec),
        *linting.uncited_places(spec, {"toy.get"}),
        *linting.unfit_examples(spec),
        *linting.missing_protocol_error(spec),
        *linting.unshared_keywords(spec),
        *linting.idle_rules(spec),
    ]


def test_the_sample_is_sound() -> None:
    assert complaints(sample()) == []


def test_another_version_is_found() -> None:
    assert linting.invalid_openapi(sample() | {"openapi": "3.1.0"}) == ["openapi is '3.1.0', not 3.0.3"]


def test_an_invalid_document_is_found() -> None:
    spec = sample()
    del spec["info"]["version"]
    assert linting.invalid_openapi(spec) != []


def test_a_repeated_operation_id_is_found() -> None:
    spec = sample()
    spec["paths"]["/toys/{id}"]["get"]["operationId"] = "getByName"
    assert linting.repeated_operation_ids(spec) == ["GET /toys/{id}: operationId getByName is also that of GET /toys/name:{name}"]


def test_an_operation_without_an_id_is_found() -> None:
    spec = sample()
    del spec["paths"]["/toys/{id}"]["get"]["operationId"]
    assert linting.repeated_operation_ids(spec) == ["GET /toys/{id}: no operationId"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("/toys/{id}", "/toys/name:{name}"),
        ("/toys/{id}", "/toys/new"),
        ("/toys/name:{name}", "/toys/name:none"),
        ("/toys/{id}.json", "/toys/new-{id}.json"),
        ("/{kind}/new", "/toys/{id}"),
        ("/toys/{id}/owner", "/toys/name:{name}/owner"),
    ],
)
def test_a_path_before_a_more_literal_one_is_found(first: str, second: str) -> None:
    assert len(linting.misplaced_paths({"paths": {first: {}, second: {}}})) == 1
    assert linting.misplaced_paths({"paths": {second: {}, first: {}}}) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [("/toys/{id}", "/toys/{id}/owner"), ("/toys/{id}", "/games/new"), ("/toys/{id}.json", "/toys/new.xml"), ("/toys/a:{id}", "/toys/abc:{name}")],
)
def test_paths_that_share_no_url_may_stand_in_any_order(first: str, second: str) -> None:
    assert linting.misplaced_paths({"paths": {first: {}, second: {}}}) == []
    assert linting.misplaced_paths({"paths": {second: {}, first: {}}}) == []


def test_a_response_without_a_clause_is_found() -> None:
    spec = sample()
    del spec["paths"]["/toys/{id}"]["get"]["responses"]["200"]["x-clause"]
    assert linting.uncited_places(spec, {"toy.get"}) == ["GET /toys/{id} 200: no x-clause"]


def test_an_operation_with_an_empty_list_of_clauses_is_found() -> None:
    spec = sample()
    spec["paths"]["/toys/{id}"]["get"]["x-clause"] = []
    assert linting.uncited_places(spec, {"toy.get"}) == ["GET /toys/{id}: no x-clause"]


def test_a_citation_of_nothing_is_found() -> None:
    spec = sample()
    spec["components"]["responses"]["ProtocolError"]["x-clause"] = ["toy.gone"]
    assert linting.uncited_places(spec, {"toy.get"}) == ["components/responses/ProtocolError: the ledger has no clause toy.gone"]


def test_a_citation_of_nothing_by_a_media_type_is_found() -> None:
    spec = sample()
    spec["components"]["responses"]["ProtocolError"]["content"]["application/json"]["x-clause"] = ["toy.gone"]
    assert linting.uncited_places(spec, {"toy.get"}) == ["components/responses/ProtocolError application/json: the ledger has no clause toy.gone"]


def test_a_clause_named_twice_is_found() -> None:
    spec = sample()
    spec["paths"]["/toys/{id}"]["get"]["x-clause"] = ["toy.get", "toy.get"]
    assert linting.uncited_places(spec, {"toy.get"}) == ["GET /toys/{id}: clause toy.get is named twice"]


def test_an_invalid_example_is_found() -> None:
    spec = sample()
    spec["paths"]["/toys/{id}"]["get"]["responses"]["200"]["content"]["application/json"]["example"] = {"id": 1}
    assert linting.unfit_examples(spec) == ["GET /toys/{id} 200 application/json: example at $.id: 1 is not of type 'string'"]


def test_an_invalid_example_among_several_is_found() -> None:
    spec = sample()
    media = spec["paths"]["/toys/{id}"]["get"]["responses"]["200"]["content"]["application/json"]
    del media["example"]
    spec["components"]["examples"] = {"bad": {"value": {}}}
    media["examples"] = {"good": {"value": {"id": "t1"}}, "bad": {"$ref": "#/components/examples/bad"}}
    assert linting.unfit_examples(spec) == ["GET /toys/{id} 200 application/json: example at $: 'id' is a required property"]


def test_an_invalid_example_in_a_schema_is_found() -> None:
    spec = sample()
    spec["components"]["schemas"]["Toy"]["properties"]["id"]["example"] = 1
    assert linting.unfit_examples(spec) == ["/components/schemas/Toy/properties/id: example at $: 1 is not of type 'string'"]


@pytest.mark.parametrize("missing", ["example", "schema"])
def test_a_media_type_without_example_or_schema_is_found(missing: str) -> None:
    spec = sample()
    del spec["paths"]["/toys/{id}"]["get"]["responses"]["200"]["content"]["application/json"][missing]
    assert linting.unfit_examples(spec) == [f"GET /toys/{{id}} 200 application/json: no {missing}"]


def test_a_spec_without_protocol_error_is_found() -> None:
    spec = sample()
    del spec["components"]["responses"]["ProtocolError"]
    assert linting.missing_protocol_error(spec) == ["components/responses/ProtocolError: missing"]
    spec["components"]["responses"]["ProtocolError"] = {"description": "Nothing."}
    assert linting.missing_protocol_error(spec) == ["components/responses/ProtocolError: no content"]


def test_a_keyword_that_draft_4_does_not_share_is_found() -> None:
    spec = sample()
    spec["components"]["schemas"]["Toy"]["properties"]["id"]["nullable"] = True
    spec["paths"]["/toys/{id}"]["parameters"][0]["schema"]["deprecated"] = True
    assert linting.unshared_keywords(spec) == [
        "/paths/~toys/{id}/parameters/0/schema: deprecated is not in the subset that Draft 4 shares".replace("~", "/"),
        "/components/schemas/Toy/properties/id: nullable is not in the subset that Draft 4 shares",
    ]


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ([], "x-rule is empty"),
        (["minProperties"], "x-rule names minProperties, which is no keyword of this schema"),
        (["x-rule"], "x-rule names x-rule, which is no keyword of this schema"),
    ],
)
def test_a_rule_that_names_nothing_of_its_schema_is_found(rule: list[str], complaint: str) -> None:
    spec = sample()
    spec["components"]["schemas"]["Toy"]["x-rule"] = rule
    assert linting.idle_rules(spec) == [f"/components/schemas/Toy: {complaint}"]
