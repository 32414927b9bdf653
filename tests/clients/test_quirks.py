"""The quirks of real clients' requests: each is in the npm client's own traffic where it is that client's, and the mock takes it."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.clients.conftest import Driven
from tests.clients.recorder import Sent
from tests.serving import Running

World = dict[str, Any]


@dataclass(frozen=True)
class Raw:
    """A request as it goes over the wire: no library adds or mends anything. owned: its user owns the thing before."""

    method: str
    path: str
    headers: dict[str, str]
    status: int
    body: str = ""
    owned: bool = False


@dataclass(frozen=True)
class Quirk:
    """seen: whether a request of the npm client has it (None: other clients send it). raw: a request that has it."""

    seen: Callable[[Sent], bool] | None
    raw: Raw


THING = "/api/apps/{app}/things/VENDOR_THING_ID:{vendor_id}"
OWNERSHIP = f"{THING}/ownership"
USER = f"{OWNERSHIP}/user:{{user}}"
AS_USER, AS_ADMIN = {"Authorization": "Bearer {token}"}, {"Authorization": "Bearer {admin}"}
APP = {"x-kii-appid": "{app}", "x-kii-appkey": "{key}", "x-kii-sdk": "sn=jns;sv=2.4.19"}
NEW_THING = {"Content-Type": "application/vnd.kii.ThingRegistrationAndAuthorizationRequest+json"}
NEW_USER = {"Content-Type": "application/vnd.kii.RegistrationRequest+json"}
AUTHORIZATION, TYPE, LENGTH = "authorization", "content-type", "content-length"

QUIRKS = {
    "an extra query on every URL": Quirk(
        lambda sent: bool(re.fullmatch(r"[^?]+\?disable_cache=[0-9]+", sent.target)),
        Raw("GET", f"{OWNERSHIP}?disable_cache=1795329495601", AS_ADMIN, 200),
    ),
    "the scheme bearer in lower case": Quirk(
        lambda sent: ("authorization", "bearer") in {(name, value.split()[0]) for name, value in sent.headers},
        Raw("PUT", USER, {"authorization": "bearer {token}", "Content-Length": "0"}, 204),
    ),
    "PUT without a Content-Type, of no length": Quirk(
        lambda sent: (sent.method, sent.header(TYPE), sent.header(LENGTH)) == ("PUT", None, "0"),
        Raw("PUT", USER, {**APP, **AS_USER, "Content-Length": "0"}, 204),
    ),
    "PUT without a Content-Length either": Quirk(None, Raw("PUT", USER, AS_USER, 204)),
    "a thing is registered with the application's headers alone": Quirk(
        lambda sent: sent.path.endswith("/things") and not sent.header(AUTHORIZATION) and bool(sent.header("x-kii-appid")),
        Raw("POST", "/api/apps/{app}/things", APP | NEW_THING, 201, '{{"_vendorThingID": "quirk", "_password": "p"}}'),
    ),
    "a user is registered with the application's headers alone": Quirk(
        lambda sent: sent.path.endswith("/users") and not sent.header(AUTHORIZATION) and bool(sent.header("x-kii-appkey")),
        Raw("POST", "/api/apps/{app}/users", APP | NEW_USER, 201, '{{"loginName": "quirk", "password": "quirk-1"}}'),
    ),
    "a login with the application's headers alone": Quirk(
        lambda sent: sent.path.endswith("/oauth2/token") and not sent.header(AUTHORIZATION) and sent.header(TYPE) == "application/json",
        Raw("POST", "/api/oauth2/token", APP | {"Content-Type": "application/json"}, 200, '{{"client_id": "{app}", "client_secret": "{key}"}}'),
    ),
    "the application's headers beside a token": Quirk(
        lambda sent: bool(sent.header(AUTHORIZATION) and sent.header("x-kii-appid")), Raw("GET", OWNERSHIP, APP | AS_ADMIN, 200)
    ),
    "the colon of VENDOR_THING_ID as it is": Quirk(lambda sent: "/VENDOR_THING_ID:" in sent.path, Raw("GET", OWNERSHIP, AS_ADMIN, 200)),
    "the colon of user as it is": Quirk(lambda sent: "/ownership/user:" in sent.path, Raw("PUT", USER, AS_USER, 204)),
    "the colon of group as it is": Quirk(lambda sent: "/ownership/group:" in sent.path, Raw("PUT", f"{OWNERSHIP}/group:{{group}}", AS_ADMIN, 204)),
    "both colons percent-encoded": Quirk(None, Raw("PUT", USER.replace(":", "%3A"), AS_USER, 204)),
    "any media type accepted": Quirk(lambda sent: sent.header("accept") == "*/*", Raw("GET", OWNERSHIP, {**AS_ADMIN, "Accept": "*/*"}, 200)),
    "the connection closed after each request": Quirk(
        lambda sent: sent.header("connection") == "close", Raw("GET", OWNERSHIP, {**AS_ADMIN, "Connection": "close"}, 200)
    ),
    "a slash at the end of GET ownership": Quirk(None, Raw("GET", f"{OWNERSHIP}/", AS_ADMIN, 200)),
    "PUT with a Content-Type and an empty body": Quirk(
        lambda sent: (sent.method, sent.header(TYPE), sent.body) == ("PUT", "application/json", b""),
        Raw("PUT", USER, {**AS_USER, "Content-Type": "application/json", "Content-Length": "0"}, 204),
    ),
    "DELETE with a Content-Type and an empty body": Quirk(
        lambda sent: (sent.method, sent.header(TYPE), sent.body) == ("DELETE", "application/json", b""),
        Raw("DELETE", USER, {**AS_USER, "Content-Type": "application/json"}, 204, owned=True),
    ),
    "HEAD with a query and without a type": Quirk(
        lambda sent: (sent.method, sent.header(TYPE)) == ("HEAD", None), Raw("HEAD", f"{USER}?disable_cache=1", APP | AS_USER, 204, owned=True)
    ),
    "confirm misspelt": Quirk(None, Raw("POST", f"{OWNERSHIP}/cofirm", AS_ADMIN, 404)),
}


def send(world: World, raw: Raw) -> tuple[int, bytes]:
    """Send the request as it stands, with the world's own ids in it, and return status and body."""
    app = world["kii"]["apps"][0]
    group = next(group for group in app["groups"])
    values = {
        "app": app["id"],
        "key": app["key"],
        "admin": app["admin"]["token"],
        "group": group["id"],
        "vendor_id": app["things"][0]["vendor_id"],
        "user": app["users"][0]["id"],
        "token": app["users"][0]["token"],
    }
    where = urlsplit(world["base_url"])
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=20)
    connection.putrequest(raw.method, where.path + raw.path.format(**values), skip_accept_encoding=True)
    body = raw.body.format(**values).encode()
    for name, value in {**raw.headers, **({"Content-Length": str(len(body))} if body else {})}.items():
        connection.putheader(name, value.format(**values))
    connection.endheaders(body or None)
    answer = connection.getresponse()
    with connection.sock or answer:
        return answer.status, answer.read()


@pytest.mark.parametrize("name", [name for name, quirk in QUIRKS.items() if quirk.seen])
def test_the_npm_client_really_has_the_quirk(name: str, driven: Driven) -> None:
    seen = QUIRKS[name].seen
    assert seen is not None
    assert [sent for sent in driven.requests if seen(sent)]


def test_what_the_npm_client_sends_with_every_request(driven: Driven) -> None:
    for name in ("an extra query on every URL", "any media type accepted", "the connection closed after each request"):
        seen = QUIRKS[name].seen
        assert seen is not None
        every = [sent for sent in driven.requests if name != "any media type accepted" or sent.header("accept")]
        assert [sent.target for sent in every if not seen(sent)] == []


@pytest.mark.parametrize("name", QUIRKS)
def test_the_mock_takes_the_quirk(name: str, world: World) -> None:
    raw = QUIRKS[name].raw
    if raw.owned:
        assert send(world, Raw("PUT", USER, AS_USER, 204))[0] == 204
    status, body = send(world, raw)
    assert status == raw.status, body


def test_no_body_has_a_bare_percent_sign(world: World, mock: Running) -> None:
    """The client percent-decodes a body as it comes, and loses the error code of one that cannot be decoded."""
    add = {**AS_ADMIN, "Content-Type": "application/vnd.kii.ThingOwnershipRequest+json"}
    for user in ("100%", "50%25", "%ff", "%41"):
        status, body = send(world, Raw("POST", OWNERSHIP, add, 404, json.dumps({"userID": user}).replace("{", "{{").replace("}", "}}")))
        assert (status, b"%" in body, json.loads(body)["value"]) == (404, False, user)
