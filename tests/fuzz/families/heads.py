"""What stands in a request's headers."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from random import Random

from .. import odd
from ..draft import draft
from ..request import Header, Request
from ..vocabulary import Vocabulary

MEDIA = (
    b"application/json", b"APPLICATION/JSON", b"application/json;charset=utf-8", b"application/json; charset=bogus",
    b"application/json;charset=utf-16", b"text/plain", b"", b";", b"application/", b"*/*", b"multipart/form-data",
    b"multipart/form-data; boundary=", b"multipart/form-data; boundary=\xff", b"application/x-www-form-urlencoded",
    b"application/json, text/plain", b"application/json;" + b"a=b;" * 2000, b"application/json\t", b"\xe9", b"json",
    b'application/json; charset="utf-8', b"application/json; charset", b"application/json\0", b"application/json;charset=rot13", b"a/b/c",
)  # fmt: skip
LENGTHS = (
    b"0", b"1", b"5", b"1000", b"99999999999999999999", b"-1", b"+5", b"0x10", b"1e3", b"", b" ", b"5, 5", b"5,6", b"5 5", b"\xd9\xa5",
    b"05", b"5.0", b"1048577", b"9223372036854775807", b"18446744073709551616", b"1_0", b"\t5",
)  # fmt: skip
CODINGS = (
    b"chunked", b"Chunked", b"chunked, chunked", b"gzip, chunked", b"chunked, identity", b"identity", b"gzip", b"xchunked", b" chunked",
    b"chunked;q=1", b"\x0bchunked", b"chunked\t", b"", b'"chunked"', b"cow", b"deflate",
)  # fmt: skip
HOSTS = (
    b"", b"a b", b"evil.example", b"127.0.0.1:99999", b"[::1", b"[::1]:8080", b"a:b", b"x" * 5000, b"\xff", b"a/b", b"a@b", b"localhost:",
    b"a,b", b"%00", b"127.0.0.1:-1", b"a?b", b"[", b"\xc3\xa9.example", b"a#b", b"::1", b"]", b"127.0.0.1:8\xb2",
)  # fmt: skip
ORIGINS = (b"null", b"http://evil.example", b"http://127.0.0.1", b"*", b"", b"x", b"http://a, http://b", b"\xff", b"http://a" * 999)
OTHERS: tuple[Header, ...] = (
    (b"Connection", b"close"), (b"Connection", b"upgrade"), (b"Connection", b"keep-alive, close, x"), (b"Connection", b""),
    (b"Upgrade", b"h2c"), (b"Upgrade", b"websocket"), (b"HTTP2-Settings", b"x"), (b"Accept", b"\xff"),
    (b"Accept", b"text/html;q=" + b"9" * 500), (b"Accept-Encoding", b"gzip"), (b"Range", b"bytes=0-99999999999999"), (b"If-Match", b"*"),
    (b"X-HTTP-Method-Override", b"DELETE"), (b"X-Forwarded-For", b"\xff"), (b"X-Forwarded-Proto", b"https"),
    (b"X-Forwarded-Host", b"evil.example"), (b"Forwarded", b"for=1.2.3.4;host=x"), (b"Content-Encoding", b"gzip"),
    (b"Content-Range", b"bytes 0-1/2"), (b"TE", b"trailers"), (b"Trailer", b"X"), (b"Proxy-Connection", b"x"), (b"Date", b"x"),
    (b"Max-Forwards", b"0"), (b"Accept-Language", b"%s"), (b"Transfer_Encoding", b"chunked"), (b"Content_Length", b"9"),
    (b"Keep-Alive", b"timeout=0"), (b"Via", b"1.1 x"),
)  # fmt: skip


def header_level(rng: Random, words: Vocabulary) -> list[bytes | int]:
    """Spoil a request's headers in one to three ways."""
    request = draft(rng, words).request()
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        request = rng.choice(HEADS)(rng, request)
    return [request.raw]


def _media(rng: Random, request: Request) -> Request:
    own = next((value for name, value in request.headers if name == b"Content-Type"), b"application/json")
    value = rng.choice((*MEDIA, own.upper(), own + b";charset=UTF-8", own + b" ; x", own + b"," + own, b" " + own, own[:-1]))
    kept = request if rng.random() < 0.2 else request.without(b"content-type")
    return kept.adding((b"Content-Type", value)) if rng.random() < 0.9 else kept


def _length(rng: Random, request: Request) -> Request:
    right = b"%d" % len(request.body)
    value = rng.choice((*LENGTHS, b"%d" % (len(request.body) + rng.choice((-1, 1, 2, -2, 100))), right))
    again = [(b"Content-Length", rng.choice((value, right, b"7")))] if rng.random() < 0.3 else []
    return replace(request, framed=rng.random() < 0.2).adding((rng.choice((b"Content-Length", b"content-length")), value), *again)


def _coding(rng: Random, request: Request) -> Request:
    name = rng.choice(
        (b"Transfer-Encoding", b"Transfer-Encoding", b"transfer-encoding", b"Transfer-Encoding ", b" Transfer-Encoding", b"Transfer-Encoding\t")
    )
    added = request.adding(*[(name, rng.choice(CODINGS)) for _ in range(rng.choice((1, 1, 2)))])
    body = rng.choice((request.body, b"0\r\n\r\n", b"%x\r\n%s\r\n0\r\n\r\n" % (len(request.body), request.body), b"1\r\nZ\r\nQ"))
    return replace(added, body=body, framed=rng.random() < 0.6)


def _host(rng: Random, request: Request) -> Request:
    kept = request if rng.random() < 0.3 else request.without(b"host")
    return kept.adding((b"Host", rng.choice(HOSTS))) if rng.random() < 0.85 else kept


def _authorization(rng: Random, request: Request) -> Request:
    own = next((value for name, value in request.headers if name == b"Authorization"), b"Bearer x")
    token = own.partition(b" ")[2]
    value = rng.choice((
        own.lower(), own.upper(), b"bearer " + token, b"Bearer  " + token, b"Bearer\t" + token, b"Bearer", b"Bearer ", b"", b" ", token,
        own + b" x", own + b"," + own, own + b"\0", b"\xff\xfe", b"Bearer \xff", b"Bearer " + b"x" * rng.choice((10, 3000, 70000)),
        b"Basic", b"Basic x", b"Basic !!!!", b"Basic " + base64.b64encode(odd.octets(rng, 20)), b"Basic " + base64.b64encode(b":"),
        b"Basic " + base64.b64encode(b"a:b:c")[:-1], b"Basic =", b"Digest username=x", b"Negotiate x", b'Bearer token="x"',
        b"Bearer " + odd.octets(rng, 8).translate(None, b"\r\n"), b"Token " + token,
    ))  # fmt: skip
    kept = request if rng.random() < 0.25 else request.without(b"authorization")
    return kept.adding((b"Authorization", value))


def _cookie(rng: Random, request: Request) -> Request:
    own = next((value for name, value in request.headers if name == b"Cookie"), b"chx_auth_session=x")
    name, _, value = own.partition(b"=")
    odd_ones = (
        own + b"; " + name + b"=other", name + b"=", name, b"=" + value, b";" * 500, own.replace(b"=", b" = "), name + b'="' + value + b'"',
        own + b"\xff", b"\xff=\xff", name.upper() + b"=" + value, own + b"," + own, b"a=b; " + own, b"; ".join([own] * 300),
        name + b"=" + value[:-1], b"$Version=1; " + own, name + b"=%00", b"=", b"a" * 9000, name + b"=\x01" + value,
    )  # fmt: skip
    return request.adding((b"Cookie", rng.choice(odd_ones)))


def _headed(request: Request) -> Request:
    """Return the request with a header at least: the spoiling before may have taken the only one."""
    return request if request.headers else request.adding((b"X-Only", b"y"))


def _many(rng: Random, request: Request) -> Request:
    shape = rng.randrange(4)
    if shape == 0:
        return request.adding(*[(b"X-%d" % number, b"y") for number in range(rng.choice((10, 99, 101, 1000, 3000)))])
    if shape == 1:
        return request.adding((b"X-Long", b"y" * rng.choice((4000, 16000, 66000, 200_000))))
    if shape == 2:
        return request.adding((b"X" * rng.choice((300, 9000, 66000)), b"y"))
    return request.adding(*[rng.choice(_headed(request).headers)] * rng.choice((1, 2, 50)))


def _octets(rng: Random, request: Request) -> Request:
    request = _headed(request)
    octet = bytes([rng.choice((0, 1, 7, 8, 9, 10, 11, 12, 13, 27, 32, 127, 128, 133, 160, 255))])
    index = rng.randrange(len(request.headers))
    name, value = request.headers[index]
    place = rng.randrange(len(name) + 1)
    at = rng.randrange(len(value) + 1)
    spoilt = rng.choice(
        ((name[:place] + octet + name[place:], value), (name, value[:at] + octet + value[at:]), (name + octet, value), (octet + name, value))
    )
    return replace(request, headers=(*request.headers[:index], spoilt, *request.headers[index + 1 :]))


def _folded(rng: Random, request: Request) -> Request:
    fold = rng.choice((b"\r\n ", b"\r\n\t", b"\n ", b"\r ", b"\r\n\r\n ", b"\r\nX-Other: z", b"\nX-Other: z", b"\r\n : z", b"\r\n:", b"\r\nno colon"))
    if rng.random() < 0.3:
        return request.adding((b"X-Folded", b"a" + fold + b"b"))
    request = _headed(request)
    index = rng.randrange(len(request.headers))
    name, value = request.headers[index]
    at = rng.randrange(len(value) + 1)
    return replace(request, headers=(*request.headers[:index], (name, value[:at] + fold + value[at:]), *request.headers[index + 1 :]))


def _version(rng: Random, request: Request) -> Request:
    versions = (b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"HTTP/1.2", b"HTTP/1.10", b"http/1.1", b"HTTP/1.1 ", b"", b"HTTP/", b"HTTP/-1.1", b"ICE/1.0")
    return replace(request, version=rng.choice(versions))


def _preflight(rng: Random, request: Request) -> Request:
    asked = (b"Access-Control-Request-Method", rng.choice((b"POST", b"", b"\xff", request.method, b"x" * 5000)))
    method = b"OPTIONS" if rng.random() < 0.6 else request.method
    return replace(request, method=method).adding(
        (b"Origin", rng.choice(ORIGINS)), asked, (b"Access-Control-Request-Headers", rng.choice((b"x", b"\xff", b"*")))
    )


HEADS: tuple[Callable[[Random, Request], Request], ...] = (
    _media, _media, _length, _length, _coding, _coding, _host, _authorization, _authorization, _cookie, _many, _octets, _octets, _folded,
    _version, _preflight, lambda rng,
    request: request.adding((b"Expect", rng.choice((b"100-continue", b"100-Continue", b"x", b"", b"100-continue, x")))), lambda rng,
    request: request.adding(rng.choice(OTHERS)),
)  # fmt: skip
