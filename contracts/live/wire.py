"""How a request gets to a deployment: over HTTP/1.1, with one deadline for all of it, and with bounds for what comes back."""

from __future__ import annotations

import re
import ssl
from typing import NoReturn

import httpcore
import httpx

from .bounded import BoundedBackend, BoundedStream, TooLong, allowing
from .ending import ends_there

HEAD = 262_144
"""Bytes that the heads of one request's answers may have, its 1xx ones among them, beside the body."""
KEPT = 5.0
"""Seconds that a connection is kept for the next request."""
BODY = "body"
"""A request's extension: the bytes that its answer's body may have, where that is another number than the transport's."""

_SENT = re.compile(r""":? (?:bytearray\()?b(['"]).*""", re.DOTALL)
_CODINGS = frozenset({"gzip", "deflate", "br", "zstd"})
_ASKED = frozenset({"gzip", "deflate"})
_SLICE = 1024
"""Of these so many bytes come to a thousand times as many at the most."""


class Wire(httpx.BaseTransport):
    """Sends requests and returns their answers whole. verify: what the server has to show, and what it is shown.

    timeout: seconds for one request, from the connection to the last byte of its answer; where a client has time-outs too, each step keeps to both.
    body: bytes that an answer may have, as it comes and when it is decoded. proxy: its URL, with a name and a password if it wants them.

    Every failure is one of httpx's own exceptions or TooLong. After one of them the connection serves no further request.
    """

    def __init__(self, *, verify: ssl.SSLContext, timeout: float, body: int, proxy: str | None = None) -> None:
        self._timeout = timeout
        self._body = body
        self._pool = _pool(verify, proxy)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer. httpx.TransportError: there is none, or none that is whole. httpx.DecodingError: it is coded as nobody asked."""
        most = request.extensions.get(BODY, self._body)
        with allowing(self._timeout, HEAD) as allowed:
            try:
                answer = self._pool.handle_request(_as_sent(request))
            except _FAILURES as error:
                _raise(error)
            # A body may come in many small pieces, whose framing counts too.
            allowed.grant(2 * most)
            try:
                content = _content(answer, most)
            except _FAILURES as error:
                _raise(error)
            finally:
                answer.close()
        whole = httpx.Response(answer.status, headers=answer.headers, stream=httpx.ByteStream(content), extensions=answer.extensions)
        if "content-encoding" in whole.headers:
            _require_small(whole, content, most)
        return whole

    def close(self) -> None:
        """End the connections."""
        self._pool.close()


def _pool(verify: ssl.SSLContext, proxy: str | None) -> httpcore.ConnectionPool:
    backend = BoundedBackend()
    if proxy is None:
        return httpcore.ConnectionPool(ssl_context=verify, max_connections=None, keepalive_expiry=KEPT, network_backend=backend)
    named = httpx.Proxy(proxy)
    url, auth = _url(named.url), named.raw_auth
    trusted = verify if named.url.scheme == "https" else None
    return httpcore.HTTPProxy(
        url, auth, ssl_context=verify, proxy_ssl_context=trusted, max_connections=None, keepalive_expiry=KEPT, network_backend=backend
    )


def _as_sent(request: httpx.Request) -> httpcore.Request:
    if not isinstance(request.stream, httpx.SyncByteStream):
        raise httpx.UnsupportedProtocol("the body of a request is to be one that can be read at once")
    return httpcore.Request(request.method, _url(request.url), headers=request.headers.raw, content=request.stream, extensions=request.extensions)


def _url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


def _content(answer: httpcore.Response, most: int) -> bytes:
    """Return the body as it came. TooLong."""
    parts: list[bytes] = []
    size = 0
    for part in answer.iter_stream():
        size += len(part)
        if size > most:
            raise TooLong(f"the body of the answer is longer than {most:,} bytes")
        parts.append(part)
    stream = answer.extensions.get("network_stream")
    if isinstance(stream, BoundedStream):
        # Bytes after the answer's end, such as the body of a 204, would be read as the beginning of the next answer.
        stream.spoiled = not ends_there(stream.end, parts[-1] if parts else b"")
    return b"".join(parts)


def _require_small(answer: httpx.Response, content: bytes, most: int) -> None:
    """Return if what the body decodes to is no longer than it may be. TooLong, httpx.DecodingError."""
    codings = [name for name in answer.headers.get_list("content-encoding", split_commas=True) if name.strip().lower() in _CODINGS]
    if not codings:
        return
    if len(codings) > 1 or codings[0].strip().lower() not in _ASKED:
        # Of one that was not asked for a few bytes could be decoded to any number.
        raise httpx.DecodingError(f"the answer is encoded as {', '.join(codings)}, which was not asked for")
    slices = (content[start : start + _SLICE] for start in range(0, len(content), _SLICE))
    size = 0
    for part in httpx.Response(answer.status_code, headers=answer.headers, content=slices).iter_bytes():
        size += len(part)
        if size > most:
            raise TooLong(f"the body of the answer is longer than {most:,} bytes when it is decoded")


_FAILURES = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, httpcore.UnsupportedProtocol)


def _raise(error: Exception) -> NoReturn:
    """Raise httpx's exception of the same name: httpx has each of httpcore's."""
    # Its cause would have what it leaves out.
    raise getattr(httpx, type(error).__name__)(unquoted(error)) from None


def unquoted(error: Exception) -> str:
    """Return what an error says of an answer that is no HTTP, and nothing that it quotes of it: that may be a secret of which nobody knows yet."""
    return _SENT.sub("", str(error))
