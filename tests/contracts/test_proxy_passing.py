"""The proxy before a server that speaks raw HTTP: everything passes as it is, piece by piece, and whatever the judge makes of it."""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BufferedIOBase
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.serving import CONTRACTS, Running, serving

# Its proxies are started once.
pytestmark = pytest.mark.xdist_group("passing")
OWNERS = "/api/apps/a/things/VENDOR_THING_ID:t/ownership"
LIST = b"application/vnd.kii.ThingOwnershipRetrievalResponse+json"
MEGABYTE = 1024 * 1024
PATIENCE = 30


@dataclass
class Head:
    line: str
    headers: list[tuple[str, str]]

    def get(self, name: str) -> list[str]:
        return [value for known, value in self.headers if known.lower() == name]


@dataclass
class Site:
    """A server whose answers a test writes byte by byte. heads: of each request, in order. connections: how many there have been."""

    url: str = ""
    heads: list[Head] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    connections: int = 0
    closed: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    play: Callable[[BufferedIOBase, BufferedIOBase, Head], bool] = lambda reads, writes, head: False


def read_head(reads: BufferedIOBase) -> Head | None:
    first = reads.readline().decode("latin-1").strip()
    if not first:
        return None
    headers = []
    while line := reads.readline().decode("latin-1").strip():
        name, _, value = line.partition(": ")
        headers.append((name, value))
    return Head(first, headers)


def read_body(reads: BufferedIOBase, head: Head) -> bytes:
    if "chunked" in head.get("transfer-encoding"):
        body = b""
        while size := int(reads.readline(), 16):
            body += reads.read(size)
            reads.readline()
        reads.readline()
        return body
    return reads.read(int((head.get("content-length") or ["0"])[0]))


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    made = Site()

    class Handler(socketserver.StreamRequestHandler):
        timeout = PATIENCE

        def handle(self) -> None:
            made.connections += 1
            # Who leaves may do so at any moment.
            with contextlib.suppress(ConnectionError):
                while head := read_head(self.rfile):
                    made.heads.append(head)
                    if not made.play(self.rfile, self.wfile, head):
                        return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("journal") / "journal.jsonl"


@pytest.fixture(scope="module")
def proxy(site: Site, journal: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    options = ("--target", f"{site.url}/below", "--journal", str(journal), "--summary")
    with serving(tmp_path_factory.mktemp("proxy"), *options, command=CONTRACTS, verb="proxy") as running:
        yield running


@pytest.fixture
def answering(site: Site) -> Callable[..., None]:
    """Let the site answer every request with these bytes, its body read to the end."""
    site.heads.clear()
    site.bodies.clear()
    site.closed.clear()
    site.go_on.clear()

    def answer(*pieces: bytes, keep: bool = True) -> None:
        def play(reads: BufferedIOBase, writes: BufferedIOBase, head: Head) -> bool:
            site.bodies.append(read_body(reads, head))
            for piece in pieces:
                writes.write(piece)
            return keep

        site.play = play

    return answer


def plain(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def raw(proxy: Running, request: bytes) -> socket.socket:
    address = httpx.URL(proxy.url)
    made = socket.create_connection((address.host, address.port or 80), timeout=PATIENCE)
    made.sendall(request)
    return made


def until(client: socket.socket, end: bytes) -> bytes:
    """What comes, up to where it ends so."""
    found = b""
    while not found.endswith(end):
        piece = client.recv(65536)
        assert piece, found
        found += piece
    return found


def entries(journal: Path, what: str, kind: str = "") -> list[dict[str, Any]]:
    """The journal's lines in which this occurs, once one of them is of this kind; a judge speaks after the answer has gone out."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        written = journal.read_text("utf-8").rpartition("\n")[0].splitlines()
        found = [json.loads(line) for line in written if what in line]
        if any(entry["kind"].startswith(kind) for entry in found):
            return found
        time.sleep(0.02)
    raise AssertionError(f"the journal does not speak of {what}")


def test_headers_pass_in_their_order_and_as_often_as_they_came(
    proxy: Running, site: Site, answering: Callable[..., None], http: httpx.Client
) -> None:
    answering(plain(b"x", "X-First: 1", "Set-Cookie: a=1", "Connection: X-Secret-Hop", "X-Secret-Hop: 1", "Keep-Alive: timeout=9", "Set-Cookie: b=2"))
    headers = [("x-one", "1"), ("x-two", "2"), ("x-one", "3"), ("connection", "x-hop"), ("x-hop", "1"), ("te", "trailers"), ("expect-ct", "y")]
    answer = http.get(f"{proxy.url}/a%2Fb/./c?x=%20&y", headers=[*headers, ("x-forwarded-for", "10.0.0.9"), ("accept-encoding", "br, gzip;q=0.5")])
    names = [(name.decode(), value.decode()) for name, value in answer.headers.raw]
    assert names == [("X-First", "1"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Content-Length", "1")]
    head = site.heads[0]
    assert head.line == "GET /below/a%2Fb/c?x=%20&y HTTP/1.1"
    assert [value for name, value in head.headers if name.lower() in ("x-one", "x-two")] == ["1", "2", "3"]
    assert not [name for name, _ in head.headers if name.lower() in ("x-hop", "te", "connection", "keep-alive")]
    assert head.get("host") == [site.url.removeprefix("http://")]
    assert head.get("x-forwarded-host") == [proxy.url.removeprefix("http://")]
    assert head.get("x-forwarded-for") == ["10.0.0.9, 127.0.0.1"]
    assert head.get("x-forwarded-proto") == ["http"]
    assert head.get("via") == ["1.1 ownership-contracts"]
    assert head.get("accept-encoding") == ["gzip;q=0.5"]


def test_a_path_passes_as_it_is_written(proxy: Running, site: Site, answering: Callable[..., None]) -> None:
    answering(plain(b"x"))
    with raw(proxy, b"GET /a%2fb/./../c//d?x=%zz&y=~ HTTP/1.1\r\nHost: p\r\n\r\n") as client:
        until(client, b"x")
    assert site.heads[0].line == "GET /below/a%2fb/./../c//d?x=%zz&y=~ HTTP/1.1"


@pytest.mark.parametrize("place", ["here", "there"])
def test_a_target_that_names_the_proxy_or_the_deployment_is_its_path(place: str, proxy: Running, site: Site, answering: Callable[..., None]) -> None:
    answering(plain(b"x"))
    named = {"here": proxy.url.replace("127.0.0.1", "localhost"), "there": site.url}[place]
    with raw(proxy, f"GET {named}/a?b=c HTTP/1.1\r\nHost: p\r\n\r\n".encode()) as client:
        until(client, b"\r\n\r\nx")
    assert site.heads[0].line == "GET /below/a?b=c HTTP/1.1"


@pytest.mark.parametrize(("named", "status"), [("http://elsewhere.example", 421), ("https://127.0.0.1", 421), ("http://[x", 501)])
def test_what_is_for_another_server_does_not_come_to_this_one(
    named: str, status: int, proxy: Running, site: Site, answering: Callable[..., None], journal: Path
) -> None:
    answering(plain(b"x"))
    with raw(proxy, f"GET {named}/{status} HTTP/1.1\r\nHost: p\r\nAuthorization: Bearer t\r\n\r\n".encode()) as client:
        assert until(client, b"}").startswith(b"HTTP/1.1 %d " % status)
    assert not site.heads
    assert {entry["kind"] for entry in entries(journal, f"/{status}")} == {"unjudged"}


@pytest.mark.parametrize("fields", ["Transfer-Encoding: chunked\r\nContent-Length: 9", "Content-Length: 15\r\nConnection: content-length"])
def test_a_message_has_one_framing(fields: str, proxy: Running, site: Site, answering: Callable[..., None]) -> None:
    """Of two the deployment, or the client, might take another than was taken here (RFC 9112, 6.3)."""
    message = f"{fields}\r\n\r\n5\r\nfirst\r\n0\r\n\r\n"
    answering(f"HTTP/1.1 200 OK\r\n{message}".encode())
    with raw(proxy, f"POST /framed HTTP/1.1\r\nHost: p\r\n{message}".encode()) as client:
        answer = until(client, b"0\r\n\r\n")
        client.sendall(b"HEAD /next HTTP/1.1\r\nHost: p\r\n\r\n")
        assert until(client, b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")
    chunked = "chunked" in fields
    assert (b"content-length" in answer.lower(), bool(site.heads[0].get("content-length"))) == (not chunked, not chunked)
    assert site.bodies[0] == (b"first" if chunked else b"5\r\nfirst\r\n0\r\n\r\n")


def test_no_cookie_is_kept_from_one_request_to_the_next(proxy: Running, site: Site, answering: Callable[..., None]) -> None:
    answering(plain(b"", "Set-Cookie: session=abc"))
    with httpx.Client(trust_env=False) as client:
        client.get(f"{proxy.url}/one")
    with httpx.Client(trust_env=False) as client:
        client.get(f"{proxy.url}/two")
    assert [head.get("cookie") for head in site.heads] == [[], []]


def test_connections_are_kept_on_both_sides(proxy: Running, site: Site, answering: Callable[..., None]) -> None:
    answering(plain(b"x"))
    before = site.connections
    with raw(proxy, b"") as client:
        for _ in range(3):
            client.sendall(b"GET /x HTTP/1.1\r\nHost: p\r\n\r\n")
            assert until(client, b"\r\n\r\nx").startswith(b"HTTP/1.1 200 OK\r\n")
    assert len(site.heads) == 3
    assert site.connections <= before + 1


@pytest.mark.parametrize(
    ("method", "answer", "status"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n", 200),
        ("DELETE", b"HTTP/1.1 204 No Content\r\n\r\n", 204),
        ("GET", b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\nContent-Length: 10\r\n\r\n', 304),
        ("GET", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200),
    ],
)
def test_answers_without_a_body_end_where_they_end(
    method: str, answer: bytes, status: int, proxy: Running, answering: Callable[..., None], http: httpx.Client
) -> None:
    answering(answer)
    for _ in range(2):
        found = http.request(method, f"{proxy.url}/x")
        assert (found.status_code, found.content) == (status, b"")
    if method == "HEAD":
        assert found.headers["content-length"] == "999"


BEHIND = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("DELETE", b"HTTP/1.1 204 No Content\r\nContent-Length: 40\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno"),
        ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n"),
        ("DELETE", b"HTTP/1.1 204 No Content\r\n\r\n" + BEHIND),
        ("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno" + BEHIND),
        ("GET", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n" + BEHIND),
    ],
)
def test_what_comes_behind_an_answer_is_no_part_of_the_next(
    method: str, answer: bytes, proxy: Running, site: Site, answering: Callable[..., None], http: httpx.Client
) -> None:
    answering(answer)
    assert http.request(method, f"{proxy.url}/x").is_success
    answering(plain(b"yes"))
    assert http.get(f"{proxy.url}/x").text == "yes"


def test_the_first_byte_is_there_before_the_last_is_sent_and_memory_stays(
    proxy: Running, site: Site, answering: Callable[..., None], http: httpx.Client
) -> None:
    answering()
    size = 48

    def play(reads: BufferedIOBase, writes: BufferedIOBase, head: Head) -> bool:
        writes.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        assert site.go_on.wait(PATIENCE)
        for _ in range(size):
            writes.write(b"%x\r\n" % MEGABYTE + bytes(MEGABYTE) + b"\r\n")
        writes.write(b"0\r\n\r\n")
        return True

    site.play = play
    before = peak(proxy)
    with http.stream("GET", f"{proxy.url}{OWNERS}", headers={"authorization": "Bearer t"}) as answer:
        pieces = answer.iter_raw()
        assert next(pieces) == b"first"
        site.go_on.set()
        assert sum(map(len, pieces)) == size * MEGABYTE
    assert peak(proxy) - before < 16 * MEGABYTE


def peak(running: Running) -> int:
    """The most memory that a process has had, in bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{running.process.pid}/status").read_text())
    assert found
    return int(found[1]) * 1024


def test_an_upload_passes_as_it_comes(proxy: Running, site: Site, answering: Callable[..., None]) -> None:
    answering()
    first = threading.Event()

    def play(reads: BufferedIOBase, writes: BufferedIOBase, head: Head) -> bool:
        assert head.get("transfer-encoding") == ["chunked"]
        assert (reads.readline(), reads.readline()) == (b"5\r\n", b"first\r\n")
        first.set()
        assert reads.readline() == b"6\r\n"
        assert reads.read(8) == b"second\r\n"
        assert reads.read(5) == b"0\r\n\r\n"
        writes.write(plain(b"done"))
        return True

    site.play = play
    with raw(proxy, b"POST /up HTTP/1.1\r\nHost: p\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n") as client:
        assert first.wait(PATIENCE)
        client.sendall(b"6\r\nsecond\r\n0\r\n\r\n")
        assert until(client, b"done").startswith(b"HTTP/1.1 200 ")


def test_who_waits_for_100_gets_it(proxy: Running, site: Site, answering: Callable[..., None]) -> None:
    answering(plain(b"done"))
    with raw(proxy, b"POST /up HTTP/1.1\r\nHost: p\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n") as client:
        assert client.recv(65536).startswith(b"HTTP/1.1 100 ")
        client.sendall(b"body")
        assert until(client, b"done").startswith(b"HTTP/1.1 200 ")
    assert site.bodies == [b"body"]
    assert not site.heads[0].get("expect")


def test_a_compressed_body_passes_as_it_is_and_is_judged_decoded(
    proxy: Running, answering: Callable[..., None], journal: Path, http: httpx.Client
) -> None:
    body = gzip.compress(b'{"users": ["u-zip", "u-zip"], "groups": []}')
    answering(plain(body, "Content-Encoding: gzip", f"Content-Type: {LIST.decode()}"))
    with http.stream("GET", f"{proxy.url}{OWNERS}?zipped", headers={"authorization": "Bearer t"}) as answer:
        assert b"".join(answer.iter_raw()) == body
    assert "kii-list.purpose" in entries(journal, "?zipped", "violation")[0]["clauses"]


def test_a_compressed_body_that_is_huge_is_not_unpacked(proxy: Running, answering: Callable[..., None], journal: Path, http: httpx.Client) -> None:
    answering(plain(gzip.compress(bytes(64 * MEGABYTE), 1), "Content-Encoding: gzip", f"Content-Type: {LIST.decode()}"))
    before = peak(proxy)
    with http.stream("GET", f"{proxy.url}{OWNERS}?bomb", headers={"authorization": "Bearer t"}) as answer:
        assert sum(map(len, answer.iter_raw())) < MEGABYTE
    assert "more than" in entries(journal, "?bomb")[0]["seen"]
    assert peak(proxy) - before < 16 * MEGABYTE


def test_a_client_that_leaves_ends_the_request_to_the_deployment(proxy: Running, site: Site, answering: Callable[..., None], journal: Path) -> None:
    answering()
    asked = threading.Event()

    def play(reads: BufferedIOBase, writes: BufferedIOBase, head: Head) -> bool:
        asked.set()
        assert reads.read(1) == b""
        site.closed.set()
        return False

    site.play = play
    with raw(proxy, b"GET /slow HTTP/1.1\r\nHost: p\r\n\r\n"):
        assert asked.wait(PATIENCE)
    assert site.closed.wait(PATIENCE)
    assert "the client left before its answer was whole" in entries(journal, "/slow")[0]["seen"]


def test_an_answer_that_breaks_off_breaks_off_for_the_client_too(
    proxy: Running, answering: Callable[..., None], journal: Path, http: httpx.Client
) -> None:
    answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", keep=False)
    with pytest.raises(httpx.RemoteProtocolError):
        http.get(f"{proxy.url}/broken-off")
    assert "broke off" in entries(journal, "/broken-off")[0]["seen"]


@pytest.mark.parametrize("there", ["{site}/below/x?y=1", "/below/x?y=1"])
def test_a_location_on_the_deployment_leads_to_the_proxy(
    there: str, proxy: Running, site: Site, answering: Callable[..., None], http: httpx.Client
) -> None:
    answering(plain(b"", f"Location: {there.format(site=site.url)}", status="302 Found"))
    found = http.get(f"{proxy.url}/moved").headers["location"]
    assert found == there.format(site=proxy.url).replace("/below", "")


@pytest.mark.parametrize("there", ["https://elsewhere.example.com/below/x", "{site}/belowing", "relative/x", "http://[bad/x"])
def test_another_location_stays(there: str, proxy: Running, site: Site, answering: Callable[..., None]) -> None:
    answering(plain(b"", f"Location: {there.format(site=site.url)}", status="302 Found"))
    with raw(proxy, b"GET /moved HTTP/1.1\r\nHost: p\r\n\r\n") as client:
        assert f"Location: {there.format(site=site.url)}\r\n".encode() in until(client, b"\r\n\r\n")


def test_websockets_are_refused_clearly_and_other_upgrades_passed_over(
    proxy: Running, site: Site, answering: Callable[..., None], http: httpx.Client
) -> None:
    answering(plain(b"plain"))
    refused = http.get(f"{proxy.url}/ws", headers={"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13"})
    assert (refused.status_code, refused.headers["content-type"]) == (501, "application/problem+json")
    assert "websockets" in refused.json()["title"]
    assert not site.heads
    headers = {"connection": "Upgrade, HTTP2-Settings", "upgrade": "h2c", "http2-settings": "AAMAAABk"}
    assert http.post(f"{proxy.url}/h2c", headers=headers, content=b"body").text == "plain"
    assert site.bodies == [b"body"]
    assert not site.heads[0].get("upgrade")


def test_no_secret_is_told(proxy: Running, answering: Callable[..., None], journal: Path, http: httpx.Client) -> None:
    secrets = [f"sEcReT-{number:03}" for number in range(9)]
    told = {"access_token": secrets[0], "tokens": {"session_token": [secrets[1]]}, "users": [*secrets[:9], *secrets[:9]], "groups": []}
    answering(plain(json.dumps(told).encode(), f"Content-Type: {LIST.decode()}", f"Set-Cookie: sid={secrets[2]}; Path=/"))
    headers = {"authorization": f"Bearer {secrets[3]}", "cookie": f"a={secrets[4]}; b={secrets[5]}", "x-session-token": secrets[6]}
    body = {"nested": [{"password": secrets[7]}]}
    http.request("GET", f"{proxy.url}{OWNERS}?masked&access_token={secrets[8]}", headers=headers, json=body)
    found = entries(journal, "?masked", "violation")
    assert {"violation", "advice"} <= {entry["kind"] for entry in found}
    assert not [secret for secret in secrets if secret in journal.read_text("utf-8")]
    assert "sEcReT" not in "".join(proxy.printed)


def test_a_secret_that_an_excerpt_cuts_is_not_told(proxy: Running, answering: Callable[..., None], journal: Path, http: httpx.Client) -> None:
    answering(plain(b'{"why": "' + b"x" * 160 + b'", "access_token": "' + b"cUtSeCrEt" * 9 + b'", ', f"Content-Type: {LIST.decode()}"))
    http.get(f"{proxy.url}{OWNERS}?cut", headers={"authorization": "Bearer t"})
    assert entries(journal, "?cut")
    assert "cUtS" not in journal.read_text("utf-8")


@pytest.mark.parametrize("line", [b"HTTP/1.1 nEwSeCrEt\r\n", b"HTTP/1.1 200 OK\r\nSet-Cookie : sid=nEwSeCrEt\r\n"])
def test_what_is_no_answer_is_not_quoted(line: bytes, proxy: Running, answering: Callable[..., None], journal: Path, http: httpx.Client) -> None:
    answering(line + b"\r\n", keep=False)
    answer = http.get(f"{proxy.url}{OWNERS}?unreadable")
    assert (answer.status_code, "RemoteProtocolError: illegal" in answer.text, "nEwSeCrEt" in answer.text) == (502, True, False)
    assert entries(journal, "?unreadable")
    assert "nEwSeCrEt" not in journal.read_text("utf-8")


def test_what_is_long_is_told_in_short_and_judged_beside_the_traffic(
    proxy: Running, answering: Callable[..., None], journal: Path, http: httpx.Client
) -> None:
    owners = [f"u-{number}" for number in range(20_000)] + ["u-0"]
    answering(plain(json.dumps({"users": owners, "groups": []}).encode(), f"Content-Type: {LIST.decode()}"))
    http.get(f"{proxy.url}{OWNERS}?long={'x' * 5000}", headers={"authorization": "Bearer t"})
    found = next(entry for entry in entries(journal, "?long", "violation") if entry["kind"] == "violation")
    assert found["seen"].endswith("has non-unique elements")
    assert len(json.dumps(found)) < 4000


def test_who_does_not_read_what_is_told_holds_nothing_up(site: Site, answering: Callable[..., None], tmp_path: Path, http: httpx.Client) -> None:
    answering(plain(b'{"users": ["u", "u"], "groups": []}', f"Content-Type: {LIST.decode()}"))
    count, long = 200, "x" * 4000
    with serving(tmp_path, "--target", site.url, command=CONTRACTS, verb="proxy") as running:
        for number in range(count):
            assert http.get(f"{running.url}{OWNERS}?{number}{long}", headers={"authorization": "Bearer t"}).status_code == 200
    told = [line for line in running.printed if line.startswith("violation")]
    assert len(told) == count
    assert sum(map(len, told)) > 2 * 65536


def test_the_sums_are_told_at_the_end(site: Site, answering: Callable[..., None], tmp_path: Path, http: httpx.Client) -> None:
    answering(plain(b'{"users": ["u", "u"], "groups": []}', f"Content-Type: {LIST.decode()}"))
    with serving(tmp_path, "--target", site.url, "--summary", command=CONTRACTS, verb="proxy") as running:
        for _ in range(2):
            http.get(f"{running.url}{OWNERS}", headers={"authorization": "Bearer t"})
    told = "\n".join(running.printed)
    assert told.count("violation kii-list.purpose (documented): ") == 2
    assert "2 exchanges, 1 operation seen; 2 violations, 0 differ, 0 advice, 0 unjudged" in told
    assert "     2  kii listOwners" in told
    assert re.search(r"clauses shown: \d+: .*kii-list\.200", told)
    assert "clauses broken: 1: kii-list.purpose" in told
    assert re.search(r"clauses never seen, .*: \d+: .*kii-confirm\.verifies-code", told)
    assert running.process.returncode == 1


def test_a_deployment_that_is_down_is_a_502(tmp_path: Path, http: httpx.Client) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with serving(tmp_path, "--target", url, command=CONTRACTS, verb="proxy") as running:
            answer = http.post(f"{running.url}{OWNERS}", json={})
    assert (answer.status_code, answer.json()["deployment"]) == (502, url)
    assert running.process.returncode == 0
