"""What a run touched is taken back and read back: after its row, and by `cleanup`."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import tomli_w
from ownership_contracts.contracts.connection import connection
from ownership_contracts.contracts.kii.made import THING, USER, Maker, as_app
from ownership_contracts.contracts.kii.principals import new
from ownership_contracts.contracts.live.books import Books
from ownership_contracts.contracts.live.identity import Held
from ownership_contracts.contracts.live.ledger import Ledger
from ownership_contracts.contracts.live.resource import Resource
from ownership_contracts.contracts.play import Player
from ownership_contracts.contracts.result import Verdict
from ownership_contracts.contracts.setup import Setup
from ownership_contracts.contracts.target import Target, load

from ..commands import Ended, main
from ..samples import row
from ..stub import OF_ONE_HOP, Reply, Request, Stub, reply, stub

Alter = Callable[[Request, Reply], Reply]
NOTHING = "Nothing to clean up"


@dataclass
class Live:
    """A world as a deployment, behind a server that may alter its answers, and does not pass on what comes with the methods to which it is deaf."""

    file: Path
    target: Target
    server: Stub
    alter: list[Alter]
    deaf: set[str]
    state: Callable[[], Any]

    @property
    def app(self) -> Any:
        return self.target.tables["kii"]["apps"][0]

    @contextlib.contextmanager
    def run(self) -> Iterator[tuple[Ledger, Setup, Player]]:
        """A run that does not clean up after itself, unless it is asked to."""
        with contextlib.closing(Ledger(self.target)) as ledger, connection(self.target, ledger) as client:
            yield ledger, Setup(client, self.target.base_url, ledger, self.target.tables), Player(self.target, client, ledger=ledger)

    def cleanup(self, *words: str) -> Ended:
        return main("cleanup", "--target", str(self.file), *words)

    def standings(self) -> dict[str, str]:
        runs = Books(self.target.ledger, self.target.base_url).runs().values()
        return {account.resource.kind: str(account.standing) for run in runs for account in run.accounts.values()}


@pytest.fixture
def live(tmp_path: Path, mock: Any, world: dict[str, Any], http: httpx.Client) -> Iterator[Live]:
    altering: list[Alter] = []
    deaf: set[str] = set()

    def forward(request: Request) -> Reply:
        if request.method in deaf:
            return reply(500)
        headers = {name: value for name, value in request.headers.items() if name not in OF_ONE_HOP}
        found = http.request(request.method, mock.url + request.path, headers=headers, content=request.body)
        kept = {name: value for name, value in found.headers.items() if name not in OF_ONE_HOP | {"content-type"}}
        answer = Reply(found.status_code, found.content, found.headers.get("content-type"), kept)
        for alter in altering:
            answer = alter(request, answer)
        return answer

    def state() -> Any:
        apps = http.get(f"{mock.url}/_mock/api/worlds/{world['name']}").json()["state"]["kii"]["apps"]
        return [{kind: app[kind] for kind in ("users", "groups", "things")} for app in apps]

    with stub(forward) as server:
        tables = {"kii": world["kii"], "connhex": {name: value for name, value in world["connhex"].items() if name != "probes"}}
        file = tmp_path / "target.toml"
        base_url = server.url + urlsplit(world["base_url"]).path
        file.write_text(tomli_w.dumps({"base_url": base_url, "mode": "fixtures", "ledger": "ledgers", **tables}), "utf-8")
        yield Live(file, load(file), server, altering, deaf, state)


def on(method: str, ending: str, answer: Reply) -> Alter:
    """Whatever the world made of it, this is answered."""
    return lambda request, found: answer if request.method == method and request.path.endswith(ending) else found


def listing(**changed: Any) -> Any:
    """A row that lists a thing's owners as the administrator."""
    parts: dict[str, Any] = {"vendor": "kii", "clause": "kii-list.200", "needs": {"thing": "fresh"}, "as": "admin", "call": "listOwners"}
    return row(**{**parts, "with": {}, "expect": {}, **changed})


def registered(live: Live, setup: Setup, name: str) -> str:
    """Register a thing of this name, and return its id."""
    body = {"_vendorThingID": name, "_password": "open-sesame-9"}
    return setup.make(f"/api/apps/{live.app['id']}/things", as_app(live.app, THING), body, "_thingID")[0]


# ---------------------------------------------------------------------------------------------------- what was made


def test_what_a_run_made_and_did_not_take_away_is_removed_once_and_read_back(live: Live) -> None:
    before = live.state()
    with live.run() as (_, setup, _):
        made = Maker(setup, live.app, Held())
        made.group("owner")
        made.thing()
    assert live.state() != before
    asked = len(live.server.seen)
    assert live.cleanup("--dry-run").code == 1
    assert len(live.server.seen) == asked
    ended = live.cleanup()
    assert (ended.code, live.state()) == (0, before), ended
    assert "4 cleaned, 0 left" in ended.out
    # By its id, behind which its own name stands; and looked for again.
    thing = [f"{request.method} {request.path.rpartition('/')[2]}" for request in live.server.seen[asked:] if "/things/" in request.path]
    assert [line.partition("th.")[0] for line in thing] == ["GET ", "DELETE ", "GET "]
    asked = len(live.server.seen)
    again = live.cleanup()
    assert (again.code, again.out[: len(NOTHING)], len(live.server.seen)) == (0, NOTHING, asked)


def test_a_user_whose_registration_was_not_answered_is_found_by_a_login(live: Live) -> None:
    before = live.state()
    live.alter.append(on("POST", "/users", reply(502)))
    with live.run() as (_, setup, _), pytest.raises(Exception, match="502"):
        Maker(setup, live.app, Held()).user()
    assert live.state() != before
    assert live.standings() == {"user": "perhaps made"}
    live.alter.clear()
    assert live.cleanup().code == 0
    assert live.state() == before


def test_a_user_who_was_never_registered_is_looked_for_and_that_is_all(live: Live) -> None:
    with live.run() as (ledger, _, _):
        # Written, and then the process was killed.
        ledger.about_to_make(Resource("kii", "user", new(live.app)["login"], live.app["id"]), "POST users")
    asked = len(live.server.seen)
    assert live.cleanup().code == 0
    assert [request.path.rpartition("/")[2] for request in live.server.seen[asked:]] == ["token"]
    assert live.standings() == {"user": "cleaned"}


def test_who_has_another_credential_of_the_administrators_cleans_no_such_user(live: Live) -> None:
    before = live.state()
    live.alter.append(on("POST", "/users", reply(502)))
    with live.run() as (_, setup, _), pytest.raises(Exception, match="502"):
        Maker(setup, live.app, Held()).user()
    live.alter.clear()
    text = live.file.read_text()
    for app in live.target.tables["kii"]["apps"]:
        text = text.replace(app["admin"]["client_secret"], "another-one")
    live.file.write_text(text)
    ended = live.cleanup()
    assert ended.code == 1
    assert "nobody can log in as him" in ended.out
    assert live.state() != before


def test_a_group_of_which_no_answer_came_is_left_with_its_name_and_its_owner_and_told_once(live: Live, tmp_path: Path) -> None:
    live.alter.append(on("POST", "/groups", reply(502)))
    with live.run() as (_, setup, _), pytest.raises(Exception, match="502"):
        Maker(setup, live.app, Held()).group("member")
    live.alter.clear()
    report = tmp_path / "left.json"
    ended = live.cleanup("--json", str(report))
    assert ended.code == 1
    (left,) = json.loads(report.read_text())[0]["left"]
    assert (left["kind"], left["name"][:6], left["note"][:18]) == ("group", "group-", "its owner is user ")
    assert left["why"] in ended.out
    assert live.cleanup().code == 0
    run = next(name for name in Books(live.target.ledger, live.target.base_url).runs() if "cleanup" not in name)
    again = live.cleanup("--run", run)
    assert (again.code, left["why"] in again.out) == (1, True)


@pytest.mark.parametrize("whose", ["listed", "unlisted"])
def test_an_id_that_is_anothers_is_never_deleted(whose: str, live: Live) -> None:
    """A server that answers a registration with somebody else's id."""
    victim = live.app["users"][0]["id"]
    if whose == "unlisted":
        live.target = replace(live.target, tables={"kii": {**live.target.tables["kii"], "apps": [{**live.app, "users": [], "groups": []}]}})
    live.alter.append(on("POST", "/users", reply(201, {"userID": victim})))
    with live.run() as (_, setup, _):
        named = new(live.app)
        body = {"loginName": named["login"], "password": named["password"]}
        setup.make(f"/api/apps/{live.app['id']}/users", as_app(live.app, USER), body, "userID")
        notes = setup.take_away()
    # Of one that the file lists the run has never believed it, and has asked who is called so.
    assert [f"the server calls him {victim}" in note for note in notes] == ([] if whose == "listed" else [True])
    assert victim in {user["id"] for user in live.state()[0]["users"]}


def test_an_id_that_the_file_lists_is_none_that_a_run_has_made(live: Live) -> None:
    """A server that answers a registration with somebody else's id: what the run does to its thing it would do to his."""
    victim = live.app["things"][0]["id"]
    live.alter.append(on("POST", "/things", reply(201, {"_thingID": victim, "_accessToken": "t"})))
    with live.run() as (ledger, setup, _):
        Maker(setup, live.app, Held()).thing()
        assert not ledger.has(Resource("kii", "thing", victim, live.app["id"]))
        assert setup.take_away() == []
    assert victim in {thing["id"] for thing in live.state()[0]["things"]}


@pytest.mark.parametrize("drawn", [True, False])
def test_a_thing_that_somebody_has_registered_by_the_same_name_since_is_not_deleted(drawn: bool, live: Live) -> None:
    with live.run() as (_, setup, _):
        name = new(live.app)["vendor_thing"] if drawn else "lamp"
        first = registered(live, setup, name)
    url = f"{live.target.base_url}/api/apps/{live.app['id']}/things"
    with httpx.Client(headers={"Authorization": f"Bearer {live.app['admin']['token']}"}, trust_env=False) as http:
        assert http.delete(f"{url}/{first}").status_code == 204
        second = http.post(url, json={"_vendorThingID": name, "_password": "another-1"}, headers={"Content-Type": THING}).json()["_thingID"]
        assert live.cleanup().code == 0
        assert http.get(f"{url}/VENDOR_THING_ID:{name}").json()["_thingID"] == second


def test_an_id_behind_which_a_thing_of_another_name_stands_is_not_deleted(live: Live) -> None:
    victim = live.app["things"][0]
    live.target = replace(live.target, tables={"kii": {**live.target.tables["kii"], "apps": [{**live.app, "things": []}]}})
    live.alter.append(on("POST", "/things", reply(201, {"_thingID": victim["id"], "_accessToken": "t"})))
    with live.run() as (_, setup, _):
        registered(live, setup, "lamp")
        (note,) = setup.take_away()
    assert f"the server calls it {victim['id']}, and that is {victim['vendor_id']}" in note
    assert victim["id"] in {thing["id"] for thing in live.state()[0]["things"]}


@pytest.mark.parametrize("kind", ["group", "user"])
def test_where_one_of_two_of_a_name_was_not_answered_it_is_told_that_one_may_be_left(kind: str, live: Live) -> None:
    with live.run() as (ledger, setup, _):
        made = Maker(setup, live.app, Held())
        group, _ = made.group("owner")
        found = group["id"] if kind == "group" else made.user()["id"]
        (known,) = (account.resource for account in ledger.held() if found in account.names)
        ledger.about_to_make(known, "POST again")
    ended = live.cleanup()
    # Who he is can be asked for.
    assert (ended.code, "a request for it was not answered" in ended.out) == ((1, True) if kind == "group" else (0, False)), ended


@pytest.mark.parametrize(("kind", "back"), [("things", "GET"), ("users", "DELETE"), ("groups", "DELETE")])
def test_what_is_still_there_after_it_was_deleted_is_left(kind: str, back: str, live: Live) -> None:
    seen: list[str] = []

    def lies(request: Request, found: Reply) -> Reply:
        if f"/{kind}/" in request.path and request.method in ("DELETE", back):
            seen.append(request.method)
            return reply(204 if request.method == "DELETE" else 200, None if request.method == "DELETE" else {})
        return found

    live.alter.append(lies)
    with live.run() as (_, setup, _):
        maker = Maker(setup, live.app, Held())
        makes: dict[str, Callable[[], Any]] = {"things": maker.thing, "users": maker.user, "groups": lambda: maker.group("member")}
        makes[kind]()
        notes = setup.take_away()
    assert any(f"it was deleted, and then {back} " in note for note in notes), notes
    assert seen[:2] == ["DELETE", back]
    live.alter.clear()
    assert live.cleanup().code == 0


# ---------------------------------------------------------------------------------------------------- what a pool lists


def owns() -> dict[str, Any]:
    body = {"userID": "$user.id"}
    return {"needs": {"thing": "fresh", "user": "any"}, "effect": "owner", "call": "addOwner", "with": {"body": body}, "expect": {"status": 204}}


def test_a_listed_thing_has_no_owners_again_after_its_row(live: Live) -> None:
    before = live.state()
    with live.run() as (_, _, player):
        result = player.play(listing(clause="kii-post.204", **owns()))
    assert (result.verdict, result.notes) == (Verdict.PASS, ())
    assert live.state() == before
    assert live.standings() == {"thing": "cleaned"}
    with live.run() as (_, _, player):
        player.play(listing(clause="kii-post.204", **owns()))
    assert live.cleanup().code == 0


def test_a_listed_thing_that_its_run_could_not_restore_is_nobodys_until_it_is_restored(live: Live) -> None:
    things = [thing for thing in live.app["things"] if thing["fresh"]][:1]
    live.target = replace(live.target, tables={"kii": {"apps": [{**live.app, "things": things}], "fixtures": "listed", "picks": {}}})
    live.deaf.add("DELETE")
    with live.run() as (_, _, player):
        (note,) = player.play(listing(clause="kii-post.204", **owns())).notes
    assert "it was to have no owners, and has user:" in note
    with live.run() as (_, _, player):
        reason = player.play(listing(**owns())).reason
    assert "1 of them are other runs', or used up (`cleanup`)" in reason
    live.deaf.clear()
    assert live.cleanup().code == 0
    with live.run() as (_, _, player):
        assert player.play(listing(clause="kii-post.204", **owns())).verdict is Verdict.PASS


def test_a_listed_thing_that_has_owners_already_is_passed_over(live: Live) -> None:
    first, second = [thing for thing in live.app["things"] if thing["fresh"]][:2]
    body = Reply(200, json.dumps({"users": ["somebody"], "groups": []}).encode(), "application/vnd.kii.ThingOwnershipRetrievalResponse+json")
    live.alter.append(on("GET", f"/things/{first['id']}/ownership", body))
    live.target = replace(live.target, tables={"kii": {"apps": [{**live.app, "things": [first, second]}], "fixtures": "listed", "picks": {}}})
    with live.run() as (_, _, player):
        played = [player.play(listing(clause="kii-post.204", **owns())) for _ in range(2)]
    assert [result.verdict for result in played] == [Verdict.PASS, Verdict.SKIPPED]
    assert f"{first['id']} has owners already: user:somebody" in played[1].reason
    assert not [
        request for request in live.server.seen if request.method != "GET" and (first["id"] in request.path or first["vendor_id"] in request.path)
    ]


def test_a_listed_thing_that_was_deleted_is_gone_for_good(live: Live) -> None:
    thing = {"needs": {"thing": "fresh"}, "clause": "kii-thing.delete-204", "effect": "fixture", "call": "deleteThing", "expect": {"status": 204}}
    with live.run() as (_, _, player):
        (note,) = player.play(listing(**thing)).notes
    assert "it was deleted, and cannot be made again with its id" in note
    assert [live.cleanup().code for _ in range(2)] == [1, 0]


def test_a_device_that_was_claimed_is_listed_with_who_claimed_it(live: Live, tmp_path: Path) -> None:
    with live.run() as (_, _, player):
        result = player.play(row(needs={"user": "allowed", "device": "manufactured"}))
    assert result.verdict in (Verdict.PASS, Verdict.FAIL)
    report = tmp_path / "left.json"
    assert live.cleanup("--json", str(report)).code == 1
    left = json.loads(report.read_text())[0]["left"]
    assert {one["kind"] for one in left} >= {"device"}
    users = {user["id"] for user in live.target.tables["connhex"]["users"]}
    assert {by.removeprefix("user ") for one in left for by in one["by"]} <= users
    assert all(one["by"] for one in left)
    assert live.cleanup().code == 0


# ---------------------------------------------------------------------------------------------------- the command


def test_a_run_that_goes_on_is_not_cleaned_up_after(live: Live) -> None:
    with live.run() as (ledger, setup, _):
        Maker(setup, live.app, Held()).thing()
        asked = len(live.server.seen)
        assert live.cleanup("--dry-run").out.startswith(NOTHING)
        assert live.cleanup().out.startswith(NOTHING)
        ended = live.cleanup("--run", ledger.run)
        assert (ended.code, "still goes on" in ended.err) == (2, True)
        assert len(live.server.seen) == asked
    assert live.cleanup("--run", ledger.run).code == 0


def test_what_may_go_on_on_another_host_is_left_alone_until_its_limits_are_over(live: Live) -> None:
    """Whose lock need not be seen: a folder may be another host's."""
    with live.run() as (ledger, setup, _):
        Maker(setup, live.app, Held()).thing()
        ledger.leases([Resource("kii", "thing", live.app["things"][0]["id"], live.app["id"])])
    begin, *lines, _ = ledger.file.read_text().splitlines(keepends=True)
    ledger.file.write_text(begin.replace(socket.gethostname(), "another-host") + "".join(lines))
    asked = len(live.server.seen)
    ended = live.cleanup()
    assert (ended.code, f"run {ledger.run} may go on on another host until" in ended.out, NOTHING in ended.out) == (1, True, False)
    with live.run() as (other, _, _):
        assert not other.leases([Resource("kii", "thing", live.app["things"][0]["id"], live.app["id"])])
    assert len(live.server.seen) == asked
    assert live.cleanup("--run", ledger.run).code == 0
    ledger.file.write_text(json.dumps({**json.loads(begin), "host": "another-host", "until": "2026-01-01T00:00:00+00:00"}) + "\n" + "".join(lines))
    assert live.cleanup().code == 0


def test_what_cannot_be_cleaned_up_after_is_told_with_2(live: Live, tmp_path: Path) -> None:
    told = {
        "know no run nobody": ("--run", "nobody"),
        "cannot be written": ("--json", str(tmp_path)),
    }
    with live.run() as (_, setup, _):
        Maker(setup, live.app, Held()).thing()
    for says, words in told.items():
        ended = live.cleanup(*words)
        assert (ended.code, says in ended.err) == (2, True), ended
    controlled = tmp_path / "controlled.toml"
    controlled.write_text(tomli_w.dumps({"base_url": live.target.base_url, "control": live.server.url, "kii": live.target.tables["kii"]}))
    ended = main("cleanup", "--target", str(controlled))
    assert (ended.code, "has a control API" in ended.err) == (2, True)


def test_whose_token_has_ended_since_signs_in_anew(live: Live) -> None:
    before = live.state()
    with live.run() as (_, setup, _):
        Maker(setup, live.app, Held()).group("owner")
    live.file.write_text(live.file.read_text().replace(live.app["admin"]["token"], "of-last-week"))
    ended = live.cleanup()
    assert (ended.code, live.state()) == (0, before), ended


def test_a_deployment_that_does_not_answer_is_not_asked_for_each_that_is_left(live: Live) -> None:
    with live.run() as (ledger, _, _):
        for _ in range(20):
            ledger.about_to_make(Resource("kii", "user", new(live.app)["login"], live.app["id"]), "POST users")
    live.alter.append(lambda request, found: reply(503))
    asked = len(live.server.seen)
    ended = live.cleanup()
    # Five, and once more.
    assert (ended.code, len(live.server.seen) - asked) == (1, 6), ended
    assert ended.out.count("does not answer any more") == 15
    live.alter.clear()
    assert live.cleanup().code == 0


def test_no_secret_stands_in_a_ledger_or_is_told_by_cleanup(live: Live, tmp_path: Path) -> None:
    with live.run() as (_, setup, player):
        Maker(setup, live.app, Held()).group("members")
        player.play(listing(clause="kii-post.204", **owns()))
    live.alter.append(lambda request, found: reply(401, {"saw": request.headers.get("authorization")}) if request.method == "DELETE" else found)
    report = tmp_path / "left.json"
    ended = live.cleanup("--json", str(report))
    sent = {value for request in live.server.seen if request.body for name, value in request.json().items() if "assword" in name}
    secrets = {*sent, *live.target.secrets}
    assert len(sent) >= 3
    texts = [ended.out, ended.err, report.read_text(), *(file.read_text() for file in live.target.ledger.glob("*.jsonl"))]
    assert not [secret for secret in secrets for text in texts if len(secret) > 3 and secret in text]
