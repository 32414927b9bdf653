"""The gate: what a mode does not allow is not sent, which a counting server shows, and what may change is written first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from ownership_contracts.contracts.connection import connection
from ownership_contracts.contracts.live.gate import NotAllowed
from ownership_contracts.contracts.live.ledger import Ledger
from ownership_contracts.contracts.live.mode import Limits, Mode
from ownership_contracts.contracts.live.pace import Spent
from ownership_contracts.contracts.live.resource import Resource, meaning
from ownership_contracts.contracts.target import Target

from tests.contracts.samples import connhex_table, kii_app
from tests.contracts.stub import Stub, reply, stub

THING = "/api/apps/app1/things/VENDOR_THING_ID:lamp"
LAMP = Resource("kii", "thing", "VENDOR_THING_ID:lamp", "app1")
OWNERS = f"{THING}/ownership"


@contextmanager
def gated(folder: Path, mode: Mode, accounts: str = "", **limits: Any) -> Iterator[tuple[httpx.Client, Ledger | None, Stub]]:
    """A client of a target in this mode, its ledger, and the server, which accepts everything. accounts: where users sign in, below its URL."""
    with stub(lambda request: reply(204)) as running:
        connhex = connhex_table() | ({"accounts_url": running.url + accounts} if accounts else {})
        tables = {"kii": {"apps": [kii_app()]}, "connhex": connhex}
        target = Target(running.url, tables, mode=mode, ledger=folder / "ledger", limits=Limits(per_second=10_000, **limits))
        ledger = Ledger(target) if mode is Mode.FIXTURES else None
        with connection(target, ledger) as client:
            yield client, ledger, running
        if ledger is not None:
            ledger.close()


def lines(ledger: Ledger | None) -> list[dict[str, Any]]:
    assert ledger is not None
    return [json.loads(line) for line in ledger.file.read_text("utf-8").splitlines()]


# By method, path, body and what the row says of its effect.
CHANGING = [
    ("POST", OWNERS, {"userID": "u"}, "owner"),
    ("POST", OWNERS, {"userID": "u"}, "none"),
    ("PUT", f"{OWNERS}/user:u", None, "owner"),
    ("DELETE", f"{OWNERS}/user:u", None, "none"),
    ("GET", f"{OWNERS}/request/user:u", None, "flow"),
    ("POST", "/api/apps/app1/users", {"loginName": "u"}, "fixture"),
    ("POST", "/ownerships", {"deviceId": "D-1"}, "owner"),
    ("POST", "/ownerships", {"deviceId": "D-1"}, "none"),
]
READING = [
    ("GET", OWNERS, None, "none"),
    ("HEAD", f"{OWNERS}/user:u", None, "none"),
    ("POST", "/api/oauth2/token", {"username": "u", "password": "p"}, "none"),
    ("POST", "/api/apps/app1/oauth2/token", {"client_id": "c"}, "none"),
    ("GET", "/auth/self-service/login/api", None, "none"),
    ("POST", "/auth/self-service/login?flow=f", {"identifier": "i"}, "none"),
    ("GET", "/auth/sessions/whoami", None, "none"),
]


@pytest.mark.parametrize(("method", "path", "body", "effect"), CHANGING)
def test_read_only_sends_nothing_that_may_change_something_whatever_a_row_says_of_it(
    method: str, path: str, body: Any, effect: str, tmp_path: Path
) -> None:
    with gated(tmp_path, Mode.READ_ONLY) as (client, _, running):
        with pytest.raises(NotAllowed, match="read-only"):
            client.request(method, running.url + path, json=body, extensions=meaning(effect))
        assert running.seen == []


@pytest.mark.parametrize(("method", "path", "body", "effect"), READING)
def test_read_only_sends_what_reads_and_the_logins(method: str, path: str, body: Any, effect: str, tmp_path: Path) -> None:
    with gated(tmp_path, Mode.READ_ONLY) as (client, _, running):
        assert client.request(method, running.url + path, json=body, extensions=meaning(effect)).status_code == 204
        assert len(running.seen) == 1


@pytest.mark.parametrize(("mode", "effect"), [(Mode.READ_ONLY, "none"), (Mode.FIXTURES, "fixture")])
def test_a_login_may_lie_below_a_path_of_its_own_and_nothing_else_there(mode: Mode, effect: str, tmp_path: Path) -> None:
    with gated(tmp_path, mode, "/iam") as (client, _, running):
        assert client.post(running.url + "/iam/auth/self-service/login?flow=f", extensions=meaning(effect)).status_code == 204
        for path in ("/iam/settings", "/elsewhere/auth/self-service/login", "/iam/iam/auth/self-service/login"):
            with pytest.raises(NotAllowed):
                client.post(running.url + path, extensions=meaning(effect))
        assert len(running.seen) == 1


def test_a_request_that_does_not_say_its_effect_may_change_anything(tmp_path: Path) -> None:
    with gated(tmp_path, Mode.READ_ONLY) as (client, _, running):
        with pytest.raises(NotAllowed):
            client.get(running.url + OWNERS)
        assert running.seen == []


@pytest.mark.parametrize("mode", [Mode.READ_ONLY, Mode.FIXTURES])
def test_nothing_goes_to_another_host(mode: Mode, tmp_path: Path) -> None:
    with gated(tmp_path, mode) as (client, _, _), stub(lambda request: reply(204)) as other:
        with pytest.raises(NotAllowed, match="no host of the target"):
            client.get(other.url + OWNERS, extensions=meaning("none"))
        assert other.seen == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", OWNERS, {"userID": "u"}),
        ("POST", "/api/apps/app1/things/th.1/ownership/confirm", {"code": "c"}),
        ("DELETE", "/api/apps/app1/users/u-1", None),
        ("DELETE", "/api/apps/app1/users/me", None),
        ("PUT", "/api/apps/app1/groups/g/members/u", None),
        ("POST", f"{THING}/../VENDOR_THING_ID:other/ownership", {"userID": "u"}),
        ("POST", "/ownerships", {"deviceId": "D-1"}),
        ("POST", "/ownerships", {"deviceId": 7}),
        ("DELETE", "/ownerships/r-1", None),
        ("POST", "/somewhere/else", {}),
    ],
)
def test_fixtures_changes_nothing_that_is_neither_made_nor_leased(method: str, path: str, body: Any, tmp_path: Path) -> None:
    with gated(tmp_path, Mode.FIXTURES) as (client, ledger, running):
        with pytest.raises(NotAllowed):
            client.request(method, running.url + path, json=body, extensions=meaning("owner"))
        assert running.seen == []
        assert [line["event"] for line in lines(ledger)] == ["begin"]


def test_what_is_leased_may_be_changed_and_each_use_stands_in_the_ledger_before_it_is_sent(tmp_path: Path) -> None:
    written: list[list[str]] = []
    with gated(tmp_path, Mode.FIXTURES) as (client, ledger, running):
        assert ledger is not None
        ledger.leases([Resource("kii", "thing", "th.1", "app1"), LAMP])
        client.event_hooks = {"response": [lambda answer: written.append([line["event"] for line in lines(ledger)])]}
        for name in ("VENDOR_THING_ID:lamp", "th.1", "VENDOR_THING_ID%3Alamp"):
            client.post(f"{running.url}/api/apps/app1/things/{name}/ownership", json={"userID": "u"}, extensions=meaning("owner"))
        assert written == [["begin", "lease", *["use"] * number] for number in (1, 2, 3)]
        with pytest.raises(NotAllowed):
            client.post(f"{running.url}/api/apps/app2/things/th.1/ownership", json={}, extensions=meaning("owner"))
        assert len(running.seen) == 3


# What leads elsewhere for a server, or a proxy before it, that decodes paths early or twice, walks dots, or cuts parameters off.
ODD = [
    f"{THING}/%2e%2e/th.2/ownership",
    f"{THING}/..;/th.2/ownership",
    f"{THING}/.;x/..%2Fth.2/ownership",
    f"{THING}/x%2F..%2F..%2Fth.2/ownership",
    f"{THING}/%252e%252e/th.2/ownership",
    f"{THING}/%5C..%5Cth.2",
    f"{THING}/%2e%2e/%2e%2e/users/me",
    f"{THING}%2Fownership",
    f"{THING}%3Fx",
    f"{THING};x",
    "/ownerships/r-1/%2e%2e/r-2",
]
# Bodies in which some server or other finds the device of somebody else.
NAMING = [
    b'{"deviceId": "D-2"}',
    b'{"deviceId": "D-2", "deviceId": "D-1"}',
    b'{"DeviceID": "D-2"}',
    b'{"deviceId": "D-1", "device_id": "D-2"}',
    b'{"deviceId": ["D-2"]}',
    b'[{"deviceId": "D-2"}]',
    b'"D-2"',
    b"deviceId=D-2",
    b"deviceId=D%2D2",
    b'{"deviceId": "D-2"',
]


@contextmanager
def having(folder: Path) -> Iterator[tuple[httpx.Client, Stub]]:
    """A client whose run has a thing, a device and a resource."""
    with gated(folder, Mode.FIXTURES) as (client, ledger, running):
        assert ledger is not None
        resource = Resource("connhex", "resource", "(of device D-1)")
        ledger.leases([LAMP, Resource("kii", "thing", f"{LAMP.name}?x", "app1"), Resource("kii", "thing", f"{LAMP.name};x", "app1")])
        ledger.leases([Resource("connhex", "device", "D-1")])
        ledger.about_to_make(resource, "POST /ownerships")
        ledger.made(resource, "r-1")
        yield client, running


@pytest.mark.parametrize("path", ODD)
def test_a_path_that_some_server_may_read_otherwise_is_not_sent(path: str, tmp_path: Path) -> None:
    with having(tmp_path) as (client, running):
        with pytest.raises(NotAllowed, match="nobody can tell"):
            client.delete(running.url + path, extensions=meaning("owner"))
        assert running.seen == []


@pytest.mark.parametrize("content", NAMING)
def test_a_body_that_names_anothers_device_in_whatever_form_is_not_sent(content: bytes, tmp_path: Path) -> None:
    with having(tmp_path) as (client, running):
        with pytest.raises(NotAllowed, match="device"):
            client.post(f"{running.url}/ownerships", content=content, extensions=meaning("owner"))
        assert running.seen == []


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/ownerships"), ("POST", "/ownerships?deviceId=D-2"), ("DELETE", "/auth/sessions/whoami")])
def test_what_no_page_tells_of_is_not_tried_on_all_that_there_is(method: str, path: str, tmp_path: Path) -> None:
    with having(tmp_path) as (client, running):
        with pytest.raises(NotAllowed):
            client.request(method, running.url + path, extensions=meaning("owner"))
        assert running.seen == []


def test_outside_of_the_base_url_nothing_is_changed(tmp_path: Path) -> None:
    with stub(lambda request: reply(204)) as running, stub(lambda request: reply(204)) as other:
        table = connhex_table(accounts_url=other.url)
        target = Target(f"{running.url}/staging", {"kii": {"apps": [kii_app()]}, "connhex": table}, mode=Mode.FIXTURES, ledger=tmp_path)
        with closing(Ledger(target)) as ledger, connection(target, ledger) as client:
            ledger.leases([LAMP])
            for url in (running.url, f"{running.url}/staging/..", other.url):
                with pytest.raises(NotAllowed):
                    client.delete(url + THING, extensions=meaning("fixture"))
            assert running.seen == other.seen == []
            client.post(f"{other.url}/auth/self-service/login?flow=f", extensions=meaning("fixture"))
            client.get(f"{other.url}/auth/sessions/whoami", extensions=meaning("fixture"))
            client.delete(f"{running.url}/staging{THING}", extensions=meaning("fixture"))
            assert [len(place.seen) for place in (running, other)] == [1, 2]


def test_what_a_body_names_in_whatever_form_counts_as_used(tmp_path: Path) -> None:
    with gated(tmp_path, Mode.FIXTURES) as (client, ledger, running):
        assert ledger is not None
        ledger.leases([Resource("connhex", "device", "D-1")])
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        client.post(f"{running.url}/ownerships", content=b"deviceId=D-1", headers=form, extensions=meaning("owner"))
        assert [line["event"] for line in lines(ledger)] == ["begin", "lease", "use"]


def test_what_is_to_be_made_stands_in_the_ledger_by_the_name_that_was_chosen_for_it(tmp_path: Path) -> None:
    with gated(tmp_path, Mode.FIXTURES) as (client, ledger, running):
        client.post(f"{running.url}/api/apps/app1/things", json={"_vendorThingID": "lamp", "_password": "secret"}, extensions=meaning("fixture"))
        (_, made) = lines(ledger)
        assert (made["event"], made["resource"]) == ("make", LAMP.as_json())
        assert ledger is not None
        assert "secret" not in ledger.file.read_text("utf-8")
        client.post(running.url + OWNERS, json={"userID": "u"}, extensions=meaning("owner"))
        assert len(running.seen) == 2


def test_what_nobody_has_may_be_asked_for_and_in_an_application_that_there_is_not_what_the_run_has(tmp_path: Path) -> None:
    with gated(tmp_path, Mode.FIXTURES) as (client, ledger, running):
        assert ledger is not None
        elsewhere = OWNERS.replace("app1", "0nosuchapp0")
        # For a server that does not look at the application it is anybody's thing.
        with pytest.raises(NotAllowed):
            client.post(running.url + elsewhere, json={"userID": "u"}, extensions=meaning("owner"))
        ledger.leases([LAMP])
        for path in (OWNERS.replace("lamp", "no-such-thing-0000"), elsewhere):
            client.post(running.url + path, json={"userID": "u"}, extensions=meaning("owner"))
        assert len(running.seen) == 2


def test_a_run_whose_limits_are_spent_writes_no_request_that_it_does_not_send(tmp_path: Path) -> None:
    with gated(tmp_path, Mode.FIXTURES, requests=1) as (client, ledger, running):
        assert ledger is not None
        ledger.leases([LAMP])
        client.post(running.url + OWNERS, json={}, extensions=meaning("owner"))
        with pytest.raises(Spent):
            client.post(running.url + OWNERS, json={}, extensions=meaning("owner"))
        assert [line["event"] for line in lines(ledger)] == ["begin", "lease", "use"]
        assert len(running.seen) == 1
