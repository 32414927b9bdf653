"""Every answer of the control API against specs/control.yaml: its statuses, media types and bodies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from openapi_spec_validator import validate
from ownership_contracts import specs
from ownership_contracts.mockserver.engine.clock import LAST
from ownership_contracts.mockserver.engine.control import clock as control_clock
from ownership_contracts.mockserver.engine.store import Bounds

from tests.mockserver.documented import faults, operation_ids, responses
from tests.mockserver.in_process import in_process
from tests.serving import Running

Step = tuple[str, httpx.Response]


@pytest.fixture(scope="module")
def steps(mock: Running, http: httpx.Client) -> list[Step]:
    """A run through the control API: each operation with each of its answers that can be had over HTTP."""
    return list(run(http, f"{mock.url}/_mock/api"))


def run(http: httpx.Client, control: str) -> Iterator[Step]:
    yield "health", http.get(f"{control}/health")
    yield "listMutants", http.get(f"{control}/mutants")
    yield "listWorlds", http.get(f"{control}/worlds")
    own = {"name": "control-run"}
    bodies: list[dict[str, Any]] = [own, own, {"name": "a/b"}, {"scenario": "none"}, {"settings": {"acme": {}}}]
    for body in bodies:
        yield "createWorld", http.post(f"{control}/worlds", json=body)
    yield "createWorld", http.post(f"{control}/worlds", content=b"{", headers={"Content-Type": "application/json"})
    yield "createWorld", http.post(f"{control}/worlds", content=b"{}", headers={"Content-Type": "text/plain"})
    base = f"{control.removesuffix('/_mock/api')}/worlds/control-run"
    http.post(f"{base}/ownerships", json={"deviceId": "x"})
    http.get(f"{base}/api/apps/a/things/b/ownership", headers={"Authorization": "Bearer nobody"})
    yield "readWorld", http.get(f"{control}/worlds/control-run")
    yield "readWorld", http.get(f"{control}/worlds/default")
    yield "readWorld", http.get(f"{control}/worlds/control-run?requests=1")
    yield "readWorld", http.get(f"{control}/worlds/control-run?requests=x")
    yield "readWorld", http.get(f"{control}/worlds/none-such")
    yield "readWorld", http.get(f"{control}/worlds/%25")
    yield from in_world(http, f"{control}/worlds/control-run")
    for name, method, path in WITHOUT_BODY:
        yield name, http.request(method, f"{control}{path}?colour=red")
        if "{name}" in path:
            yield name, http.request(method, f"{control}{path}".replace("{name}", "none-such"))
    yield "deleteWorld", http.delete(f"{control}/worlds/default")
    yield "deleteWorld", http.delete(f"{control}/worlds/control-run")


WITHOUT_BODY = [
    (operation["operationId"], method.upper(), path)
    for path, item in specs.control()["paths"].items()
    for method, operation in item.items()
    if method in specs.METHODS and not operation.get("requestBody", {}).get("required")
]
"""Operations that need no body: operationId, method, path template."""


def in_world(http: httpx.Client, world: str) -> Iterator[Step]:
    """What is done in one world."""
    yield "readClock", http.get(f"{world}/clock")
    yield "resetWorld", http.post(f"{world}/reset")
    snapshot = http.get(f"{world}/snapshot")
    yield "readSnapshot", snapshot
    yield "restoreWorld", http.put(f"{world}/snapshot", json=snapshot.json())
    for name, method, path, bodies in WITH_BODY:
        for body in bodies:
            yield name, http.request(method, f"{world}/{path}", json=body)
        yield name, http.request(method, f"{world}/{path}", content=b"{}", headers={"Content-Type": "text/plain"})
        yield name, http.request(method, f"{world.rpartition('/')[0]}/none-such/{path}", json=bodies[0])
    yield "readJournal", http.get(f"{world}/journal?secrets=true")
    yield "clearJournal", http.delete(f"{world}/journal")
    yield "readScript", http.get(f"{world}/script")
    yield "dropLine", http.delete(f"{world}/script/slow")
    yield "dropLines", http.delete(f"{world}/script")


WITH_BODY: list[tuple[str, str, str, list[Any]]] = [
    ("resetWorld", "POST", "reset", [{"seed": "again"}, {"seed": 5}]),
    ("restoreWorld", "PUT", "snapshot", [{"format": 2}]),
    ("verifyJournal", "POST", "journal/verify", [{"at_least": 0}, {"exactly": 1000}, {"exactly": -1}]),
    ("setClock", "PUT", "clock", [{"frozen": True}, {"now": "tomorrow"}]),
    ("advanceClock", "POST", "clock/advance", [{"seconds": 5}, {"seconds": -5}, {"seconds": LAST}]),
    ("loadLines", "POST", "script", [{"name": "slow", "when": {}, "delay": 0.1}, []]),
    ("happen", "POST", "events", [{"kii.rains": {}}]),
]
"""Operations that need one: operationId, method, path within the world, bodies."""


def test_every_answer_is_documented(steps: list[Step]) -> None:
    wrong = [(name, answer.status_code, found) for name, answer in steps if (found := faults(specs.control(), name, answer, closed=False))]
    assert not wrong


def test_the_run_has_every_operation_and_every_status_but_those_that_have_tests_of_their_own(steps: list[Step]) -> None:
    """Those are about access, bounds, and events that a column has."""
    document = specs.control()
    documented = {(name, status) for name in operation_ids(document) for status in responses(document, name)}
    missing = documented - {(name, answer.status_code) for name, answer in steps}
    assert {row for row in missing if row[1] not in (401, 403, 507)} == {("loadLines", 409), ("happen", 200), ("happen", 409)}


def test_health_names_the_vendors_and_the_scenarios(steps: list[Step]) -> None:
    health = next(answer for name, answer in steps if name == "health").json()
    assert health["vendors"] == list(specs.vendors())
    assert "default" in health["scenarios"]


@pytest.mark.parametrize(("asked", "shown"), [("", [1, 2, 3]), ("?requests=0", []), ("?requests=2", [2, 3]), ("?requests=9", [1, 2, 3])])
def test_as_many_of_the_last_requests_are_shown_as_are_asked_for(
    mock: Running, http: httpx.Client, world: dict[str, Any], asked: str, shown: list[int]
) -> None:
    for _ in range(3):
        http.post(f"{world['base_url']}/ownerships")
    entries = http.get(f"{mock.url}/_mock/api/worlds/{world['name']}{asked}").json()["requests"]
    assert [entry["number"] for entry in entries] == shown


@pytest.mark.parametrize("asked", ["-1", "x", "1.5", ""])
def test_a_number_of_requests_that_is_none_is_refused(mock: Running, http: httpx.Client, asked: str) -> None:
    answer = http.get(f"{mock.url}/_mock/api/worlds/default?requests={asked}")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/none", 404), ("PUT", "/worlds", 405), ("POST", "/health", 405), ("PATCH", "/worlds/default", 405), ("GET", "", 404)],
)
def test_what_the_control_api_does_not_have_is_a_problem(mock: Running, http: httpx.Client, method: str, path: str, status: int) -> None:
    answer = http.request(method, f"{mock.url}/_mock/api/{path.removeprefix('/')}")
    assert (answer.status_code, answer.headers["content-type"], answer.json()["status"]) == (status, "application/problem+json", status)


def test_worlds_past_the_bound_are_refused_with_507() -> None:
    server = in_process()
    server.worlds.bounds = Bounds(worlds=2)
    made: list[Any] = [server.send("POST", "/_mock/api/worlds", json={"name": name}) for name in ("two", "three")]
    assert [answer.status_code for answer in made] == [201, 507]
    assert not faults(specs.control(), "createWorld", made[1], closed=False)
    assert server.send("GET", "/_mock/api/worlds").json()["worlds"] == ["default", "two"]
    assert server.send("DELETE", "/_mock/api/worlds/two").status_code == 204
    assert server.send("POST", "/_mock/api/worlds", json={"name": "three"}).status_code == 201


def requests_of(document: dict[str, Any]) -> Iterator[tuple[str, str, str, Any]]:
    """Yield operationId, method, path and body of every example of the spec."""
    for path, item in document["paths"].items():
        for method, operation in ((name, item[name]) for name in item if name in specs.METHODS):
            for content in operation.get("requestBody", {}).get("content", {}).values():
                examples = [content["example"]] if "example" in content else [row["value"] for row in content.get("examples", {}).values()]
                yield from ((operation["operationId"], method, path.replace("{name}", "default"), body) for body in examples)


EXAMPLES = list(requests_of(specs.control()))


@pytest.mark.parametrize(("operation", "method", "path", "body"), EXAMPLES, ids=[f"{row[0]}-{number}" for number, row in enumerate(EXAMPLES)])
def test_every_example_of_a_request_works_on_a_fresh_server(operation: str, method: str, path: str, body: Any) -> None:
    answer = in_process().send(method.upper(), f"/_mock/api{path}", json=body)
    assert answer.is_success, answer.text
    assert not faults(specs.control(), operation, answer, closed=True)


def test_the_spec_is_valid_and_its_examples_of_answers_are() -> None:
    document = specs.control()
    validate(document)
    for name in operation_ids(document):
        for status, response in responses(document, name).items():
            for media_type, content in response.get("content", {}).items():
                shown = httpx.Response(status, headers={"content-type": media_type}, json=content["example"])
                needed = dict.fromkeys(response.get("headers", {}), "x")
                assert not faults(document, name, httpx.Response(status, headers={**shown.headers, **needed}, content=shown.content)), (name, status)


def test_an_answer_that_the_spec_does_not_have_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard of the vendors' APIs stands before this one, too."""
    monkeypatch.setattr(control_clock, "show", lambda clock: {"now": "noon"})
    answer = in_process().send("GET", "/_mock/api/worlds/default/clock")
    assert (answer.status_code, answer.headers["content-type"], "'time'" in answer.json()["detail"]) == (500, "application/problem+json", True)


@pytest.mark.parametrize("path", ["/worlds/default/", "/worlds//clock", "/worlds/./clock", "/health/", "/worlds/default/clock%2Fadvance"])
def test_a_path_that_is_nearly_one_is_none(path: str) -> None:
    answer = in_process().send("GET", f"/_mock/api{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_a_method_that_a_path_does_not_take_is_told_which_it_takes() -> None:
    answer = in_process().send("DELETE", "/_mock/api/worlds/default/clock")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, PUT")
