"""Where an answer ends in what was read."""

from __future__ import annotations

import pytest
from ownership_contracts.contracts.live.ending import ends_there

HEAD = b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n"


@pytest.mark.parametrize(
    ("read", "piece"),
    [
        (HEAD, b""),
        (b"\r\n", b""),
        (b"\n", b""),
        (HEAD + b"body", b"body"),
        (b"dy", b"dy"),
        (HEAD + b"body\r\n\r\n", b"body\r\n\r\n"),
        (HEAD + b"4\r\nbody\r\n0\r\n\r\n", b"body"),
        (b"body\r\n00;why=not\r\nA: b\r\nC: d\r\n\r\n", b"body"),
        (b"\r\n0\r\n\r\n", b"body"),
        (b"0\r\n\r\n", b"body"),
        (b"\r\n", b"body"),
    ],
)
def test_an_answer_that_ends_where_the_reading_does(read: bytes, piece: bytes) -> None:
    assert ends_there(read, piece)


@pytest.mark.parametrize(
    ("read", "piece"),
    [
        (HEAD + b"no", b""),
        (HEAD + b"2\r\nno\r\n0\r\n\r\n", b""),
        (HEAD + HEAD, b""),
        (HEAD + b"body" + HEAD, b"body"),
        (HEAD + b"4\r\nbody\r\n0\r\n\r\n" + HEAD, b"body"),
        (b"0\r\n\r\n" + HEAD, b"body"),
        (b"0\r\n\r\nx", b"body"),
    ],
)
def test_an_answer_with_something_behind_it(read: bytes, piece: bytes) -> None:
    assert not ends_there(read, piece)
