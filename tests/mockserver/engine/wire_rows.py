"""Hostile requests, one row each: what is sent, and which statuses may come back. All are authorized, and would change the world if they passed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

MOST_BODY = 1024 * 1024


@dataclass(frozen=True)
class Good:
    """A request that claims a device, in the parts that a row spoils."""

    target: bytes
    authorization: bytes
    body: bytes

    def head(
        self, *fields: bytes, method: bytes = b"POST", target: bytes = b"", version: bytes = b"1.1", host: bytes = b"Host: localhost\r\n"
    ) -> bytes:
        ours = b"Authorization: " + self.authorization + b"\r\nContent-Type: application/json\r\n"
        return method + b" " + (target or self.target) + b" HTTP/" + version + b"\r\n" + host + ours + b"".join(f + b"\r\n" for f in fields) + b"\r\n"

    def whole(self, *fields: bytes, **parts: bytes) -> bytes:
        return self.head(b"Content-Length: %d" % len(self.body), *fields, **parts) + self.body

    def chunked(self, *fields: bytes, sent: bytes | None = None, **parts: bytes) -> bytes:
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(self.body), self.body) if sent is None else sent
        return self.head(b"Transfer-Encoding: chunked", *fields, **parts) + body


Row = Callable[[Good], bytes]
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"

# What is no HTTP, or could be read in two ways: 400, and the connection closes.
NO_HTTP: dict[str, Row] = {
    "a word": lambda g: b"lamp\r\n\r\n",
    "a TLS hello": lambda g: bytes.fromhex("16030100a5010000a10303"),
    "HTTP/2": lambda g: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    "HTTP/0.9": lambda g: b"GET /\r\n\r\n",
    "HTTP/1.2": lambda g: g.whole(version=b"1.2"),
    "HTTP/2.0": lambda g: g.whole(version=b"2.0"),
    "HTTP/1.10": lambda g: g.whole(version=b"1.10"),
    "HTTP in lower case": lambda g: g.whole().replace(b"HTTP/1.1", b"http/1.1"),
    "an unknown method": lambda g: g.whole(method=b"BREW"),
    "a method in lower case": lambda g: g.whole(method=b"post"),
    "CONNECT": lambda g: g.head(method=b"CONNECT", target=b"x:80") + SMUGGLED,
    "a tab in the target": lambda g: g.whole(target=b"/a\tb"),
    "a NUL in the target": lambda g: g.whole(target=b"/a\x00b"),
    "bytes beyond ASCII in the target": lambda g: g.whole(target=b"/\xc3\xa9"),
    "a space in the target": lambda g: g.whole(target=g.target + b" x"),
    "no slash at the target's start": lambda g: g.whole(target=b"ownerships"),
    "a fragment": lambda g: g.whole(target=g.target + b"#x"),
    "an authority": lambda g: g.whole(target=b"x:80"),
    "an asterisk": lambda g: g.whole(target=b"*"),
    "a URL without a host": lambda g: g.whole(target=b"http://" + g.target),
    "a URL with a user": lambda g: g.whole(target=b"http://u:p@x" + g.target),
    "a URL of another scheme": lambda g: g.whole(target=b"ftp://x" + g.target),
    "no Host": lambda g: g.whole(host=b""),
    "two Hosts": lambda g: g.whole(b"Host: y"),
    "one Host twice": lambda g: g.whole(b"Host: localhost"),
    "an empty Host": lambda g: g.whole(host=b"Host:\r\n"),
    "a Host with mark-up": lambda g: g.whole(host=b'Host: "><script>\r\n'),
    "a Host with a path": lambda g: g.whole(host=b"Host: x/y\r\n"),
    "a Host with a user": lambda g: g.whole(host=b"Host: u@x\r\n"),
    "a Host that is a list": lambda g: g.whole(host=b"Host: x, y\r\n"),
    "a Host beyond ASCII": lambda g: g.whole(host=b"Host: \xff\r\n"),
    "a port that is none": lambda g: g.whole(host=b"Host: x:y\r\n"),
    "a port beyond all": lambda g: g.whole(host=b"Host: x:99999\r\n"),
    "a bracket that does not end": lambda g: g.whole(host=b"Host: [::1\r\n"),
    "an odd Host in HTTP/1.0": lambda g: g.whole(host=b"Host: x/y\r\n", version=b"1.0"),
    "a field without a colon": lambda g: g.whole(b"lamp"),
    "a space before the colon": lambda g: g.whole(b"X : y"),
    "no field name": lambda g: g.whole(b": y"),
    "a field name that is none": lambda g: g.whole(b"X(y: z"),
    "a folded field": lambda g: g.whole(b"X: y\r\n z"),
    "a folded length": lambda g: g.head(b"Content-Length:\r\n 5") + b"{}   ",
    "a space before the first field": lambda g: g.whole(host=b" Host: localhost\r\n"),
    "lines that end in LF": lambda g: g.whole().replace(b"\r\n", b"\n"),
    "one line that ends in LF": lambda g: g.whole(b"X: y\nTransfer-Encoding: chunked"),
    "a bare CR": lambda g: g.whole(b"X: y\rTransfer-Encoding: chunked"),
    "a NUL in a field": lambda g: g.whole(b"X: \x00"),
    "a control character in a field": lambda g: g.whole(b"X: \x01"),
    "a length with a sign": lambda g: g.head(b"Content-Length: +%d" % len(g.body)) + g.body,
    "a negative length": lambda g: g.head(b"Content-Length: -1") + g.body,
    "a length in hexadecimal": lambda g: g.head(b"Content-Length: 0x%x" % len(g.body)) + g.body,
    "a length that is a list": lambda g: g.head(b"Content-Length: %d, %d" % (len(g.body), len(g.body))) + g.body,
    "an empty length": lambda g: g.head(b"Content-Length:") + g.body,
    "a word for a length": lambda g: g.head(b"Content-Length: x") + g.body,
    "a length beyond 64 bits": lambda g: g.head(b"Content-Length: 18446744073709551617") + g.body,
    "a length twice": lambda g: g.whole(b"Content-Length: %d" % len(g.body)),
    "two lengths": lambda g: g.whole(b"Content-Length: 0"),
    "a length and chunks": lambda g: g.chunked(b"Content-Length: %d" % len(g.body)) + SMUGGLED,
    "a length before chunks": lambda g: g.head(b"Content-Length: 5", b"Transfer-Encoding: chunked") + b"0\r\n\r\n" + SMUGGLED,
    "chunked twice": lambda g: g.chunked(b"Transfer-Encoding: chunked"),
    "chunked twice in one": lambda g: g.head(b"Transfer-Encoding: chunked, chunked") + b"0\r\n\r\n",
    "chunked and another": lambda g: g.chunked(b"Transfer-Encoding: identity"),
    "another and chunked": lambda g: g.head(b"Transfer-Encoding: gzip, chunked") + b"0\r\n\r\n",
    "hardly chunked": lambda g: g.head(b"Transfer-Encoding: xchunked") + b"0\r\n\r\n" + SMUGGLED,
    "chunked after a vertical tab": lambda g: g.head(b"Transfer-Encoding: \x0bchunked") + b"0\r\n\r\n" + SMUGGLED,
    "chunked in quotes": lambda g: g.head(b'Transfer-Encoding: "chunked"') + b"0\r\n\r\n" + SMUGGLED,
    "identity": lambda g: g.head(b"Transfer-Encoding: identity", b"Content-Length: 5") + b"0\r\n\r\n" + SMUGGLED,
    "no coding": lambda g: g.head(b"Transfer-Encoding:") + b"0\r\n\r\n" + SMUGGLED,
    "chunks in HTTP/1.0": lambda g: g.chunked(version=b"1.0"),
    "a chunk's size with a sign": lambda g: g.chunked(sent=b"+2\r\n{}\r\n0\r\n\r\n"),
    "a negative chunk": lambda g: g.chunked(sent=b"-2\r\n{}\r\n0\r\n\r\n"),
    "a chunk's size with 0x": lambda g: g.chunked(sent=b"0x2\r\n{}\r\n0\r\n\r\n"),
    "a chunk's size with a space": lambda g: g.chunked(sent=b"2 \r\n{}\r\n0\r\n\r\n"),
    "no size of a chunk": lambda g: g.chunked(sent=b"\r\n{}\r\n0\r\n\r\n"),
    "a chunk beyond 64 bits": lambda g: g.chunked(sent=b"10000000000000002\r\n{}\r\n0\r\n\r\n"),
    "chunks that end in LF": lambda g: g.chunked(sent=b"2\n{}\n0\n\n"),
    "a chunk that is longer than it says": lambda g: g.chunked(sent=b"1\r\n{}\r\n0\r\n\r\n"),
    "a chunk's extension with LF": lambda g: g.chunked(sent=b"2;a\nGET /smuggled HTTP/1.1\r\n{}\r\n0\r\n\r\n"),
    "a trailer with a length": lambda g: g.chunked(sent=b"2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n"),
    "a trailer that is none": lambda g: g.chunked(sent=b"2\r\n{}\r\n0\r\nlamp\r\n\r\n"),
}

# What is over a bound, or expects what nobody does: the status that says so, and the connection closes.
BOUNDS: dict[str, tuple[int, Row]] = {
    "a long target": (414, lambda g: g.whole(target=g.target + b"?" + b"x" * 8192)),
    "an endless target": (414, lambda g: b"POST /" + b"x" * 100_000),
    "a long field": (431, lambda g: g.whole(b"X: " + b"y" * 65536)),
    "an endless field": (431, lambda g: g.head()[:-2] + b"X: " + b"y" * 200_000),
    "an endless field name": (431, lambda g: b"GET / HTTP/1.1\r\n" + b"x" * 200_000),
    "many fields": (431, lambda g: g.whole(*[b"X: y"] * 200)),
    "long trailers": (431, lambda g: g.chunked(sent=b"2\r\n{}\r\n0\r\n" + b"X: yyyyyyy\r\n" * 10_000 + b"\r\n")),
    "an endless trailer": (431, lambda g: g.chunked(sent=b"2\r\n{}\r\n0\r\nX: " + b"y" * 600_000)),
    "an endless chunk extension": (431, lambda g: g.chunked(sent=b"2;" + b"x" * 600_000)),
    "another expectation": (417, lambda g: g.head(b"Content-Length: %d" % len(g.body), b"Expect: 200-ok")),
    "two expectations": (417, lambda g: g.whole(b"Expect: 100-continue, x")),
    "a length over the bound": (413, lambda g: g.head(b"Content-Length: %d" % (MOST_BODY + 1))),
    "a length far over the bound, and a wish to know": (413, lambda g: g.head(b"Content-Length: 9000000000000000000", b"Expect: 100-continue")),
    "chunks over the bound": (413, lambda g: g.chunked(sent=(b"10000\r\n" + b" " * 65536 + b"\r\n") * 17)),
    "chunks without end": (413, lambda g: g.chunked(sent=(b"10000\r\n" + b" " * 65536 + b"\r\n") * 40)),
    "one endless chunk": (413, lambda g: g.chunked(sent=b"7fffffff\r\n" + b" " * (MOST_BODY + 1))),
}

# What is answered one by one: the statuses in their order. The client says that it sends no more.
ANSWERED: dict[str, tuple[tuple[int, ...], Row]] = {
    "OPTIONS of nothing": ((404,), lambda g: g.head(method=b"OPTIONS", target=b"*")),
    "a URL": ((405,), lambda g: g.head(method=b"GET", target=b"http://other.example" + g.target)),
    "a URL without a path": ((404,), lambda g: g.head(method=b"GET", target=b"http://x?y")),
    "two slashes": ((404,), lambda g: g.whole(target=b"/" + g.target)),
    "a length that is too short": ((400, 400), lambda g: g.head(b"Content-Length: 5") + g.body),
    "a length of nothing": ((400, 400), lambda g: g.head(b"Content-Length: 0") + g.body),
    "no length": ((400, 400), lambda g: g.head() + g.body),
    "garbage behind": ((405, 400), lambda g: g.head(method=b"GET") + b"\x00\x01"),
    "a request behind a close": ((405,), lambda g: g.head(b"Connection: close", method=b"GET") + SMUGGLED),
    "garbage behind a close": ((405,), lambda g: g.head(b"Connection: close", method=b"GET") + b"\x00\x01" * 100_000),
    "a request behind HTTP/1.0": ((405,), lambda g: g.head(b"Connection: keep-alive", method=b"GET", version=b"1.0") + SMUGGLED),
    "WebSocket": ((405, 404), lambda g: g.head(b"Connection: Upgrade", b"Upgrade: websocket", method=b"GET") + SMUGGLED),
    "HTTP/2 by upgrade": ((400, 404), lambda g: g.chunked(b"Connection: Upgrade", b"Upgrade: h2c", sent=b"2\r\n{}\r\n0\r\n\r\n") + SMUGGLED),
    "an upgrade that is no HTTP": ((405, 400), lambda g: g.head(b"Connection: Upgrade", b"Upgrade: x", method=b"GET") + b"\x81\x05hello"),
    "a line break in the path": ((404,), lambda g: g.whole(target=g.target + b"%0d%0aX:%20y")),
    "a credential in a trailer": (
        (401,),
        lambda g: g.chunked(sent=b"2\r\n{}\r\n0\r\nAuthorization: " + g.authorization + b"\r\n\r\n").replace(
            b"Authorization: " + g.authorization + b"\r\n", b"", 1
        ),
    ),
    "a broken escape": ((400,), lambda g: g.whole(target=g.target + b"%zz")),
    "a path that is not UTF-8": ((400,), lambda g: g.whole(target=g.target + b"%ff")),
    "another encoding": ((415,), lambda g: g.whole(b"Content-Encoding: gzip")),
    "two media types": ((415,), lambda g: g.whole(b"Content-Type: text/plain")),
    "a preflight with odd names": (
        (200,),
        lambda g: g.head(b"Origin: \xff\t;", b"Access-Control-Request-Method: GET", b"Access-Control-Request-Headers: \xff\t:, X", method=b"OPTIONS"),
    ),
    "a preflight of an odd method": ((400,), lambda g: g.head(b"Origin: x", b"Access-Control-Request-Method: \xff", method=b"OPTIONS")),
    "an odd origin": ((405,), lambda g: g.head(b"Origin: \xff\t, x", b"Origin: y", method=b"GET")),
    "a query that cannot be decoded": ((405,), lambda g: g.head(method=b"GET", target=g.target + b"?%zz=%ff&%00&a[]=;&&==")),
    "RTSP": ((405,), lambda g: g.head(method=b"OPTIONS").replace(b"HTTP/1.1", b"RTSP/1.0")),
}

# What breaks off: no answer, and nothing done.
BROKEN_OFF: dict[str, Row] = {
    "nothing": lambda g: b"",
    "a method": lambda g: b"POST",
    "a target": lambda g: b"POST " + g.target,
    "a head": lambda g: g.head()[:-2],
    "a body that is one byte short": lambda g: g.head(b"Content-Length: %d" % (len(g.body) + 1)) + g.body,
    "chunks without an end": lambda g: g.chunked(sent=b"%x\r\n%s\r\n" % (len(g.body), g.body)),
    "chunks whose end is cut off": lambda g: g.chunked()[:-2],
    "trailers without an end": lambda g: g.chunked()[:-2] + b"X: y\r\n",
}

JSON = b"application/json"


def control(
    path: bytes, body: bytes = b"", media_type: bytes = JSON, *fields: bytes, method: bytes = b"POST", host: bytes = b"Host: localhost\r\n"
) -> bytes:
    sent = b"".join(field + b"\r\n" for field in fields)
    head = b"%s /_mock%s HTTP/1.1\r\n%sContent-Type: %s\r\n%sContent-Length: %d\r\n\r\n" % (method, path, host, media_type, sent, len(body))
    return head + body


def asked(path: bytes, **parts: bytes) -> bytes:
    return control(path, method=b"GET", **parts)


WORLDS = b"/api/worlds"
CONTROL: Mapping[str, tuple[int, bytes]] = {
    "no JSON": (400, control(WORLDS, b"{")),
    "a name twice": (400, control(WORLDS, b'{"name": "a", "name": "a"}')),
    "UTF-16": (400, control(WORLDS, '{"name": "a"}'.encode("utf-16"))),
    "half a character": (400, control(WORLDS, b'{"seed": "\\ud800"}')),
    "a large number": (400, control(WORLDS, b'{"settings": {"x": 1e999}}')),
    "nested deep": (400, control(WORLDS, b"[" * 100_000)),
    "no object": (400, control(WORLDS, b"5")),
    "nothing": (400, control(WORLDS)),
    "another charset": (415, control(WORLDS, b"{}", b"application/json; charset=utf-16")),
    "packed": (415, control(WORLDS, b"{}", JSON, b"Content-Encoding: gzip")),
    "a form": (415, control(WORLDS, b"name=a", b"application/x-www-form-urlencoded")),
    "parts without a boundary": (415, control(WORLDS, b"--x", b"multipart/form-data")),
    "parts": (415, control(WORLDS, b"--x\r\n\r\n\r\n--x--", b"multipart/form-data; boundary=x")),
    "no media type": (415, control(WORLDS, b"{}", b"")),
    "a large body": (400, control(WORLDS, b" " * (MOST_BODY + 1))),
    "a large body for a page": (413, control(b"/", b" " * (MOST_BODY + 1))),
    "a broken escape": (400, asked(b"/%zz")),
    "a path that is not UTF-8": (400, asked(b"/api/worlds/%ff")),
    "a page's path that is not UTF-8": (400, asked(b"/world/%ff")),
    "a NUL in a world's name": (404, asked(b"/api/worlds/%00")),
    "a line break in a page's path": (404, asked(b"/world/a%0d%0ab")),
    "a NUL in a file's name": (404, asked(b"/docs/kii/%00")),
    "a file's name without end": (404, asked(b"/docs/kii/" + b"x" * 5000)),
    "steps out of a folder": (404, asked(b"/docs/kii/../../../../../etc/passwd")),
    "escaped steps out of a folder": (404, asked(b"/docs/kii/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd")),
    "steps with escaped slashes": (404, asked(b"/docs/kii/..%2f..%2f..%2f..%2fetc/passwd")),
    "an escaped slash": (404, control(b"/api/worlds%2Fdefault", method=b"DELETE")),
    "a world that stays": (409, control(b"/api/worlds/%64efault", method=b"DELETE")),
    "an odd query": (400, asked(b"/api/worlds?%zz=%ff&a[]=1&%00&name=" + b"x" * 5000)),
    "a body with a GET": (200, control(b"/api/health", b"\xff" * 100, method=b"GET")),
    "a body with a page's GET": (200, control(b"/", b"\xff" * 100, method=b"GET")),
    "a method that a page does not have": (405, control(b"/", b"{}", method=b"PUT")),
    "a Host that is a list": (400, asked(b"/api/worlds/default", host=b"Host: a, b\r\n")),
    "a Host with mark-up": (400, asked(b"/", host=b"Host: <script>\r\n")),
    "an odd but well-formed Host": (200, asked(b"/api/worlds/default", host=b"Host: ~_-.localhost:00000\r\n")),
    "an address for a Host": (200, asked(b"/api/worlds/default", host=b"Host: [::ffff:127.0.0.1]:1\r\n")),
    "a forwarded protocol": (200, control(b"/api/worlds/default", b"", JSON, b"X-Forwarded-Proto: ws", method=b"GET")),
    "a forwarded address": (403, control(b"/api/worlds/default", b"", JSON, b"X-Forwarded-For: \xff, [", method=b"GET")),
}
