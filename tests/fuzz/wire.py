"""Bytes out, answers in. What is waited for is what the bytes ask for, so that no time-out is spent on a request that is not whole."""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass, field

import h11
import httptools

PATIENCE = 10.0
"""Seconds without a byte after which a request that is whole counts as unanswered."""
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
Address = tuple[str, int]


@dataclass(frozen=True)
class Answer:
    """One answer to a request. media_type: as the header has it."""

    status: int
    media_type: str
    body: bytes

    def __str__(self) -> str:
        return f"{self.status} {self.media_type} {self.body[:160]!r}"


@dataclass
class Asked:
    """What a parser makes of some bytes: the methods and targets of the requests that are whole, and what follows them.

    begun: one more has begun, and is of this method (empty: its target has not). broken: the parser gave up.

    The parser is the one that the server's own is made of; where the server is stricter it answers earlier, and closes.
    """

    methods: list[str] = field(default_factory=list)
    targets: list[bytes] = field(default_factory=list)
    begun: bool = False
    method: str = ""
    broken: bool = False

    @property
    def most(self) -> int:
        """The most answers that may come: one that breaks off or breaks HTTP may be refused, too."""
        return len(self.methods) + int(self.begun or self.broken)

    @property
    def whole(self) -> bool:
        """Whether nothing follows the requests that are whole."""
        return not (self.begun or self.broken)


def asked(raw: bytes) -> Asked:
    """Return what these bytes ask for, sent on one connection."""
    found = Asked()

    class Events:
        target = b""

        def on_message_begin(self) -> None:
            self.target = b""
            found.begun, found.method = True, ""

        def on_url(self, piece: bytes) -> None:
            self.target += piece
            found.method = parser.get_method().decode("latin-1")

        def on_message_complete(self) -> None:
            found.methods.append(parser.get_method().decode("latin-1"))
            found.targets.append(self.target)
            found.begun, found.method = False, ""

    parser = httptools.HttpRequestParser(Events())
    try:
        parser.feed_data(raw)
    except (httptools.HttpParserUpgrade, httptools.HttpParserError):
        found.broken = True
    return found


@dataclass
class Heard:
    """What came back to what was asked for: the final answers in their order, and what is wrong with the bytes as HTTP (None: nothing).

    ended: closed (by the server, also where it reset the connection), or silent where it left a whole request unanswered, or the connection open.
    """

    asked: Asked
    answers: list[Answer] = field(default_factory=list)
    fault: str | None = None
    ended: str = "closed"
    rest: bytes = b""


def exchange(address: Address, raw: bytes, patience: float = PATIENCE) -> Heard:
    """Send the bytes on a connection of their own and read until every whole request is answered, then say that no more comes, and read on."""
    ask = asked(raw)
    heard = Heard(ask)
    with socket.create_connection(address, timeout=patience) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(raw)
            if not ask.broken and not ask.methods:
                connection.shutdown(socket.SHUT_WR)
        _listen(connection, heard)
    return heard


def _listen(connection: socket.socket, heard: Heard) -> None:
    while True:
        try:
            piece = connection.recv(262144)
        except TimeoutError:
            heard.ended = "silent"
            return
        except OSError:
            return
        heard.rest += piece
        before = len(heard.answers)
        _read(heard, over=not piece)
        if not piece or heard.fault is not None:
            return
        if before < len(heard.asked.methods) <= len(heard.answers) and not heard.asked.broken:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)


def _read(heard: Heard, over: bool) -> None:
    """Move every whole answer from the rest to the answers. over: no more bytes come."""
    methods = [*heard.asked.methods, heard.asked.method]
    while heard.rest and heard.fault is None:
        # No answer: it may be the last that a client hears which breaks off.
        heard.rest = heard.rest.removeprefix(CONTINUE)
        if not heard.rest:
            return
        number = len(heard.answers)
        try:
            found = _answer(heard.rest, methods[number] if number < len(methods) else "GET", over)
        except h11.RemoteProtocolError as error:
            heard.fault = f"{error}: {heard.rest[:200]!r}"
            return
        if found is None:
            return
        answer, heard.rest = found
        heard.answers.append(answer)


def _answer(data: bytes, method: str, over: bool) -> tuple[Answer, bytes] | None:
    """Return the first answer and what follows it; None where more has to come. RemoteProtocolError: it is no HTTP."""
    reader = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
    reader.send(h11.Request(method="HEAD" if method == "HEAD" else "GET", target="/", headers=[("Host", "x")]))
    reader.send(h11.EndOfMessage())
    reader.receive_data(data)
    if over:
        reader.receive_data(b"")
    status, media_type, body = 0, "", b""
    while True:
        event = reader.next_event()
        if event is h11.NEED_DATA or event is h11.PAUSED:
            return None
        if isinstance(event, h11.Response):
            status = event.status_code
            media_type = next((value.decode("latin-1") for name, value in event.headers if name == b"content-type"), "")
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            return Answer(status, media_type, body), reader.trailing_data[0]
        elif isinstance(event, h11.ConnectionClosed):
            raise h11.RemoteProtocolError("the connection was closed within an answer")
