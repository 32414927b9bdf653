"""Nothing leaves that the spec does not document: the compiled contract by itself, and the guard around columns that lie."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from ownership_contracts import specs
from ownership_contracts.mockserver.engine.columns import columns
from ownership_contracts.mockserver.engine.contract import Contract, closed, relaxed
from ownership_contracts.mockserver.engine.exchange import EXCHANGE
from ownership_contracts.mockserver.engine.guard import Guard
from ownership_contracts.mockserver.engine.vendor import Call, Refusal, Reply, Trouble, Vendor

from tests.mockserver.documented import faults
from tests.mockserver.in_process import InProcess, in_process
from tests.mockserver.kii.apps import ADD

OWNERS = "application/vnd.kii.ThingOwnershipRetrievalResponse+json"
NO_THING = "application/vnd.kii.ThingNotFoundException+json"
JSON = "application/json"
WRONG_TOKEN = "application/vnd.kii.WrongTokenException+json"
NOBODY: dict[str, Any] = {"users": [], "groups": []}
MISSING = {"errorCode": "THING_NOT_FOUND", "message": "No.", "field": "thingID", "value": "x", "appID": "a"}


# ---------------------------------------------------------------------------------------------------- the contract by itself


def headers(**given: str) -> list[tuple[bytes, bytes]]:
    return [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()]


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


CONTRACTS = {vendor: Contract(specs.openapi(vendor)) for vendor in specs.vendors()}
KII, CONNHEX = CONTRACTS["kii"], CONTRACTS["connhex"]


@dataclass(frozen=True)
class Made:
    """An answer that an operation of Kii's, the one of Connhex's, or none, has made."""

    operation: str | None
    status: int
    body: Any
    media_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    vendor: str = "kii"

    @property
    def complaint(self) -> str | None:
        named = {**({"content_type": self.media_type} if self.media_type else {}), **self.headers}
        body = self.body if isinstance(self.body, bytes) else as_json(self.body)
        return CONTRACTS[self.vendor].complaint(self.operation, self.status, headers(**named), body)


CLAIMED = partial(Made, "register", vendor="connhex")
NO = {"errorCode": "NO", "message": "No."}
DETAIL = {"errors": [{"detail": "No."}]}
TOLD = {
    "owners": Made("listOwners", 200, NOBODY, OWNERS),
    "owners-framed": Made("listOwners", 200, {"users": ["u"], "groups": ["g", "h"]}, OWNERS, {"content_length": "27"}),
    "no-thing": Made("listOwnersByThingID", 404, MISSING, NO_THING),
    "no-content": Made("addOwner", 204, b"", headers={"content_length": "0"}),
    "unknown-path": Made(None, 404, NO, JSON),
    "wrong-method": Made(None, 405, NO, JSON, {"allow": "GET"}),
    "claimed": CLAIMED(201, {"resourceId": "r"}, JSON),
    "forbidden-jsonapi": CLAIMED(403, DETAIL, JSON),
    "forbidden-message": CLAIMED(403, {"error": {"message": "No."}}, JSON),
    "forbidden-empty": CLAIMED(403, b""),
    "too-large-empty": Made(None, 413, b"", vendor="connhex"),
}


@pytest.mark.parametrize("made", TOLD.values(), ids=TOLD)
def test_a_documented_answer_earns_no_complaint(made: Made) -> None:
    assert made.complaint is None


NOT_TOLD = {
    "status": (Made("listOwners", 201, NOBODY, OWNERS), "status 201"),
    "status-of-another-operation": (Made("listOwners", 400, NO, "application/vnd.kii.ValidationException+json"), "status 400"),
    "status-of-the-protocol": (Made("listOwners", 405, NO, JSON), "status 405"),
    "status-of-an-operation": (Made(None, 200, NOBODY, OWNERS), "status 200"),
    "media-type-of-another-status": (Made("listOwners", 200, NOBODY, NO_THING), "media type"),
    "media-type-plain-json": (Made("listOwners", 200, NOBODY, JSON), "media type"),
    "media-type-with-parameter": (Made("listOwners", 200, NOBODY, OWNERS + ";charset=UTF-8"), "media type"),
    "media-type-absent": (Made("listOwners", 200, NOBODY), "media type none"),
    "media-type-of-another-error": (Made("listOwners", 404, MISSING, WRONG_TOKEN), "media type"),
    "header": (Made("listOwners", 200, NOBODY, OWNERS, {"x_extra": "1"}), "x-extra"),
    "header-value-with-a-line-break": (Made(None, 405, NO, JSON, {"allow": "GET\r\nX: y"}), "cannot be sent"),
    "status-that-no-vendor-sends": (Made(None, 408, NO, JSON), "status 408"),
    "allow-on-an-operation": (Made("listOwners", 200, NOBODY, OWNERS, {"allow": "GET"}), "allow"),
    "allow-on-unknown-path": (Made(None, 404, NO, JSON, {"allow": "GET"}), "allow"),
    "extra-field": (Made("listOwners", 200, {**NOBODY, "things": []}, OWNERS), "things"),
    "missing-field": (Made("listOwners", 200, {"users": []}, OWNERS), "groups"),
    "type-of-an-item": (Made("listOwners", 200, {**NOBODY, "users": [5]}, OWNERS), "$.users[0]"),
    "type-of-the-body": (Made("listOwners", 200, [], OWNERS), "object"),
    "value-not-listed": (Made("listOwners", 404, {**MISSING, "field": "address"}, NO_THING), "address"),
    "body-missing": (Made("listOwners", 200, b"", OWNERS), "missing"),
    "body-broken-off": (Made("listOwners", 200, b"{", OWNERS), "not JSON"),
    "body-not-utf-8": (Made("listOwners", 200, b"\xff", OWNERS), "not JSON"),
    "body-on-204": (Made("addOwner", 204, NOBODY, OWNERS), "media type"),
    "type-on-204": (Made("addOwner", 204, b"", OWNERS), "Content-Type without a body"),
    "type-on-an-empty-refusal": (CLAIMED(403, b"", JSON), "Content-Type without a body"),
    "claim-without-body": (CLAIMED(201, b""), "missing"),
    "extra-field-deep-down": (CLAIMED(403, {"errors": [{"detail": "No.", "code": 1}]}, JSON), "code"),
    "empty-list": (CLAIMED(403, {"errors": []}, JSON), "errors"),
    "claim-with-200": (CLAIMED(200, {"resourceId": "r"}, JSON), "status 200"),
    "teapot": (Made(None, 418, b"", vendor="connhex"), "status 418"),
}


@pytest.mark.parametrize(("made", "why"), NOT_TOLD.values(), ids=NOT_TOLD)
def test_an_answer_off_the_spec_earns_a_complaint_that_says_why(made: Made, why: str) -> None:
    assert why in (made.complaint or "")


def test_header_names_are_compared_in_any_case() -> None:
    assert KII.complaint("listOwners", 200, [(b"Content-Type", OWNERS.encode()), (b"Content-Length", b"27")], as_json(NOBODY)) is None


def test_closing_a_schema_closes_each_object_with_named_properties_and_no_other() -> None:
    text: dict[str, Any] = {"type": "string"}
    inner: dict[str, Any] = {"type": "object", "properties": {"b": text}}
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {"a": inner, "map": {"type": "object", "additionalProperties": text}, "list": {"type": "array", "items": inner}},
        "anyOf": [inner, {"type": "object"}],
    }
    before = deepcopy(schema)
    shut = {**inner, "additionalProperties": False}
    assert closed(schema) == {
        "type": "object",
        "properties": {"a": shut, "map": {"type": "object", "additionalProperties": text}, "list": {"type": "array", "items": shut}},
        "anyOf": [shut, {"type": "object"}],
        "additionalProperties": False,
    }
    assert schema == before


def test_closing_a_schema_leaves_what_it_says_of_further_properties() -> None:
    schema = {"properties": {"a": {}}, "additionalProperties": {"type": "string"}}
    assert closed(schema) == schema


def test_relaxing_a_spec_takes_the_keywords_away_that_x_rule_names_there_and_nowhere_else() -> None:
    spec = {
        "body": {"type": "object", "required": ["a"], "oneOf": [1], "x-rule": ["oneOf", "required"]},
        "other": [{"required": ["a"], "oneOf": [2]}],
    }
    before = deepcopy(spec)
    assert relaxed(spec) == {"body": {"type": "object", "x-rule": ["oneOf", "required"]}, "other": [{"required": ["a"], "oneOf": [2]}]}
    assert spec == before


def split(path: str) -> list[str]:
    return path.removeprefix("/").split("/")


def test_a_path_leads_to_the_first_template_that_fits_it() -> None:
    routes = KII.routes(split("/api/apps/a/things/VENDOR_THING_ID:x/ownership"))
    assert routes == {
        "GET": ("listOwners", {"appID": "a", "vendorThingID": "x"}),
        "POST": ("addOwner", {"appID": "a", "vendorThingID": "x"}),
    }
    assert KII.routes(split("/api/apps/a/things/x/ownership"))["GET"] == ("listOwnersByThingID", {"appID": "a", "thingID": "x"})


def test_a_parameter_is_one_segment_whatever_stands_in_it() -> None:
    routes = KII.routes(["api", "apps", "a/b", "things", "VENDOR_THING_ID:x\n/y", "ownership"])
    assert routes["GET"] == ("listOwners", {"appID": "a/b", "vendorThingID": "x\n/y"})


@pytest.mark.parametrize("path", ["/ownerships/", "/ownershipsx", "x/ownerships", "/ownerships\n", "", "/./ownerships"])
def test_a_path_that_fits_no_template_whole_leads_nowhere(path: str) -> None:
    assert CONNHEX.routes(split(path)) == {}


@pytest.mark.parametrize("step", ["", ".", ".."])
def test_a_segment_that_others_take_for_a_step_is_no_parameter(step: str) -> None:
    assert KII.routes(["api", "apps", "a", "things", step, "ownership"]) == {}


# ---------------------------------------------------------------------------------------------------- the guard around a column


def bent(name: str, **changed: Any) -> InProcess:
    """A server in which one vendor's column is not as it should be."""
    return in_process([dataclasses.replace(vendor, **changed) if vendor.name == name else vendor for vendor in columns()])


def original(name: str) -> Vendor:
    return columns([name])[0]


def lying(operation_id: str, rule: Callable[[Call], Reply]) -> InProcess:
    name = "connhex" if operation_id == "register" else "kii"
    return bent(name, operations={**original(name).operations, operation_id: rule})


def listed(server: InProcess) -> httpx.Response:
    app = server.target("kii")["apps"][0]
    path = f"/api/apps/{app['id']}/things/{app['things'][0]['id']}/ownership"
    return server.send("GET", path, headers={"Authorization": f"Bearer {app['admin']['token']}"})


def added(server: InProcess) -> httpx.Response:
    app = server.target("kii")["apps"][0]
    path = f"/api/apps/{app['id']}/things/{app['things'][0]['id']}/ownership"
    sent = {"Authorization": f"Bearer {app['admin']['token']}", "Content-Type": ADD}
    return server.send("POST", path, headers=sent, json={"userID": app["users"][0]["id"]})


def claimed(server: InProcess) -> httpx.Response:
    user = next(user for user in server.target("connhex")["users"] if user.get("permission") == "allowed")
    device = server.target("connhex")["devices"][0]["id"]
    return server.send("POST", "/ownerships", headers={"Authorization": f"Bearer {user['token']}"}, json={"deviceId": device})


CALLS = {"listOwnersByThingID": listed, "addOwnerByThingID": added, "register": claimed}
LIES = {
    "undocumented-status": ("listOwnersByThingID", Reply(418, "x", NOBODY, OWNERS), "418"),
    "another-operations-status": ("listOwnersByThingID", Reply(204, "x"), "204"),
    "media-type-of-another-status": ("listOwnersByThingID", Reply(404, "x", MISSING, WRONG_TOKEN), WRONG_TOKEN),
    "media-type-of-another-operation": ("listOwnersByThingID", Reply(200, "x", NOBODY, ADD), ADD),
    "undocumented-header": ("listOwnersByThingID", Reply(200, "x", NOBODY, OWNERS, {"X-Extra": "1"}), "x-extra"),
    "extra-field": ("listOwnersByThingID", Reply(200, "x", {**NOBODY, "things": []}, OWNERS), "things"),
    "missing-field": ("listOwnersByThingID", Reply(200, "x", {"users": []}, OWNERS), "groups"),
    "wrong-type": ("listOwnersByThingID", Reply(200, "x", {"users": "u", "groups": []}, OWNERS), "$.users"),
    "body-absent": ("listOwnersByThingID", Reply(200, "x"), "missing"),
    "body-of-no-type": ("listOwnersByThingID", Reply(200, "x", NOBODY), "media type"),
    "body-on-a-204": ("addOwnerByThingID", Reply(204, "x", NOBODY, OWNERS), "media type"),
    "connhex-undocumented-status": ("register", Reply(202, "x", {"resourceId": "r"}, "application/json"), "202"),
    "connhex-extra-field": ("register", Reply(201, "x", {"resourceId": "r", "owner": "u"}, "application/json"), "owner"),
    "connhex-missing-field": ("register", Reply(201, "x", {}, "application/json"), "resourceId"),
    "connhex-wrong-type": ("register", Reply(201, "x", {"resourceId": 5}, "application/json"), "$.resourceId"),
    "connhex-body-absent": ("register", Reply(201, "x"), "missing"),
    "connhex-media-type": ("register", Reply(403, "x", {"errors": [{"detail": "No."}]}, "application/problem+json"), "problem+json"),
}


def assert_held_back(server: InProcess, answer: httpx.Response, why: str) -> None:
    vendor = server.last.vendor
    assert answer.status_code == 500
    assert not faults(specs.openapi(vendor), None, answer)
    assert (server.last.status, server.last.decided) == (500, "guard")
    assert why in (server.last.complaint or "")


@pytest.mark.parametrize("lie", LIES)
def test_an_answer_off_the_spec_is_not_sent_and_the_journal_says_why(lie: str) -> None:
    operation_id, reply, why = LIES[lie]
    server = lying(operation_id, lambda call: reply)
    answer = CALLS[operation_id](server)
    assert_held_back(server, answer, why)
    assert server.last.operation == operation_id


@pytest.mark.parametrize("operation_id", CALLS)
def test_a_rule_that_breaks_is_answered_with_500_and_the_journal_names_the_exception(operation_id: str) -> None:
    def broken(call: Call) -> Reply:
        raise RuntimeError("no lamp")

    server = lying(operation_id, broken)
    assert_held_back(server, CALLS[operation_id](server), "RuntimeError: no lamp")


def test_a_rule_that_breaks_shows_the_client_nothing_of_the_program() -> None:
    def broken(call: Call) -> Reply:
        raise KeyError("secret")

    answer = listed(lying("listOwnersByThingID", broken))
    assert not [word for word in ("Traceback", "File", ".py") if word in answer.text]


@pytest.mark.parametrize("name", specs.vendors())
def test_a_refusal_off_the_spec_is_not_sent(name: str) -> None:
    def refused(call: Call) -> Reply:
        raise Refusal

    operation_id = {"kii": "listOwnersByThingID", "connhex": "register"}[name]
    operations = {**original(name).operations, operation_id: refused}
    server = bent(name, operations=operations, refuse=lambda exchange, refusal: Reply(451, "x"))
    assert_held_back(server, CALLS[operation_id](server), "451")


@pytest.mark.parametrize("name", specs.vendors())
def test_an_answer_outside_operations_off_the_protocol_is_not_sent(name: str) -> None:
    def trouble(exchange: Any, found: Trouble) -> Reply:
        return Reply(410, "x") if found.kind == "unknown_path" else original(name).trouble(exchange, found)

    server = bent(name, trouble=trouble)
    answer = server.send("GET", {"kii": "/api/none", "connhex": "/none"}[name])
    assert_held_back(server, answer, "410")


@pytest.mark.parametrize("option", ["jsonapi", "message", "none"])
def test_the_guards_own_answer_is_documented_whatever_form_of_body_is_picked(option: str) -> None:
    operations = {**original("connhex").operations, "register": lambda call: Reply(299, "x")}
    vendors = [dataclasses.replace(vendor, operations=operations) if vendor.name == "connhex" else vendor for vendor in columns()]
    server = in_process(vendors, connhex={"error_body": option})
    assert_held_back(server, claimed(server), "299")


TROUBLES: dict[str, Callable[[Any, Trouble], Reply]] = {
    "undocumented": lambda exchange, found: Reply(500, "x", {"oops": 1}, JSON),
    "another-status": lambda exchange, found: Reply(299, "x"),
    "raises": lambda exchange, found: Reply(500, "x", {"message": dict[str, str]()["missing"]}),
    "no-header": lambda exchange, found: Reply(500, "x", NO, JSON, {"allow": "GET\r\nX: y"}),
}


@pytest.mark.parametrize("kind", TROUBLES)
def test_where_the_guards_own_answer_is_off_the_spec_too_a_neutral_one_is_sent(kind: str) -> None:
    operations = {**original("kii").operations, "listOwnersByThingID": lambda call: Reply(418, "x")}
    server = bent("kii", operations=operations, trouble=TROUBLES[kind])
    answer = listed(server)
    assert (answer.status_code, answer.headers["content-type"], answer.json()["status"]) == (500, "application/problem+json", 500)
    assert (server.last.status, server.last.decided) == (500, "guard")
    assert "418" in (server.last.complaint or "")


def test_a_documented_answer_passes_untouched() -> None:
    reply = Reply(200, "kii-list.200", {"users": ["é", "u"], "groups": []}, OWNERS)
    server = lying("listOwnersByThingID", lambda call: reply)
    answer = listed(server)
    assert (answer.status_code, answer.json(), answer.headers["content-type"]) == (200, reply.body, OWNERS)
    assert (server.last.decided, server.last.complaint) == ("kii-list.200", None)


def test_the_journal_is_written_before_the_answer_is_sent() -> None:
    """A client that has its answer finds the exchange in the journal."""
    order: list[str] = []
    facts = {"method": "GET", "path": "/", "operation": None, "line": None, "delivery": "whole"}
    exchange = SimpleNamespace(**facts, mutants=(), note=lambda held, complaint: order.append(f"noted {held.status} {complaint}"))

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 413, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(message: Any) -> None:
        order.append(message["type"])

    asyncio.run(Guard(app, CONNHEX)({"type": "http", EXCHANGE: exchange}, None, send))  # type: ignore[arg-type]  # the app reads nothing
    assert order == ["noted 413 None", "http.response.start", "http.response.body"]


def test_a_body_in_pieces_is_judged_as_a_whole() -> None:
    """What the framework sends of its own accord comes to the guard as messages: here JSON that breaks off."""
    noted: list[Any] = []
    vendor = SimpleNamespace(
        trouble=lambda exchange, found: Reply(500, exchange.path, {"errorCode": "X", "message": found.detail}, "application/json")
    )
    facts = {"method": "GET", "path": "/", "operation": "listOwners", "api": vendor, "line": None, "delivery": "whole"}
    exchange = SimpleNamespace(**facts, mutants=(), note=lambda *noticed: noted.append(noticed))
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers(content_type=OWNERS)})
        await send({"type": "http.response.body", "body": b'{"users": [],', "more_body": True})
        await send({"type": "http.response.body", "body": b' "groups": ['})

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(Guard(app, KII)({"type": "http", EXCHANGE: exchange}, None, send))  # type: ignore[arg-type]  # the app reads nothing
    assert [message.get("status") for message in sent] == [500, None]
    assert b"users" not in sent[1]["body"]
    assert "not JSON" in noted[0][1]
