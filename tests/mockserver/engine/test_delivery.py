"""Stories over real connections: a script's line answers, delays, drops, cuts and garbles, and what came before it on the connection is sent."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
import yaml
from ownership_contracts.mockserver.engine import scenario
from ownership_contracts.mockserver.engine.columns import columns
from ownership_contracts.mockserver.engine.delivery import wait

from tests.serving import Running, serving

OUT = {"errorCode": "OUT", "message": "100% out."}
LATE = 0.4
APP = "a1open01"
STORIES: dict[str, dict[str, Any]] = {
    "outage": {"when": {"nth": {"to": 2}}, "answer": {"status": 503, "headers": {"Retry-After": "30"}, "body": OUT}, "off_contract": True},
    "drop": {"drop": True},
    "lose": {"when": {"operation": "putUserOwner", "nth": 1}, "drop": True, "serve": True},
    "cut": {"cut": 9},
    "cut-late": {"when": {"principal": "*"}, "cut": 0},
    "garble": {"garble": True, "off_contract": True},
    "late": {"when": {"operation": "listOwners"}, "delay": LATE},
    "held": {"when": {"operation": "listOwners"}, "delay": {"request": LATE}},
    "race": {
        "when": {"state": "start"},
        "state": "raced",
        "answer": {"status": 503, "body": OUT},
        "off_contract": True,
        "delay": {"request": LATE},
    },
    "forever": {"delay": 300},
}
"""What a line does with the requests for a thing that is called as it is."""
CLAIM = {"when": {"operation": "register", "nth": 1}, "drop": True, "serve": True}


def story_file(folder: Path) -> Path:
    """A file of the default world, with a thing and a line for each story."""
    world = scenario.load("default", columns()).world
    app = world["kii"]["apps"][APP]
    app["things"] = {name: {"password": "story-Secret-1"} for name in ("none", *STORIES)}
    lines = [{"name": name, **line, "when": {**line.get("when", {}), "path": {"vendorThingID": name}}} for name, line in STORIES.items()]
    file = folder / "stories.yaml"
    file.write_text(yaml.safe_dump({"summary": "What may go wrong on the way.", "world": world, "script": [*lines, {"name": "claim", **CLAIM}]}))
    return file


@pytest.fixture(scope="module")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("stories")
    with serving(folder, "--scenario", str(story_file(folder))) as running:
        yield running


class Place:
    """A world's addresses, as a target's tables tell them."""

    def __init__(self, world: dict[str, Any]) -> None:
        self.world = world
        self.app = next(app for app in world["kii"]["apps"] if app["id"] == APP)
        self.url = world["base_url"]
        self.admin = {"Authorization": f"Bearer {self.app['admin']['token']}"}

    def owners(self, story: str = "none") -> str:
        return f"{self.url}/api/apps/{APP}/things/VENDOR_THING_ID:{story}/ownership"

    def owner(self, story: str = "none") -> str:
        return f"{self.owners(story)}/user:{self.app['users'][0]['id']}"

    def raw(self, *stories: str, method: str = "GET", version: str = "1.1") -> bytes:
        """Requests to be sent at once."""
        heads = []
        for story in stories:
            path = urlsplit(self.owners(story) if method == "GET" else self.owner(story)).path
            lines = [f"{method} {path} HTTP/{version}", "Host: x", f"Authorization: {self.admin['Authorization']}"]
            heads.append("\r\n".join([*lines, "", ""]))
        return "".join(heads).encode()


@pytest.fixture
def place(world: dict[str, Any]) -> Place:
    return Place(world)


@pytest.fixture
def requests(mock: Running, http: httpx.Client, place: Place) -> Any:
    """What the journal has of the world."""
    return lambda: http.get(f"{mock.url}/_mock/api/worlds/{place.world['name']}").json()["requests"]


def connected(url: str, authority: Path | None = None) -> socket.socket:
    parts = urlsplit(url)
    plain = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10)
    return plain if authority is None else ssl.create_default_context(cafile=str(authority)).wrap_socket(plain, server_hostname=parts.hostname)


def received(connection: socket.socket) -> bytes:
    """All that comes until the server closes the connection."""
    with connection:
        found = b""
        while piece := connection.recv(65536):
            found += piece
    return found


def talk(url: str, sent: bytes, authority: Path | None = None) -> bytes:
    connection = connected(url, authority)
    connection.sendall(sent)
    return received(connection)


def parted(answer: bytes) -> tuple[int, int, bytes]:
    """An answer's status, the length that its head says, and what came of its body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:])
    return int(head.split()[1]), int(fields["content-length"]), body


# ---------------------------------------------------------------------------------------------------- answered in the operation's place


def test_an_outage_answers_everybody_and_ends(place: Place, http: httpx.Client, requests: Any) -> None:
    nobody = http.get(place.owners("outage"), headers={"Origin": "https://page.test"})
    assert (nobody.status_code, nobody.headers["Retry-After"], nobody.json()) == (503, "30", OUT)
    assert nobody.headers["Access-Control-Allow-Origin"]
    assert "%" not in nobody.text
    assert http.get(place.owners("outage"), headers={"Authorization": "Bearer wrong"}).status_code == 503
    assert http.get(place.owners("outage"), headers=place.admin).status_code == 200
    told = [(row["status"], row["line"], row["decided"], row["complaint"], row["principal"]) for row in requests()]
    assert told[:2] == [(503, "outage", "script", None, None)] * 2
    assert told[2][:2] == (200, None)


def test_an_answer_to_head_says_its_length_and_has_no_body(place: Place) -> None:
    sent = place.raw("outage", method="HEAD") + place.raw("none", "drop")
    head, after = talk(place.url, sent).split(b"HTTP/1.1 200", 1)
    assert parted(head) == (503, len(json.dumps(OUT).replace("%", "\\u0025")), b"")
    assert b"users" in after


# ---------------------------------------------------------------------------------------------------- dropped


def test_a_connection_drops_after_the_answers_that_are_due_and_serves_nothing_behind(place: Place, requests: Any) -> None:
    status, length, body = parted(talk(place.url, place.raw("none", "drop", "none")))
    assert (status, len(body)) == (200, length)
    rows = requests()
    assert [(row["line"], row["status"], row["sent"]) for row in rows] == [(None, 200, "whole"), ("drop", 0, "dropped")]


def test_a_client_library_sees_that_the_server_has_gone_and_its_next_request_is_answered(place: Place, http: httpx.Client) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        http.get(place.owners("drop"), headers={**place.admin, "Origin": "https://page.test"})
    assert http.get(place.owners(), headers=place.admin).status_code == 200


def test_an_answer_that_is_lost_has_done_its_work(place: Place, http: httpx.Client, requests: Any) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        http.put(place.owner("lose"), headers=place.admin)
    assert http.get(place.owners("lose"), headers=place.admin).json()["users"] == [place.app["users"][0]["id"]]
    assert (requests()[0]["status"], requests()[0]["sent"]) == (204, "dropped")
    assert http.put(place.owner("lose"), headers=place.admin).status_code == 409


def test_a_claim_whose_answer_is_lost_is_a_claim(place: Place, http: httpx.Client, mock: Running) -> None:
    user = next(user for user in place.world["connhex"]["users"] if user.get("permission") == "allowed")
    sent: dict[str, Any] = {"headers": {"Authorization": f"Bearer {user['token']}"}, "json": {"deviceId": place.world["connhex"]["devices"][0]["id"]}}
    with pytest.raises(httpx.RemoteProtocolError):
        http.post(f"{place.url}/ownerships", **sent)
    state = http.get(f"{mock.url}/_mock/api/worlds/{place.world['name']}").json()["state"]["connhex"]
    assert [row["device"] for row in state["resources"]] == [sent["json"]["deviceId"]]


# ---------------------------------------------------------------------------------------------------- cut and garbled


@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_a_body_is_cut_after_so_many_bytes_and_the_connection_closes(version: str, place: Place, requests: Any) -> None:
    before = place.raw("none") if version == "1.1" else b""
    found = talk(place.url, before + place.raw("cut", version=version) + place.raw("none"))
    assert found.count(b"HTTP/1.1 200") == (2 if before else 1)
    status, length, body = parted(found[found.rindex(b"HTTP/1.1") :])
    assert (status, len(body)) == (200, 9)
    assert length > 9
    assert [row["sent"] for row in requests()] == [*(["whole"] if before else []), "cut"]


def test_a_body_is_cut_before_its_first_byte_where_the_caller_is_known(place: Place) -> None:
    status, length, body = parted(talk(place.url, place.raw("cut-late")))
    assert (status, body) == (200, b"")
    assert length > 0


def test_the_client_sees_that_a_cut_body_is_not_whole(place: Place, http: httpx.Client) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        http.get(place.owners("cut"), headers=place.admin)


@pytest.mark.parametrize("story", ["cut", "garble"])
def test_where_nothing_is_to_cut_or_garble_the_answer_leaves_whole_and_the_journal_says_so(
    story: str, place: Place, http: httpx.Client, requests: Any
) -> None:
    connection = connected(place.url)
    connection.sendall(place.raw(story, method="PUT") + place.raw("none", "drop"))
    first, second = received(connection).split(b"HTTP/1.1 ")[1:]
    assert (first[:3], second[:3]) == (b"204", b"200")
    row = requests()[0]
    assert (row["sent"], row["line"]) == ("whole", story)
    assert "0 bytes" in row["complaint"]


def test_a_garbled_body_has_its_length_and_is_no_json(place: Place, http: httpx.Client, requests: Any) -> None:
    answer = http.get(place.owners("garble"), headers=place.admin)
    assert (answer.status_code, len(answer.content)) == (200, int(answer.headers["Content-Length"]))
    with pytest.raises(UnicodeDecodeError):
        answer.content.decode("utf-8")
    assert answer.content.startswith(b'{"users"')
    assert http.get(place.owners(), headers=place.admin).json() == {"users": [], "groups": []}
    assert [(row["sent"], row["complaint"]) for row in requests()] == [("garbled", None), ("whole", None)]


def test_over_tls_an_answer_is_dropped_and_cut_too(tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    with serving(tmp_path, "--scenario", str(story_file(tmp_path)), "--tls", "--tls-ca", str(authority)) as running:
        with httpx.Client(trust_env=False, verify=ssl.create_default_context(cafile=str(authority)), timeout=20) as client:
            place = Place(client.post(f"{running.url}/_mock/api/worlds", json={}).json())
        status, length, body = parted(talk(place.url, place.raw("none", "drop", "none"), authority))
        assert (status, len(body)) == (200, length)
        status, length, body = parted(talk(place.url, place.raw("cut", "none"), authority))
        assert (status, len(body)) == (200, 9)
        assert length > 9


# ---------------------------------------------------------------------------------------------------- late


@pytest.mark.parametrize("story", ["late", "held"])
def test_another_request_overtakes_one_that_is_late(story: str, place: Place, requests: Any) -> None:
    slow, quick = connected(place.url), connected(place.url)
    slow.sendall(place.raw(story, "drop"))
    quick.sendall(place.raw(story, "drop", method="PUT"))
    assert received(quick).startswith(b"HTTP/1.1 204")
    owners = json.loads(parted(received(slow))[2])["users"]
    # What is held up is served after the other, what is answered late was served before it.
    assert owners == ([place.app["users"][0]["id"]] if story == "held" else [])
    rows = {row["line"]: row for row in requests() if row["sent"] == "whole"}
    assert rows[story]["number"] > rows[None]["number"]
    assert rows[story]["seconds"] >= LATE > rows[None]["seconds"]


def test_of_requests_at_once_one_alone_finds_the_state_that_it_leaves(place: Place, http: httpx.Client, requests: Any) -> None:
    together = threading.Barrier(8)

    def ask(_: int) -> int:
        together.wait(10)
        return http.get(place.owners("race"), headers=place.admin).status_code

    with ThreadPoolExecutor(8) as pool:
        found = sorted(pool.map(ask, range(8)))
    assert found == [200] * 7 + [503]
    assert [row["line"] for row in requests()] == [None] * 7 + ["race"]


def test_a_server_ends_in_time_while_an_answer_is_held_up(tmp_path: Path) -> None:
    with serving(tmp_path, "--scenario", str(story_file(tmp_path))) as running:
        place = Place(running.world())
        connection = connected(place.url)
        connection.sendall(place.raw("none", "forever"))
        assert connection.recv(15) == b"HTTP/1.1 200 OK"
    # The answer before is whole, and nothing stands for the one that was not given.
    assert b"HTTP" not in received(connection)
    assert running.process.returncode == 0


def test_no_delay_is_shorter_than_it_says() -> None:
    """The loop that the server runs on may ring its timers a millisecond early."""

    async def shortest(of: int, seconds: float) -> float:
        took = []
        for _ in range(of):
            begun = perf_counter()
            await wait(seconds)
            took.append(perf_counter() - begun)
        return min(took)

    with asyncio.Runner(loop_factory=uvicorn.Config("").get_loop_factory()) as runner:
        assert runner.run(shortest(20, 0.0105)) >= 0.0105
