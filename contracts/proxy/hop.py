"""Which headers go on to the next hop, and what they say there (RFC 9110, 7.6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

Field = tuple[bytes, bytes]
OF_ONE_HOP = frozenset({b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"})
"""Headers that speak of one connection alone, beside those that Connection names."""
LENGTH = frozenset({b"content-length"})
ANSWERED_HERE = frozenset({b"host", b"proxy-authorization", b"http2-settings"})
FORWARDED = frozenset({b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto"})
READABLE = ("gzip", "deflate", "identity")
"""The content codings that an exchange can be judged in."""
NAME = b"ownership-contracts"
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Sides:
    """Who stands where. client: the address of the one who calls. called: the host and port that he called, as his Host header has them.

    base_url: the deployment's, where paths begin. extra: headers that go out to it with every request that has none of that name.
    """

    client: str
    called: bytes
    base_url: str
    extra: Mapping[str, str] = field(default_factory=dict)


def to_deployment(headers: Iterable[Field], sides: Sides) -> list[Field]:
    """Return the headers of a request as the deployment gets them, in their order.

    Host is the deployment's; X-Forwarded-For, -Host and -Proto and Via say who asked whom. Accept-Encoding keeps the codings that can be judged.
    """
    sent = list(headers)
    dropped = _of_this_hop(sent) | ANSWERED_HERE | FORWARDED
    has = {name.lower() for name, _ in sent}
    kept = [_narrowed(*found) for found in sent if found[0].lower() not in dropped and not _asks_for_the_body(*found)]
    before = [value for name, value in sent if name.lower() == b"x-forwarded-for"]
    framing = [(b"Transfer-Encoding", b"chunked")] if b"transfer-encoding" in has else []
    return [
        (b"Host", urlsplit(sides.base_url).netloc.encode()),
        *kept,
        *framing,
        (b"X-Forwarded-For", b", ".join([*before, sides.client.encode()])),
        (b"X-Forwarded-Host", sides.called),
        (b"X-Forwarded-Proto", b"http"),
        (b"Via", b"1.1 " + NAME),
        *((name.encode(), value.encode()) for name, value in sides.extra.items() if name.lower().encode() not in has),
    ]


def to_client(status: int, headers: Iterable[Field], sides: Sides) -> list[Field]:
    """Return the headers of an answer as the client gets them: in their order and case, each as often as it came.

    A Location on the deployment leads to this proxy instead. Cookies and all else stay as they are.
    """
    sent = list(headers)
    dropped = _of_this_hop(sent) | (LENGTH if status in (204, 304) else set())
    return [
        (name, _here(value, sides) if name.lower() in (b"location", b"content-location") else value)
        for name, value in sent
        if name.lower() not in dropped
    ]


def asks_to_upgrade(headers: Iterable[Field], protocol: bytes) -> bool:
    """Return whether the request asks that its connection goes on with this protocol."""
    asked = (word for name, value in headers if name.lower() == b"upgrade" for word in value.lower().split(b","))
    return any(word.strip().startswith(protocol) for word in asked)


def leads_elsewhere(target: bytes, port: int | None, base_url: str) -> bool:
    """Return whether a request's target names a server: neither the one that listens at this port, whatever it is called, nor the deployment."""
    if not target.lower().startswith((b"http://", b"https://")):
        return False
    try:
        there, base = urlsplit(target.decode("latin-1")), urlsplit(base_url)
        named = there.port or DEFAULT_PORTS[there.scheme]
        return named != port and (there.hostname, named) != (base.hostname, base.port or DEFAULT_PORTS[base.scheme])
    except ValueError:
        return True


def _of_this_hop(headers: Iterable[Field]) -> set[bytes]:
    """Return what goes no further. A length that stands beside another framing is none; else it stays, whatever Connection says of it."""
    sent = list(headers)
    named = {word.strip().lower() for name, value in sent if name.lower() == b"connection" for word in value.split(b",")}
    framed = any(name.lower() == b"transfer-encoding" for name, _ in sent)
    return {*OF_ONE_HOP, *(named - LENGTH - {b""}), *(LENGTH if framed else ())}


def _asks_for_the_body(name: bytes, value: bytes) -> bool:
    # 100 (Continue) comes from here, as soon as the deployment takes the body.
    return name.lower() == b"expect" and value.lower() == b"100-continue"


def _narrowed(name: bytes, value: bytes) -> Field:
    if name.lower() != b"accept-encoding":
        return name, value
    offered = [word.strip() for word in value.decode("latin-1").split(",")]
    kept = [word for word in offered if word.partition(";")[0].strip().lower() in READABLE]
    return name, ", ".join(kept or ["identity"]).encode("latin-1")


def _here(value: bytes, sides: Sides) -> bytes:
    """Return a Location with the proxy's own origin where it leads to the deployment; another as it is."""
    text = value.decode("latin-1")
    try:
        there, base = urlsplit(text), urlsplit(sides.base_url)
        if there.netloc and (there.hostname, there.port or DEFAULT_PORTS.get(there.scheme)) != (
            base.hostname,
            base.port or DEFAULT_PORTS[base.scheme],
        ):
            return value
    except ValueError:
        return value
    if not (there.path + "/").startswith(base.path + "/"):
        return value
    below = there._replace(scheme="http" if there.netloc else "", netloc=sides.called.decode("latin-1") if there.netloc else "")
    return below._replace(path=there.path[len(base.path) :]).geturl().encode("latin-1") if there.netloc or base.path else value
