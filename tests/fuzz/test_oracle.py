"""The oracle finds each thing that must not be, on a server that does it, and finds nothing on one that does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from .broken_server import broken_server
from .inputs import Input
from .known import ATTACKED
from .oracle import Oracle, accepted
from .wire import Answer, Heard, asked, exchange

REFUSED = b"POST /worlds/attacked/words HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nlamp"
TAKEN = REFUSED.replace(b"Host: x", b"Host: x\r\nAuthorization: Bearer friend")
NOTHING_HERE, HEALTH = 1, 0


def found(fault: str, folder: Path, *parts: bytes | int, patience: float = 10) -> set[str]:
    """Try one input on a server with this fault, and return the checks that did not hold."""
    with broken_server(fault, folder) as site:
        oracle = Oracle(site, patience)
        oracle.begin()
        oracle.look_at(ATTACKED)
        tried = Input(0, "bytes", parts or (REFUSED,), authentic=False)
        broken = [*oracle.judge(tried, exchange(site.address, tried.raw, patience))]
        broken += oracle.rest()
        broken += oracle.slowed(oracle.pace())
    return {one.check for one in broken}


@pytest.mark.parametrize(
    "parts",
    [(REFUSED,), (TAKEN,), (HEALTH, TAKEN, NOTHING_HERE), (HEALTH, NOTHING_HERE), (REFUSED[:-2],), (TAKEN, REFUSED), (REFUSED[:-30],)],
    ids=["refused", "taken", "between known ones", "known ones", "cut in its body", "two", "cut in its head"],
)
def test_a_server_without_a_fault_breaks_nothing(parts: tuple[bytes | int, ...], tmp_path: Path) -> None:
    assert found("", tmp_path, *parts) == set()


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        ("500", "answer-5xx"),
        ("changes-state", "state-changed"),
        ("traceback", "traceback"),
        ("no-http", "no-http"),
        ("two-answers", "other-answer"),
    ],
)
def test_a_fault_is_found(fault: str, check: str, tmp_path: Path) -> None:
    assert found(fault, tmp_path) == {check}


def test_a_server_that_says_it_is_over_its_bounds_breaks_nothing(tmp_path: Path) -> None:
    assert found("503", tmp_path) == set()


def test_a_success_counts_as_such_though_a_known_request_was_taken_for_its_trailer(tmp_path: Path) -> None:
    raw = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y"
    tried = Input(0, "bytes", (raw, NOTHING_HERE, NOTHING_HERE), authentic=False)
    heard = Heard(asked(tried.raw), [Answer(200, "", b""), Answer(404, "", b"")])
    assert accepted(tried, heard)
    assert not accepted(tried, Heard(heard.asked, [Answer(400, "", b""), Answer(200, "", b"")]))


def test_a_change_to_the_world_beside_is_found(tmp_path: Path) -> None:
    assert "watched-changed" in found("changes-the-world-beside", tmp_path)


def test_an_answer_of_another_request_is_found(tmp_path: Path) -> None:
    assert "other-answer" in found("swapped", tmp_path, REFUSED, NOTHING_HERE)
    assert "known-answer" in found("swapped", tmp_path)


def test_a_change_by_a_refused_request_is_found_though_known_ones_around_it_succeed(tmp_path: Path) -> None:
    assert found("changes-state", tmp_path, HEALTH, REFUSED, HEALTH) == {"state-changed"}


def test_a_whole_request_without_an_answer_is_found(tmp_path: Path) -> None:
    assert "silent" in found("silent", tmp_path, patience=0.5)


def test_a_server_that_becomes_slow_is_found(tmp_path: Path) -> None:
    assert found("slow", tmp_path) == {"slow"}


@pytest.mark.parametrize(
    ("raw", "methods", "most", "whole"),
    [
        (REFUSED, ["POST"], 1, True),
        (REFUSED + b"HEAD / HTTP/1.1\r\n", ["POST"], 2, False),
        (b"GET / HTTP/1.1\r\n\r\n\0", ["GET"], 2, False),
        (b"", [], 0, True),
        (b"\0", [], 1, False),
    ],
)
def test_what_bytes_ask_for(raw: bytes, methods: list[str], most: int, whole: bool) -> None:
    ask = asked(raw)
    assert (ask.methods, ask.most, ask.whole) == (methods, most, whole)
