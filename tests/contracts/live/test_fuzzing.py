"""Generated requests on a deployment: only where they are allowed, on nothing but what the run made or leased, and without its credentials."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from ownership_contracts.contracts.layers.invocation import UNSENT, Outcome, Place
from ownership_contracts.contracts.live.forwarder import Forwarder, StandIns, _Handler

from tests.contracts.commands import Ended, main
from tests.serving import Running

from .misfortune import Site, changed, site

INVOKE = "ownership_contracts.contracts.layers.fuzzing.invoke"
NOTHING = Outcome(0, (), frozenset(), frozenset())


def placed(folder: Path, mock: Running, http: httpx.Client, **made: Any) -> Site:
    """A world as a deployment in mode fixtures."""
    return site(folder, mock.url, mock.world(**made), http)


def fuzz(place: Site, *words: str, vendor: str = "kii") -> tuple[Ended, list[dict[str, Any]]]:
    """Run the layer, and return how it ended with its results."""
    report = place.target.parent / "report.json"
    report.unlink(missing_ok=True)
    ended = main("run", "--target", str(place.target), "--vendor", vendor, "--layer", "properties", "--json", str(report), *words)
    return ended, json.loads(report.read_text())["results"] if report.exists() else []


def came(place: Site) -> list[dict[str, Any]]:
    """What the world was asked, in order."""
    found: list[dict[str, Any]] = place.http.get(f"{place.view}/journal").raise_for_status().json()["requests"]
    return found


def test_without_the_switch_nothing_is_generated(tmp_path: Path, mock: Running, http: httpx.Client) -> None:
    place = placed(tmp_path, mock, http)
    before = place.state()
    ended, _ = fuzz(place)
    assert (ended.code, "--allow-fuzzing" in ended.err) == (2, True)
    # The preflight reads, and signs in.
    assert {entry["method"] for entry in came(place) if not entry["path"].endswith("/oauth2/token")} == {"GET"}
    assert place.state() == before
    assert not place.accounts()


def test_in_mode_read_only_the_switch_is_refused_before_anything_is_sent(tmp_path: Path, mock: Running, http: httpx.Client) -> None:
    place = placed(tmp_path, mock, http)
    ended, _ = fuzz(place, "--allow-fuzzing", "--mode", "read-only")
    assert (ended.code, "set mode to fixtures" in ended.err) == (2, True)
    assert came(place) == []


def test_a_good_deployment_holds_and_is_as_it_was(tmp_path: Path, mock: Running, http: httpx.Client) -> None:
    place = placed(tmp_path, mock, http)
    before = place.state()
    ended, (result,) = fuzz(place, "--allow-fuzzing", "--examples", "4")
    assert (ended.code, result["verdict"]) == (0, "pass"), ended
    # Of each operation but the logins, in two phases.
    assert int(result["seen"].partition(" ")[0]) > 60
    assert changed(before, place.state()) == []
    assert not [note for note in result["notes"] if "left behind" in note or "not sent" in note]
    assert not [account.told() for account in place.accounts() if account.open]


def test_what_breaks_a_sentence_of_the_page_is_found(tmp_path: Path, mock: Running, http: httpx.Client) -> None:
    place = placed(tmp_path, mock, http, mutants=["kii.list-of-another-type"])
    ended, (result,) = fuzz(place, "--allow-fuzzing", "--examples", "4")
    assert (ended.code, result["verdict"]) == (1, "fail"), ended
    assert "listOwners" in result["reason"]
    assert "kii-list." in result["reason"]


def test_of_connhex_one_device_is_used_and_no_other(tmp_path: Path, mock: Running, http: httpx.Client) -> None:
    place = placed(tmp_path, mock, http)
    before = place.state()
    ended, (result,) = fuzz(place, "--allow-fuzzing", vendor="connhex")
    assert (ended.code, result["verdict"]) == (0, "pass"), ended
    leased = {account.resource.name for account in place.accounts() if account.pooled}
    touched = {entry["request"]["body"]["deviceId"] for entry in came(place) if entry["operation"] == "register"}
    assert len(leased) == 1
    assert touched == leased | {"NO-SUCH-DEVICE-0000"}
    assert {name for _, _, names in changed(before, place.state()) for name in names if name.startswith("CTP-")} == leased


def test_a_server_that_fails_is_found(tmp_path: Path, mock: Running, http: httpx.Client) -> None:
    line = {"when": {"operation": "register"}, "answer": {"status": 500, "body": {}}, "off_contract": True}
    place = placed(tmp_path, mock, http)
    http.post(f"{place.view}/script", json=[line]).raise_for_status()
    ended, (result,) = fuzz(place, "--allow-fuzzing", "--examples", "2", vendor="connhex")
    assert (ended.code, "Server error" in result["reason"]) == (1, True), result


class Generator:
    """In the place of Schemathesis: what it is told, and what is done with it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.told: list[str] = []
        self.answers: list[httpx.Response] = []
        monkeypatch.setattr(INVOKE, self)

    def __call__(self, _: Any, seeds: Any, place: Place, *__: Any) -> Outcome:
        self.told.append(repr((seeds, place)))
        self.answers += [httpx.request(*request, trust_env=False) for request in self.requests(seeds, place)]
        return NOTHING

    def requests(self, _: Any, place: Place) -> Iterator[tuple[str, str]]:
        root = place.base_url.rpartition("/")[0]
        yield "GET", f"{root}/api/apps/nobody/things/th.1"
        yield "DELETE", f"{place.base_url}/api/apps/nobody/things/th.1"


def test_a_request_that_the_mode_does_not_allow_is_not_sent_and_one_that_does_not_know_the_way_goes_nowhere(
    tmp_path: Path, mock: Running, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator, place = Generator(monkeypatch), placed(tmp_path, mock, http)
    ended, _ = fuzz(place, "--allow-fuzzing")
    assert [(answer.status_code, UNSENT in answer.headers) for answer in generator.answers[:2]] == [(404, False), (503, True)]
    assert not [entry for entry in came(place) if "nobody" in entry["path"]]
    # Nothing was judged, and that is no pass.
    assert (ended.code, "0 had one" in ended.err) == (2, True)


def test_what_generates_requests_is_told_no_credential_and_sends_with_the_deployments_all_the_same(
    tmp_path: Path, mock: Running, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = mock.world()
    place = site(tmp_path, mock.url, world, http)
    app = world["kii"]["apps"][0]
    generator = Generator(monkeypatch)

    def requests(seeds: Any, made: Place) -> Iterator[Any]:
        url = f"{made.base_url}/api/apps/{app['id']}/things/{seeds.parameters['path.thingID'][0]}/ownership"
        generator.answers.append(httpx.get(url, headers={"Authorization": f"Bearer {seeds.credentials['bearer']['bearer']}"}, trust_env=False))
        return iter(())

    monkeypatch.setattr(generator, "requests", requests)
    fuzz(place, "--allow-fuzzing")
    assert [answer.status_code for answer in generator.answers] == [200, 200]
    told = " ".join(generator.told)
    assert app["admin"]["token"] not in told
    assert app["key"] not in told


def listing(seeds: Any, made: Place) -> tuple[str, str]:
    """A list of owners."""
    app, thing = (seeds.parameters[f"path.{name}"][0] for name in ("appID", "vendorThingID"))
    return "GET", f"{made.base_url}/api/apps/{app}/things/VENDOR_THING_ID:{thing}/ownership"


def test_an_answer_in_the_place_of_a_deployment_that_is_not_there_is_no_verdict(
    tmp_path: Path, mock: Running, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator, place = Generator(monkeypatch), placed(tmp_path, mock, http)
    line = {"when": {"operation": "listOwners"}, "answer": {"status": 502, "body": {}}, "off_contract": True}
    http.post(f"{place.view}/script", json=[line]).raise_for_status()
    monkeypatch.setattr(generator, "requests", lambda *told: iter([listing(*told)]))
    ended, _ = fuzz(place, "--allow-fuzzing")
    assert [(answer.status_code, UNSENT in answer.headers) for answer in generator.answers] == [(503, True)] * 2
    assert (ended.code, "2 generated requests had no answer, and 0 had one" in ended.err) == (2, True), ended


def test_what_the_limits_end_was_not_checked(tmp_path: Path, mock: Running, http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    generator, place = Generator(monkeypatch), placed(tmp_path, mock, http)
    monkeypatch.setattr(generator, "requests", lambda _, made: iter([("GET", f"{made.base_url}/ownerships")] * 9))
    fuzz(place, "--allow-fuzzing", vendor="connhex")
    place.target.write_text(f"limits = {{requests = {len(came(place)) - 4}}}\n{place.target.read_text()}")
    ended, _ = fuzz(place, "--allow-fuzzing", vendor="connhex")
    assert [answer.status_code for answer in generator.answers[9:]] == [405] * 5 + [503] * 4
    assert (ended.code, "that its limits give it" in ended.err) == (2, True), ended


def test_what_was_left_with_a_credential_that_ended_is_taken_back_with_the_next(
    tmp_path: Path, mock: Running, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = mock.world()
    generator, place = Generator(monkeypatch), site(tmp_path, mock.url, world, http)
    ends = {"when": {"operation": "listOwners", "nth": 2}, "happen": [{"kii.token_revoked": {"admin": True, "app": world["kii"]["apps"][0]["id"]}}]}
    http.post(f"{place.view}/script", json=[ends]).raise_for_status()
    before = place.state()

    def requests(seeds: Any, made: Place) -> Iterator[Any]:
        headers = {"Authorization": f"Bearer {seeds.credentials['bearer']['bearer']}"}
        generator.answers += [httpx.get(listing(seeds, made)[1], headers=headers, trust_env=False) for _ in range(2)]
        return iter(())

    monkeypatch.setattr(generator, "requests", requests)
    ended, (result,) = fuzz(place, "--allow-fuzzing")
    assert [answer.status_code for answer in generator.answers[:2]] == [200, 403]
    assert {answer.status_code for answer in generator.answers[2:]} == {200}
    assert (ended.code, result["verdict"]) == (0, "pass"), ended
    assert [note for note in result["notes"] if "signed in again" in note]
    assert not [note for note in result["notes"] if "left behind" in note]
    assert changed(before, place.state()) == []


def test_who_connects_and_says_nothing_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _Handler.timeout
    monkeypatch.setattr(_Handler, "timeout", 0.1)
    with httpx.Client(trust_env=False) as client:
        forwarder = Forwarder(client, "http://127.0.0.1:9", lambda sent: None, StandIns(), UNSENT, "nobody").__enter__()
        with socket.create_connection(("127.0.0.1", urlsplit(forwarder.url).port or 0)):
            ending = threading.Thread(target=forwarder.__exit__, daemon=True)
            ending.start()
            ending.join(10)
            assert not ending.is_alive()
