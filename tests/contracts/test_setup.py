"""Fixtures that are made: the set-up calls that go out, what the row has of them, and what is left behind."""

from __future__ import annotations

import json
import math
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from ownership_contracts.contracts.case import Case
from ownership_contracts.contracts.connection import connection
from ownership_contracts.contracts.live.ledger import Ledger
from ownership_contracts.contracts.live.mode import Limits, Mode
from ownership_contracts.contracts.play import Player
from ownership_contracts.contracts.result import Result, Verdict
from ownership_contracts.contracts.target import Target

from tests.serving import CONTRACTS, Running, serving

from .samples import kii_app, row, target_file
from .stub import Reply, Request, Stub, reply, stub

UNHURRIED = Limits(per_second=math.inf)
LISTED: dict[str, Any] = {"users": [], "groups": [], "things": []}
ADMIN = "Bearer app1-token-of-admin"


@dataclass
class Kii:
    """As much of a Kii as set-up calls need: it numbers what it makes, and gives `instead` where that has an answer for the call."""

    instead: Mapping[str, Reply] = field(default_factory=dict)
    count: int = 0
    users: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def __call__(self, request: Request) -> Reply:
        kind = request.path.rstrip("/").rpartition("/")[2]
        call = f"{request.method} {kind if request.method == 'POST' else request.path.split('/')[4]}"
        if call in self.instead:
            return self.instead[call]
        if request.path in self.gone:
            return reply(404)
        if request.method == "DELETE":
            self.gone.add(request.path)
        self.count += 1
        if call == "POST users":
            self.users[request.json().get("loginName", "")] = f"u-{self.count}"
        login = request.json().get("username", "") if call == "POST token" else ""
        answers: dict[str, Reply] = {
            "POST users": reply(201, {"userID": f"u-{self.count}"}),
            "POST token": reply(200, {"id": self.users.get(login, "u"), "access_token": f"secret-token-{self.count}", "token_type": "Bearer"}),
            "POST groups": reply(201, {"groupID": f"g-{self.count}", "notFoundUsers": []}),
            "POST things": reply(201, {"_thingID": f"th.{self.count}", "_accessToken": f"secret-token-{self.count}"}),
            "GET things": Reply(200, b'{"users": [], "groups": []}', "application/vnd.kii.ThingOwnershipRetrievalResponse+json"),
        }
        if call == "POST token" and login not in self.users:
            return reply(400, {"error": "invalid_grant"})
        return answers.get(call, reply(204))


@pytest.fixture
def ledgers(tmp_path: Path) -> Path:
    return tmp_path / "ledgers"


@contextmanager
def playing(target: Target) -> Iterator[Player]:
    """A player on a target that may be changed, with a ledger."""
    with closing(Ledger(target)) as ledger, connection(target, ledger) as client:
        yield Player(target, client, ledger=ledger)


@contextmanager
def bare(ledgers: Path, answer: Callable[[Request], Reply], fixtures: str | None = None, **app: Any) -> Iterator[tuple[Player, Stub]]:
    """A player on a target that lists an app, its administrator, and what the keywords add."""
    table = {"apps": [kii_app(**{**LISTED, **app})], **({"fixtures": fixtures} if fixtures else {})}
    with stub(answer) as running, playing(Target(running.url, {"kii": table}, limits=UNHURRIED, mode=Mode.FIXTURES, ledger=ledgers)) as player:
        yield player, running


def listing(**changed: Any) -> Case:
    """A row that lists a thing's owners as the administrator."""
    parts = {
        "vendor": "kii",
        "clause": "kii-list.200",
        "effect": "none",
        "needs": {"thing": "fresh"},
        "as": "admin",
        "call": "listOwners",
        "with": {},
        "expect": {},
    }
    return row(**{**parts, **changed})


def lines(running: Stub) -> list[str]:
    return [f"{request.method} {request.path}" for request in running.seen]


def played(ledgers: Path, case: Case, **instead: Reply) -> tuple[Result, Stub]:
    calls = {name.replace("_", " "): answer for name, answer in instead.items()}
    with bare(ledgers, Kii(calls)) as (player, running):
        return player.play(case), running


def test_what_a_target_lacks_is_made_before_the_row_and_taken_away_after_it_the_last_first(ledgers: Path) -> None:
    result, running = played(ledgers, listing(needs={"thing": "fresh", "user": "any", "group": {"with": "member"}}))
    assert (result.verdict, result.notes) == (Verdict.PASS, ())
    vendor_id = running.seen[0].json()["_vendorThingID"]
    api = "/api/apps/app1"
    assert lines(running) == [
        f"POST {api}/things",
        f"POST {api}/users",
        "POST /api/oauth2/token",
        f"POST {api}/users",
        f"POST {api}/users",
        "POST /api/oauth2/token",
        f"POST {api}/groups",
        f"GET {api}/things/VENDOR_THING_ID:{vendor_id}/ownership",
        # What can be read is read back; else it is deleted again.
        *[f"DELETE {api}/groups/g-7"] * 2,
        *[f"DELETE {api}/users/u-5"] * 2,
        # Nobody has logged in as him yet: is he the one who was made?
        "POST /api/oauth2/token",
        *[f"DELETE {api}/users/u-4"] * 2,
        *[f"DELETE {api}/users/u-2"] * 2,
        f"DELETE {api}/things/VENDOR_THING_ID:{vendor_id}",
        f"GET {api}/things/VENDOR_THING_ID:{vendor_id}",
    ]


def test_people_and_things_are_registered_by_the_apps_key_and_groups_and_ends_by_the_administrator(ledgers: Path) -> None:
    _, running = played(ledgers, listing(needs={"thing": "fresh", "group": {"with": "owner"}}))
    for request in running.seen:
        named_by_headers = request.method == "POST" and not request.path.endswith("/groups")
        assert ("authorization" in request.headers) is not named_by_headers
        if named_by_headers:
            assert (request.headers["x-kii-appid"], request.headers["x-kii-appkey"]) == ("app1", "key-of-app1")
        else:
            assert request.headers["authorization"] == ADMIN
    assert [request.headers["content-type"].split(".")[-1] for request in running.seen if request.method == "POST"] == [
        "ThingRegistrationAndAuthorizationRequest+json",
        *["RegistrationRequest+json", "OauthTokenRequest+json"] * 2,
        "GroupCreationRequest+json",
    ]


def test_an_app_without_a_key_in_the_target_file_is_named_by_any(ledgers: Path) -> None:
    with bare(ledgers, Kii(), key=None) as (player, running):
        assert player.play(listing()).verdict is Verdict.PASS
    assert running.seen[0].headers["x-kii-appkey"]


def test_a_row_knows_what_was_made_for_it_and_acts_as_it(ledgers: Path) -> None:
    needs = {"thing": "fresh", "user": "login", "group": {"with": "members"}}
    told = {
        "thing": ["$thing.id", "$thing.vendor_id", "$thing.password"],
        "user": ["$user.id", "$user.login", "$user.password"],
        "group": ["$group.id", "$member.id", "$other_member.id"],
    }
    case = listing(
        needs=needs,
        **{"as": "thing", "call": None, "send": {"method": "PATCH", "path": "/api/apps/app1/things/$thing.id/x"}, "with": {"body": told}},
        then=[
            {"as": name, "send": {"method": "PATCH", "path": f"/api/apps/app1/things/$thing.id/{name}"}, "expect": {"status": 204}}
            for name in ("user", "member", "other_member")
        ],
    )
    with bare(ledgers, lambda request: kii(request) if request.method != "PATCH" else reply(204)) as (player, running):
        kii = Kii()
        result = player.play(case)
    assert result.verdict is Verdict.PASS
    registered = [request.json() for request in running.seen if request.method == "POST"]
    (seen, *others) = [request for request in running.seen if request.method == "PATCH"]
    thing, user = registered[0], registered[1]
    assert seen.json()["thing"] == ["th.1", thing["_vendorThingID"], thing["_password"]]
    assert seen.json()["user"] == ["u-2", user["loginName"], user["password"]]
    assert registered[2] == {"username": user["loginName"], "password": user["password"]}
    (group,) = [body for body in registered if "owner" in body]
    assert group["owner"] == group["members"][0]
    assert group["members"] == ["u-4", "u-5", "u-7"]
    assert seen.json()["group"] == ["g-9", "u-5", "u-7"]
    assert [request.headers["authorization"] for request in (seen, *others)] == [f"Bearer secret-token-{number}" for number in (1, 3, 6, 8)]


def test_every_row_has_names_of_its_own(ledgers: Path) -> None:
    with bare(ledgers, Kii()) as (player, running):
        for _ in range(3):
            player.play(listing(needs={"thing": "fresh", "user": "any"}))
    bodies = [request.json() for request in running.seen if request.method == "POST"]
    names = [value for body in bodies for name, value in body.items() if name in ("_vendorThingID", "_password", "loginName")]
    assert len(names) == len(set(names)) == 9


def test_what_is_listed_is_drawn_first_and_made_when_it_is_used_up(ledgers: Path) -> None:
    things = kii_app()["things"]
    with bare(ledgers, Kii(), things=things, users=kii_app()["users"]) as (player, running):
        for _ in range(2):
            player.play(listing(needs={"thing": "fresh", "user": "any"}))
        assert {request.method for request in running.seen} == {"GET"}
        player.play(listing(needs={"thing": "fresh", "user": "any"}))
    # Of a listed thing its owners are looked at first: it is to have none.
    assert [line.partition("/")[0] for line in lines(running)] == [*["GET "] * 4, "POST ", "GET ", "DELETE ", "GET "]


def test_a_user_or_group_to_be_used_up_is_made_so_that_the_list_is_spared(ledgers: Path) -> None:
    users, groups = kii_app()["users"], kii_app()["groups"]
    marked: dict[str, Any] = {"users": [{**user, "fresh": True} for user in users], "groups": [{**group, "fresh": True} for group in groups]}
    with bare(ledgers, Kii(), things=kii_app()["things"], **marked) as (player, running):
        player.play(listing(needs={"user": "fresh", "thing": "fresh", "group": {"with": "member", "fresh": True}}))
    assert [line for line in lines(running) if line.startswith("POST")][:5] == [
        "POST /api/apps/app1/users",
        "POST /api/oauth2/token",
        "POST /api/apps/app1/users",
        "POST /api/apps/app1/users",
        "POST /api/oauth2/token",
    ]


def test_a_target_whose_fixtures_are_listed_is_sent_no_set_up_call(ledgers: Path) -> None:
    with bare(ledgers, Kii(), fixtures="listed") as (player, running):
        result = player.play(listing())
    assert result.verdict is Verdict.SKIPPED
    assert "no fresh thing in app app1 is left among the 0 that the target lists" in result.reason
    assert running.seen == []


@pytest.mark.parametrize(
    ("call", "path", "answer"),
    [
        ("POST_things", "/api/apps/app1/things", reply(401, {"errorCode": "UNAUTHORIZED"})),
        ("POST_users", "/api/apps/app1/users", reply(409, {"errorCode": "USER_ALREADY_EXISTS"})),
        ("POST_token", "/api/oauth2/token", reply(400, {"error": "invalid_grant"})),
        ("POST_groups", "/api/apps/app1/groups", reply(403, {"errorCode": "WRONG_TOKEN"})),
        ("POST_users", "/api/apps/app1/users", reply(500)),
    ],
)
def test_a_set_up_call_that_is_refused_skips_the_row_with_what_was_asked_and_answered(call: str, path: str, answer: Reply, ledgers: Path) -> None:
    result, running = played(ledgers, listing(needs={"thing": "fresh", "group": {"with": "owner"}}), **{call: answer})
    assert result.verdict is Verdict.SKIPPED
    assert f"a fixture could not be made: POST {path} was answered {answer.status}" in result.reason
    assert answer.body.decode() in result.reason
    # The row itself was not begun, and what had been made until then is gone.
    assert not [line for line in lines(running) if line.endswith("/ownership")]
    assert f"POST {path}" in lines(running)
    made = [line for line in lines(running) if line.startswith("POST") and not line.endswith("/token") and line != f"POST {path}"]
    ended = {line.removeprefix("DELETE ") for line in lines(running) if line.startswith("DELETE")}
    assert len(ended) >= len(made)


@pytest.mark.parametrize("answer", [reply(201), Reply(201, b"<html>"), reply(201, ["userID"]), reply(201, {"userID": 17}), reply(201, {"id": "u"})])
def test_a_set_up_call_that_is_answered_without_what_it_made_skips_the_row(answer: Reply, ledgers: Path) -> None:
    result, _ = played(ledgers, listing(needs={"user": "any"}), POST_users=answer)
    assert result.verdict is Verdict.SKIPPED
    assert "POST /api/apps/app1/users was answered without userID: 201" in result.reason


def test_no_secret_is_told_when_a_set_up_call_is_refused(ledgers: Path) -> None:
    def echo(request: Request) -> Reply:
        sent = request.body.decode()
        return reply(
            403, {"accessToken": "secret-token", "saw": f"{sent} {request.headers.get('authorization')} {request.headers.get('x-kii-appkey')}"}
        )

    with bare(ledgers, echo) as (player, running):
        told = [player.play(listing(needs=needs)).reason for needs in ({"thing": "fresh"}, {"user": "any"})]
    secrets = ["secret-token", "key-of-app1", *(value for request in running.seen for name, value in request.json().items() if "assword" in name)]
    assert len(secrets) == 4
    assert all("***" in reason for reason in told)
    assert not [secret for secret in secrets for reason in told if secret in reason]


def test_no_secret_of_a_made_fixture_stands_in_a_result(ledgers: Path) -> None:
    def echo(request: Request) -> Reply:
        return reply(418, {"saw": [request.headers["authorization"], request.body.decode()]}) if request.method == "PATCH" else kii(request)

    kii = Kii()
    body = {"one": "$thing.password", "two": "$user.password", "three": "$new.password"}
    sent = {"as": "thing", "call": None, "send": {"method": "PATCH", "path": "/api/apps/app1/things/$thing.id/x"}, "with": {"body": body}}
    with bare(ledgers, echo) as (player, running):
        result = player.play(listing(needs={"thing": "fresh", "user": "any"}, effect="owner", expect={"status": 200}, **sent))
    assert result.verdict is Verdict.FAIL
    (seen,) = [request for request in running.seen if request.method == "PATCH"]
    text = str(result.as_json())
    assert "***" in text
    assert not [secret for secret in (*seen.json().values(), "secret-token-1") if secret in text]


def test_a_target_that_does_not_answer_a_set_up_call_is_an_error(ledgers: Path) -> None:
    table = {"apps": [kii_app(**LISTED)]}
    with playing(Target("http://127.0.0.1:9", {"kii": table}, mode=Mode.FIXTURES, ledger=ledgers)) as player:
        result = player.play(listing())
    assert result.verdict is Verdict.ERROR
    assert result.reason.startswith("no answer: ConnectError")


@pytest.mark.parametrize("expect", [{"status": 200}, {"status": 404}])
def test_what_cannot_be_taken_away_is_a_note_and_changes_no_verdict(expect: dict[str, Any], ledgers: Path) -> None:
    refused = reply(401, {"errorCode": "UNAUTHORIZED", "accessToken": "app1-token-of-admin"})
    result, _ = played(ledgers, listing(needs={"thing": "fresh"}, expect=expect), DELETE_things=refused)
    assert result.verdict is (Verdict.PASS if expect["status"] == 200 else Verdict.FAIL)
    (note,) = result.notes
    assert re.match(r"left behind: thing app1/(\S+) \(kii\): DELETE /api/apps/app1/things/\1 was answered 401 ", note)
    assert "app1-token-of-admin" not in note


def test_a_target_that_is_gone_when_fixtures_are_taken_away_is_a_note(ledgers: Path) -> None:
    def answer(request: Request) -> Reply:
        if request.method == "DELETE":
            raise ConnectionResetError
        return Kii()(request)

    with bare(ledgers, answer) as (player, _):
        result = player.play(listing())
    assert result.verdict is Verdict.PASS
    assert re.fullmatch(r"left behind: thing app1/\S+ \(kii\): a request to take it back was not answered: \w+", result.notes[0])


def test_what_the_row_has_deleted_itself_is_no_note(ledgers: Path) -> None:
    result, _ = played(ledgers, listing(), DELETE_things=reply(404))
    assert (result.verdict, result.notes) == (Verdict.PASS, ())


@pytest.mark.parametrize(
    ("call", "collection", "ended"),
    [("registerThing", "things", "th.1"), ("registerUser", "users", "u-1"), ("createGroup", "groups", "g-1")],
)
@pytest.mark.parametrize("fixtures", [None, "listed"])
def test_what_a_row_makes_itself_is_taken_away_too(call: str, collection: str, ended: str, fixtures: str | None, ledgers: Path) -> None:
    case = listing(clause="kii-list.200", needs={}, call=call, **{"with": {"body": {"name": "$new.name"}}})
    with bare(ledgers, Kii(), fixtures) as (player, running):
        player.play(case)
    # A thing can be read: before it is taken away by the id that was told, and after.
    methods = ["GET", "DELETE", "GET"] if collection == "things" else ["DELETE", "DELETE"]
    assert lines(running) == [f"POST /api/apps/app1/{collection}", *(f"{method} /api/apps/app1/{collection}/{ended}" for method in methods)]
    assert running.seen[1].headers["authorization"] == ADMIN


def test_what_a_row_was_refused_needs_no_taking_away(ledgers: Path) -> None:
    _, running = played(ledgers, listing(needs={}, call="registerUser", **{"with": {"body": {}}}), POST_users=reply(400, {"userID": "u-1"}))
    assert lines(running) == ["POST /api/apps/app1/users"]


# ---------------------------------------------------------------------------------------------------- a whole run


@dataclass(frozen=True)
class Ran:
    code: int
    results: list[dict[str, Any]]

    def reasons(self, verdict: Verdict) -> list[str]:
        return [result["reason"] for result in self.results if result["verdict"] == verdict]


# A part of the rows that has every need in it, and rows that make things, users and groups themselves: the whole takes a minute.
ROWS = ("-k", "confirm or register or foreign or create")


def apps_of(running: Running) -> Any:
    return httpx.get(f"{running.url}/_mock/api/worlds/default", trust_env=False).json()["state"]["kii"]["apps"]


@pytest.mark.long
def test_a_target_file_with_nothing_but_administrators_runs_nearly_every_row_and_leaves_nothing_behind(
    run: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    def ran(fixtures: str, *words: str) -> Ran:
        table = {"apps": [{**app, "admin": {"token": app["admin"]["token"]}} for app in known], "fixtures": fixtures}
        file, report = target_file(tmp_path, running.url, kii=table), tmp_path / f"{fixtures}.json"
        ended = run(*CONTRACTS, "run", "--target", str(file), "--vendor", "kii", "--no-properties", *ROWS, *words, "--json", str(report))
        return Ran(ended.returncode, json.loads(report.read_text())["results"])

    target = tmp_path / "written.toml"
    with serving(tmp_path, "--vendor", "kii", "--write-target", str(target)) as running:
        kept = ("id", "key", "require_password", "admin")
        known = [{name: app[name] for name in kept if name in app} for app in tomllib.loads(target.read_text())["kii"]["apps"]]
        before = apps_of(running)
        listed, made = ran("listed"), ran("made", "-n", "2")
        assert apps_of(running) == before
    assert len(listed.reasons(Verdict.SKIPPED)) > 0.5 * len(listed.results)
    assert (made.code, made.reasons(Verdict.FAIL), made.reasons(Verdict.ERROR)) == (0, [], [])
    # What is left is what no set-up call provides: a setting of the deployment's, the administrator's own login, and time.
    beyond = re.compile(
        r"the row needs \w+ = .*, and the target declares nothing|the target lists no client_id and client_secret of the administrator.*"
        r"|the row waits .*, and the patience is .*|the row waits until something ends, .*"
    )
    assert [reason for reason in made.reasons(Verdict.SKIPPED) if not beyond.fullmatch(reason)] == []
    assert len(made.reasons(Verdict.SKIPPED)) < 0.2 * len(made.results)
    assert [note for result in made.results for note in result["notes"] if "left behind" in note] == []
