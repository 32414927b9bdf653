"""Two hundred sessions over one server, each with a world, a story, a clock and a script of its own: none sees anything of another."""

from __future__ import annotations

import http.cookiejar
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

from tests.mockserver.connhex import stories as connhex
from tests.mockserver.connhex.test_scenarios import ENDS
from tests.mockserver.kii import stories as kii
from tests.mockserver.kii.apps import ADD, CONFIRM
from tests.mockserver.stories import STEP, Data, Story, written
from tests.serving import Running

SESSIONS = 200
CONNECTIONS = 50
ALONE = 8
"""So many sessions are played once more when the others are over."""
BEGIN = 1_800_000_000
APP = "/api/apps/a1open01"
KII = [name for name in kii.NAMES if "a second late" not in kii.written(name)["about"]]

Told = TypeVar("Told", bound=Story)
Noted = tuple[str, str, int | None]


@dataclass(frozen=True)
class Line:
    """A client of one connection, which several sessions share: whose turn it is has it to himself."""

    client: httpx.Client
    turn: threading.Lock


@dataclass
class Recorder:
    """A client that notes what it sends to one world: method, path and status; None where no answer came."""

    line: Line
    base_url: str
    noted: list[Noted] = field(default_factory=list)

    @property
    def cookies(self) -> httpx.Cookies:
        return self.line.client.cookies

    def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        with self.stream(method, url, **options) as answer:
            answer.read()
        return answer

    @contextmanager
    def stream(self, method: str, url: str, **options: Any) -> Iterator[httpx.Response]:
        status = None
        try:
            with self.line.turn, self.line.client.stream(method, url, **options) as answer:
                status = answer.status_code
                yield answer
        finally:
            # What does not lie below the base URL is the control API.
            if url.startswith(self.base_url):
                self.noted.append((method, url.removeprefix(self.base_url).partition("?")[0], status))

    def get(self, url: str, **options: Any) -> httpx.Response:
        return self.request("GET", url, **options)

    def post(self, url: str, **options: Any) -> httpx.Response:
        return self.request("POST", url, **options)

    def put(self, url: str, **options: Any) -> httpx.Response:
        return self.request("PUT", url, **options)

    def delete(self, url: str, **options: Any) -> httpx.Response:
        return self.request("DELETE", url, **options)


@dataclass
class Session:
    """One session. gate: where it waits for the others. draw: its own choices, which its number alone decides.

    now: what its world's clock must show. ended: all that can be seen of its world in the end. ids: of Kii's users, where it asked for them.
    devices, lamps: who must own them.
    """

    number: int
    line: Line
    mock: str
    gate: Callable[[], object]

    def __post_init__(self) -> None:
        self.draw = random.Random(f"session {self.number}")
        self.name = f"crowd-{self.number}"
        self.control = f"{self.mock}/_mock/api/worlds/{self.name}"
        self.base_url = f"{self.mock}/worlds/{self.name}"
        self.http = Recorder(self.line, self.base_url)
        self.now = float(BEGIN + 1000 * self.number)
        self.settings: Data = {}
        self.stories: dict[int, Callable[[str], None]] = {2: self.tell_connhexs, 3: self.tell_kiis}
        self.ended: Data = {}
        self.ids: dict[str, str] = {}
        self.devices: dict[str, str] = {}
        self.lamps: dict[str, list[str]] = {}

    # ------------------------------------------------------------------------------------------------ its way

    def play(self) -> Session:
        """From its making to its end, in step with the others where all must be there."""
        kind = self.number % 4
        scenario = {2: self.draw.choice(connhex.NAMES), 3: self.draw.choice(KII)}.get(kind, "default")
        if kind == 1:
            self.join()
        else:
            self.make(scenario)
        self.gate()
        self.stories.get(kind, self.improvise)(scenario)
        after_story = self.shown()["state"]
        self.chores()
        self.gate()
        self.check(after_story)
        assert self.http.delete(self.control).status_code == 204
        return self

    def make(self, scenario: str) -> None:
        """A world that is asked for, with a seed, settings and a moment of its own."""
        if scenario == "default":
            self.settings = {
                "connhex": {"claimed_by_other": self.draw.choice(["conflict", "forbidden", "not_found"])},
                "kii": {"code_length": self.draw.randint(8, 40)},
            }
        clock = {"now": self.now, "frozen": True}
        body = {"name": self.name, "scenario": scenario, "seed": f"seed {self.number}", "settings": self.settings, "clock": clock}
        answer = self.http.post(f"{self.mock}/_mock/api/worlds", json=body)
        assert answer.status_code == 201, answer.text
        assert answer.json()["base_url"] == self.base_url

    def join(self) -> None:
        """A world that is there because somebody calls it."""
        assert self.whoami("ada") == 200
        self.http.put(f"{self.control}/clock", json={"now": self.now, "frozen": True}).raise_for_status()

    # ------------------------------------------------------------------------------------------------ its story

    def tell_connhexs(self, name: str) -> None:
        story = self._told(connhex.Story, name)
        ENDS[name].check(story)

    def tell_kiis(self, name: str) -> None:
        self._told(kii.Story, name)

    def _told(self, kind: type[Told], name: str) -> Told:
        about = written(kind.VENDOR, name)["about"]
        story = kind(self.http, about, self.base_url, self.control)  # type: ignore[arg-type]  # it is asked as a client is
        story.tell()
        self.now += sum(int(step["what"].split()[0]) for step in STEP.finditer(about) if step["who"] == "clock")
        assert len(story.seen) == len(self.http.noted)
        return story

    def improvise(self, _: str) -> None:
        """Claims, owners and flows as they are drawn; what comes of each, the session knows beforehand."""
        self.ids = {who: self.send("GET", f"{APP}/users/me", who).json()["userID"] for who in ("alice", "bob")}
        for _step in range(self.draw.randint(3, 6)):
            self.draw.choice((self._claim, self._claim, self._own, self._flow))()
            if self.draw.random() < 0.5:
                self.advance(self.draw.randint(1, 90))
        assert connhex.Shown(self.shown()).owned == [f"{device} {who}" for device, who in self.devices.items()]
        for lamp, owners in self.lamps.items():
            answer = self.send("GET", f"{APP}/things/VENDOR_THING_ID:{lamp}/ownership", "admin-open")
            assert answer.json() == {"users": owners, "groups": []}

    def _claim(self) -> None:
        who, device = self.draw.choice(["ada", "bob"]), f"CTP-013983{self.draw.randint(6, 8)}"
        picked, before = self.settings.get("connhex", {}).get("claimed_by_other", "conflict"), len(self.devices)
        owner = self.devices.setdefault(device, who)
        answer = self.send("POST", "/ownerships", f"ory_st_{who}", {"deviceId": device})
        first = len(self.devices) > before
        assert answer.status_code == (201 if first else 409 if owner == who else {"conflict": 409, "forbidden": 403, "not_found": 404}[picked])

    def _own(self) -> None:
        lamp, who = f"lamp-0{self.draw.randint(1, 3)}", self.draw.choice(["alice", "bob"])
        path = f"{APP}/things/VENDOR_THING_ID:{lamp}/ownership"
        owners = self.lamps.setdefault(lamp, [])
        answer = self.send("POST", path, "admin-open", {"userID": self.ids[who]}, ADD)
        assert answer.status_code == (409 if self.ids[who] in owners else 204)
        if self.ids[who] not in owners:
            owners.append(self.ids[who])

    def _flow(self) -> None:
        lamp, who = f"lamp-0{self.draw.randint(4, 6)}", self.draw.choice(["alice", "bob"])
        if self.ids[who] in self.lamps.setdefault(lamp, []):
            return
        path = f"{APP}/things/VENDOR_THING_ID:{lamp}/ownership"
        code = self.send("POST", f"{path}/request/user:{self.ids[who]}", "admin-open").json()["code"]
        assert len(code) == self.settings.get("kii", {}).get("code_length", len(code))
        assert self.send("POST", f"{path}/confirm", "admin-open", {"code": code}, CONFIRM).status_code == 204
        self.lamps[lamp].append(self.ids[who])

    # ------------------------------------------------------------------------------------------------ its own things

    def chores(self) -> None:
        """A line that answers with the session's number, one that fires at a moment of its own, an event, and a turn of the clock."""
        mine = {"name": f"mine-{self.number}", "when": {"operation": "login", "query": {"flow": "mine"}}, "off_contract": True}
        mine["answer"] = {"status": 418, "body": {"session": self.number}}
        later = {"name": f"later-{self.number}", "at": {"after": 50}, "happen": [{"connhex.device_manufactured": {"device": f"LATER-{self.number}"}}]}
        loaded = self.http.post(f"{self.control}/script", json=[mine, later])
        assert loaded.status_code == 200, loaded.text
        self.advance(49 if self.number % 8 < 4 else 50)
        self.happen(f"OWN-{self.number}")
        answer = self.send("POST", "/auth/self-service/login?flow=mine", "nobody")
        assert (answer.status_code, answer.json()) == (418, {"session": self.number})

    def happen(self, device: str) -> None:
        self.http.post(f"{self.control}/events", json={"connhex.device_manufactured": {"device": device}}).raise_for_status()

    def advance(self, seconds: int) -> None:
        self.http.post(f"{self.control}/clock/advance", json={"seconds": seconds}).raise_for_status()
        self.now += seconds

    # ------------------------------------------------------------------------------------------------ its end

    def check(self, after_story: Data) -> None:
        """Nothing has changed in the world but what the session itself has done."""
        shown, journal = self.shown(), self.http.get(f"{self.control}/journal?secrets=true").raise_for_status().json()
        self._check_state(shown["state"], after_story)
        assert (shown["clock"]["now"], shown["clock"]["frozen"]) == (self.now, True)
        sent = [(entry["method"], entry["path"], None if entry["sent"] == "dropped" else entry["status"]) for entry in journal["requests"]]
        assert sent == self.http.noted
        assert journal["requests"][-1]["line"] == f"mine-{self.number}"
        happened = [row["event"] for row in journal["happenings"] if row["by"] == "control"]
        assert happened == ["connhex.device_manufactured"]
        self._check_script([line["name"] for line in shown["script"]["lines"]], shown["scenario"])
        for entry in journal["requests"]:
            # How long the server took is its own affair.
            del entry["seconds"]
        self.ended = {**journal, "state": shown["state"], "clock": shown["clock"], "script": shown["script"]}

    def _check_script(self, lines: list[str], scenario: str) -> None:
        vendor = {2: "connhex", 3: "kii"}.get(self.number % 4)
        told = written(vendor, scenario).get("script", ()) if vendor else ()
        assert lines == [f"mine-{self.number}", f"later-{self.number}", *(line["name"] for line in told)]

    def _check_state(self, state: Data, after_story: Data) -> None:
        devices = [row["id"] for row in state["connhex"]["devices"]]
        later = [] if self.number % 8 < 4 else [f"LATER-{self.number}"]
        assert devices == [*(row["id"] for row in after_story["connhex"]["devices"]), *later, f"OWN-{self.number}"]
        assert {**state["connhex"], "devices": []} == {**after_story["connhex"], "devices": []}
        assert state["kii"] == after_story["kii"]

    def shown(self) -> Data:
        found: Data = self.http.get(self.control).raise_for_status().json()
        return found

    def send(self, method: str, path: str, who: str, body: Any = None, media_type: str = "application/json") -> httpx.Response:
        token = f"token-{who}" if who in ("alice", "bob") else who
        sent = {} if body is None else {"json": body}
        return self.http.request(method, self.base_url + path, headers={"Authorization": f"Bearer {token}", "Content-Type": media_type}, **sent)

    def whoami(self, who: str) -> int:
        return self.send("GET", "/auth/sessions/whoami", f"ory_st_{who}").status_code


# ---------------------------------------------------------------------------------------------------- all at once


@contextmanager
def connected() -> Iterator[list[Line]]:
    """All lines to the server. They keep no cookies."""
    with ExitStack() as closing:
        made = []
        for _ in range(CONNECTIONS):
            client = closing.enter_context(httpx.Client(trust_env=False, verify=False, timeout=120, limits=httpx.Limits(max_connections=1)))
            client.cookies.jar.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
            made.append(Line(client, threading.Lock()))
        yield made


def at_once(mock: Running, several: list[Line]) -> list[Session]:
    """All sessions, which all are there before the first begins its story, and before the first looks back."""
    together = threading.Barrier(SESSIONS)

    def one(number: int) -> Session:
        try:
            return Session(number, several[number % CONNECTIONS], mock.url, lambda: together.wait(300)).play()
        except BaseException:
            together.abort()
            raise

    with ThreadPoolExecutor(SESSIONS) as threads:
        running = [threads.submit(one, number) for number in range(SESSIONS)]
    failed = [error for error in (session.exception() for session in running) if error is not None]
    for error in sorted(failed, key=lambda error: isinstance(error, threading.BrokenBarrierError)):
        raise error
    return [session.result() for session in running]


def test_two_hundred_sessions_see_nothing_of_each_other(mock: Running) -> None:
    with connected() as several:
        played = at_once(mock, several)
        kinds = {session.number % 4 for session in played}
        assert (len(played), kinds) == (SESSIONS, {0, 1, 2, 3})
        ids = [one for session in played for one in session.ids.values()]
        assert len(set(ids)) == len(ids) == SESSIONS
        seeded = [session for session in played if session.number % 4 != 1]
        for among in random.Random("alone").sample(seeded, ALONE):
            alone = Session(among.number, several[0], mock.url, lambda: None).play()
            # The same seed, the same moments, the same requests: the same in all that the journal has of them, codes and tokens too.
            assert alone.ended == among.ended
