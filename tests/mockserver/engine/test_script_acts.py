"""A script that acts on requests: the operation, who calls, the world and the guard with it."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from ownership_contracts.mockserver.engine.acting import MOST_FIRED, catch_up
from ownership_contracts.mockserver.engine.columns import columns
from ownership_contracts.mockserver.engine.script import Line
from ownership_contracts.mockserver.engine.vendor import Event
from ownership_contracts.mockserver.engine.worlds import World, make_world

from tests.mockserver.in_process import InProcess, in_process
from tests.mockserver.kii.apps import ADD, bearer

APP = "a1open01"
NO = {"errorCode": "NO", "message": "No."}
OUT = {"answer": {"status": 503, "body": NO}, "off_contract": True}
WRONG_TOKEN = 403
HOLD = {"delay": {"request": 0.05}}


def happen(event: str, **arguments: Any) -> dict[str, Any]:
    return {event: {**({"app": APP} if event.startswith("kii.") else {}), **arguments}}


class Place:
    """A server of which the default world has a script, on a clock that stands still."""

    def __init__(self, *rows: Mapping[str, Any], server: InProcess | None = None) -> None:
        self.server = server or in_process()
        self.world.clock.freeze()
        self.load(*rows)
        self.app = self.server.target("kii")["apps"][0]
        self.path = f"/api/apps/{APP}/things/VENDOR_THING_ID:lamp-01/ownership"

    @property
    def world(self) -> World:
        return self.server.worlds.get("default")

    def load(self, *rows: Mapping[str, Any]) -> None:
        now = self.world.clock.now()
        self.world.script.load([Line(row.get("name", f"line-{number}"), row, now) for number, row in enumerate(rows, 1)])

    def user(self, label: str) -> dict[str, Any]:
        state = self.world.states["kii"].view()["apps"][0]["users"]
        user_id = next(user["id"] for user in state if user["label"] == label)
        found: dict[str, Any] = next(user for user in self.app["users"] if user["id"] == user_id)
        return found

    def list_as(self, who: Mapping[str, Any] | None = None, **options: Any) -> httpx.Response:
        who = self.app["admin"] if who is None else who
        return self.server.send("GET", self.path, headers=bearer(dict(who)), **options)

    def list_as_nobody(self) -> httpx.Response:
        return self.server.send("GET", self.path, headers={"Authorization": "Bearer wrong"})

    def add(self, label: str = "alice") -> httpx.Response:
        sent = {**bearer(self.app["admin"]), "Content-Type": ADD}
        return self.server.send("POST", self.path, headers=sent, json={"userID": self.user(label)["id"]})

    def members(self) -> list[str]:
        group = next(row for row in self.world.states["kii"].view()["apps"][0]["groups"] if row["label"] == "family")
        return list(group["members"])


LEAVES = happen("kii.member_leaves", group="family", user="erin")


# ---------------------------------------------------------------------------------------------------- which line acts, on whom


def test_a_line_that_asks_nothing_of_who_calls_acts_on_everybody() -> None:
    place = Place({"when": {"operation": "listOwners"}, **OUT})
    assert [place.list_as_nobody().status_code, place.list_as().status_code, place.add().status_code] == [503, 503, 204]


def test_a_line_that_stands_before_acts_where_it_fits_and_on_who_is_refused_the_other_does() -> None:
    place = Place({"when": {"principal": "* admin *"}, "answer": {"status": 504}, "off_contract": True}, {"when": {"operation": "listOwners"}, **OUT})
    assert [place.list_as().status_code, place.list_as(place.user("bob")).status_code, place.list_as_nobody().status_code] == [504, 503, 503]
    assert place.world.script.seen == {"line-1": 1, "line-2": 3}


def test_a_line_that_waited_and_lets_the_operation_run_leaves_the_refusal_as_it_is() -> None:
    place = Place({"when": {"principal": "nobody"}, **OUT}, {"when": {}, "happen": [LEAVES]})
    assert (place.list_as_nobody().status_code, place.server.last.principal) == (WRONG_TOKEN, None)
    assert (place.server.last.line, place.server.last.happened) == ("line-2", ("kii.member_leaves",))


def test_a_line_about_the_body_acts_on_the_request_that_has_it() -> None:
    place = Place({"when": {"body": {"userID": "x"}}, **OUT})
    assert place.add().status_code == 204
    sent = {**bearer(place.app["admin"]), "Content-Type": ADD}
    assert place.server.send("POST", place.path, headers=sent, json={"userID": "x"}).status_code == 503
    assert place.server.last.principal == f"{APP} admin {place.world.states['kii'].view()['apps'][0]['admin']['id']}"
    assert place.server.send("POST", place.path, headers=sent, content=b'{"userID": "x"').status_code == 400


def test_what_belongs_to_no_operation_is_no_business_of_a_script() -> None:
    place = Place({"when": {}, **OUT})
    assert place.server.send("GET", "/api/none").status_code == 404
    assert place.server.last.line is None


@pytest.mark.parametrize("early", [True, False])
def test_a_request_is_counted_once_at_each_line(early: bool) -> None:
    criteria = {} if early else {"principal": "*"}
    place = Place({"when": {**criteria, "nth": 2}, "happen": [LEAVES], "afterwards": []}, {"when": {"principal": "*", "nth": 9}, **OUT})
    for _ in range(3):
        place.list_as()
    assert place.world.script.seen == {"line-1": 3, "line-2": 3}


# ---------------------------------------------------------------------------------------------------- what happens


@pytest.mark.parametrize("criteria", [{}, {"principal": "*"}], ids=["early", "late"])
def test_who_calls_is_judged_after_what_happens(criteria: dict[str, Any]) -> None:
    place = Place({"when": {"operation": "listOwners", "nth": 1, **criteria}, "happen": [happen("kii.token_revoked", user="bob")]})
    bob = place.user("bob")
    assert place.list_as(bob).status_code == WRONG_TOKEN
    entry = place.server.last
    assert (entry.principal, entry.line, entry.happened, entry.complaint) == (None, "line-1", ("kii.token_revoked",), None)


@pytest.mark.parametrize("vendor", ["kii", "connhex"])
def test_who_calls_may_be_gone_when_the_answer_leaves(vendor: str) -> None:
    event = happen("kii.user_deleted", user="bob") if vendor == "kii" else happen("connhex.user_deleted", user="ada")
    place = Place({"when": {"vendor": vendor}, "afterwards": [event]})
    bob = place.user("bob")
    if vendor == "kii":
        place.list_as(bob)
    else:
        ada = next(user for user in place.server.target("connhex")["users"] if user.get("identifier") == "ada@example.com")
        assert place.server.send("POST", "/ownerships", headers=bearer(ada), json={"deviceId": "CTP-0139836"}).status_code == 201
    assert place.server.last.happened == (next(iter(event)),)
    assert place.server.last.principal in (f"{APP} user bob", "ada by bearer")


def test_who_called_in_vain_is_named_as_he_was_before_what_comes_afterwards() -> None:
    def who(state: Any, principal: Any) -> str:
        return f"one of {len(state.view()['apps'][0]['users'])}"

    bent = [dataclasses.replace(vendor, who=who) if vendor.name == "kii" else vendor for vendor in columns()]
    place = Place({"when": {}, "afterwards": [happen("kii.user_deleted", user="bob")]}, server=in_process(bent))
    sent = {**bearer(place.user("bob")), "Content-Type": ADD}
    assert place.server.send("POST", place.path, headers=sent, content=b"{").status_code == 400
    assert (place.server.last.principal, place.server.last.happened) == ("one of 6", ("kii.user_deleted",))


def test_what_comes_afterwards_happens_whatever_the_operation_says() -> None:
    place = Place({"when": {"operation": "addOwner", "nth": 2}, "afterwards": [LEAVES]})
    place.add()
    before = place.members()
    assert place.add().status_code == 409
    assert len(place.members()) == len(before) - 1


def test_what_cannot_happen_is_told_and_the_request_goes_on() -> None:
    place = Place({"when": {}, "happen": [happen("kii.member_leaves", group="none", user="erin"), LEAVES]})
    assert place.list_as().status_code == 200
    entry = place.server.last
    assert entry.happened == ("kii.member_leaves",)
    assert (entry.complaint or "").startswith("kii.member_leaves did not happen: ")


def test_an_event_that_breaks_is_told_and_the_request_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    def breaks(state: Any, arguments: Any) -> None:
        raise KeyError("lamp")

    broken = {"breaks": Event("It breaks.", {"type": "object"}, breaks)}
    bent = [dataclasses.replace(vendor, events={**vendor.events, **broken}) if vendor.name == "kii" else vendor for vendor in columns()]
    place = Place({"when": {}, "happen": [{"kii.breaks": {}}]}, {"at": {"after": 1}, "happen": [{"kii.breaks": {}}, LEAVES]}, server=in_process(bent))
    assert place.list_as().status_code == 200
    assert place.server.last.complaint == "kii.breaks did not happen: KeyError: 'lamp'"
    place.world.clock.set(place.world.clock.now() + 1)
    assert place.list_as().status_code == 200
    assert [row.complaint for row in place.world.journal.happenings] == ["KeyError: 'lamp'", None]


# ---------------------------------------------------------------------------------------------------- answers


def test_an_operation_that_serves_runs_and_its_answer_is_replaced() -> None:
    place = Place({"when": {"operation": "addOwner"}, "serve": True, **OUT})
    assert (place.add().status_code, place.server.last.decided) == (503, "script")
    assert place.list_as().json()["users"] == [place.user("alice")["id"]]


def test_an_answer_that_the_spec_documents_needs_no_permission() -> None:
    place = Place({"when": {"operation": "addOwner"}, "answer": {"status": 204}})
    assert place.add().status_code == 204
    assert (place.server.last.off_contract, place.server.last.complaint) == (None, None)
    assert place.list_as().json()["users"] == []


OFF: dict[str, tuple[dict[str, Any], str]] = {
    "status": ({"status": 503, "body": NO}, "status 503"),
    "no-body": ({"status": 200}, "the body is missing"),
    "media-type": ({"status": 200, "body": {"users": [], "groups": []}}, "media type application/json"),
    "header": ({"status": 404, "body": NO, "headers": {"Retry-After": "1"}}, "retry-after"),
}


@pytest.mark.parametrize(("answer", "why"), OFF.values(), ids=OFF)
@pytest.mark.parametrize("serve", [False, True])
def test_off_the_contract_leaves_what_is_declared_to_be_and_nothing_else(answer: dict[str, Any], why: str, serve: bool) -> None:
    place = Place({"when": {"operation": "listOwners"}, "answer": answer, "serve": serve})
    assert place.list_as().status_code == 500
    entry = place.server.last
    assert (entry.decided, entry.off_contract) == ("guard", None)
    assert why in (entry.complaint or "")
    place = Place({"when": {"operation": "listOwners"}, "answer": answer, "serve": serve, "off_contract": True})
    sent = place.list_as()
    entry = place.server.last
    assert (sent.status_code, entry.decided, entry.complaint) == (answer["status"], "script", None)
    assert why in (entry.off_contract or "")


PAGES = {
    "text/html": ("<html>50% off</html>", b"<html>50% off</html>"),
    "text/plain; charset=utf-8": ("gr\u00fcn", "gr\u00fcn".encode()),
    "application/json": ("busy", b'"busy"'),
    "application/vnd.kii.Odd+json; charset=utf-8": ("busy", b'"busy"'),
    "text/xml": ({"no": "text"}, b'{"no": "text"}'),
}


@pytest.mark.parametrize("media_type", PAGES)
@pytest.mark.parametrize("serve", [False, True])
def test_a_text_that_is_no_json_is_sent_as_it_is(media_type: str, serve: bool) -> None:
    body, sent = PAGES[media_type]
    place = Place({"when": {}, "answer": {"status": 502, "media_type": media_type, "body": body}, "serve": serve, "off_contract": True})
    answer = place.list_as()
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (502, media_type, sent)


UNSENDABLE: dict[str, dict[str, Any]] = {
    "line-break": {"status": 503, "headers": {"X-A": "1\r\nX-B: 2"}},
    "name": {"status": 503, "headers": {"X A": "1"}},
    "body-on-204": {"status": 204, "body": NO},
    "status": {"status": 103},
    "no-latin": {"status": 503, "headers": {"X-A": "\u20ac"}},
}


@pytest.mark.parametrize("answer", UNSENDABLE.values(), ids=UNSENDABLE)
def test_what_would_break_http_leaves_under_no_declaration(answer: dict[str, Any]) -> None:
    place = Place({"when": {}, "answer": answer, "off_contract": True})
    assert place.list_as().status_code == 500
    assert place.server.last.complaint


def test_a_header_of_a_line_does_not_frame_the_answer() -> None:
    place = Place(
        {"when": {}, "answer": {"status": 503, "body": NO, "headers": {"Content-Length": "1", "CONTENT-TYPE": "x/y"}}, "off_contract": True}
    )
    answer = place.list_as()
    assert (answer.headers.get_list("content-length"), answer.headers.get_list("content-type")) == ([str(len(answer.content))], ["application/json"])


# ---------------------------------------------------------------------------------------------------- held up


async def together(place: Place, *requests: tuple[str, str, Mapping[str, Any]]) -> list[int]:
    """The statuses of requests that begin in this order."""
    place.server.server.worlds = place.server.worlds
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=place.server.server), base_url="http://mock.localhost") as client:
        found = await asyncio.gather(*(client.request(method, path, **options) for method, path, options in requests))
    return [answer.status_code for answer in found]


@pytest.mark.parametrize("criteria", [{}, {"principal": "*"}], ids=["early", "late"])
def test_who_calls_is_judged_after_the_request_was_held_up(criteria: dict[str, Any]) -> None:
    revokes = {"when": {"operation": "readThing"}, "happen": [happen("kii.token_revoked", user="bob")]}
    place = Place({"when": {"operation": "listOwners", **criteria}, **HOLD}, revokes)
    bob, thing = bearer(place.user("bob")), place.path.removesuffix("/ownership")
    statuses = asyncio.run(together(place, ("GET", place.path, {"headers": bob}), ("GET", thing, {"headers": bearer(place.app["admin"])})))
    assert statuses == [WRONG_TOKEN, 200]
    assert [(entry.operation, entry.principal is None) for entry in place.world.journal.entries] == [("readThing", False), ("listOwners", True)]


def test_of_requests_at_once_the_first_alone_finds_the_state_it_leaves() -> None:
    place = Place({"when": {"operation": "listOwners", "principal": "*", "state": "start"}, "state": "raced", **HOLD, **OUT})
    ask = ("GET", place.path, {"headers": bearer(place.app["admin"])})
    assert asyncio.run(together(place, ask, ask, ask)) == [503, 200, 200]


@pytest.mark.parametrize("replaced", [True, False], ids=["reset", "deleted"])
def test_a_request_that_is_held_up_ends_in_the_world_that_it_came_to(replaced: bool) -> None:
    place = Place({"when": {"operation": "addOwner"}, "state": "done", "happen": [LEAVES], **HOLD})
    old, members = place.world, place.members()
    options = {"headers": {**bearer(place.app["admin"]), "Content-Type": ADD}, "json": {"userID": place.user("alice")["id"]}}

    async def story() -> None:
        sent = asyncio.create_task(together(place, ("POST", place.path, options)))
        while old.script.state == "start":
            await asyncio.sleep(0)
        place.server.worlds.delete("default")
        place.server.worlds.add(make_world("default" if replaced else "other", place.server.control.first, columns(), "seed", {}))
        assert await sent == [204]

    asyncio.run(story())
    new = place.server.worlds.get("default" if replaced else "other")
    assert (len(old.journal.entries), old.journal.entries[-1].happened) == (1, ("kii.member_leaves",))
    assert (len(new.journal.entries), new.script.state, new.states["kii"].view()["apps"][0]["things"][0]["owners"]) == (0, "start", [])
    group = next(row for row in new.states["kii"].view()["apps"][0]["groups"] if row["label"] == "family")
    assert len(group["members"]) == len(members)


# ---------------------------------------------------------------------------------------------------- by the clock


def test_what_is_due_has_happened_before_the_request_and_each_at_its_own_time() -> None:
    place = Place({"at": {"after": 10}, "happen": [LEAVES]}, {"at": {"after": 5}, "state": "later"})
    begun, members = place.world.clock.now(), place.members()
    place.list_as()
    assert (place.members(), place.world.journal.happenings) == (members, type(place.world.journal.happenings)([], 500))
    place.world.clock.set(begun + 60)
    place.list_as()
    assert len(place.members()) == len(members) - 1
    rows = [(row.at - begun, row.by, row.state, row.event, row.complaint) for row in place.world.journal.happenings]
    assert rows == [(5, "line-2", "later", None, None), (10, "line-1", "later", "kii.member_leaves", None)]
    assert place.server.last.at == begun + 60 == place.world.clock.now()


def test_what_comes_due_while_a_request_is_held_up_happens_before_it_is_served() -> None:
    place = Place({"when": {"operation": "listOwners"}, "state": "asked", **HOLD}, {"at": {"after": 0, "state": "asked"}, "happen": [LEAVES]})
    members = place.members()
    place.list_as()
    assert len(place.members()) == len(members) - 1
    assert [row.number < place.server.last.number for row in place.world.journal.happenings] == [True]


def test_a_circle_of_states_without_time_comes_to_an_end() -> None:
    place = Place({"at": {"after": 0, "state": "start"}, "state": "on"}, {"at": {"after": 0, "state": "on"}, "state": "start"})
    assert place.list_as().status_code == 200
    last = place.world.journal.happenings[-1]
    assert (place.world.journal.count, last.complaint) == (
        MOST_FIRED + 2,
        f"{MOST_FIRED} lines and their events fired at once; what else is due fires when the world is asked next",
    )
    catch_up(place.world)
    assert place.world.journal.count == 2 * MOST_FIRED + 3
