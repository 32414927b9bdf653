"""How a request gets to a deployment, and what comes of it where the deployment or the network misbehaves."""

from __future__ import annotations

import gzip
import select
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import httpcore
import httpx
import pytest
from ownership_contracts.contracts.connection import connection
from ownership_contracts.contracts.live.bounded import Allowance, TooLong
from ownership_contracts.contracts.live.mode import Limits, Mode
from ownership_contracts.contracts.live.wire import BODY, Wire
from ownership_contracts.contracts.target import Target

from tests.contracts.misbehaving import Rig, Trouble, misbehaving, troubles
from tests.contracts.stub import Reply, Request, Stub, stub

SECONDS = 0.4
BYTES = 20_000
PLENTY = 30.0
"""Seconds where nothing is to be late: this machine may be busy."""


def served(request: Request) -> Reply:
    if request.path == "/nothing":
        return Reply(204, media=None)
    if request.method == "HEAD":
        return Reply()
    return Reply(200, request.body or b'{"whole": true}')


@pytest.fixture(scope="module")
def behind() -> Iterator[Stub]:
    with stub(served) as running:
        yield running


@pytest.fixture(scope="module")
def secured(behind: Stub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with misbehaving(behind.url, tmp_path_factory.mktemp("rig")) as running:
        yield running


@pytest.fixture
def rig(secured: Rig) -> Iterator[Rig]:
    secured.seen.clear()
    secured.connections = 0
    yield secured
    secured.trouble = troubles.nothing


def client(rig: Rig, timeout: float = PLENTY, body: int = BYTES) -> httpx.Client:
    verify = ssl.create_default_context(cafile=rig.ca)
    return httpx.Client(transport=Wire(verify=verify, timeout=timeout, body=body), timeout=None, base_url=rig.url)


def test_answers_come_whole_and_over_one_connection(rig: Rig) -> None:
    with client(rig) as http:
        answers = [http.get("/"), http.head("/"), http.get("/nothing"), http.post("/", content=b"x" * BYTES)]
    assert [(answer.status_code, len(answer.content)) for answer in answers] == [(200, 15), (200, 0), (204, 0), (200, BYTES)]
    assert answers[0].elapsed.total_seconds() > 0
    assert rig.connections == 1


def test_each_request_has_a_deadline_of_its_own(rig: Rig) -> None:
    rig.trouble = troubles.slow(0.4)
    with client(rig, 1.0) as http:
        assert [http.get("/").status_code for _ in range(3)] == [200] * 3


@pytest.mark.parametrize(
    "trouble",
    [troubles.slow(PLENTY), troubles.drip(0.01), troubles.drip(0.1, head=False)],
    ids=["nothing comes", "a drip of headers", "a drip of the body"],
)
def test_what_never_ends_is_over_at_the_deadline(rig: Rig, trouble: Trouble) -> None:
    rig.trouble = trouble
    begun = time.monotonic()
    with client(rig, SECONDS) as http, pytest.raises(httpx.ReadTimeout, match=r"not over within 0\.4 s"):
        http.get("/")
    assert SECONDS <= time.monotonic() - begun < PLENTY / 2


def test_each_step_has_what_the_steps_before_it_have_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    allowed = Allowance(10, 0)
    now += 9
    assert [allowed.within(timeout, httpcore.ReadTimeout) for timeout in (None, 5, 0.5)] == [1, 1, 0.5]
    now += 1
    with pytest.raises(httpcore.WriteTimeout):
        allowed.within(None, httpcore.WriteTimeout)


def test_a_clients_own_time_out_holds_too(rig: Rig) -> None:
    rig.trouble = troubles.slow(PLENTY)
    with client(rig) as http, pytest.raises(httpx.ReadTimeout):
        http.get("/", timeout=0.1)


def test_a_handshake_that_hangs_is_over_at_the_deadline(rig: Rig) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, client(rig, SECONDS) as http, pytest.raises(httpx.ConnectTimeout):
        http.get(f"https://127.0.0.1:{silent.getsockname()[1]}/")


def test_a_server_that_takes_no_more_is_left_at_the_deadline(rig: Rig) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, client(rig, SECONDS) as http, pytest.raises(httpx.WriteTimeout):
        http.post(f"http://127.0.0.1:{silent.getsockname()[1]}/", content=bytes(16 * 1024 * 1024))


@pytest.mark.parametrize(
    ("trouble", "wrong"),
    [
        (troubles.endless_body, TooLong),
        (troubles.endless_interim, TooLong),
        (troubles.endless_head, httpx.RemoteProtocolError),
        (troubles.bomb, TooLong),
        (troubles.answering(200, b"x" * (BYTES + 1)), TooLong),
        (troubles.answering(200, gzip.compress(b"x" * (BYTES + 1)), content_encoding="gzip"), TooLong),
        (troubles.answering(200, gzip.compress(gzip.compress(b"x")), content_encoding="gzip, gzip"), httpx.DecodingError),
        (troubles.answering(200, b"x", content_encoding="br"), httpx.DecodingError),
        (troubles.answering(200, b"no gzip", content_encoding="gzip"), httpx.DecodingError),
    ],
)
def test_an_answer_over_its_bound_is_read_no_further(rig: Rig, trouble: Trouble, wrong: type[Exception]) -> None:
    rig.trouble = trouble
    with client(rig) as http, pytest.raises(wrong):
        http.get("/")


@pytest.mark.parametrize("coding", ["gzip", "GZip", "utf-8"])
def test_an_answer_of_just_its_bound_is_read(rig: Rig, coding: str) -> None:
    body = b"x" * BYTES
    rig.trouble = troubles.answering(200, gzip.compress(body) if coding.lower() == "gzip" else body, content_encoding=coding)
    with client(rig) as http:
        assert http.get("/").content == body


def test_a_request_can_say_how_much_it_wants(rig: Rig) -> None:
    with client(rig, body=10) as http:
        assert http.get("/", extensions={BODY: 15}).json() == {"whole": True}
        with pytest.raises(TooLong, match="longer than 10 bytes"):
            http.get("/")


@pytest.mark.parametrize("trouble", [troubles.slow(PLENTY), troubles.endless_body, troubles.drop_within(), troubles.followed_by(b'{"junk": 1}')])
@pytest.mark.parametrize("path", ["/", "/nothing"])
def test_what_is_left_of_one_answer_is_never_taken_for_the_next(rig: Rig, trouble: Trouble, path: str) -> None:
    with client(rig) as http:
        assert http.get(path).is_success
        rig.trouble = trouble
        with suppress(httpx.TransportError):
            http.get(path, timeout=SECONDS)
        rig.trouble = troubles.nothing
        assert http.get("/").json() == {"whole": True}
    assert rig.connections == 2


def test_a_connection_that_the_server_has_ended_meanwhile_is_made_anew(rig: Rig) -> None:
    rig.trouble = troubles.drop_unsaid()
    with client(rig) as http:
        for _ in range(3):
            answer = http.post("/", content=b"x")
            assert answer.content == b"x"
            # Its end has to have come: else the next request is sent, and is not sent again. One that is closed here has seen it.
            connected = answer.extensions["network_stream"].get_extra_info("socket")
            assert connected.fileno() < 0 or select.select([connected], [], [], PLENTY)[0]
    assert len(rig.seen) == rig.connections == 3


@pytest.mark.parametrize("rst", [False, True])
@pytest.mark.parametrize("drop", [troubles.drop_before, troubles.drop_after, troubles.drop_within])
def test_a_request_that_was_sent_is_not_sent_again(rig: Rig, drop: Callable[..., Trouble], rst: bool) -> None:
    with client(rig) as http:
        http.get("/")
        rig.trouble = drop(rst=rst)
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            http.post("/", content=b"x")
    assert len(rig.seen) == 2


def test_a_redirect_is_an_answer(rig: Rig) -> None:
    rig.trouble = troubles.redirect("https://elsewhere.example", 307)
    with client(rig) as http:
        assert http.post("/", content=b"x").headers["location"] == "https://elsewhere.example/"
    assert len(rig.seen) == 1


@pytest.mark.parametrize("host", ["a..b", "no-such-host.invalid", "127.0.0.1:1"])
def test_where_nobody_is_nothing_is_sent(rig: Rig, host: str) -> None:
    with client(rig) as http, pytest.raises(httpx.ConnectError):
        http.get(f"http://{host}/")


def test_a_host_is_reached_at_whichever_of_its_addresses_takes_the_connection(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    port = httpx.URL(rig.url).port
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ("127.0.0.2", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_, **__: found if host == "localhost" else ORIGINAL(host, *_, **__))
    with client(rig) as http:
        assert http.get(f"https://localhost:{port}/").is_success


ORIGINAL = socket.getaddrinfo


def test_a_server_of_an_unknown_ca_is_not_talked_to(rig: Rig) -> None:
    wire = Wire(verify=httpx.create_ssl_context(trust_env=False), timeout=PLENTY, body=BYTES)
    with httpx.Client(transport=wire) as http, pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        http.get(rig.url)


def described(rig: Rig, other: Stub) -> Target:
    """A mock's, whose control API is elsewhere: what the gate lets through is no matter here."""
    return Target(rig.url, {}, control=other.url, ca=str(rig.ca), mode=Mode.WORLDS, limits=Limits(timeout=PLENTY, body=BYTES))


def test_a_target_over_a_proxy_is_asked_through_it_alone(rig: Rig, behind: Stub) -> None:
    with misbehaving(behind.url) as proxy:
        proxy.trouble = troubles.tunnel
        target = replace(described(rig, behind), proxy=proxy.url.replace("://", "://user:word@"))
        with connection(target) as http:
            assert http.get(rig.url).json() == {"whole": True}
        proxy.trouble = troubles.answering(403)
        with connection(target) as http, pytest.raises(httpx.ProxyError, match="403"):
            http.get(rig.url)
        proxy.trouble = troubles.nothing
        with connection(target) as http:
            assert http.get(behind.url).json() == {"whole": True}
    assert [(seen.method, seen.headers["proxy-authorization"]) for seen in proxy.seen[:2]] == [("CONNECT", "Basic dXNlcjp3b3Jk")] * 2
    assert len(rig.seen) == 1


def test_a_server_that_wants_a_certificate_is_shown_the_targets(behind: Stub, tmp_path: Path) -> None:
    with misbehaving(behind.url, tmp_path, demanding=True) as rig:
        with connection(described(rig, behind)) as http, pytest.raises(httpx.TransportError):
            http.get(rig.url)
        with connection(replace(described(rig, behind), certificate=str(rig.certificate), key=str(rig.key))) as http:
            assert http.get(rig.url).is_success
    assert len(rig.seen) == 1


def test_a_targets_own_headers_go_to_it_alone(rig: Rig, behind: Stub) -> None:
    behind.seen.clear()
    with connection(replace(described(rig, behind), headers={"X-Key": "k", "accept": "a/b", "User-Agent": "a gate"})) as http:
        http.get(rig.url)
        http.get(rig.url, headers={"x-key": "the row's own", "Accept": "*/*"})
        http.get(behind.url)
    assert [seen.headers.get("x-key") for seen in behind.seen] == ["k", "the row's own", None]
    assert [seen.headers["accept"] for seen in behind.seen] == ["a/b", "*/*", "*/*"]
    assert [seen.headers["user-agent"].partition("/")[0] for seen in behind.seen] == ["a gate", "a gate", "python-httpx"]
