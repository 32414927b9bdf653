"""Rows played against small servers: what goes out, what is made of the answers, and what is not begun."""

from __future__ import annotations

import gzip
import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from ownership_contracts import specs
from ownership_contracts.contracts.case import Case
from ownership_contracts.contracts.connection import connection
from ownership_contracts.contracts.live.mode import Mode
from ownership_contracts.contracts.play import Player
from ownership_contracts.contracts.result import Verdict
from ownership_contracts.contracts.target import Target, parse

from tests.serving import Running

from .samples import COOKIE, CREATED, TOKEN, connhex_table, kii_app, row
from .stub import Reply, Request, Stub, reply, stub

CLAIM = {"as": "user", "call": "register", "with": {"body": {"deviceId": "$device.id"}}}
UNAVAILABLE = {"errors": [{"detail": "Down for the night."}]}


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=60, trust_env=False) as made:
        yield made


def created(request: Request) -> Reply:
    return reply(201, CREATED)


def player(running: Stub, client: httpx.Client, **table: Any) -> Player:
    return Player(Target(running.url, {"connhex": connhex_table(**table)}, mode=Mode.FIXTURES), client)


@contextmanager
def playing(client: httpx.Client, answer: Callable[[Request], Reply], **table: Any) -> Iterator[tuple[Player, Stub]]:
    with stub(answer) as running:
        yield player(running, client, **table), running


def in_turn(*replies: Reply) -> Callable[[Request], Reply]:
    """Answers one after the other; the last for ever."""
    left = list(replies)
    return lambda request: left.pop(0) if len(left) > 1 else left[0]


# ---------------------------------------------------------------------------------------------------- what goes out


def sent(client: httpx.Client, case: Case, **table: Any) -> Request:
    with playing(client, created, **table) as (made, running):
        made.play(case)
    (request,) = running.seen
    return request


def test_a_call_goes_out_by_the_spec_as_the_principal(client: httpx.Client) -> None:
    request = sent(client, row())
    assert (request.method, request.path, request.json()) == ("POST", "/ownerships", {"deviceId": "D-1"})
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["content-type"] == "application/json"
    assert "cookie" not in request.headers


def test_a_row_can_call_by_cookie_or_by_nothing(client: httpx.Client) -> None:
    by_cookie = sent(client, row(**{"as": "user_by_cookie"}))
    assert by_cookie.headers["cookie"] == f"chx_auth_session={COOKIE}"
    assert "authorization" not in by_cookie.headers
    by_nobody = sent(client, row(**{"as": "nobody"}))
    assert not {"authorization", "cookie"} & set(by_nobody.headers)


@pytest.mark.parametrize(
    ("given", "media"),
    [
        ({"body": {}}, "application/json"),
        ({"body": {}, "media": "text/plain"}, "text/plain"),
        ({"body": {}, "media": None}, None),
        ({"raw": "{"}, "application/json"),
        ({"raw": "{", "headers": {"Content-Type": "x/y"}, "media": None}, "x/y"),
        ({}, None),
    ],
)
def test_the_media_type_is_the_specs_first_unless_the_row_says_otherwise(given: dict[str, Any], media: str | None, client: httpx.Client) -> None:
    assert sent(client, row(**{"with": given})).headers.get("content-type") == media


@pytest.mark.parametrize("body", [None, False, 0, "", [], {}, "text"])
def test_a_body_is_any_json_value(body: Any, client: httpx.Client) -> None:
    request = sent(client, row(**{"with": {"body": body}}))
    assert request.body == json.dumps(body).encode()


@pytest.mark.parametrize(("picks", "value"), [({"enable_life": 17}, 17), ({"association": "one_to_one"}, 300), (None, 300)])
def test_a_row_can_name_a_pick_by_what_the_target_declares_or_else_by_its_default(
    picks: dict[str, Any] | None, value: int, client: httpx.Client
) -> None:
    assert sent(client, row(**{"with": {"body": {"seconds": "$pick.enable_life"}}}), picks=picks).json() == {"seconds": value}


def test_a_raw_body_goes_out_as_it_stands(client: httpx.Client) -> None:
    assert sent(client, row(**{"with": {"raw": '{"deviceId": "$device.id"'}})).body == b'{"deviceId": "D-1"'


def test_headers_of_the_row_go_out_and_win_over_the_principals(client: httpx.Client) -> None:
    request = sent(client, row(**{"with": {"headers": {"X-One": "$device.id", "Authorization": "Bearer other"}}}))
    assert (request.headers["x-one"], request.headers["authorization"]) == ("D-1", "Bearer other")


def test_a_request_that_is_no_operation_goes_out_as_written(client: httpx.Client) -> None:
    request = sent(
        client, row(call=None, send={"method": "PATCH", "path": "/ownerships/$device.id/%20?x=1"}, **{"with": {"body": [1], "media": "a/b"}})
    )
    assert (request.method, request.path, request.json(), request.headers["content-type"]) == ("PATCH", "/ownerships/D-1/%20?x=1", [1], "a/b")


def kii_row(**changed: Any) -> Case:
    return row(
        **{
            "vendor": "kii",
            "clause": "kii-list.200",
            "needs": {"thing": "fresh"},
            "as": "admin",
            "call": "listOwners",
            "with": {},
            "expect": {"status": 200},
            **changed,
        }
    )


def path_of(client: httpx.Client, case: Case, app: dict[str, Any]) -> str:
    with stub(lambda request: reply(200, {"users": [], "groups": []})) as running:
        Player(Target(running.url, {"kii": {"apps": [app]}}, mode=Mode.FIXTURES), client).play(case)
    # A row that fails is asked again.
    (path,) = {request.path for request in running.seen}
    return path


def test_path_parameters_come_from_the_fixtures_unless_the_row_gives_them(client: httpx.Client) -> None:
    assert path_of(client, kii_row(), kii_app()) == "/api/apps/app1/things/VENDOR_THING_ID:app1-lamp-1/ownership"
    given = {"path": {"vendorThingID": "$unknown.vendor_thing"}}
    assert path_of(client, kii_row(**{"with": given}), kii_app()) == "/api/apps/app1/things/VENDOR_THING_ID:no-such-thing-0000/ownership"


def test_path_parameters_are_one_segment_each(client: httpx.Client) -> None:
    given = {"path": {"thingID": "th.1/../a b?c#d%:@é"}}
    path = path_of(client, kii_row(call="listOwnersByThingID", **{"with": given}), kii_app())
    assert path == "/api/apps/app1/things/th.1%2F..%2Fa%20b%3Fc%23d%25:@%C3%A9/ownership"


def test_steps_go_out_in_their_order_and_see_what_was_kept(client: httpx.Client) -> None:
    case = row(
        given=[{**CLAIM, "keep": {"first": "/resourceId"}}],
        **{"with": {"body": {"given": "$first"}}, "keep": {"second": "/resourceId"}},
        then=[{"as": "user", "send": {"method": "GET", "path": "/x/$first/$second"}, "expect": {"status": 201}}],
    )
    with playing(client, in_turn(reply(201, {"resourceId": "r-1"}), reply(201, {"resourceId": "r-2"}))) as (made, running):
        assert made.play(case).verdict is Verdict.PASS
    assert [request.body and request.json() for request in running.seen] == [{"deviceId": "D-1"}, {"given": "r-1"}, b""]
    assert running.seen[2].path == "/x/r-1/r-2"


@pytest.mark.parametrize(
    ("pointer", "kept"),
    [
        ("/resourceId", "r"),
        ("/list/1", "b"),
        ("/a~1b/c~0d", 7),
        ("/none", None),
        ("", {"resourceId": "r", "list": ["a", "b"], "a/b": {"c~d": 7}, "none": None}),
    ],
)
def test_a_kept_value_is_what_its_pointer_finds(pointer: str, kept: Any, client: httpx.Client) -> None:
    body = {"resourceId": "r", "list": ["a", "b"], "a/b": {"c~d": 7}, "none": None}
    case = row(keep={"found": pointer}, then=[{**CLAIM, "with": {"body": {"kept": "$found"}}, "expect": {"status": 201}}])
    with playing(client, lambda request: reply(201, body)) as (made, running):
        made.play(case)
    assert running.seen[1].json() == {"kept": kept}


def test_query_parameters_follow_the_path_encoded(client: httpx.Client) -> None:
    request = sent(client, row(**{"with": {"query": {"flow": "$device.id", "a b": "&?=é"}}}))
    assert request.path == "/ownerships?flow=D-1&a+b=%26%3F%3D%C3%A9"


def test_a_cookie_that_is_set_can_be_kept_goes_out_with_no_later_request_by_itself_and_is_shown_nowhere(client: httpx.Client) -> None:
    case = row(
        keep={"cookie": {"cookie": "session"}},
        expect={"headers": {"properties": {"set-cookie": {"const": "none"}}}},
        then=[
            {"as": "nobody", "send": {"method": "GET", "path": "/"}, "expect": {"status": 201}},
            {"as": "nobody", "send": {"method": "GET", "path": "/x"}, "with": {"headers": {"Cookie": "mine=$cookie"}}, "expect": {"status": 201}},
        ],
    )
    setting = reply(201, CREATED, **{"Set-Cookie": "session=kept-for-the-row; Path=/; HttpOnly"})
    # It is the suite's own client that forgets.
    with playing(client, lambda request: setting) as (made, running), connection(replace(made.target, mode=Mode.WORLDS)) as made.client:
        result = made.play(case)
    assert [request.headers.get("cookie") for request in running.seen] == [None, None, "mine=kept-for-the-row"]
    assert "set-cookie" in result.reason
    assert "kept-for-the-row" not in str(result)


@pytest.mark.parametrize("told", ["alone", "=", "one=1; Path=/a\r\nSet-Cookie: one=2; Path=/b"])
def test_cookies_that_are_set_in_an_odd_way_stop_no_row(told: str, client: httpx.Client) -> None:
    with playing(client, lambda request: reply(201, CREATED, **{"Set-Cookie": told})) as (made, _):
        assert made.play(row()).verdict is Verdict.PASS


@pytest.mark.parametrize("headers", [{}, {"Set-Cookie": "another=1"}, {"Set-Cookie": "another=1; session=2"}])
def test_a_cookie_to_keep_that_is_not_set_is_an_error(headers: dict[str, str], client: httpx.Client) -> None:
    with playing(client, lambda request: reply(201, CREATED, **headers)) as (made, _):
        result = made.play(row(keep={"cookie": {"cookie": "session"}}))
    assert (result.verdict, "sets no cookie session" in result.reason) == (Verdict.ERROR, True)


# ---------------------------------------------------------------------------------------------------- verdicts


def test_an_answer_as_expected_passes(client: httpx.Client) -> None:
    with playing(client, created) as (made, _):
        result = made.play(row(expect={"status": 201, "body": {"required": ["resourceId"]}}))
    assert result.verdict is Verdict.PASS
    assert (result.vendor, result.case, result.clause, result.grade) == ("connhex", "a-row", "connhex-post.201", "documented")
    assert (result.reason, result.expected, result.seen, result.notes) == ("", "", "", ())


def test_an_answer_that_is_not_as_expected_fails_with_what_came(client: httpx.Client) -> None:
    with playing(client, lambda request: reply(200, CREATED)) as (made, _):
        result = made.play(row())
    assert result.verdict is Verdict.FAIL
    assert result.expected == "status 201"
    assert result.seen.startswith("status 200")
    assert result.reason.startswith("the request: expected status 201, saw status 200")


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (reply(201, {"id": "r"}), "'resourceId' is a required property"),
        (reply(201, {"resourceId": 7}), "$.resourceId"),
        (Reply(201, b'{"resourceId": "r"}', "text/plain"), "text/plain"),
        (reply(201), "no body"),
    ],
)
def test_an_answer_off_the_spec_fails_though_the_row_does_not_ask(answer: Reply, seen: str, client: httpx.Client) -> None:
    with playing(client, lambda request: answer) as (made, _):
        result = made.play(row(expect={"status": "success"}))
    assert result.verdict is Verdict.FAIL
    assert "by the spec" in result.reason
    assert seen in result.seen


def test_an_answer_to_a_step_before_the_request_is_held_against_the_spec_too(client: httpx.Client) -> None:
    with playing(client, in_turn(reply(201, {"id": "r"}), reply(201, CREATED))) as (made, _):
        result = made.play(row(given=[CLAIM]))
    assert result.verdict is Verdict.FAIL
    assert result.reason.startswith("given 1, by the spec: ")


def test_an_answer_to_a_step_after_the_request_is_judged(client: httpx.Client) -> None:
    with playing(client, in_turn(reply(201, CREATED), reply(404))) as (made, _):
        result = made.play(row(then=[{**CLAIM, "expect": {"status": 201}}]))
    assert result.verdict is Verdict.FAIL
    assert result.reason.startswith("then 1: expected status 201, saw status 404")


def test_what_goes_beyond_the_page_is_noted_once_and_passes(client: httpx.Client) -> None:
    more = {**CREATED, "createdAt": "now", "owner": "u"}
    with playing(client, lambda request: reply(201, more)) as (made, _):
        result = made.play(row(given=[CLAIM]))
    assert result.verdict is Verdict.PASS
    assert result.notes == ("field createdAt is not on the page", "field owner is not on the page")


def test_a_status_that_the_page_does_not_have_is_noted(client: httpx.Client) -> None:
    with playing(client, lambda request: reply(418)) as (made, _):
        result = made.play(row(expect={"status": "refused"}))
    assert result.verdict is Verdict.PASS
    assert result.notes == ("status 418 is not documented for register",)


def test_a_public_miss_differs_and_is_judged_on_request(client: httpx.Client) -> None:
    expect = {"status": "refused", "public": {"status": 403}}
    with stub(lambda request: reply(404)) as running:
        target = Target(running.url, {"connhex": connhex_table()}, mode=Mode.FIXTURES)
        seen = [Player(target, client, judge_public).play(row(expect=expect)) for judge_public in (False, True)]
    assert [result.verdict for result in seen] == [Verdict.DIFFERS, Verdict.FAIL]
    assert {(result.expected, result.seen) for result in seen} == {("status 403", "status 404")}


BY_PICK = {
    "status": "refused",
    "unspecified": {"picks": {"claimed_by_other": {"conflict": {"status": 409}, "forbidden": {"status": 403}, "not_found": {"status": 404}}}},
}


def test_an_undeclared_pick_is_reported_with_the_option_that_fits(client: httpx.Client) -> None:
    with playing(client, lambda request: reply(403)) as (made, _):
        result = made.play(row(expect=BY_PICK))
    assert result.verdict is Verdict.REPORTED
    assert (result.expected, result.seen) == ("claimed_by_other: conflict (the mock's pick)", "claimed_by_other: forbidden")


def test_an_undeclared_pick_is_reported_also_where_the_answer_is_the_mocks(client: httpx.Client) -> None:
    with playing(client, lambda request: reply(409)) as (made, _):
        result = made.play(row(expect=BY_PICK))
    assert result.verdict is Verdict.REPORTED
    assert result.seen == "claimed_by_other: conflict"


@pytest.mark.parametrize(("declared", "verdict"), [("forbidden", Verdict.PASS), ("conflict", Verdict.FAIL)])
def test_a_declared_pick_is_judged(declared: str, verdict: Verdict, client: httpx.Client) -> None:
    with playing(client, lambda request: reply(403), picks={"claimed_by_other": declared}) as (made, _):
        assert made.play(row(expect=BY_PICK)).verdict is verdict


def test_the_result_tells_what_is_judged_before_what_is_not(client: httpx.Client) -> None:
    with playing(client, lambda request: reply(500)) as (made, _):
        result = made.play(row(expect={"public": {"status": 403}, "status": "refused"}))
    assert result.verdict is Verdict.FAIL
    assert result.expected == "status refused"


# ---------------------------------------------------------------------------------------------------- rows without a verdict


def test_a_step_before_the_request_that_is_refused_is_an_error_with_the_answer(client: httpx.Client) -> None:
    with playing(client, lambda request: reply(503, UNAVAILABLE)) as (made, running):
        result = made.play(row(given=[CLAIM, CLAIM]))
    assert result.verdict is Verdict.ERROR
    assert result.reason == 'given 1 (register as user) was answered 503: {"errors": [{"detail": "Down for the night."}]}'
    assert len(running.seen) == 1


@pytest.mark.parametrize("status", [301, 404])
def test_only_a_success_lets_a_row_go_on(status: int, client: httpx.Client) -> None:
    with playing(client, lambda request: reply(status, None, Location="/elsewhere")) as (made, _):
        assert made.play(row(given=[CLAIM])).verdict is Verdict.ERROR


@pytest.mark.parametrize("body", [{}, [], "text", None, {"resourceId": {}}, b"not json"])
def test_a_value_to_keep_that_is_not_there_is_an_error_with_the_answer(body: Any, client: httpx.Client) -> None:
    answer = Reply(201, body) if isinstance(body, bytes) else reply(201, body)
    case = row(call=None, send={"method": "GET", "path": "/"}, keep={"id": "/resourceId/id"}, then=[{**CLAIM, "expect": {"status": 201}}])
    with playing(client, lambda request: answer) as (made, running):
        result = made.play(case)
    assert result.verdict is Verdict.ERROR
    assert result.reason.startswith("the request: nothing at /resourceId/id of the answer 201")
    assert len(running.seen) == 1


def test_a_wrong_answer_is_the_verdict_though_the_value_to_keep_is_missing(client: httpx.Client) -> None:
    with playing(client, lambda request: reply(404, UNAVAILABLE)) as (made, running):
        result = made.play(row(keep={"id": "/resourceId"}, then=[{**CLAIM, "expect": {"status": 409}}]))
    assert result.verdict is Verdict.FAIL
    assert result.expected == "status 201"
    assert len(running.seen) == 1


def test_a_connection_that_is_refused_is_an_error(client: httpx.Client) -> None:
    with socket.socket() as taken:
        # Bound and not listening: connections to it are refused, and nobody else can have the port.
        taken.bind(("127.0.0.1", 0))
        target = Target(f"http://127.0.0.1:{taken.getsockname()[1]}", {"connhex": connhex_table()}, mode=Mode.FIXTURES)
        result = Player(target, client).play(row())
    assert result.verdict is Verdict.ERROR
    assert result.reason.startswith("no answer: ConnectError")


def test_a_principal_that_nothing_binds_is_an_error_that_names_it(client: httpx.Client) -> None:
    with playing(client, created) as (made, running):
        result = made.play(row(**{"as": "other_user"}))
    assert result.verdict is Verdict.ERROR
    assert "'other_user'" in result.reason
    assert running.seen == []


def test_a_variable_that_nothing_binds_is_an_error_that_names_it(client: httpx.Client) -> None:
    with playing(client, created) as (made, running):
        result = made.play(row(**{"with": {"body": {"deviceId": "$other_device.id"}}}))
    assert result.verdict is Verdict.ERROR
    assert "$other_device.id" in result.reason
    assert running.seen == []


HOSTILE = {
    "a body that is not the gzip it says": Reply(201, b"no gzip", headers={"Content-Encoding": "gzip"}),
    "a body of gzip": Reply(201, gzip.compress(b"{"), headers={"Content-Encoding": "gzip"}),
    "a body nested too deep": Reply(201, b"[" * 200_000),
    "a number too long": Reply(201, b'{"resourceId": ' + b"9" * 5000 + b"}"),
    "a body that is no UTF-8": Reply(201, b'{"resourceId": "\xff\xfe"}'),
    "a lone surrogate": Reply(201, b'{"resourceId": "\\ud800"}'),
    "a half of a regular expression": reply(201, {"resourceId": "("}),
    "a number": reply(201, {"resourceId": 7}),
    "a list": reply(201, {"resourceId": [1]}),
    "a charset that there is not": Reply(201, b"{}", "application/json; charset=klingon"),
    "a redirect without a place": Reply(302, b""),
    "a redirect to nowhere": Reply(302, b"", headers={"Location": "http://[::1"}),
    "markup": Reply(201, b"[/bold][red]"),
}


@pytest.mark.parametrize("fault", HOSTILE)
def test_nothing_that_a_server_answers_is_raised(fault: str, client: httpx.Client) -> None:
    probes = {"policies": {"url": "URL", "at": ""}}
    case = row(
        keep={"id": "/resourceId"},
        then=[
            {"as": "user", "send": {"method": "GET", "path": "/ownerships/$id"}, "expect": {"status": "success", "body": {"const": "$id"}}},
            {**CLAIM, "with": {"body": {"deviceId": "$id"}}, "expect": {"status": "success"}},
            {"probe": "policies", "body": {"properties": {"resourceId": {"type": "string", "pattern": "$id$"}}}},
        ],
    )
    with stub(lambda request: HOSTILE[fault]) as running:
        probes["policies"]["url"] = f"{running.url}/policies"
        result = player(running, client, probes=probes).play(case)
    assert result.verdict in (Verdict.PASS, Verdict.FAIL, Verdict.ERROR)


# ---------------------------------------------------------------------------------------------------- what a target cannot show


def test_without_a_control_api_each_row_draws_a_fresh_device_of_the_list(client: httpx.Client) -> None:
    with playing(client, created) as (made, running):
        results = [made.play(row()) for _ in range(4)]
    assert [request.json()["deviceId"] for request in running.seen] == ["D-1", "D-2", "D-3"]
    assert [result.verdict for result in results] == [Verdict.PASS] * 3 + [Verdict.SKIPPED]
    assert results[3].reason == "no fresh enabled device is left among the 3 that the target lists"


def test_two_runs_that_share_a_list_do_not_draw_the_same_device(client: httpx.Client) -> None:
    with stub(created) as running:
        target = Target(running.url, {"connhex": connhex_table()}, mode=Mode.FIXTURES)
        for share in ((0, 2), (1, 2)):
            made = Player(target, client, share=share)
            while made.play(row()).verdict is not Verdict.SKIPPED and len(running.seen) < 9:
                pass
    assert sorted(request.json()["deviceId"] for request in running.seen) == ["D-1", "D-2", "D-3"]


def test_a_row_that_the_target_cannot_provide_for_is_skipped_with_the_reason(client: httpx.Client) -> None:
    with playing(client, created) as (made, running):
        result = made.play(row(needs={"user": "denied", "device": "enabled"}))
    assert (result.verdict, result.reason) == (Verdict.SKIPPED, "the target lists no user whose permission is denied")
    assert running.seen == []


def test_a_row_of_a_vendor_that_the_target_has_not_is_skipped(client: httpx.Client) -> None:
    with playing(client, created) as (made, running):
        result = made.play(kii_row())
    assert (result.verdict, result.reason) == (Verdict.SKIPPED, "the target has no table for kii")
    assert running.seen == []


NEEDS_SETTINGS = {"user": "allowed", "device": "enabled", "settings": {"association": "one_to_many"}}


@pytest.mark.parametrize(
    ("picks", "reason"),
    [
        (None, "the target declares nothing"),
        ({"protection": "standard"}, "the target declares nothing"),
        ({"association": "one_to_one"}, "the target declares one_to_one"),
    ],
)
def test_a_row_that_needs_another_setting_is_skipped_with_the_reason(picks: dict[str, Any] | None, reason: str, client: httpx.Client) -> None:
    with playing(client, created, picks=picks) as (made, running):
        result = made.play(row(needs=NEEDS_SETTINGS))
        assert result.verdict is Verdict.SKIPPED
        assert result.reason == f"the row needs association = one_to_many, and {reason}"
        made.play(row())
    # Nothing was sent and nothing used up for it.
    assert [request.json()["deviceId"] for request in running.seen] == ["D-1"]


def test_a_row_that_needs_the_setting_that_the_target_declares_is_played(client: httpx.Client) -> None:
    with playing(client, created, picks={"association": "one_to_many"}) as (made, _):
        assert made.play(row(needs=NEEDS_SETTINGS)).verdict is Verdict.PASS


SEEN_BY_PROBE = {"keep": {"id": "/resourceId"}, "then": [{"probe": "resources", "body": {"contains": {"properties": {"id": {"const": "$id"}}}}}]}


def test_what_only_a_probe_can_show_is_not_observable_without_one_and_nothing_is_sent(client: httpx.Client) -> None:
    with playing(client, created) as (made, running):
        result = made.play(row(**SEEN_BY_PROBE))
    assert result.verdict is Verdict.NOT_OBSERVABLE
    assert result.reason == "the target names no probe 'resources'"
    assert running.seen == []


def test_a_row_that_is_not_begun_uses_no_device_up(client: httpx.Client) -> None:
    with playing(client, created) as (made, running):
        for _ in range(3):
            made.play(row(**SEEN_BY_PROBE))
        assert made.play(row()).verdict is Verdict.PASS
    assert [request.json()["deviceId"] for request in running.seen] == ["D-1"]


@pytest.mark.parametrize(
    ("resources", "verdict"),
    [([{"id": CREATED["resourceId"]}], Verdict.PASS), ([{"id": "another"}], Verdict.FAIL), ([], Verdict.FAIL)],
)
def test_a_probe_is_judged_by_what_it_shows(resources: list[dict[str, Any]], verdict: Verdict, client: httpx.Client) -> None:
    with stub(lambda request: reply(200, {"state": {"all": resources}}) if request.method == "GET" else reply(201, CREATED)) as running:
        probes = {"resources": {"url": f"{running.url}/look", "at": "/state/all"}}
        result = player(running, client, probes=probes).play(row(**SEEN_BY_PROBE))
    assert result.verdict is verdict
    assert [request.path for request in running.seen] == ["/ownerships", "/look"]


def test_a_probe_may_show_null(client: httpx.Client) -> None:
    with stub(lambda request: reply(200, {"last": None}) if request.method == "GET" else reply(201, CREATED)) as running:
        case = row(then=[{"probe": "last", "body": {"type": "null"}}])
        result = player(running, client, probes={"last": {"url": running.url, "at": "/last"}}).play(case)
    assert result.verdict is Verdict.PASS


@pytest.mark.parametrize("shown", [reply(200, {}), reply(404), Reply(200, b"<html>")])
def test_a_probe_that_shows_nothing_is_an_error(shown: Reply, client: httpx.Client) -> None:
    with stub(lambda request: shown if request.method == "GET" else reply(201, CREATED)) as running:
        result = player(running, client, probes={"resources": {"url": f"{running.url}/look", "at": "/state/all"}}).play(row(**SEEN_BY_PROBE))
    assert result.verdict is Verdict.ERROR
    assert "probe resources: nothing at /state/all" in result.reason


# ---------------------------------------------------------------------------------------------------- the trace


def test_the_trace_tells_the_steps_by_principal(client: httpx.Client) -> None:
    with playing(client, created) as (made, _):
        result = made.play(row(given=[{"as": "nobody", "send": {"method": "GET", "path": "/x"}}], **{"as": "user_by_both"}))
    assert result.trace == (
        f"GET /x as nobody -> 201 {json.dumps(CREATED)}",
        f"POST /ownerships as user_by_both {json.dumps({'deviceId': 'D-1'})} -> 201 {json.dumps(CREATED)}",
    )


@pytest.mark.parametrize("principal", ["user", "user_by_cookie", "user_by_both", "conflicting"])
def test_a_result_holds_no_token_and_no_cookie(principal: str, client: httpx.Client) -> None:
    case = row(needs={"user": "allowed", "other_user": "allowed", "device": "enabled"}, **{"as": principal})
    with playing(client, lambda request: reply(500)) as (made, _):
        result = made.play(case)
    assert result.verdict is Verdict.FAIL
    assert f"as {principal} " in result.trace[0]
    assert "secret" not in str(result.as_json())


def test_a_result_holds_no_token_that_the_server_sends_back(client: httpx.Client) -> None:
    with playing(client, lambda request: reply(403, {"errors": [{"detail": f"no right: {request.headers['authorization']}"}]})) as (made, _):
        result = made.play(row())
    assert TOKEN not in str(result.as_json())


def test_an_error_holds_no_token_that_the_server_sends_back(client: httpx.Client) -> None:
    with playing(client, lambda request: reply(403, {"errors": [{"detail": f"no right: {request.headers['authorization']}"}]})) as (made, _):
        result = made.play(row(given=[CLAIM]))
    assert result.verdict is Verdict.ERROR
    assert TOKEN not in str(result.as_json())


def test_a_result_holds_no_password_of_a_thing(client: httpx.Client) -> None:
    case = kii_row(clause="kii-post.204", call="addOwner", **{"with": {"body": {"userID": "u", "thingPassword": "$thing.password"}}})
    with stub(lambda request: reply(500)) as running:
        result = Player(Target(running.url, {"kii": {"apps": [kii_app()]}}, mode=Mode.FIXTURES), client).play(case)
    assert running.seen[0].json()["thingPassword"] == "Secret-1"
    assert "Secret-1" not in str(result.as_json())


# ---------------------------------------------------------------------------------------------------- with a control API


def controlled(mock: Running) -> Target:
    """The shared mock as a target with a control API; what its own table lists is not to be used."""
    return Target(mock.url, {vendor: {} for vendor in specs.vendors()}, f"{mock.url}/_mock/api", mode=Mode.WORLDS)


def worlds(mock: Running) -> list[str]:
    found: list[str] = httpx.get(f"{mock.url}/_mock/api/worlds", trust_env=False).json()["worlds"]
    return found


def test_with_a_control_api_each_row_has_a_world_of_its_own_and_leaves_none(mock: Running, client: httpx.Client) -> None:
    before = worlds(mock)
    made = Player(controlled(mock), client)
    results = [made.play(row()) for _ in range(6)]
    # The scenario has fewer devices: each row was the first of its world.
    assert {result.verdict for result in results} == {Verdict.PASS}
    assert len({re.sub(r'.*"deviceId": ?"([^"]+)".*', r"\1", result.trace[0]) for result in results}) == 1
    assert worlds(mock) == before


def test_a_row_that_ends_in_an_error_leaves_no_world(mock: Running, client: httpx.Client) -> None:
    before = worlds(mock)
    assert Player(controlled(mock), client).play(row(**{"as": "stranger"})).verdict is Verdict.ERROR
    assert worlds(mock) == before


@pytest.mark.parametrize(("association", "status"), [("one_to_one", 409), ("one_to_many", 201)])
def test_with_a_control_api_a_row_gets_the_settings_that_it_needs(association: str, status: int, mock: Running, client: httpx.Client) -> None:
    needs = {"user": "allowed", "other_user": "allowed", "device": "enabled", "settings": {"association": association}}
    case = row(needs=needs, given=[CLAIM], expect={"status": status}, **{"as": "other_user"})
    assert Player(controlled(mock), client).play(case).verdict is Verdict.PASS


def test_with_a_control_api_probes_are_there(mock: Running, client: httpx.Client) -> None:
    assert Player(controlled(mock), client).play(row(**SEEN_BY_PROBE)).verdict is Verdict.PASS


@pytest.mark.parametrize(
    "answer",
    [
        reply(507, {"title": "No more worlds", "status": 507}),
        reply(201, {"name": "w"}),
        Reply(201, b"<html>"),
        reply(201, {"base_url": "http://x"}),
        reply(201, []),
    ],
)
def test_a_control_api_that_makes_no_world_is_told_as_such(answer: Reply, client: httpx.Client) -> None:
    with stub(lambda request: answer) as running:
        made = Player(Target(running.url, {"connhex": {}}, f"{running.url}/_mock/api", mode=Mode.WORLDS), client)
        result = made.play(row())
    assert result.verdict is Verdict.ERROR
    assert "world" in result.reason


def test_a_world_is_played_below_the_targets_own_url(mock: Running, client: httpx.Client) -> None:
    with stub(created) as proxy:
        made = Player(Target(proxy.url, {"connhex": {}}, f"{mock.url}/_mock/api", mode=Mode.WORLDS), client)
        assert made.play(row()).verdict is Verdict.PASS
    (request,) = proxy.seen
    assert re.fullmatch(r"/worlds/[A-Za-z0-9_.-]+/ownerships", request.path)


def test_a_world_parses_as_the_table_that_a_row_is_played_with(mock: Running) -> None:
    made = mock.world()
    name = made.pop("name")
    httpx.delete(f"{mock.url}/_mock/api/worlds/{name}", trust_env=False)
    assert set(parse(made, "world").tables) == set(specs.vendors())


@pytest.mark.parametrize(("form", "sent_on"), [("cut", "r-Ab"), ("other_case", "R-aB1")])
def test_a_form_of_a_value_can_be_kept(form: str, sent_on: str, client: httpx.Client) -> None:
    case = row(
        keep={"close": {"at": "/resourceId", "form": form}},
        then=[{**CLAIM, "with": {"body": {"deviceId": "$close"}}, "expect": {"status": 201}}],
    )
    with playing(client, lambda _: reply(201, {**CREATED, "resourceId": "r-Ab1"})) as (made, running):
        made.play(case)
    assert running.seen[1].json() == {"deviceId": sent_on}


def test_a_row_is_skipped_where_the_form_is_the_value_itself(client: httpx.Client) -> None:
    case = row(keep={"close": {"at": "/resourceId", "form": "other_case"}}, then=[{**CLAIM, "expect": {"status": 201}}])
    with playing(client, lambda _: reply(201, {**CREATED, "resourceId": "12345"})) as (made, running):
        result = made.play(case)
    assert (result.verdict, len(running.seen)) == ("skipped", 1)
