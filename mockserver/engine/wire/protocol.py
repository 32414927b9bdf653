"""HTTP/1.1 as it comes in, with a bound on everything."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import httptools

from ..access import Access
from ..regular import most_body
from .connection import Connection
from .head import MOST_FIELDS, MOST_HEAD, MOST_TARGET, HeadError, check_fields, target


class Wire(Connection):
    """uvicorn's HTTP protocol, closed to what could be read in two ways.

    A request reaches the app when it has arrived whole, and does not reach it where it breaks off, breaks HTTP or takes too long. A refusal
    is answered after what was asked before it, and is the last answer of its connection: nothing behind it is read as HTTP.
    """

    access = Access()
    """Whom the control API answers: their bodies may be larger."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        # Without uvicorn's leniency: what comes after the last request is dropped before it is parsed.
        self.parser = httptools.HttpRequestParser(self)
        # The head of the request is complete; it asks for another protocol, and is to be read once more as if it did not.
        self.headed = self.upgrading = False
        # Whether the last bytes brought a request's head, a part of its body or its end, and how many have come since some did.
        self.moved = False
        self.unmoved = 0
        self.head_size = 0
        self.body = bytearray()
        # How many bytes that may have.
        self._most = 0
        self.keep = True
        self.waits = False

    def parse(self, data: bytes) -> None:
        """Take what has come."""
        self.moved = False
        try:
            self._feed(data)
        except httptools.HttpParserCallbackError:
            raise
        except httptools.HttpParserError as error:
            self.refuse("malformed_request", f"{error}.")
        self.unmoved = self.unmoved + len(data) if self.arriving and not self.moved else 0
        # What the parser has not told of yet: a field, a trailer or a chunk's extension without an end.
        if self.unmoved > MOST_HEAD:
            self._too_much_head()

    def _feed(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as paused:
            rest = memoryview(data)[paused.args[0] :]
        else:
            return
        while not self.deaf:
            # The parser takes what follows for another protocol's. No other is spoken here, so that HTTP goes on.
            head = self._without_upgrade()
            self.parser = httptools.HttpRequestParser(self)
            self.parser.feed_data(head)
            try:
                if rest:
                    self.parser.feed_data(rest)
            except httptools.HttpParserUpgrade as paused:
                rest = rest[paused.args[0] :]
            else:
                return

    def _without_upgrade(self) -> bytes:
        fields = b"".join(b"%s: %s\r\n" % field for field in self.headers if field[0] != b"upgrade")
        return b"%s %s HTTP/%s\r\n%s\r\n" % (self.scope["method"].encode(), self.url, self.parser.get_http_version().encode(), fields)

    def on_message_begin(self) -> None:
        """Begin a request."""
        if self.deaf:
            return
        super().on_message_begin()
        self.arriving = True
        self.headed = self.upgrading = self.waits = False
        self.head_size = 0
        self.body = bytearray()
        self.expect()

    def on_url(self, url: bytes) -> None:
        """Take a piece of the target."""
        if self.deaf:
            return
        if not self.url:
            # An answer to HEAD has no body, a refusal of one that is not read to its end neither.
            self.scope["method"] = self.parser.get_method().decode("ascii")
        self.url += url
        if len(self.url) > MOST_TARGET:
            self.refuse("target_too_long", f"A request target is to have at most {MOST_TARGET} bytes.")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header field. A trailer is passed over, but for its size."""
        if self.deaf:
            return
        self.head_size += len(name) + len(value)
        if self.head_size > MOST_HEAD or len(self.headers) >= MOST_FIELDS:
            self._too_much_head()
        elif not self.headed:
            self.headers.append((name.lower(), value))

    def _too_much_head(self) -> None:
        self.refuse("headers_too_large", f"A request is to have at most {MOST_FIELDS} header fields of {MOST_HEAD} bytes in all.")

    def on_headers_complete(self) -> None:
        """Judge the head."""
        if self.deaf:
            return
        self.headed = self.moved = True
        method, version = self.parser.get_method().decode("ascii"), self.parser.get_http_version()
        self.scope["method"], self.scope["http_version"] = method, version
        try:
            asked = target(method, self.url)
            self.upgrading = self.parser.should_upgrade()
            self.waits = check_fields(version, self.headers)
        except HeadError as error:
            self.refuse(error.kind, str(error))
            return
        self.scope["raw_path"], self.scope["query_string"] = asked.path, asked.query
        self.scope["path"] = unquote(asked.path.decode("ascii"))
        self.keep = version != "1.0" and self.parser.should_keep_alive()
        if self.upgrading:
            return
        self._most = most_body(self.scope, self.access)
        if int(dict(self.headers).get(b"content-length", 0)) > self._most:
            self._too_much_body()
        elif self.waits and not self.busy():
            self._go_on()

    def _go_on(self) -> None:
        self.waits = False
        self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_response_complete(self) -> None:
        """Go on with the next request, or let its sender send the body."""
        super().on_response_complete()
        if self.waits and self.arriving and self.headed and not self.busy() and not self.deaf:
            self._go_on()

    def on_chunk_header(self) -> None:
        """See that the body goes on."""
        self.moved = True

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        if self.deaf or self.upgrading:
            return
        self.moved = True
        self.body += body
        if len(self.body) > self._most:
            self._too_much_body()

    def _too_much_body(self) -> None:
        # The app says so in the vendor's words.
        self.take_turn(self.scope, bytes(self.body), self.app, keep_alive=False)
        self.unread = True

    def on_message_complete(self) -> None:
        """Hand the request on."""
        if self.deaf or self.upgrading:
            return
        self.moved = True
        self.take_turn(self.scope, bytes(self.body), self.app, keep_alive=self.keep)


def wire(access: Access) -> type[Wire]:
    """Return the protocol of a server with this rule of access."""
    return type("Wire", (Wire,), {"access": access})
