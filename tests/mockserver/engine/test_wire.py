"""Hostile bytes on raw sockets: each gets its answer or a closed connection, changes nothing, and takes nobody else's answer."""

from __future__ import annotations

import http.client
import io
import json
import resource
import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from jsonschema import Draft4Validator
from ownership_contracts import specs

from tests.mockserver.documented import but_time
from tests.mockserver.engine.wire_rows import ANSWERED, BOUNDS, BROKEN_OFF, CONTROL, NO_HTTP, Good, Row
from tests.serving import MOCK, Running, serving

PROTOCOL = specs.protocol()
ASKED = (404, 200)
OF_STATUS = {row["status"]: row for row in PROTOCOL["answers"].values()}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def answers(received: bytes) -> list[Answer]:
    """The answers in what was received, which holds nothing else."""
    stream = io.BytesIO(received)
    stream.close = lambda: None  # type: ignore[method-assign]  # an answer that is the last closes what it was read from
    found = []
    while stream.tell() < len(received):
        answer = http.client.HTTPResponse(Source(stream))  # type: ignore[arg-type]  # all that it asks of a socket
        answer.begin()
        found.append(Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()))
    return found


@dataclass
class Source:
    stream: io.BytesIO

    def makefile(self, mode: str) -> io.BytesIO:
        return self.stream


def connect(running: Running) -> socket.socket:
    where = urlsplit(running.url)
    return socket.create_connection((where.hostname or "", where.port or 0), timeout=10)


def rest(connection: socket.socket) -> bytes:
    """All that comes until the server closes the connection."""
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


def talk(running: Running, sent: bytes, *, half: bool = False) -> list[Answer]:
    """Send this, and read until the server closes. half: say that nothing more will be sent."""
    with connect(running) as connection:
        connection.sendall(sent)
        if half:
            connection.shutdown(socket.SHUT_WR)
        return answers(rest(connection))


def statuses(found: list[Answer]) -> tuple[int, ...]:
    return tuple(answer.status for answer in found)


def hung_up_on(connection: socket.socket, piece: bytes) -> bool:
    """Whether the server ends the connection before it has taken this a few thousand times."""
    try:
        for _ in range(5000):
            connection.sendall(piece)
    except (ConnectionResetError, BrokenPipeError):
        return True
    return False


@dataclass
class Site:
    """A server with a world that is attacked and one beside it."""

    running: Running
    world: dict[str, Any]
    beside: dict[str, Any]
    http: httpx.Client

    @property
    def good(self) -> Good:
        user = next(user for user in self.world["connhex"]["users"] if user.get("permission") == "allowed")
        device = self.world["connhex"]["devices"][0]["id"]
        path = urlsplit(self.world["base_url"]).path
        return Good(f"{path}/ownerships".encode(), f"Bearer {user['token']}".encode(), json.dumps({"deviceId": device}).encode())

    @property
    def asking(self) -> bytes:
        """Two requests whose answers are known (ASKED), to go before others: the second is answered by a thread, and so takes its time."""
        quick = self.good.head(method=b"GET", target=self.good.target.replace(b"/ownerships", b"/api/before"))
        return quick + b"GET /_mock/docs/kii/ HTTP/1.1\r\nHost: localhost\r\n\r\n"

    def state(self) -> tuple[str, str]:
        """The state of the world, and all of the one beside it."""
        control = f"{self.running.url}/_mock/api/worlds"
        attacked, beside = (self.http.get(f"{control}/{world['name']}") for world in (self.world, self.beside))
        return json.dumps(attacked.json()["state"]), json.dumps(but_time(beside.json()))

    def assert_unharmed(self, before: tuple[str, str]) -> None:
        assert self.state() == before
        assert self.running.errors.read_text() == ""
        assert statuses(talk(self.running, self.asking, half=True)) == ASKED


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, http: httpx.Client) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("wire")) as running:
        yield Site(running, running.world(name="attacked"), running.world(name="beside"), http)


def assert_neutral(answer: Answer, status: int) -> None:
    assert (answer.status, answer.headers["content-type"]) == (status, PROTOCOL["neutral"]["media_type"])
    Draft4Validator(PROTOCOL["neutral"]["schema"]).validate(json.loads(answer.body))
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("spelled", [Good.whole, Good.chunked], ids=["with a length", "in chunks"])
def test_the_request_that_the_rows_spoil_succeeds_as_it_is(spelled: Row, site: Site) -> None:
    fresh = Site(site.running, site.running.world(), site.beside, site.http)
    before = fresh.state()
    assert statuses(talk(site.running, spelled(fresh.good), half=True)) == (201,)
    assert fresh.state() != before


@pytest.mark.parametrize("kind", NO_HTTP)
def test_what_is_no_http_or_could_be_read_in_two_ways_is_refused(kind: str, site: Site) -> None:
    before = site.state()
    sent = NO_HTTP[kind](site.good)
    (alone,) = talk(site.running, sent)
    assert_neutral(alone, 400)
    behind = talk(site.running, site.asking + sent)
    assert statuses(behind) == (*ASKED, 400)
    assert "errorCode" in json.loads(behind[0].body)
    assert_neutral(behind[-1], 400)
    site.assert_unharmed(before)


@pytest.mark.parametrize("kind", BOUNDS)
def test_what_is_over_a_bound_is_refused_with_the_status_that_says_so(kind: str, site: Site) -> None:
    before = site.state()
    status, row = BOUNDS[kind]
    sent = row(site.good)
    (alone,) = talk(site.running, sent)
    behind = talk(site.running, site.asking + sent)
    assert (alone.status, statuses(behind)) == (status, (*ASKED, status))
    if OF_STATUS[status].get("neutral"):
        assert_neutral(alone, status)
        assert_neutral(behind[-1], status)
    site.assert_unharmed(before)


@pytest.mark.parametrize("kind", ANSWERED)
def test_each_request_gets_its_own_answer_in_its_turn(kind: str, site: Site) -> None:
    before = site.state()
    due, row = ANSWERED[kind]
    assert statuses(talk(site.running, row(site.good), half=True)) == due
    assert statuses(talk(site.running, site.asking * 2 + row(site.good), half=True)) == (*ASKED, *ASKED, *due)
    site.assert_unharmed(before)


@pytest.mark.parametrize("kind", BROKEN_OFF)
def test_a_request_that_breaks_off_is_dropped(kind: str, site: Site) -> None:
    before = site.state()
    sent = BROKEN_OFF[kind](site.good)
    assert talk(site.running, sent, half=True) == []
    assert statuses(talk(site.running, site.asking + sent, half=True)) == ASKED
    # The client goes without a word.
    with connect(site.running) as connection:
        connection.sendall(sent)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    site.assert_unharmed(before)


@pytest.mark.parametrize("kind", CONTROL)
def test_the_control_api_and_the_console_stand_hostile_requests(kind: str, site: Site) -> None:
    before = site.state()
    worlds = site.http.get(f"{site.running.url}/_mock/api/worlds").json()
    status, sent = CONTROL[kind]
    assert statuses(talk(site.running, sent, half=True)) == (status,)
    assert site.http.get(f"{site.running.url}/_mock/api/worlds").json() == worlds
    site.assert_unharmed(before)


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_pipelined_requests_are_answered_in_their_order_however_their_bytes_come(step: int, site: Site) -> None:
    names = [b"n%d" % number for number in range(50 if step > 1 else 5)]
    sent = b"".join(site.good.head(method=b"GET", target=b"/worlds/none-such-%s" % name) for name in names)
    with connect(site.running) as connection:
        for start in range(0, len(sent), step):
            connection.sendall(sent[start : start + step])
        connection.shutdown(socket.SHUT_WR)
        details = [json.loads(answer.body)["detail"] for answer in answers(rest(connection))]
    assert [f"'none-such-{name.decode()}'" in detail for name, detail in zip(names, details, strict=True)] == [True] * len(names)


def test_a_client_that_waits_to_be_told_is_told_when_it_is_its_turn(site: Site) -> None:
    head = site.good.head(b"Content-Length: 2", b"Expect: 100-continue")
    for before, due in ((b"", (400,)), (site.asking, (*ASKED, 400))):
        with connect(site.running) as connection:
            connection.sendall(before + head)
            received = b""
            while b"100 Continue\r\n\r\n" not in received:
                received += connection.recv(65536)
            connection.sendall(b"{}")
            connection.shutdown(socket.SHUT_WR)
            assert statuses(answers(received + rest(connection))) == due


def test_an_answer_to_a_body_that_is_not_read_reaches_its_sender(site: Site) -> None:
    """It sends all of the body before it reads; the server has answered long before."""
    size = 6 * 1024 * 1024
    with connect(site.running) as connection:
        connection.sendall(site.good.head(b"Content-Length: %d" % size))
        for _ in range(size // 65536):
            connection.sendall(b" " * 65536)
        (answer,) = answers(rest(connection))
    assert (answer.status, answer.headers["connection"]) == (413, "close")


def test_what_is_sent_without_end_is_not_read_without_end(site: Site) -> None:
    with connect(site.running) as connection:
        connection.sendall(site.good.head(b"Content-Length: 9000000000"))
        assert hung_up_on(connection, b" " * 65536)
    assert site.running.errors.read_text() == ""


def test_a_thousand_idle_connections_keep_nobody_from_being_answered(site: Site) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 3000:
        pytest.skip("this system lets a process have too few files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 3000) if soft != resource.RLIM_INFINITY else soft, hard))
    before = site.state()
    with ExitStack() as stack:
        idle = [stack.enter_context(closing(connect(site.running))) for _ in range(1000)]
        for number, connection in enumerate(idle):
            connection.sendall((b"", b"POST /owner", site.good.head()[:-2], site.good.head(b"Content-Length: 100"))[number % 4])
        site.assert_unharmed(before)
        assert site.http.get(f"{site.running.url}/_mock/").status_code == 200


# ---------------------------------------------------------------------------------------------------- time


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("hasty"), "--timeout", "1") as running:
        yield running


def test_who_does_not_send_a_request_in_time_is_told_so(hasty: Running, http: httpx.Client) -> None:
    """All wait at once."""
    world = hasty.world()
    site = Site(hasty, world, hasty.world(), http)
    good, before = site.good, site.state()
    slow: dict[str, tuple[bytes, tuple[int, ...]]] = {
        "nothing": (b"", ()),
        "white space": (b"\r\n", ()),
        "a method": (b"POST", (408,)),
        "a head": (good.head()[:-2], (408,)),
        "no body": (good.head(b"Content-Length: %d" % len(good.body)), (408,)),
        "a body that is one byte short": (good.head(b"Content-Length: %d" % (len(good.body) + 1)) + good.body, (408,)),
        "chunks without an end": (good.chunked()[:-2], (408,)),
        "nothing after a request": (site.asking, ASKED),
        "half a request after one": (site.asking + b"POST", (*ASKED, 408)),
    }
    with ExitStack() as stack:
        waiting = {kind: stack.enter_context(connect(hasty)) for kind in slow}
        for kind, connection in waiting.items():
            connection.sendall(slow[kind][0])
        for kind, connection in waiting.items():
            found = answers(rest(connection))
            assert (kind, statuses(found)) == (kind, slow[kind][1])
            if slow[kind][1][-1:] == (408,):
                assert_neutral(found[-1], 408)
    site.assert_unharmed(before)


@pytest.mark.parametrize("part", ["head", "body"])
def test_who_sends_byte_by_byte_has_no_more_time_than_others(part: str, hasty: Running, http: httpx.Client) -> None:
    site = Site(hasty, hasty.world(), hasty.world(), http)
    before = site.state()
    with connect(hasty) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n" if part == "head" else site.good.head(b"Content-Length: 100"))
        sent = 0
        while not select.select([connection], [], [], 0.05)[0]:
            connection.sendall(b"x")
            sent += 1
        (answer,) = answers(rest(connection))
    assert_neutral(answer, 408)
    assert sent < 60
    site.assert_unharmed(before)


def test_who_does_not_read_answers_is_left(hasty: Running) -> None:
    asking = b"GET /_mock/docs/kii/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with connect(hasty) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(asking * 200)
        connection.settimeout(30)
        # The server stops reading, and after the time it hangs up on the bytes that it has not sent.
        assert hung_up_on(connection, asking * 200)
    assert hasty.errors.read_text() == ""


# ---------------------------------------------------------------------------------------------------- number


def test_connections_over_the_bound_are_told_so_and_served_again_when_others_have_gone(
    tmp_path_factory: pytest.TempPathFactory, http: httpx.Client
) -> None:
    few = ["sh", "-c", 'ulimit -n 200; exec "$0" "$@"', *MOCK]
    with serving(tmp_path_factory.mktemp("few"), command=few) as running:
        with ExitStack() as stack:
            idle = [stack.enter_context(connect(running)) for _ in range(99)]
            for connection in idle:
                connection.sendall(b"GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n")
            # The console needs a second connection to its own server.
            assert talk(running, b"GET /_mock/ HTTP/1.1\r\nHost: localhost\r\n\r\n", half=True)[0].status == 503
            stack.enter_context(connect(running))
            told = talk(running, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert_neutral(told[0], 503)
            for connection in idle:
                assert connection.recv(12) == b"HTTP/1.1 404"
        assert httpx.get(f"{running.url}/_mock/", trust_env=False).status_code == 200
    assert running.errors.read_text() == ""
