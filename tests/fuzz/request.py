"""A request as bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace

Header = tuple[bytes, bytes]


@dataclass(frozen=True)
class Request:
    """The parts of a request, each as it stands on the wire. framed: a Content-Length is added that fits the body."""

    method: bytes
    target: bytes
    headers: tuple[Header, ...]
    body: bytes = b""
    framed: bool = True
    version: bytes = b"HTTP/1.1"

    @property
    def lines(self) -> list[bytes]:
        """The head's lines, without their ends."""
        length = [(b"Content-Length", b"%d" % len(self.body))] if self.framed and self.body else []
        return [b" ".join((self.method, self.target, self.version)), *(name + b": " + value for name, value in (*self.headers, *length))]

    @property
    def raw(self) -> bytes:
        return b"\r\n".join([*self.lines, b"", b""]) + self.body

    def adding(self, *headers: Header) -> Request:
        """Return the request with more headers."""
        return replace(self, headers=(*self.headers, *headers))

    def without(self, *names: bytes) -> Request:
        """Return the request without the headers of these names (in lower case)."""
        return replace(self, headers=tuple(header for header in self.headers if header[0].lower() not in names))
