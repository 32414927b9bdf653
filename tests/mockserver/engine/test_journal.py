"""The journal: selected from, cleared, shown without its secrets, verified, and kept within its bounds."""

from __future__ import annotations

import base64
import json
import sys
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ownership_contracts.mockserver.engine.columns import columns
from ownership_contracts.mockserver.engine.journal.entries import Entry, Happening, Message, message
from ownership_contracts.mockserver.engine.journal.journal import KEPT, Journal
from ownership_contracts.mockserver.engine.journal.shown import full, told
from ownership_contracts.mockserver.engine.journal.verify import VerifyError, verify
from ownership_contracts.mockserver.engine.vendor import Secrets

from tests.mockserver.in_process import in_process
from tests.mockserver.kii.apps import CONFIRM, bearer

SECRETS = {"toy": Secrets(frozenset({"authorization", "cookie", "set-cookie", "x-key"}), frozenset({"code", "thingPassword"}))}


def sent(body: Any = None, **headers: str) -> Message:
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return message([(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()], content)


def noted(journal: Journal, **facts: Any) -> Entry:
    """Note a request to which most is the same."""
    usual = {"at": float(journal.count), "vendor": "toy", "method": "GET", "path": "/lockers/1", "operation": "readLocker", "principal": "ann"}
    return journal.add(**{**usual, "status": 200, "decided": "toy-read.200", "request": sent(), "answer": sent(), **facts})


def story() -> Journal:
    """Five requests and two happenings; the numbers of the requests are 1, 2, 4, 5 and 7."""
    journal = Journal()
    noted(journal)
    noted(journal, principal=None, status=401, decided="toy-read.401")
    journal.tell(at=2.0, by="control", state="start", event="toy.locker_breaks", arguments={"locker": "1"})
    noted(
        journal,
        operation="openLocker",
        decided="toy-open.204",
        request=sent({"code": "1234", "way": "left"}),
        parameters={"locker": "1"},
        query_string=b"a=1&b=x%20y",
    )
    noted(journal, operation="openLocker", status=0, decided="script", line="drop", parameters={"locker": "2"})
    journal.tell(at=5.0, by="night", state="dark")
    noted(journal, vendor="other", operation=None, principal=None, status=404, decided="protocol")
    return journal


FILTERS: dict[str, tuple[dict[str, Any], list[int]]] = {
    "nothing": ({}, [1, 2, 4, 5, 7]),
    "vendor": ({"vendor": "other"}, [7]),
    "operation": ({"operation": "open*"}, [4, 5]),
    "operations": ({"operation": ["openLocker", "readLocker"]}, [1, 2, 4, 5]),
    "status": ({"status": 401}, [2]),
    "no-answer": ({"status": 0}, [5]),
    "principal": ({"principal": "a*"}, [1, 4, 5]),
    "nobody": ({"principal": None}, [2, 7]),
    "line": ({"line": "drop"}, [5]),
    "clause": ({"clause": "toy-read.*"}, [1, 2]),
    "path": ({"path": {"locker": "1"}}, [4]),
    "query": ({"query": {"b": "x y"}}, [4]),
    "body": ({"body": {"way": "left"}}, [4]),
    "since": ({"since": 4.0}, [5, 7]),
    "until": ({"until": 1.0}, [1, 2]),
    "last": ({"last": 2}, [5, 7]),
    "none-of-the-last": ({"last": 0}, []),
    "the-last-that-fits": ({"vendor": "toy", "last": 1}, [5]),
    "all-together": ({"vendor": "toy", "operation": "openLocker", "principal": "ann", "since": 3.0, "until": 3.0, "status": 200}, [4]),
}


@pytest.mark.parametrize(("filters", "numbers"), FILTERS.values(), ids=FILTERS)
def test_the_entries_are_selected_that_fit_every_filter(filters: dict[str, Any], numbers: list[int]) -> None:
    assert [entry.number for entry in story().selected(filters)] == numbers


@pytest.mark.parametrize(("filters", "numbers"), FILTERS.values(), ids=FILTERS)
def test_what_is_selected_is_what_is_cleared_and_numbers_go_on(filters: dict[str, Any], numbers: list[int]) -> None:
    journal = story()
    journal.clear(filters)
    assert [entry.number for entry in journal.entries] == [number for number in (1, 2, 4, 5, 7) if number not in numbers]
    assert (noted(journal).number, journal.entries.maxlen) == (8, KEPT)


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [({}, [3, 6]), ({"since": 3.0}, [6]), ({"line": "night"}, [6]), ({"vendor": "toy"}, [3]), ({"last": 1}, [6]), ({"status": 200}, [])],
)
def test_happenings_are_selected_by_what_they_have(filters: dict[str, Any], numbers: list[int]) -> None:
    journal = story()
    assert [row.number for row in journal.happened(filters)] == numbers
    journal.clear(filters)
    assert [row.number for row in journal.happenings] == [number for number in (3, 6) if number not in numbers]


@pytest.mark.parametrize("use", [Journal.selected, Journal.clear, verify])
def test_a_filter_that_there_is_not_is_refused_and_clears_nothing(use: Any) -> None:
    journal = story()
    with pytest.raises(ValueError, match="no filter 'operatoin'; there is vendor, operation"):
        use(journal, {"operatoin": "x"})
    assert len(journal.entries) == 5


# ---------------------------------------------------------------------------------------------------- forgotten


def overflowing() -> Journal:
    """A journal that has dropped three requests: at 0 and 1 of readLocker, at 2 of openLocker."""
    journal = Journal()
    for operation in ("readLocker", "readLocker", "openLocker", *["polled"] * KEPT):
        noted(journal, operation=operation)
    return journal


@pytest.mark.parametrize(
    ("filters", "forgotten"),
    [
        ({}, 3),
        ({"operation": "read*"}, 2),
        ({"operation": "openLocker", "principal": "bob"}, 1),
        ({"operation": "polled"}, 0),
        ({"vendor": "other"}, 0),
        ({"status": 404}, 0),
        ({"since": 1.5}, 1),
        ({"until": 1.5}, 2),
        ({"since": 3.0}, 0),
    ],
)
def test_of_what_was_dropped_it_is_known_what_could_matter(filters: dict[str, Any], forgotten: int) -> None:
    assert overflowing().forgotten_of(filters) == forgotten


@pytest.mark.parametrize(
    ("filters", "forgotten"), [({}, 0), ({"operation": "read*"}, 1), ({"principal": "ann"}, 3), ({"since": 0.0}, 3), ({"last": 999}, 3)]
)
def test_clearing_forgets_what_was_dropped_only_where_all_of_it_is_meant(filters: dict[str, Any], forgotten: int) -> None:
    journal = overflowing()
    journal.clear(filters)
    assert journal.forgotten == forgotten


# ---------------------------------------------------------------------------------------------------- verified


@pytest.mark.parametrize("bounds", [{}, {"at_least": 2}, {"at_most": 2}, {"exactly": 2}, {"at_least": 1, "at_most": 3}, {"at_least": 0}])
def test_what_came_as_often_as_wanted_is_counted(bounds: dict[str, int]) -> None:
    assert verify(story(), {"operation": "openLocker"}, **bounds) == 2


@pytest.mark.parametrize("bounds", [{"at_least": 3}, {"at_most": 1}, {"exactly": 1}, {"exactly": 3}, {"exactly": 0}])
def test_what_came_more_or_less_often_is_told(bounds: dict[str, int]) -> None:
    with pytest.raises(VerifyError, match=f"{next(iter(bounds)).replace('_', ' ')} {next(iter(bounds.values()))} .*openLocker; 2 came") as caught:
        verify(story(), {"operation": "openLocker"}, **bounds)
    assert caught.value.count == 2


def test_too_few_are_told_with_what_comes_nearest() -> None:
    with pytest.raises(VerifyError) as caught:
        verify(story(), {"operation": "openLocker", "principal": "bob", "path": {"locker": "1"}})
    asked, *lines = str(caught.value).splitlines()
    assert asked == 'at least 1 should have come with operation openLocker, principal bob, path {"locker": "1"}; none came. The nearest of what came:'
    assert lines[0] == "#4 toy openLocker: GET /lockers/1 -> 200 to ann (another principal)"
    assert lines[1] == "#5 toy openLocker: GET /lockers/1 -> no answer to ann (another principal, path)"
    assert len(lines) == 5


def test_too_many_are_told_one_by_one() -> None:
    with pytest.raises(VerifyError) as caught:
        verify(overflowing(), {"operation": "polled"}, at_most=0)
    assert str(caught.value).splitlines()[1] == "#503 toy polled: GET /lockers/1 -> 200 to ann"
    assert str(caught.value).endswith(f"… and {KEPT - 5} more")


def test_an_empty_journal_says_so() -> None:
    with pytest.raises(VerifyError, match=r"none came\. Nothing came at all\."):
        verify(Journal(), {})


def test_where_what_was_dropped_could_matter_it_cannot_be_told() -> None:
    journal = overflowing()
    noted(journal, operation="openLocker")
    assert verify(journal, {"operation": "openLocker"}, at_least=1) == 1
    assert verify(journal, {"operation": "openLocker"}, at_most=2) == 1
    for bounds in ({"at_least": 2}, {"at_most": 1}, {"exactly": 1}, {"exactly": 2}):
        with pytest.raises(VerifyError, match="of 1 more it is no longer known whether they fit"):
            verify(journal, {"operation": "openLocker"}, **bounds)
    with pytest.raises(VerifyError, match=r"; 1 came\. "):
        verify(journal, {"operation": "openLocker"}, at_least=3)


def test_of_a_body_that_is_not_kept_whole_it_cannot_be_told_what_is_in_it() -> None:
    journal = Journal()
    noted(journal, request=sent({"way": "left", "more": "x" * 10_000}))
    assert verify(journal, {"operation": "readLocker"}, exactly=1) == 1
    for bounds in ({"at_least": 1}, {"at_most": 0}):
        with pytest.raises(VerifyError, match="of 1 more"):
            verify(journal, {"body": {"way": "left"}}, **bounds)


# ---------------------------------------------------------------------------------------------------- masked

SECRET = "s3cret/value+1"
BASIC = base64.b64encode(f"app:{SECRET}".encode()).decode()
PLACES: dict[str, tuple[dict[str, Any], str]] = {
    "bearer": ({"request": sent(authorization=f"Bearer {SECRET}")}, '"authorization": "Bearer ***"'),
    "a-token-without-scheme": ({"request": sent(authorization=SECRET)}, '"authorization": "***"'),
    "basic": ({"request": sent(authorization=f"Basic {BASIC}")}, '"authorization": "Basic ***"'),
    "basic-whose-key-is-told-again": ({"request": sent({"key": SECRET}, authorization=f"basic {BASIC}")}, '"body": {"key": "***"}'),
    "cookie": ({"request": sent(cookie=f"lang=; chx={SECRET}")}, '"cookie": "lang=; chx=***"'),
    "set-cookie": ({"answer": sent(set_cookie=f"chx={SECRET}; Path=/; HttpOnly")}, '"set-cookie": "chx=***; Path=/; HttpOnly"'),
    "header": ({"request": sent(x_key=SECRET)}, '"x-key": "***"'),
    "field": ({"request": sent({"code": SECRET, "way": "left"})}, '{"code": "***", "way": "left"}'),
    "field-in-another-case": ({"request": sent({"thingpassword": SECRET})}, '{"thingpassword": "***"}'),
    "field-deep-down": ({"answer": sent({"rows": [{"a": {"code": SECRET}}]})}, '{"rows": [{"a": {"code": "***"}}]}'),
    "field-of-several": ({"request": sent({"code": [SECRET, {"a": SECRET}]})}, '{"code": "***"}'),
    "query": ({"query_string": f"code={quote(SECRET, safe='')}&a=b".encode()}, '"query": {"code": "***", "a": "b"}'),
    "query-told-twice": ({"query_string": f"code={quote(SECRET)}&code=&b={quote(SECRET)}".encode()}, '{"code": "", "b": "***"}'),
    "parameter": ({"parameters": {"code": SECRET}, "path": f"/lockers/{SECRET}"}, '"path": "/lockers/***"'),
    "path": ({"request": sent({"code": SECRET}), "path": f"/a/{SECRET}/b"}, '"path": "/a/***/b"'),
    "complaint": ({"request": sent({"code": SECRET}), "complaint": f"not {SECRET!r}"}, "not '***'"),
    "principal": ({"request": sent({"code": SECRET}), "principal": f"by {SECRET}"}, '"by ***"'),
    "message": ({"request": sent(x_key=SECRET), "answer": sent({"message": f"No {SECRET}."})}, '{"message": "No ***."}'),
    "name-of-a-field": ({"request": sent({"code": SECRET, SECRET: 1})}, '"***": 1'),
    "answer-then-request": ({"answer": sent({"code": SECRET}), "request": sent({"a": SECRET})}, '"body": {"a": "***"}'),
    "url": ({"answer": sent(location=f"/x?a=b&code={quote(SECRET, safe='')}#c")}, '"/x?a=b&code=***#c"'),
    "url-in-a-body": ({"answer": sent({"to": f"http://h/?code={quote(SECRET, safe='')}", "t": SECRET})}, '{"to": "http://h/?code=***", "t": "***"}'),
    "broken-off": ({"request": sent(b'{"code": "%s", "way": ' % SECRET.encode()), "answer": sent({"no": SECRET})}, '{"no": "***"}'),
    "form": ({"request": sent(f"code={quote(SECRET)}".encode()), "answer": sent({"no": SECRET})}, '{"no": "***"}'),
}


@pytest.mark.parametrize(("facts", "shown"), PLACES.values(), ids=PLACES)
def test_a_secret_is_masked_where_it_stands_and_everywhere_else(facts: dict[str, Any], shown: str) -> None:
    entry = noted(Journal(), **facts)
    masked, bare = json.dumps(full(entry, SECRETS)), json.dumps(full(entry, None))
    spelled = (SECRET, BASIC, quote(SECRET), quote(SECRET, safe=""))
    assert not [text for text in spelled if text in masked]
    assert [text for text in spelled if text in bare]
    assert shown in masked


def test_a_secret_that_begins_as_another_is_masked_whole_and_one_in_a_url_however_it_is_escaped() -> None:
    told_twice = {"code": ["abcd", "abcdefg", "two words/1"], "message": "abcdefg abcd", "plus": "/a?b=two+words%2F1", "percent": "/two%20words%2F1"}
    shown = full(noted(Journal(), request=sent(told_twice)), SECRETS)["request"]["body"]
    assert shown == {"code": "***", "message": "*** ***", "plus": "/a?b=***", "percent": "/***"}


def test_numbers_are_secrets_too_and_what_is_null_is_none() -> None:
    shown = full(noted(Journal(), request=sent({"code": 12345, "again": [12345, 123456, True], "deep": {"code": None}})), SECRETS)
    assert shown["request"]["body"] == {"code": "***", "again": ["***", 123456, True], "deep": {"code": None}}


def test_a_short_secret_is_masked_where_it_stands_and_not_in_every_word() -> None:
    shown = full(noted(Journal(), request=sent({"code": "loc", "way": "lock"})), SECRETS)
    assert (shown["request"]["body"], shown["path"]) == ({"code": "***", "way": "lock"}, "/lockers/1")


@pytest.mark.parametrize("word", ["request", "headers", "body", "size", "path", "content-type", "1000"])
def test_a_secret_that_is_a_word_of_the_journals_own_spoils_no_entry(word: str) -> None:
    entry = noted(Journal(), request=sent({"code": word, "pad": "x" * 999}, content_type="application/json"))
    masked, bare = full(entry, SECRETS), full(entry, None)
    assert (masked.keys(), masked["request"].keys()) == (bare.keys(), bare["request"].keys())
    assert masked["request"]["headers"] == bare["request"]["headers"]
    assert masked["request"]["size"] == bare["request"]["size"] == entry.request.size


def test_a_body_that_is_no_json_is_shown_by_its_size_unless_secrets_are_asked_for() -> None:
    entry = noted(Journal(), request=sent(b"\xffplain", content_type="text/plain"), answer=sent({"a": "x" * 10_000}))
    shown, bare = full(entry, SECRETS), full(entry, None)
    assert (shown["request"]["body"], shown["request"]["size"]) == (None, 6)
    assert (shown["answer"]["body"], shown["answer"]["size"]) == (None, 10_009)
    assert bare["request"]["body"] == "�plain"
    assert bare["answer"]["body"].startswith('{"a": "xxx')
    assert full(noted(Journal()), None)["request"] == {"headers": {}, "body": None, "size": 0}


def test_an_entry_is_shown_in_full() -> None:
    entry = noted(Journal(), query_string=b"a=1", parameters={"locker": "1"}, happened=("toy.x",), line="l", off_contract="odd", request=sent({}))
    shown = full(entry, SECRETS)
    assert shown == full(entry, None)
    assert shown == {
        "number": 1,
        "at": 0.0,
        "vendor": "toy",
        "method": "GET",
        "path": "/lockers/1",
        "operation": "readLocker",
        "principal": "ann",
        "status": 200,
        "decided": "toy-read.200",
        "complaint": None,
        "off_contract": "odd",
        "line": "l",
        "happened": ["toy.x"],
        "sent": "whole",
        "seconds": 0.0,
        "parameters": {"locker": "1"},
        "query": {"a": "1"},
        "request": {"headers": {}, "body": {}, "size": 2},
        "answer": {"headers": {}, "body": None, "size": 0},
    }


def test_what_happened_is_shown_without_its_secrets() -> None:
    row = Happening(3, 1.0, "night", "dark", "toy.code_set", {"code": SECRET, "to": "ann"}, f"there is no {SECRET}")
    assert told(row, SECRETS) == {**vars(row), "arguments": {"code": "***", "to": "ann"}, "complaint": "there is no ***"}
    assert told(row, None) == vars(row)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("abc ", max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=8,
)
NASTY = st.text("$\\\"'&=%+?#/ é\n.(", min_size=4, max_size=8)


@given(PLAIN, PLAIN, NASTY, st.booleans())
def test_a_secret_of_any_signs_stands_nowhere(one: Any, other: Any, secret: str, in_answer: bool) -> None:
    holding = sent({"a": one, "deep": [other, {"code": secret}]})
    echoing = sent({"message": f"It is {secret}!", "in": [one, secret], secret: other})
    messages = {"request": echoing, "answer": holding} if in_answer else {"request": holding, "answer": echoing}
    entry = noted(Journal(), **messages, path=f"/x/{secret}", query_string=f"q={quote(secret)}".encode())

    def texts(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [*value, *(text for part in value.values() for text in texts(part))]
        return [text for part in value for text in texts(part)] if isinstance(value, list) else [value] if isinstance(value, str) else []

    assert not [text for text in texts(full(entry, SECRETS)) if secret in text]


def test_what_the_vendors_call_secret_is_masked_in_what_real_requests_leave() -> None:
    server = in_process()
    secrets = {vendor.name: vendor.secrets for vendor in columns()}
    app, people = server.target("kii")["apps"][0], server.target("connhex")["users"]
    thing, user = app["things"][0], app["users"][0]
    path = f"/api/apps/{app['id']}/things/{thing['id']}/ownership"
    started = server.send("POST", f"{path}/request/user:{user['id']}", headers=bearer(thing)).json()["code"]
    server.send("POST", f"{path}/confirm", headers={**bearer(user), "Content-Type": CONFIRM}, json={"code": started})
    key = base64.b64encode(f"{app['id']}:{app['key']}".encode()).decode()
    server.send("POST", path, headers={"Authorization": f"Basic {key}"}, json={"thingPassword": thing["password"]})
    server.send("POST", path, headers={"X-Kii-AppID": app["id"], "X-Kii-AppKey": app["key"]}, json={"thingPassword": thing["password"]})
    log_in = {"username": user["login"], "password": user["password"]}
    server.send("POST", f"/api/apps/{app['id']}/oauth2/token", headers={"Authorization": f"Basic {key}"}, json=log_in)
    ada = next(person for person in people if "password" in person)
    server.send("POST", "/ownerships", headers={"Cookie": f"chx_auth_session={ada['cookie']}"}, json={"deviceId": "none"})
    server.send("GET", "/auth/sessions/whoami", headers={"X-Session-Token": ada["token"]})
    flow = server.send("GET", "/auth/self-service/login/api").json()["id"]
    login = {"identifier": ada["identifier"], "password": ada["password"], "method": "password"}
    session = server.send("POST", f"/auth/self-service/login?flow={flow}", json=login).json()["session_token"]
    entries = server.worlds.get("default").journal.entries
    masked, bare = (json.dumps([full(entry, shown) for entry in entries]) for shown in (secrets, None))
    given = [user["token"], thing["token"], started, app["key"], key, thing["password"], user["password"]]
    for secret in (*given, ada["cookie"], ada["token"], ada["password"], session):
        assert secret in bare
        assert secret not in masked


# ---------------------------------------------------------------------------------------------------- bounds


def test_an_entry_is_kept_in_16_kib_however_much_was_sent() -> None:
    server = in_process()
    headers = {**{f"x-{number}": "v" * 300 for number in range(150)}, "Authorization": "Bearer " + "t" * 3000}
    server.send("POST", f"/api/apps/{'a' * 7000}/things/x/ownership?q={'q' * 1000}", headers=headers, content=b"x" * 1_000_000)
    entry = server.last
    parts = [entry.path, entry.query_string, *entry.parameters.values(), entry.complaint or ""]
    messages = [part for kept in (entry.request, entry.answer) for part in (kept.head, kept.body)]
    kept = sum(sys.getsizeof(part) for part in [*parts, *messages, entry, entry.request, entry.answer])
    assert kept <= 16 * 1024
    assert entry.request.size == 1_000_000


def test_of_a_long_head_the_first_whole_fields_are_kept() -> None:
    kept = message([(b"a", b"1"), (b"b", b"x" * 4000), (b"c", b"x" * 4000)], b"body")
    assert [(name, len(value)) for name, value in kept.headers] == [("a", 1), ("b", 4000)]
    assert (kept.body, kept.whole) == (b"body", True)
    assert message([(b"a", b"x" * 5000)], b"").headers == ()
