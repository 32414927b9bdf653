"""Requests that are odd as HTTP: each gets a documented answer in the addressed vendor's shape, and changes nothing."""

from __future__ import annotations

import http.client
import json
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
import pytest
from ownership_contracts import specs

from tests.mockserver.documented import but_time, faults
from tests.mockserver.in_process import in_process
from tests.mockserver.kii.apps import ADD, CONFIRM, basic, bearer
from tests.serving import Running, serving

World = dict[str, Any]
JSON = "application/json"


@dataclass(frozen=True)
class Good:
    """A request that succeeds and changes the world, for a test to spoil."""

    vendor: str
    path: str
    media_type: str
    credential: dict[str, str]
    body: dict[str, str]
    status: int

    @property
    def headers(self) -> dict[str, str]:
        return {**self.credential, "Content-Type": self.media_type}

    @property
    def content(self) -> bytes:
        return json.dumps(self.body).encode()


def add_owner(world: World, http: httpx.Client) -> Good:
    app = world["kii"]["apps"][0]
    path = f"/api/apps/{app['id']}/things/VENDOR_THING_ID:{app['things'][0]['vendor_id']}/ownership"
    return Good("kii", path, ADD, bearer(app["admin"]), {"userID": app["users"][0]["id"]}, 204)


def confirm(world: World, http: httpx.Client) -> Good:
    added = add_owner(world, http)
    answer = http.post(f"{world['base_url']}{added.path}/request/user:{added.body['userID']}", headers=added.credential)
    return Good("kii", f"{added.path}/confirm", CONFIRM, added.credential, {"code": answer.json()["code"]}, 204)


def claim(world: World, http: httpx.Client) -> Good:
    user = next(user for user in world["connhex"]["users"] if user.get("permission") == "allowed")
    return Good("connhex", "/ownerships", JSON, bearer(user), {"deviceId": world["connhex"]["devices"][0]["id"]}, 201)


@pytest.fixture(params=[add_owner, confirm, claim], ids=lambda make: make.__name__)
def good(request: pytest.FixtureRequest, world: World, http: httpx.Client) -> Good:
    made: Good = request.param(world, http)
    return made


@dataclass(frozen=True)
class Site:
    """One world, and the judgement of what came back from it."""

    http: httpx.Client
    base_url: str
    at: str

    def read(self) -> World:
        found: World = self.http.get(self.at).json()
        return found

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.http.request(method, self.base_url + path, **options)

    def assert_refused(self, vendor: str, answer: httpx.Response, before: World, status: int | None = None) -> str:
        """The answer is documented, in the vendor's shape, and no success; the state is as before. What decided is returned."""
        after = self.read()
        entry = after["requests"][-1]
        assert len(after["requests"]) == len(before["requests"]) + 1
        assert (entry["vendor"], entry["complaint"]) == (vendor, None)
        assert 400 <= answer.status_code < 500, answer.text
        assert answer.status_code == (status or answer.status_code), answer.text
        assert not faults(specs.openapi(vendor), entry["operation"], answer), answer.text
        assert after["state"] == before["state"]
        return str(entry["decided"])


@pytest.fixture
def site(world: World, mock: Running, http: httpx.Client) -> Site:
    return Site(http, world["base_url"], f"{mock.url}/_mock/api/worlds/{world['name']}")


def test_the_requests_that_the_tests_spoil_succeed_as_they_are(good: Good, site: Site) -> None:
    before = site.read()["state"]
    assert site.send("POST", good.path, headers=good.headers, content=good.content).status_code == good.status
    assert site.read()["state"] != before


# ---------------------------------------------------------------------------------------------------- bodies

NO_JSON = {
    "broken off": b'{"userID": ',
    "a word": b"lamp",
    "single quotes": b"{'userID': 'x'}",
    "two values": b"{} {}",
    "NaN": b'{"userID": NaN, "code": NaN, "deviceId": NaN}',
    "Infinity": b'{"userID": -Infinity, "code": Infinity, "deviceId": Infinity}',
    "not UTF-8": b'{"userID": "\xff", "code": "\xff", "deviceId": "\xff"}',
    "an endless number": b'{"userID": ' + b"9" * 5000 + b"}",
    "nested without end": b"[" * 100_000,
    "a NUL": b"\x00",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"userID": "x", "code": "x", "deviceId": "x"}'.encode("utf-16"),
    "UTF-32": '{"userID": "x", "code": "x", "deviceId": "x"}'.encode("utf-32-be"),
    "a name twice": b'{"userID": "x", "userID": "x", "code": "x", "code": "y", "deviceId": "x", "deviceId": "x"}',
    "a name twice deep down": b'{"userID": "x", "code": "x", "deviceId": "x", "ignored": [{"a": 1, "\\u0061": 1}]}',
    "a number beyond a double": b'{"userID": "x", "code": "x", "deviceId": "x", "ignored": 1e999}',
    "an integer beyond a double": b'{"userID": "x", "code": "x", "deviceId": "x", "ignored": -1' + b"0" * 309 + b"}",
    "a fraction of thousands of digits": b'{"userID": "x", "code": "x", "deviceId": "x", "ignored": 0.' + b"1" * 3000 + b"}",
    "half a character": b'{"userID": "\\ud800", "code": "\\udc00x", "deviceId": "\\ud83d"}',
    "half a character in a name": b'{"userID": "x", "code": "x", "deviceId": "x", "\\ud800": 1}',
}


@pytest.mark.parametrize("kind", NO_JSON)
def test_a_body_that_is_no_json_is_refused(kind: str, good: Good, site: Site) -> None:
    before = site.read()
    answer = site.send("POST", good.path, headers=good.headers, content=NO_JSON[kind])
    assert site.assert_refused(good.vendor, answer, before, 400) == f"{good.vendor}-pick.malformed-json"


def test_a_body_that_is_not_there_is_refused(good: Good, site: Site) -> None:
    before = site.read()
    site.assert_refused(good.vendor, site.send("POST", good.path, headers=good.headers), before, 400)


def test_a_body_nested_to_any_depth_is_refused(good: Good, site: Site) -> None:
    """Near Python's recursion limit each step of the way fails in its turn; none may break the server's word."""
    field = next(iter(good.body)).encode()
    for depth in (100, 500, *range(900, 1000, 5), 5000):
        before = site.read()
        content = b'{"%s": %s%s}' % (field, b"[" * depth, b"]" * depth)
        site.assert_refused(good.vendor, site.send("POST", good.path, headers=good.headers, content=content), before, 400)


def test_a_field_that_nobody_knows_may_be_nested_deeper_than_anyone_would(good: Good, site: Site) -> None:
    content = good.content[:-1] + b', "ignored": %s%s}' % (b"[" * 50, b"]" * 50)
    assert site.send("POST", good.path, headers=good.headers, content=content).status_code == good.status


def test_a_body_that_is_nested_deeper_still_is_refused_though_its_other_fields_are_right(good: Good, site: Site) -> None:
    for depth in (100, 500, *range(900, 1000, 5), 5000):
        before = site.read()
        content = good.content[:-1] + b', "ignored": %s%s}' % (b"[" * depth, b"]" * depth)
        answer = site.send("POST", good.path, headers=good.headers, content=content)
        assert site.assert_refused(good.vendor, answer, before, 400) == f"{good.vendor}-pick.malformed-json"


OTHER_BODIES: list[Any] = [[], "x", 5, None, True, [{}], {"userID": 5, "deviceId": 5, "code": 5}, {"userID": None, "code": None, "deviceId": None}]


@pytest.mark.parametrize("body", OTHER_BODIES, ids=json.dumps)
def test_a_body_of_another_type_is_refused(body: Any, good: Good, site: Site) -> None:
    before = site.read()
    site.assert_refused(good.vendor, site.send("POST", good.path, headers=good.headers, content=json.dumps(body).encode()), before, 400)


@pytest.mark.parametrize("text", ["\\ud800", "\\udc00x", "a\\u0000b", "\\uffff", "%", "%zz", "x\\ny", "' OR 1=1", "{{7*7}}", "é" * 1000])
def test_an_odd_text_in_a_body_is_refused_as_any_other_unknown_one(text: str, good: Good, site: Site) -> None:
    before = site.read()
    content = f'{{"{next(iter(good.body))}": "{text}"}}'.encode()
    site.assert_refused(good.vendor, site.send("POST", good.path, headers=good.headers, content=content), before)


def test_a_message_of_kiis_holds_no_bare_percent_sign(site: Site, world: World, http: httpx.Client) -> None:
    """The vendor's client percent-decodes messages; one that cannot be decoded loses it the error's code."""
    good = add_owner(world, http)
    for body in (["%"], {"userID": ["100%"]}, "%zz", b"%", b'{"userID": "%'):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        message = site.send("POST", good.path, headers=good.headers, content=content).json()["message"]
        assert not re.search("%(?![0-9A-Fa-f]{2})", message)
    of_type = site.send("POST", good.path, headers=good.headers | {"Content-Type": "text/%zz"}, content=b"{}").json()["message"]
    assert "text/%zz" in unquote(of_type)


@pytest.mark.parametrize("size", [1024 * 1024 + 1, 5 * 1024 * 1024])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_one_mebibyte_is_refused_with_413(size: int, chunked: bool, good: Good, site: Site) -> None:
    before = site.read()
    content = good.content + b" " * (size - len(good.content))
    pieces = (content[start : start + 65536] for start in range(0, size, 65536))
    answer = site.send("POST", good.path, headers=good.headers, content=pieces if chunked else content)
    assert site.assert_refused(good.vendor, answer, before, 413) == "protocol"


def test_a_body_of_one_mebibyte_is_read(good: Good, site: Site) -> None:
    content = good.content + b" " * (1024 * 1024 - len(good.content))
    assert site.send("POST", good.path, headers=good.headers, content=content).status_code == good.status


def test_white_space_before_the_json_is_passed_over(good: Good, site: Site) -> None:
    assert site.send("POST", good.path, headers=good.headers, content=b" \r\n\t" + good.content).status_code == good.status


def in_pieces(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), 7):
        yield content[start : start + 7]


def test_a_chunked_body_is_read_as_a_plain_one(good: Good, site: Site) -> None:
    answer = site.send("POST", good.path, headers=good.headers, content=in_pieces(good.content))
    assert "content-length" not in answer.request.headers
    assert answer.status_code == good.status


def test_a_chunked_body_that_is_no_json_is_refused(good: Good, site: Site) -> None:
    before = site.read()
    answer = site.send("POST", good.path, headers=good.headers, content=in_pieces(b'{"userID": "lamp'))
    assert site.assert_refused(good.vendor, answer, before, 400) == f"{good.vendor}-pick.malformed-json"


# ---------------------------------------------------------------------------------------------------- media types


SPELLINGS: dict[str, Callable[[str], str]] = {
    "upper case": str.upper,
    "lower case": str.lower,
    "title case": str.title,
    "charset": lambda name: f"{name};charset=UTF-8",
    "charset after spaces": lambda name: f"{name} ; Charset=utf-8",
    "charset in quotes": lambda name: f'{name}; charset="UTF-8"',
    "charset that is a part of UTF-8": lambda name: f"{name};charset=us-ascii",
    "upper case with parameters": lambda name: f"{name.upper()};charset=UTF-8;q=0.5",
    "parameter that is empty": lambda name: f"{name};",
    "parameter without a value": lambda name: f"{name};boundary=",
}


@pytest.mark.parametrize("kind", SPELLINGS)
def test_a_media_type_is_taken_in_any_spelling(kind: str, good: Good, site: Site) -> None:
    headers = {**good.headers, "Content-Type": SPELLINGS[kind](good.media_type)}
    assert site.send("POST", good.path, headers=headers, content=good.content).status_code == good.status


OTHER_TYPES = [
    "text/plain",
    "application/jsonx",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "application/vnd.kii.Other+json",
    "x",
    "application/",
    "*/*",
    "\xe9",
]


@pytest.mark.parametrize("media_type", OTHER_TYPES)
def test_another_media_type_is_refused(media_type: str, good: Good, site: Site) -> None:
    before = site.read()
    answer = site.send("POST", good.path, headers=[*good.credential.items(), (b"Content-Type", media_type.encode("latin-1"))], content=good.content)
    assert site.assert_refused(good.vendor, answer, before, 415) == f"{good.vendor}-pick.wrong-content-type"


OTHER_FORMS: dict[str, Callable[[str], list[tuple[str, str]]]] = {
    "a charset that nobody knows": lambda name: [("Content-Type", f"{name};charset=bogus")],
    "another charset": lambda name: [("Content-Type", f"{name}; charset=utf-16")],
    "two charsets": lambda name: [("Content-Type", f"{name}; charset=utf-8; charset=latin1")],
    "a charset without a name": lambda name: [("Content-Type", f"{name}; charset")],
    "two types in one": lambda name: [("Content-Type", f"{name}, text/plain")],
    "two types": lambda name: [("Content-Type", name), ("Content-Type", "text/plain")],
    "one type twice": lambda name: [("Content-Type", name), ("Content-Type", name)],
    "packed": lambda name: [("Content-Type", name), ("Content-Encoding", "gzip")],
    "packed after all": lambda name: [("Content-Type", name), ("Content-Encoding", "identity"), ("Content-Encoding", "br")],
}


@pytest.mark.parametrize("kind", OTHER_FORMS)
def test_a_body_that_says_it_is_no_plain_utf_8_is_refused(kind: str, good: Good, site: Site) -> None:
    before = site.read()
    headers = [*good.credential.items(), *OTHER_FORMS[kind](good.media_type)]
    answer = site.send("POST", good.path, headers=headers, content=good.content)
    assert site.assert_refused(good.vendor, answer, before, 415) == f"{good.vendor}-pick.wrong-content-type"


def test_a_body_that_says_it_is_not_packed_is_read(good: Good, site: Site) -> None:
    headers = {**good.headers, "Content-Encoding": "identity"}
    assert site.send("POST", good.path, headers=headers, content=good.content).status_code == good.status


def test_kii_refuses_plain_json(site: Site, world: World, http: httpx.Client) -> None:
    for make in (add_owner, confirm):
        good = make(world, http)
        before = site.read()
        answer = site.send("POST", good.path, headers={**good.credential, "Content-Type": JSON}, content=good.content)
        assert site.assert_refused("kii", answer, before, 415) == "kii-pick.wrong-content-type"


@pytest.mark.parametrize("sent", [{}, {"Content-Type": ""}, {"Content-Type": ";charset=UTF-8"}], ids=["none", "empty", "a parameter alone"])
def test_a_body_without_a_media_type_is_refused(sent: dict[str, str], good: Good, site: Site) -> None:
    before = site.read()
    answer = site.send("POST", good.path, headers=good.credential | sent, content=good.content)
    assert site.assert_refused(good.vendor, answer, before, 415) == f"{good.vendor}-pick.absent-content-type"


PARTS = b'--x\r\nContent-Disposition: form-data; name="body"\r\n\r\n1\r\n--x--\r\n'
BODIES_OF_NO_USE = {
    "nothing": (JSON, b""),
    "JSON": (JSON, b"{}"),
    "no JSON": (JSON, b"{"),
    "text": ("text/plain", b"x"),
    "a form": ("application/x-www-form-urlencoded", b"body=1&appID=2"),
    "parts": ("multipart/form-data; boundary=x", PARTS),
    "parts without a boundary": ("multipart/form-data", PARTS),
    "no parts": ("multipart/form-data; boundary=x", b"x"),
}


@pytest.mark.parametrize("kind", BODIES_OF_NO_USE)
def test_a_get_is_answered_whatever_body_comes_with_it(kind: str, site: Site, world: World, http: httpx.Client) -> None:
    media_type, content = BODIES_OF_NO_USE[kind]
    good = add_owner(world, http)
    answer = site.send("GET", good.path, headers={**good.credential, "Content-Type": media_type}, content=content)
    assert (answer.status_code, answer.json()) == (200, {"users": [], "groups": []})


@pytest.mark.parametrize("kind", list(BODIES_OF_NO_USE)[1:])
@pytest.mark.parametrize(("picked", "status", "decided"), [("invalid", 400, "kii-pick.request-body"), ("ignored", 200, "kii-request-user.200")])
def test_the_pick_judges_any_body_of_a_request_operation(
    kind: str, picked: str, status: int, decided: str, mock: Running, http: httpx.Client
) -> None:
    media_type, content = BODIES_OF_NO_USE[kind]
    world = mock.world(settings={"kii": {"request_body": picked}})
    good = add_owner(world, http)
    site = Site(http, world["base_url"], f"{mock.url}/_mock/api/worlds/{world['name']}")
    path = f"{good.path}/request/user:{good.body['userID']}"
    answer = site.send("POST", path, headers={**good.credential, "Content-Type": media_type}, content=content)
    assert (answer.status_code, site.read()["requests"][-1]["decided"]) == (status, decided)


# ---------------------------------------------------------------------------------------------------- methods


METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]
ALLOWED = {
    "/api/apps/a/things/VENDOR_THING_ID:t/ownership": ("kii", ["GET", "POST"]),
    "/api/apps/a/things/VENDOR_THING_ID:t/ownership/confirm": ("kii", ["POST"]),
    "/api/apps/a/things/VENDOR_THING_ID:t/ownership/request/user:u": ("kii", ["POST"]),
    "/api/apps/a/things/VENDOR_THING_ID:t/ownership/request/group:g": ("kii", ["POST"]),
    "/api/apps/a/things/th.t/ownership": ("kii", ["GET", "POST"]),
    "/api/apps/a/things/th.t/ownership/confirm": ("kii", ["POST"]),
    "/api/apps/a/things/th.t/ownership/request/user:u": ("kii", ["POST"]),
    "/api/apps/a/things/th.t/ownership/request/group:g": ("kii", ["POST"]),
    "/ownerships": ("connhex", ["POST"]),
}


@pytest.mark.parametrize("path", ALLOWED)
def test_a_method_that_a_path_does_not_have_is_a_405_that_names_those_it_has(path: str, site: Site) -> None:
    vendor, allowed = ALLOWED[path]
    for method in METHODS:
        before = site.read()
        answer = site.send(method, path)
        if method in allowed:
            assert answer.status_code == 401
            continue
        assert (answer.status_code, answer.headers["Allow"]) == (405, ", ".join(allowed))
        if method != "HEAD":
            assert site.assert_refused(vendor, answer, before, 405) == f"{vendor}-pick.wrong-method"


# ---------------------------------------------------------------------------------------------------- paths

KII_PATHS = [
    "/api/",
    "/api/apps/A/things/T/none",
    "/api/apps/A/things/T/ownership/cofirm",
    "/api/apps/A/things/T/ownership/request/user:",
    "/api/apps/A/things/T/ownership/request/group:",
    "/api/apps/A/things/T/ownership/request/user",
    "/api/apps/A/things//ownership",
    "/api/apps//things/T/ownership",
    "/api//apps/A/things/T/ownership",
    "/api/apps/A/things/T/ownership%0A",
    "/api/apps/A/things/T/ownership%00",
    "/api/apps/A/things/T/OWNERSHIP",
    "/api/%2e%2e/ownerships",
    "/api/apps/A/things/%2E%2E/ownership",
    "/api/apps/A/things%2FT/ownership",
    "/api/apps/A/things/T/ownership//",
]
CONNHEX_PATHS = [
    "/",
    "/ownerships/",
    "/ownerships/x",
    "/ownerships%0A",
    "/ownerships%2F",
    "/Ownerships",
    "//ownerships",
    "/api",
    "/apifoo",
    "/api%2Fapps",
    "/API/apps",
    "/ownerships;x=1",
    "/worlds",
    "/_mockery",
]


@pytest.mark.parametrize(("vendor", "path"), [*(("kii", path) for path in KII_PATHS), *(("connhex", path) for path in CONNHEX_PATHS)])
def test_a_path_that_no_operation_has_is_a_404_in_the_shape_of_the_vendor_that_it_is_under(vendor: str, path: str, site: Site) -> None:
    for method in ("GET", "POST", "DELETE"):
        before = site.read()
        answer = site.send(method, path, headers={"Authorization": "Bearer x"})
        assert site.assert_refused(vendor, answer, before, 404) == f"{vendor}-pick.unknown-path"


ODD_PARAMETERS = {
    "line break": ("a%0Ab", "a\nb"),
    "line break at the end": ("a%0A", "a\n"),
    "carriage return": ("a%0D%0Ax:%20y", "a\r\nx: y"),
    "NUL": ("%00", "\x00"),
    "percent sign": ("%25", "%"),
    "slash": ("x%2Fy%2f", "x/y/"),
    "steps": ("..%2F..%2F", "../../"),
    "escaped escape": ("%2541", "%41"),
    "beyond ASCII": ("%C3%A9", "é"),
    "beyond the first plane": ("%F0%9F%92%A1", "\U0001f4a1"),
    "space": ("a%20b", "a b"),
    "plus": ("a+b", "a+b"),
    "mark-up": ("%3Cscript%3E", "<script>"),
    "template": ("%7B%7B7*7%7D%7D", "{{7*7}}"),
    "colon": ("a:b", "a:b"),
    "very long": ("x" * 5000, "x" * 5000),
}


@pytest.mark.parametrize("kind", ODD_PARAMETERS)
def test_an_odd_path_parameter_is_the_name_of_a_thing_that_is_not_there(kind: str, site: Site, world: World) -> None:
    app = world["kii"]["apps"][0]
    sent, meant = ODD_PARAMETERS[kind]
    for form, field in (("VENDOR_THING_ID:", "vendorThingID"), ("", "thingID")):
        before = site.read()
        answer = site.send("GET", f"/api/apps/{app['id']}/things/{form}{sent}/ownership", headers=bearer(app["admin"]))
        assert site.assert_refused("kii", answer, before, 404) == "kii-list.404-thing"
        assert (answer.json()["field"], answer.json()["value"]) == (field, meant)


@pytest.mark.parametrize("kind", ODD_PARAMETERS)
def test_an_odd_path_parameter_is_the_name_of_a_user_an_app_or_a_group_that_is_not_there(kind: str, site: Site, world: World) -> None:
    app = world["kii"]["apps"][0]
    sent, meant = ODD_PARAMETERS[kind]
    thing = app["things"][0]["id"]
    for path, decided, field in (
        (f"{app['id']}/things/{thing}/ownership/request/user:{sent}", "kii-request-user.404-user", "value"),
        (f"{app['id']}/things/{thing}/ownership/request/group:{sent}", "kii-request-group.404-group", "groupID"),
        (f"{sent}/things/{thing}/ownership/request/user:x", "kii-pick.unknown-app", "appID"),
    ):
        before = site.read()
        answer = site.send("POST", f"/api/apps/{path}", headers=bearer(app["admin"]))
        assert site.assert_refused("kii", answer, before, 404) == decided
        assert answer.json()[field] == meant


BROKEN = {
    "no escape": "%zz",
    "half an escape": "a%4",
    "a percent sign at the end": "a%",
    "not UTF-8": "%FF",
    "half a character": "%ED%A0%80",
    "too long a form": "%C0%AF",
    "a character cut off": "%E2%82",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_path_that_cannot_be_decoded_is_refused_with_400(kind: str, good: Good, site: Site) -> None:
    for path in (f"{good.path}/{BROKEN[kind]}", f"{good.path.replace('lamp', BROKEN[kind])}%", f"{good.path}%"):
        before = site.read()
        base = httpx.URL(site.base_url)
        # As it is: the client would mend a path that it is given as text.
        url = base.copy_with(raw_path=base.raw_path + path.encode())
        answer = site.http.post(url, headers=good.headers, content=good.content)
        assert site.assert_refused(good.vendor, answer, before, 400) == "protocol"


def test_an_id_may_be_spelled_with_escapes_and_its_path_end_with_a_slash_on_kii_alone(site: Site, world: World, http: httpx.Client) -> None:
    listed = add_owner(world, http)
    for path in (listed.path.replace(":", "%3A"), listed.path.replace("VENDOR", "%56ENDOR"), listed.path + "/"):
        assert site.send("GET", path, headers=listed.credential).json() == {"users": [], "groups": []}
    claimed = claim(world, http)
    assert site.send("POST", claimed.path + "/", headers=claimed.headers, content=claimed.content).status_code == 404


def test_the_journal_shows_a_path_on_one_line_and_as_it_was_parted(site: Site, world: World, http: httpx.Client) -> None:
    for sent, shown in (("%2F", "%2F"), ("%25", "%25"), ("%0A", "%0A"), ("%C3%A9", "é"), ("a%20b", "a b"), ("%3A", ":")):
        site.send("GET", f"/api/apps/{sent}/x")
        assert site.read()["requests"][-1]["path"] == f"/api/apps/{shown}/x"


def test_an_escaped_letter_and_a_query_lead_to_the_same_operation(good: Good, site: Site) -> None:
    path = good.path.replace("owner", "%6Fwner") + "?disable_cache=1&body=x&appID=y&thingID=z&vendorThingID=w&userID=v"
    assert site.send("POST", path, headers=good.headers, content=good.content).status_code == good.status


def test_a_query_is_no_error_of_the_servers(tmp_path: Path) -> None:
    """The vendor's client adds one to every request: the log would be full of it."""
    with serving(tmp_path, "--vendor", "kii") as running:
        httpx.get(f"{running.url}/api/apps/a/things/b/ownership?disable_cache=1", trust_env=False)
        made = running.world()
        app = made["kii"]["apps"][0]
        path = f"/api/apps/{app['id']}/things/{app['things'][0]['id']}/ownership?disable_cache=1"
        assert httpx.get(made["base_url"] + path, headers=bearer(app["admin"]), trust_env=False).status_code == 200
    assert running.errors.read_text() == ""


# ---------------------------------------------------------------------------------------------------- credentials

ODD_AUTHORIZATIONS = {
    "empty": b"",
    "a scheme alone": b"Bearer",
    "Basic alone": b"Basic",
    "an unknown scheme": b"Digest username=x",
    "a word": b"x",
    "a comma": b"Bearer,x",
    "an unknown token": b"Bearer nobody",
    "two tokens": b"Bearer nobody nobody",
    "a quoted token": b'Bearer "x"',
    "bytes beyond ASCII": b"Bearer \xff\xfe",
    "a scheme beyond ASCII": b"\xc3\xa9 x",
    "Basic that is no Base64": b"Basic !!!!",
    "Basic beyond ASCII": b"Basic \xff",
    "Basic without a colon": b"Basic eA==",
    "Basic that is not UTF-8": b"Basic //8=",
    "Basic of an empty pair": b"Basic Og==",
    "Basic of nobody": b"Basic eDp5",
    "a very long token": b"Bearer " + b"x" * 20000,
}


@pytest.mark.parametrize("kind", ODD_AUTHORIZATIONS)
def test_an_odd_authorization_is_refused(kind: str, good: Good, site: Site) -> None:
    before = site.read()
    headers = [(b"Authorization", ODD_AUTHORIZATIONS[kind]), (b"Content-Type", good.media_type.encode())]
    answer = site.send("POST", good.path, headers=headers, content=good.content)
    site.assert_refused(good.vendor, answer, before)
    assert answer.status_code in (401, 403)


@pytest.mark.parametrize("kind", ODD_AUTHORIZATIONS)
def test_an_odd_authorization_opens_no_list_of_owners(kind: str, site: Site, world: World, http: httpx.Client) -> None:
    before = site.read()
    answer = site.send("GET", add_owner(world, http).path, headers=[(b"Authorization", ODD_AUTHORIZATIONS[kind])])
    site.assert_refused("kii", answer, before)
    assert answer.status_code in (401, 403)


@pytest.mark.parametrize("scheme", ["bearer ", "BEARER ", "Bearer  "])
def test_a_bearer_scheme_is_taken_in_any_spelling(scheme: str, good: Good, site: Site) -> None:
    token = good.credential["Authorization"].split()[1]
    headers = {**good.headers, "Authorization": f"{scheme}{token}"}
    assert site.send("POST", good.path, headers=headers, content=good.content).status_code == good.status


def test_basic_is_taken_on_no_operation_but_post_ownership(site: Site, world: World, http: httpx.Client) -> None:
    app = world["kii"]["apps"][0]
    right = basic(f"{app['id']}:{app['key']}")
    path = add_owner(world, http).path
    for method, rest in (("GET", ""), ("POST", "/confirm"), ("POST", f"/request/user:{app['users'][0]['id']}")):
        before = site.read()
        answer = site.send(method, path + rest, headers={**right, "Content-Type": CONFIRM})
        assert site.assert_refused("kii", answer, before, 401) == "kii-pick.no-credential"
    before = site.read()
    answer = site.send("POST", path, headers={**right, "Content-Type": ADD}, json={"userID": app["users"][0]["id"]})
    assert site.assert_refused("kii", answer, before, 401) == "kii-post.401-not-authorized"


NO_SESSION = {
    "empty": b"",
    "separators": b";;=;",
    "a name alone": b"chx_auth_session",
    "no value": b"chx_auth_session=",
    "an unknown value": b"chx_auth_session=nobody",
    "bytes beyond ASCII": b"chx_auth_session=\xff",
    "quotes that do not end": b'chx_auth_session="',
    "a bad name": b"\xff=\xff",
    "mark-up": b"chx_auth_session=<script>",
    "an attribute's name": b"path=/; expires=x",
    "another cookie's name": b"chx_auth_cookie=session",
    "very long": b"chx_auth_session=" + b"x" * 20000,
}


@pytest.mark.parametrize("kind", NO_SESSION)
def test_a_cookie_that_is_no_session_is_refused(kind: str, site: Site, world: World, http: httpx.Client) -> None:
    good = claim(world, http)
    before = site.read()
    answer = site.send("POST", good.path, headers=[(b"Cookie", NO_SESSION[kind]), (b"Content-Type", JSON.encode())], content=good.content)
    assert site.assert_refused("connhex", answer, before, 401) == "connhex-pick.unauthenticated"


@pytest.mark.parametrize("other", ["theme=dark", 'prefs={"theme": "dark"}', "a b=c", "path=/", "\xff=\xff", "flag"])
def test_a_session_counts_beside_any_other_cookie(other: str, site: Site, world: World, http: httpx.Client) -> None:
    good = claim(world, http)
    session = next(user for user in world["connhex"]["users"] if user.get("permission") == "allowed")["cookie"]
    cookies = f"{other}; chx_auth_session={session}".encode("latin-1")
    answer = site.send("POST", good.path, headers=[(b"Cookie", cookies), (b"Content-Type", JSON.encode())], content=good.content)
    assert answer.status_code == 201, answer.text


# ---------------------------------------------------------------------------------------------------- what is hardly HTTP


def raw(url: str, sent: bytes) -> tuple[int, dict[str, str], bytes]:
    """What a server answers to these bytes: status, headers and body."""
    where = urlsplit(url)
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=10) as connection:
        connection.sendall(sent)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


@pytest.mark.parametrize(
    ("path", "shape"), [("/api/../ownerships", "errorCode"), ("/api/apps/A/things/../ownership", "errorCode"), ("/./ownerships", "errors")]
)
def test_dots_in_a_path_lead_nowhere_else(path: str, shape: str, mock: Running) -> None:
    """A client takes such steps out before it sends: here they come as they are."""
    status, _, body = raw(mock.url, f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
    assert (status, shape in json.loads(body)) == (404, True)


NO_HTTP = {
    "a word": b"lamp\r\n\r\n",
    "an unknown method": b"BREW /ownerships HTTP/1.1\r\nHost: x\r\n\r\n",
    "bytes beyond ASCII in the path": b"GET /api/\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a broken header": b"GET /ownerships HTTP/1.1\r\nHost x\r\n\r\n",
    "a broken chunk": b"POST /ownerships HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a broken length": b"POST /ownerships HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
}


@pytest.mark.parametrize("kind", NO_HTTP)
def test_what_is_no_http_is_answered_with_400_and_changes_nothing(kind: str, mock: Running, http: httpx.Client) -> None:
    at = f"{mock.url}/_mock/api/worlds/default"
    before = but_time(http.get(at).json())
    assert raw(mock.url, NO_HTTP[kind])[0] == 400
    assert but_time(http.get(at).json()) == before


def test_http_1_0_without_a_host_is_answered(world: World, http: httpx.Client) -> None:
    good = add_owner(world, http)
    path = urlsplit(world["base_url"]).path + good.path
    status, headers, body = raw(world["base_url"], f"GET {path} HTTP/1.0\r\nAuthorization: {good.credential['Authorization']}\r\n\r\n".encode())
    assert (status, json.loads(body)) == (200, {"users": [], "groups": []})
    assert int(headers["content-length"]) == len(body)


def test_a_client_that_leaves_in_mid_request_changes_nothing(good: Good, site: Site) -> None:
    before = but_time(site.read())
    where = urlsplit(site.base_url)
    head = "".join(f"{name}: {value}\r\n" for name, value in good.headers.items())
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=10) as connection:
        sent = f"POST {where.path}{good.path} HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {len(good.content) + 1}\r\n\r\n".encode() + good.content
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""
    assert but_time(site.read()) == before


def test_headers_of_a_size_that_no_client_sends_are_answered_by_the_app(site: Site, world: World, http: httpx.Client) -> None:
    good = add_owner(world, http)
    headers = {**good.credential, **{f"x-kii-{number}": "x" * 200 for number in range(100)}}
    assert site.send("GET", good.path, headers=headers).status_code == 200


# ---------------------------------------------------------------------------------------------------- forms of refusal


@pytest.mark.parametrize("form", ["jsonapi", "message", "none"])
def test_every_refusal_outside_operations_has_the_form_that_is_picked(form: str) -> None:
    server = in_process(connhex={"error_body": form})
    requests: list[tuple[str, str, int, dict[str, Any]]] = [
        ("GET", "/none", 404, {}),
        ("GET", "/ownerships", 405, {}),
        ("POST", "/ownerships", 413, {"content": b" " * (1024 * 1024 + 1)}),
    ]
    for method, path, status, options in requests:
        answer = server.send(method, path, **options)
        assert answer.status_code == status
        assert not faults(specs.openapi("connhex"), None, answer)
        assert {"jsonapi": "errors", "message": "error", "none": ""}[form] == (next(iter(answer.json())) if answer.content else "")
