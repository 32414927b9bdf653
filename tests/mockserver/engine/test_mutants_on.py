"""Mutants that are on in a world: what they may do to an answer, what the guard says of it, and how worlds come by them and keep them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from time import perf_counter
from typing import Any

import httpx
import pytest
from ownership_contracts.mockserver.engine import alter
from ownership_contracts.mockserver.engine.columns import columns
from ownership_contracts.mockserver.engine.exchange import WorldExchange
from ownership_contracts.mockserver.engine.held import Held
from ownership_contracts.mockserver.engine.mutants import NO_OPERATION, Alter, Mutant
from ownership_contracts.mockserver.engine.vendor import Call, Operation, Reply
from ownership_contracts.mockserver.engine.worlds import DEFAULT, make_world

from tests.mockserver.in_process import InProcess, in_process
from tests.serving import Running

LAMP = "/api/apps/a1open01/things/VENDOR_THING_ID:lamp-01/ownership"
ADMIN = {"Authorization": "Bearer admin-open"}
LISTS = frozenset({"listOwners"})


def at_lists(answer: Alter | None = None, **how: Any) -> Mutant:
    return Mutant(says="It is made up.", operations=LISTS, clauses=("kii-list.200",), answer=answer, **how)


def on(**mutants: Mutant) -> InProcess:
    """A server of a column with these mutants alone, all of which are on in its world."""
    (kii,) = columns(["kii"])
    server = in_process([replace(kii, mutants=lambda: mutants)])
    server.worlds.delete(DEFAULT)
    server.worlds.add(make_world(DEFAULT, server.control.first, server.control.vendors, "seed", {}, mutants=[f"kii.{name}" for name in mutants]))
    return server


def listed(server: InProcess, path: str = LAMP) -> httpx.Response:
    return server.send("GET", path, headers=ADMIN)


# ---------------------------------------------------------------------------------------------------- what becomes of an answer


def test_an_answer_off_the_spec_leaves_and_the_journal_says_in_what() -> None:
    server = on(teapot=at_lists(alter.status(418)))
    assert listed(server).status_code == 418
    assert (server.last.status, server.last.decided) == (418, "kii-list.200")
    assert "418 is not documented" in (server.last.complaint or "")


def test_an_answer_of_a_rule_off_the_spec_leaves_too() -> None:
    server = on(odd=at_lists(rules={"owners": lambda world, rule, *asked: ([7], [])}))
    assert listed(server).json()["users"] == [7]
    assert "7 is not of type 'string'" in (server.last.complaint or "")


def _bare(_: WorldExchange, held: Held) -> None:
    held.status = 204


def _fails(_: WorldExchange, held: Held) -> None:
    raise KeyError("users")


UNSENDABLE: Mapping[str, tuple[Alter, str]] = {
    "a 204 with a body": (_bare, "204 with"),
    "a status that is none": (lambda _, held: setattr(held, "status", 42), "42 with"),
    "a header of two lines": (alter.header("x-a", "1\r\nx-b: 2"), "HTTP does not have"),
    "a header that is no name": (alter.header("x a", "1"), "HTTP does not have"),
    "a change that fails": (_fails, "a mutant failed: KeyError"),
}


@pytest.mark.parametrize("name", UNSENDABLE)
def test_what_http_does_not_have_is_a_500_and_the_connection_goes_on(name: str) -> None:
    change, why = UNSENDABLE[name]
    server = on(broken=at_lists(change))
    assert listed(server).status_code == 500
    assert server.last.decided == "guard"
    assert why in (server.last.complaint or "")
    assert listed(server, LAMP.replace("lamp-01", "lamp-02") + "x").status_code == 404


def test_a_rule_that_fails_is_a_500_that_no_mutant_changes() -> None:
    def fails(*_: Any) -> Any:
        raise RuntimeError("no lamp")

    server = on(fails=at_lists(rules={"owners": fails}), teapot=at_lists(alter.status(418)))
    assert listed(server).status_code == 500
    assert "RuntimeError: no lamp" in (server.last.complaint or "")


@pytest.mark.parametrize("line", [{"answer": {"status": 503}, "off_contract": True}, {"drop": True}], ids=["answer", "drop"])
def test_what_a_script_says_is_left_as_it_is(line: dict[str, Any]) -> None:
    server = on(teapot=at_lists(alter.status(418)))
    loaded = server.send("POST", "/_mock/api/worlds/default/script", json=[{"name": "outage", "when": {}, **line}])
    assert loaded.status_code == 200
    if "answer" in line:
        assert listed(server).status_code == 503
    else:
        # Nothing comes, and the client of this process takes that for a mistake of the program's.
        with pytest.raises(AssertionError):
            listed(server)
    assert server.last.status == (503 if "answer" in line else 0)


def test_a_body_that_comes_or_goes_is_framed_anew() -> None:
    shorter, none = on(shorter=at_lists(alter.body(lambda _: []))), on(none=at_lists(alter.both(alter.without_body, alter.status(204))))
    assert (listed(shorter).content, listed(shorter).headers["content-length"]) == (b"[]", "2")
    assert (listed(none).status_code, listed(none).content, "content-length" in listed(none).headers) == (204, b"", False)


def test_several_act_one_after_the_other() -> None:
    one, two = (at_lists(alter.fields(users=lambda told, name=name: [*told, name])) for name in ("one", "two"))
    rules = [at_lists(rules={"owners": lambda world, rule, *asked, name=name: ([*rule(*asked)[0], name], [])}) for name in ("three", "four")]
    assert listed(on(one=one, two=two, three=rules[0], four=rules[1])).json()["users"] == ["three", "four", "one", "two"]


def test_none_acts_where_it_has_no_operation() -> None:
    server = on(teapot=at_lists(alter.status(418)), nowhere=Mutant(says="x", operations=frozenset({NO_OPERATION}), answer=alter.status(410)))
    assert server.send("GET", f"{LAMP}/user:none", headers=ADMIN).status_code == 410
    assert server.send("POST", f"{LAMP}/confirm", headers=ADMIN, json={}).status_code not in (410, 418)


def test_an_answer_is_late_by_the_seconds_of_each() -> None:
    server = on(slow=at_lists(seconds=0.05), slower=at_lists(seconds=0.06))
    began = perf_counter()
    assert listed(server).status_code == 200
    assert perf_counter() - began >= 0.11


def test_an_operation_may_let_others_in_between() -> None:
    async def late(call: Call, operation: Operation) -> Reply:
        reply = operation(call)
        await asyncio.sleep(0.02)
        return reply

    server = on(late=at_lists(operate=late))
    began = perf_counter()
    assert listed(server).json() == {"users": [], "groups": []}
    assert perf_counter() - began >= 0.02


def test_the_settings_of_one_are_the_worlds() -> None:
    server = on(short=at_lists(settings={"code_length": 3}))
    assert server.target("kii")["picks"]["code_length"] == 3
    begun = server.send("POST", f"{LAMP}/request/user:{server.target('kii')['apps'][0]['users'][0]['id']}", headers=ADMIN)
    assert len(begun.json()["code"]) == 3


# ---------------------------------------------------------------------------------------------------- how worlds have them

BROKEN = "kii.code-of-another-thing"


@pytest.fixture
def worlds(mock: Running) -> str:
    return f"{mock.url}/_mock/api/worlds"


def make(http: httpx.Client, worlds: str, **body: Any) -> str:
    return f"{worlds}/{http.post(worlds, json=body).raise_for_status().json()['name']}"


def of(http: httpx.Client, at: str) -> list[str]:
    found: list[str] = http.get(at).raise_for_status().json()["mutants"]
    return found


def test_a_reset_keeps_them_or_puts_others_in_their_place(worlds: str, http: httpx.Client) -> None:
    at = make(http, worlds, mutants=[BROKEN, "kii.slow"])
    for body, there in (
        (None, [BROKEN, "kii.slow"]),
        ({"seed": "8"}, [BROKEN, "kii.slow"]),
        ({"mutants": ["connhex.deny-ignored"]}, ["connhex.deny-ignored"]),
        (None, ["connhex.deny-ignored"]),
        ({"mutants": []}, []),
        ({}, []),
    ):
        assert http.post(f"{at}/reset", json=body).status_code == 200
        assert of(http, at) == there


def test_a_snapshot_has_them_and_one_that_was_written_before_there_were_any_has_none(worlds: str, http: httpx.Client) -> None:
    at, other = make(http, worlds, mutants=[BROKEN]), make(http, worlds)
    taken = http.get(f"{at}/snapshot").json()
    assert taken["mutants"] == [BROKEN]
    assert http.put(f"{other}/snapshot", json=taken).status_code == 200
    assert of(http, other) == [BROKEN]
    assert http.put(f"{other}/snapshot", json={name: value for name, value in taken.items() if name != "mutants"}).status_code == 200
    assert of(http, other) == []
    refused = http.put(f"{other}/snapshot", json={**taken, "mutants": ["kii.nothing-like-it"]})
    assert (refused.status_code, "snapshot: no mutant 'kii.nothing-like-it' here" in refused.json()["detail"]) == (400, True)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("kii.code-of-anotherthing", "there is kii.code-of-another-thing"),
        ("deny-ignored", "there is connhex.deny-ignored"),
        ("", "`ownership-mock mutants` lists"),
    ],
)
def test_a_name_that_none_has_makes_no_world_and_brings_those_alike(worlds: str, http: httpx.Client, name: str, told: str) -> None:
    before = http.get(worlds).json()
    refused = http.post(worlds, json={"mutants": ["kii.slow", name]})
    assert (refused.status_code, refused.json()["title"]) == (400, "The world cannot be made")
    assert f"no mutant {name!r} here; " in refused.json()["detail"]
    assert told in refused.json()["detail"]
    assert http.get(worlds).json() == before


def test_one_that_is_on_in_a_world_touches_no_other(worlds: str, http: httpx.Client) -> None:
    broken, whole = (make(http, worlds, seed="twin", mutants=mutants) for mutants in ([BROKEN], []))
    assert [_confirmed(http, at) for at in (broken, whole)] == [204, 409]


def _confirmed(http: httpx.Client, at: str) -> int:
    """What comes of confirming a flow of one thing at another."""
    base = http.get(at).json()["base_url"]
    user = http.get(f"{base}/api/apps/a1open01/users/me", headers={"Authorization": "Bearer token-alice"}).json()["userID"]
    code = http.post(f"{base}{LAMP.replace('01/own', '02/own')}/request/user:{user}", headers=ADMIN).json()["code"]
    media = {"Content-Type": "application/vnd.kii.ThingOwnershipConfirmationRequest+json"}
    return http.post(f"{base}{LAMP}/confirm", headers={**ADMIN, **media}, json={"code": code}).status_code


def test_the_console_shows_them(mock: Running, worlds: str, http: httpx.Client) -> None:
    name = make(http, worlds, mutants=[BROKEN, "kii.slow"]).rpartition("/")[2]
    page = http.get(f"{mock.url}/_mock/world/{name}").text
    assert f'<p class="wrong"><b>It goes wrong on purpose:</b> <code>{BROKEN}</code>, <code>kii.slow</code></p>' in page
    assert "on purpose" not in http.get(f"{mock.url}/_mock/").text
