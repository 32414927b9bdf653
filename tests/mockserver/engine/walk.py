"""Random walks through a world: requests of every operation by anyone, well-formed and odd, events, and turns of the clock."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any
from urllib.parse import unquote

from ownership_contracts import specs
from ownership_contracts.mockserver.engine.acting import catch_up, occur
from ownership_contracts.mockserver.engine.scenario import inline
from ownership_contracts.mockserver.engine.server import Server
from ownership_contracts.mockserver.engine.store import Worlds
from ownership_contracts.mockserver.engine.vendor import EventError, Vendor
from ownership_contracts.mockserver.engine.worlds import World, make_world

from tests.fuzz.draft import Draft, draft
from tests.fuzz.families.semantic import changed
from tests.fuzz.operations import Operation, operations
from tests.fuzz.request import Request
from tests.fuzz.vocabulary import Vocabulary, flat, vocabulary

ORIGIN = "http://mock.localhost"
HERE = b"one"
"""The name that the walked world has in what is sent and what comes back; each world's own name is as long."""
STORY: dict[str, Any] = {
    "summary": "Lines that count, lines that wait, and a state that comes and goes.",
    "clock": {"now": "2026-01-01T00:00:00Z", "frozen": True},
    "script": [
        {"name": "third-list", "when": {"operation": "listOwners*", "nth": 3}, "answer": {"status": 404, "body": {}}, "off_contract": True},
        {"name": "second-claim", "when": {"operation": "register", "nth": {"from": 2, "to": 3}}, "state": "tired"},
        {"name": "tired", "when": {"operation": "start*", "state": "tired", "nth": {"from": 2}}, "answer": {"status": 503}, "off_contract": True},
        {"name": "enabled", "at": {"after": 700}, "happen": [{"connhex.registration_enabled": {"device": "CTP-0139836"}}], "state": "tired"},
        {"name": "rested", "at": {"after": 20000, "state": "tired"}, "state": "start"},
    ],
}
SETTINGS: Sequence[Mapping[str, Mapping[str, Any]]] = (
    {},
    {
        "kii": {"code_life": 3000, "token_life": 900, "deleted_owner": "kept", "used_code": "already_owner"},
        "connhex": {"protection": "protected", "enable_life": 800},
    },
    {"kii": {"second_request": "replaces", "used_code": "already_owner"}, "connhex": {"association": "one_to_many", "session_life": 900}},
)
TURNS = (0, 1, 1, 60, 60, 299, 299, 400, 1000, 2000)
"""By so many seconds the clock is turned."""
RECENT = 30
"""So many of the last calls that succeeded are remembered: what is older has been used or has ended."""


@dataclass(frozen=True)
class Turn:
    """A turn of the clock by so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Happens:
    """Something that happens without a request."""

    vendor: str
    event: str
    arguments: Mapping[str, Any]


Step = Request | Turn | Happens


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""


def story(vendors: Sequence[Vendor], name: str, settings: int = 0, seed: str = "walk") -> World:
    """A world with a script, whose clock stands."""
    return make_world(name, inline(STORY, vendors), vendors, seed, SETTINGS[settings])


def words_of(world: World) -> Vocabulary:
    """The words of a world as its target tells them."""
    base = f"{ORIGIN}/worlds/{world.name}"
    return vocabulary(f"/worlds/{world.name}", {name: state.target(base, base) for name, state in world.states.items()}, specs.vendors())


@dataclass
class Walk:
    """A random walk through a world of a server in this process. sent: the requests so far. words: what the next may be made of."""

    server: Server
    world: World
    words: Vocabulary
    sent: list[Request] = field(default_factory=list)

    def on(self, seeds: Iterable[int], *followers: World) -> list[Answer]:
        """Make a step for each seed, and return what came back. Each step may use what earlier ones gave.

        Every follower makes the same steps; AssertionError at the first that is answered differently there.
        """
        return asyncio.run(self._on(seeds, followers))

    def parting(self, seeds: Iterable[int], follower: World) -> str | None:
        """Return how the first step is answered differently in the follower; None where none is."""
        try:
            self.on(seeds, follower)
        except AssertionError as error:
            return str(error)
        return None

    async def _on(self, seeds: Iterable[int], followers: Sequence[World]) -> list[Answer]:
        answers = []
        for seed in seeds:
            made, step = self._step(Random(seed))
            answer = await self._make(self.world, step)
            for follower in followers:
                other = await self._make(follower, step)
                assert other == answer, f"{step} got {other}, and in the original {answer}"
            if isinstance(step, Request):
                self.sent.append(step)
            if made is not None:
                _learn(self.words, made, answer)
            answers.append(answer)
        return answers

    def _step(self, rng: Random) -> tuple[Draft | None, Step]:
        """Return a step, and the draft of a request that was not changed."""
        draw = rng.random()
        if draw < 0.05:
            return None, Turn(rng.choice(TURNS))
        if draw < 0.1:
            return None, _event(rng, self.world)
        if draw < 0.2 and self.sent:
            return None, rng.choice(self.sent[-RECENT:])
        if draw < 0.3:
            return None, changed(rng, self.words)
        made = draft(rng, self.words, rng.choice(_weighted(rng.choice(list(self.world.vendors)))))
        if draw < 0.65:
            _follow_up(rng, made)
        return made, made.request()

    async def _make(self, world: World, step: Step) -> Answer:
        if isinstance(step, Turn):
            world.clock.advance(step.seconds)
            return Answer(0)
        if isinstance(step, Happens):
            catch_up(world)
            try:
                occur(world, step.vendor, step.event, step.arguments)
            except EventError as error:
                return Answer(0, body=str(error).encode())
            return Answer(0)
        if world.name not in self.server.worlds:
            self.server.worlds.add(world)
        answer = await sent(self.server, step, step.target.replace(b"/worlds/%s/" % HERE, f"/worlds/{world.name}/".encode(), 1))
        # Where a world is shows in its answers: in URLs, and in the path of a cookie.
        there, here = b"/worlds/" + world.name.encode(), b"/worlds/" + HERE
        headers = tuple((name, value.replace(there, here)) for name, value in answer.headers)
        return Answer(answer.status, headers, answer.body.replace(there, here))


async def sent(server: Server, request: Request, target: bytes) -> Answer:
    """Send a request to this target, of any length and of any octets, and return the answer."""
    path, _, query = target.partition(b"?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method.decode(),
        "scheme": "http",
        "path": unquote(path.decode("latin-1")),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in (*request.headers, (b"content-length", b"%d" % len(request.body)))],
        "server": ("mock.localhost", 80),
        "client": ("127.0.0.1", 50000),
    }
    came: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": request.body, "more_body": False}

    async def send(message: Any) -> None:
        came.append(message)

    await server(scope, receive, send)
    return Answer(came[0]["status"], tuple(came[0]["headers"]), b"".join(message.get("body", b"") for message in came[1:]))


def walk(server: Server, world: World, words: Vocabulary | None = None) -> Walk:
    """Return a walk through this world, the first of a store of its own. words: those of an earlier walk through it."""
    server.worlds = Worlds()
    return Walk(server, world, words_of(world) if words is None else words)


def _follow_up(rng: Random, made: Draft) -> None:
    """Have a request go on from an earlier call, if it takes what that has given: a code, as the administrator; or a login flow, with a password."""
    fields = made.body if isinstance(made.body, dict) else {}
    given = "code" if "code" in fields else "requesturl" if made.operation.query else None
    begun = [memory for memory in made.realm.memories if given in memory]
    if not begun:
        return
    earlier = rng.choice(begun)
    # The thing may be named in the other way now.
    rows = [row for row in made.realm.rows if row.items() & earlier.items()] or made.realm.rows
    memory = {**rng.choice(rows), **earlier}
    made.values = {name: memory["id"] if name in made.operation.query else memory.get(flat(name), value) for name, value in made.values.items()}
    made.body = {name: memory.get(flat(name), value) for name, value in fields.items()}
    if given == "code":
        made.credentials = [(b"Authorization", b"Bearer " + made.realm.tokens["admin"].encode())]


@cache
def _weighted(vendor: str) -> list[Operation]:
    """A vendor's operations, those more often that lead on to others and those less often that take away."""
    begins, ends = ("request", "startLogin", "register", "issueToken"), ("confirm", "login")
    found: list[Operation] = []
    for one in operations():
        if one.vendor == vendor:
            found += [one] * (1 if one.method == "DELETE" else 5 if one.name.startswith(begins) else 10 if one.name.startswith(ends) else 2)
    return found


def _event(rng: Random, world: World) -> Happens:
    """Return an event of any vendor, with arguments that fit its schema and may name what is there."""
    vendor = rng.choice(list(world.vendors.values()))
    name = rng.choice(list(vendor.events))
    schema = vendor.events[name].arguments
    wanted = [*schema.get("required", ()), *(rng.choice(schema["oneOf"])["required"] if "oneOf" in schema else ())]
    dumped = json.loads(json.dumps(world.states[vendor.name].dump()))
    return Happens(vendor.name, name, {key: _argument(rng, key, schema["properties"][key], dumped) for key in ["app", *wanted] if _has(schema, key)})


def _has(schema: Mapping[str, Any], key: str) -> bool:
    return key in schema["properties"]


def _argument(rng: Random, name: str, schema: Mapping[str, Any], dumped: Any) -> Any:
    if "enum" in schema:
        return rng.choice(schema["enum"])
    if schema.get("type") == "boolean":
        return rng.random() < 0.5
    found = [row for table, row in _rows(dumped) if table == f"{name}s"]
    return rng.choice(found).get("id", "x") if found else "x"


def _rows(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, list):
                yield from ((key, row) for row in inner if isinstance(row, dict))
            yield from _rows(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _rows(inner)


def _learn(words: Vocabulary, made: Draft, answer: Answer) -> None:
    """Keep what was sent and came back where it succeeded: a code meets its thing again, and a new token is somebody's."""
    if not 200 <= answer.status < 300:
        return
    given = json.loads(answer.body or b"{}")
    told = {**_texts(made.body), **made.values, **_texts(given)}
    made.realm.memories.append({flat(name): value for name, value in told.items()})
    del made.realm.memories[:-RECENT]
    for name in ("access_token", "_accessToken", "session_token"):
        if name in given:
            made.realm.tokens[f"given-{len(made.realm.tokens)}"] = given[name]
    for header, line in answer.headers:
        if header.lower() == b"set-cookie":
            made.realm.words.setdefault("cookie", []).append(line.decode().partition("=")[2].partition(";")[0])


def _texts(value: Any) -> dict[str, str]:
    return {name: inner for name, inner in value.items() if isinstance(inner, str)} if isinstance(value, dict) else {}
