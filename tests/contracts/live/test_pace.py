"""How fast and how much a run asks, and which request it sends again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from email.utils import formatdate

import httpx
import pytest
from ownership_contracts.contracts.live.mode import Limits
from ownership_contracts.contracts.live.pace import Pace, Spent
from ownership_contracts.contracts.live.retry import TRIES, Busy, Patient, retry_after
from ownership_contracts.contracts.unavailable import Unavailable

NOW = 1_790_000_000.0
Sent = httpx.Response | Exception


class Clock:
    """A clock that goes where something sleeps. slept: how long each time."""

    def __init__(self) -> None:
        self.now = 5_000.0
        self.slept: list[float] = []

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def pace(clock: Clock, per_second: float = 1e6, requests: int = 1_000, seconds: float = 1_000.0) -> Pace:
    return Pace(Limits(per_second=per_second, requests=requests, seconds=seconds), clock.read, clock.sleep)


def test_requests_are_spread(clock: Clock) -> None:
    held = pace(clock, per_second=4)
    for _ in range(3):
        held.take()
    clock.now += 10
    held.take()
    held.take()
    assert clock.slept == [0.25, 0.25, 0.25]


def test_threads_share_one_pace() -> None:
    clock = Clock()
    waits: list[float] = []
    # Nothing sleeps: each thread is told what it would have to.
    held = Pace(Limits(per_second=10), clock.read, waits.append)
    threads = [threading.Thread(target=held.take) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(round(wait, 6) for wait in waits) == [round(number / 10, 6) for number in range(1, 20)]


def test_no_more_is_sent_than_the_limits_give(clock: Clock) -> None:
    held = pace(clock, requests=2)
    held.take()
    held.require()
    held.take()
    for ask in (held.take, held.require):
        with pytest.raises(Spent, match="2 requests"):
            ask()
    assert held.sent == 2


def test_a_run_ends_with_its_seconds(clock: Clock) -> None:
    held = pace(clock, per_second=1, seconds=2.5)
    clock.now += 100
    for _ in range(3):
        held.take()
    # The next would be sent at the third second.
    with pytest.raises(Spent, match=r"2\.5 seconds"):
        held.take()
    held.require()
    clock.now += 0.5
    with pytest.raises(Spent):
        held.require()
    assert held.sent == 3


def test_what_is_spent_skips_a_row() -> None:
    assert issubclass(Spent, Unavailable)


class Server(httpx.BaseTransport):
    """Answers with each of these in turn. asked: how often."""

    def __init__(self, *answers: Sent) -> None:
        self._answers = iter(answers)
        self.asked = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


def busy(retry_after: str | None = None, status: int = 429, **headers: str) -> httpx.Response:
    return httpx.Response(status, headers={**headers, **({} if retry_after is None else {"retry-after": retry_after})})


def asked(server: Server, clock: Clock, method: str = "POST", requests: int = 1_000, seconds: float = 1_000.0) -> httpx.Response:
    with httpx.Client(transport=Patient(server, pace(clock, requests=requests, seconds=seconds))) as client:
        return client.request(method, "http://server/", content=b"x")


GOOD = httpx.Response


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize(
    ("told", "waited"),
    [("7", 7), ("0", 0), (None, 1), ("-3", 1), ("soon", 1), ("1.5", 1), ("60", 60), (formatdate(NOW + 9, usegmt=True), 9), (formatdate(NOW - 9), 0)],
)
def test_what_was_refused_for_now_is_sent_again_when_it_may_be(clock: Clock, method: str, told: str | None, waited: float) -> None:
    server = Server(busy(told, date=formatdate(NOW, usegmt=True)), GOOD(200))
    answer = asked(server, clock, method)
    assert (answer.status_code, answer.extensions[TRIES], server.asked) == (200, 2, 2)
    assert sum(clock.slept) == pytest.approx(waited, abs=0.01)


@pytest.mark.parametrize("told", ["61", "86400", "9" * 18, formatdate(NOW + 86_400, usegmt=True)])
def test_a_run_waits_no_day_and_says_what_it_was_asked(clock: Clock, told: str) -> None:
    server = Server(busy(told, date=formatdate(NOW, usegmt=True)))
    with pytest.raises(Busy, match=r"429 and asks to wait [\d,]+ s \(Retry-After\); 60 s are waited at the most"):
        asked(server, clock)
    assert clock.slept == []


def test_a_run_waits_no_longer_than_it_lasts(clock: Clock) -> None:
    with pytest.raises(Busy, match=r"wait 20 s .*; 10 s are waited"):
        asked(Server(busy("20")), clock, seconds=10)


def test_a_server_that_goes_on_refusing_breaks_no_clause(clock: Clock) -> None:
    with pytest.raises(Busy, match="asks for no time; it was asked 3 times"):
        asked(Server(busy(), busy(), busy()), clock)
    assert clock.slept == [1, 2]


def test_a_pause_is_one_for_all(clock: Clock) -> None:
    held = pace(clock)
    with httpx.Client(transport=Patient(Server(busy("61")), held)) as client, pytest.raises(Busy):
        client.get("http://server/")
    held.pause(3)
    held.take()
    assert sum(clock.slept) == pytest.approx(3, abs=0.01)


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("HEAD", 200), ("POST", 503), ("PUT", 503), ("DELETE", 503)])
def test_an_outage_with_an_end_is_waited_for_where_nothing_is_changed(clock: Clock, method: str, status: int) -> None:
    assert asked(Server(busy("5", 503), GOOD(200)), clock, method).status_code == status


def test_an_outage_without_an_end_is_an_answer(clock: Clock) -> None:
    assert asked(Server(busy(None, 503)), clock, "GET").status_code == 503
    assert asked(Server(*[busy("1", 503)] * 3), clock, "GET").extensions[TRIES] == 3


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("error", [httpx.ConnectError("x"), httpx.ConnectTimeout("x")])
def test_what_never_left_is_sent_again(clock: Clock, method: str, error: Exception) -> None:
    assert asked(Server(error, error, GOOD(200)), clock, method).extensions[TRIES] == 3
    assert clock.slept == [0.25, 0.5]


@pytest.mark.parametrize("error", [httpx.ReadError("x"), httpx.WriteError("x"), httpx.RemoteProtocolError("x")])
def test_what_may_have_arrived_is_sent_again_only_where_it_changes_nothing(clock: Clock, error: Exception) -> None:
    assert asked(Server(error, GOOD(200)), clock, "GET").extensions[TRIES] == 2
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        server = Server(error)
        with pytest.raises(type(error)):
            asked(server, clock, method)
        assert server.asked == 1


def test_a_deadline_is_one_for_all_tries(clock: Clock) -> None:
    with pytest.raises(httpx.ReadTimeout):
        asked(Server(httpx.ReadTimeout("x")), clock, "GET")


def test_a_server_that_is_down_is_not_waited_for_again_and_again(clock: Clock) -> None:
    server = Server(*[httpx.ConnectError("x")] * 4, GOOD(200), httpx.ConnectError("x"), GOOD(200))
    with httpx.Client(transport=Patient(server, pace(clock))) as client:
        tries = []
        for _ in range(4):
            before = server.asked
            with suppress(httpx.ConnectError):
                client.get("http://server/")
            tries.append(server.asked - before)
    assert tries == [3, 1, 1, 2]


def test_a_body_that_can_be_read_once_is_sent_once(clock: Clock) -> None:
    def parts() -> Iterator[bytes]:
        yield b"x"

    server = Server(httpx.ConnectError("x"))
    with httpx.Client(transport=Patient(server, pace(clock))) as client, pytest.raises(httpx.ConnectError):
        client.post("http://server/", content=parts())
    assert server.asked == 1


def test_each_try_counts(clock: Clock) -> None:
    with pytest.raises(Spent):
        asked(Server(busy("1"), GOOD(200)), clock, requests=1)


@pytest.mark.parametrize("told", [b"Mon, 99 Foo 2026 00:00:00 GMT", "\u0663".encode(), b"", b"1, 2", b"1" * 19])
def test_what_is_no_time_is_none(told: bytes) -> None:
    assert retry_after(httpx.Response(429, headers=[(b"Retry-After", told)])) is None


def test_a_time_without_the_answers_own_is_counted_from_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: NOW)
    assert retry_after(busy(formatdate(NOW + 5, usegmt=True))) == 5
