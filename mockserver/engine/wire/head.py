"""What the head of a request may be, beyond what the parser sees to: nothing that could be read in two ways."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

MOST_TARGET = 8 * 1024
"""The longest request target, in bytes."""
MOST_HEAD = 64 * 1024
"""The most bytes of a request's header fields, trailers included."""
MOST_FIELDS = 200
"""The most header fields of a request."""

_HOST = re.compile(rb"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]{2,45}\])(?::([0-9]{0,5}))?")
_ABSOLUTE = re.compile(rb"https?://([^/?#]*)([^#]*)", re.IGNORECASE)
_LARGEST_PORT = 65535


class HeadError(ValueError):
    """A head that is refused. kind: a key of protocol.yaml; the message says what to send instead."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


@dataclass(frozen=True)
class Target:
    """What a request asks for: the path as it was sent, and the query without its question mark."""

    path: bytes
    query: bytes


def target(method: str, sent: bytes) -> Target:
    """Return the path and the query of a request target in origin or absolute form, or of OPTIONS with an asterisk. HeadError."""
    if method == "CONNECT":
        raise HeadError("malformed_request", "CONNECT is not taken: this server is no proxy.")
    if sent == b"*" and method == "OPTIONS":
        return Target(b"*", b"")
    absolute = _ABSOLUTE.fullmatch(sent)
    if absolute:
        if not _is_host(absolute[1]):
            raise HeadError("malformed_request", "The request target is a URL without a well-formed host.")
        sent = absolute[2] if absolute[2].startswith(b"/") else b"/" + absolute[2]
    if not sent.startswith(b"/") or b"#" in sent:
        raise HeadError("malformed_request", "The request target is to be a path that begins with a slash, and without a fragment.")
    path, _, query = sent.partition(b"?")
    return Target(path, query)


def check_fields(version: str, fields: Iterable[tuple[bytes, bytes]]) -> bool:
    """Return whether the client waits for 100 (Continue) before it sends the body. HeadError: fields that are refused.

    version: the digits of the request's HTTP version. fields: names in lower case.
    """
    hosts, codings, expectations = [], [], []
    for name, value in fields:
        if name == b"host":
            hosts.append(value)
        elif name == b"transfer-encoding":
            codings.append(value)
        elif name == b"expect":
            expectations.append(value)
    if version not in ("1.0", "1.1"):
        raise HeadError("malformed_request", "This server speaks HTTP/1.1 and HTTP/1.0.")
    _check_hosts(version, hosts)
    if codings and (version == "1.0" or len(codings) > 1 or codings[0].lower() != b"chunked"):
        raise HeadError("malformed_request", "Transfer-Encoding is to be chunked, given once, and is no part of HTTP/1.0.")
    return _expected(version, expectations)


def _check_hosts(version: str, hosts: list[bytes]) -> None:
    if not hosts and version == "1.0":
        return
    if len(hosts) != 1:
        raise HeadError("malformed_request", f"HTTP/1.1 needs one Host header; there are {len(hosts)}.")
    if not _is_host(hosts[0]):
        raise HeadError("malformed_request", "The Host header is to be a host name or address, and a port if one is needed.")


def _expected(version: str, expectations: list[bytes]) -> bool:
    if not expectations or version == "1.0":
        return False
    if any(value.lower() != b"100-continue" for value in expectations):
        raise HeadError("expectation_failed", "The one expectation that can be met is 100-continue.")
    return True


def _is_host(text: bytes) -> bool:
    found = _HOST.fullmatch(text)
    return found is not None and int(found[1] or 0) <= _LARGEST_PORT
