"""A world and its twin: the same but for a mutant. What the suite's rows send is recorded once, and any moment of it is lived through again."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from types import MappingProxyType
from typing import Any

import httpx
from ownership_contracts.contracts.case import Case, cases
from ownership_contracts.contracts.live.mode import Mode
from ownership_contracts.contracts.play import Player
from ownership_contracts.contracts.target import Target
from ownership_contracts.mockserver.engine import snapshot
from ownership_contracts.mockserver.engine.columns import columns
from ownership_contracts.mockserver.engine.mutants import Chosen, Mutant, settings_of
from ownership_contracts.mockserver.engine.server import Server
from ownership_contracts.mockserver.engine.store import Worlds
from ownership_contracts.mockserver.engine.worlds import World

from tests.fuzz.request import Request
from tests.mockserver.engine.walk import Answer, sent
from tests.mockserver.in_process import in_process

HOST = "http://127.0.0.1"
Document = dict[str, Any]
_LOOP = asyncio.new_event_loop()


@dataclass(frozen=True)
class Moment:
    """A request of a row's, and the world just before it. world, kept: its name, and what it was made of. operation: None where it is for none."""

    case: Case
    world: str
    kept: bytes
    now: float
    request: Request
    operation: str | None


@dataclass(frozen=True)
class Outcome:
    """What a moment came to: the answer, the world after it, and what the journal says of it."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    after: Document
    decided: str
    complaint: str | None

    @property
    def answer(self) -> tuple[Any, ...]:
        return self.status, self.headers, self.body


@dataclass
class Recorder(httpx.BaseTransport):
    """Leads a client's requests to a server in this process, and keeps those that go to a world."""

    server: Server
    case: Case | None = None
    moments: list[Moment] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        target = request.url.raw_path
        raw = Request(
            request.method.encode(), target, tuple((n, v) for n, v in request.headers.raw if n.lower() != b"content-length"), request.read()
        )
        name = target.split(b"/")[2].decode() if target.startswith(b"/worlds/") else None
        if name is None:
            return _response(_LOOP.run_until_complete(sent(self.server, raw, target)))
        world = self.server.worlds.get(name)
        kept, now = pickle.dumps((world.states, world.clock, world.supply, world.script)), world.clock.now()
        answer = _LOOP.run_until_complete(sent(self.server, raw, target))
        assert self.case is not None
        self.moments.append(Moment(self.case, name, kept, now, raw, world.journal.entries[-1].operation))
        return _response(answer)


def _response(answer: Answer) -> httpx.Response:
    return httpx.Response(answer.status, headers=list(answer.headers), content=answer.body)


@cache
def server_of(vendor: str) -> Server:
    """A server of one vendor's alone."""
    made = in_process(columns([vendor]))
    made.server.worlds = made.control.worlds = Worlds()
    return made.server


@cache
def recorded(vendor: str) -> tuple[Moment, ...]:
    """Every request that the vendor's rows send, in their order."""
    server = server_of(vendor)
    recorder = Recorder(server)
    with httpx.Client(transport=recorder) as client:
        player = Player(Target(HOST, {vendor: {}}, f"{HOST}/_mock/api", mode=Mode.WORLDS), client)
        for recorder.case in cases(vendor):
            player.play(recorder.case)
    return tuple(recorder.moments)


def story_of(moments: Sequence[Moment]) -> Iterator[list[Moment]]:
    """The moments of each row, which follow one another."""
    for _, found in groupby(moments, key=lambda moment: moment.case.id):
        yield list(found)


class Twins:
    """Lives moments through again, with and without one mutant. name: its full name."""

    def __init__(self, name: str, mutant: Mutant) -> None:
        self.name, self.mutant = name, mutant
        self.chosen = {name: mutant}
        self.vendor = name.partition(".")[0]
        self.server = server_of(self.vendor)

    def differ(self, moment: Moment) -> bool:
        """Whether the mutant answers otherwise at a moment, or leaves another world. AssertionError where it fails there, or may not differ."""
        good, other = good_outcome(self.vendor, moment), self.outcome(moment)
        return self.judged(moment, good, other)

    def judged(self, moment: Moment, good: Outcome, other: Outcome) -> bool:
        place = f"{self.name} at {moment.case.id}: {moment.request.method.decode()} {moment.request.target.decode()}"
        assert other.decided != "guard", f"{place}: it failed: {other.complaint}"
        same_world = self._shown(good.after) == self._shown(other.after)
        if self.mutant.harmless and not self.mutant.settings:
            assert same_world, f"{place}: it is harmless, and leaves another world"
        differ = good.answer != other.answer or not same_world
        if not self.mutant.acts_on(moment.operation):
            assert not differ, f"{place} ({moment.operation}) is none of its operations:\n{good.answer}\n{other.answer}\nworlds alike: {same_world}"
        return differ

    def outcome(self, moment: Moment) -> Outcome:
        return outcomes(self.server, [moment], self.chosen)[0]

    def apart(self, moments: Sequence[Moment]) -> bool:
        """Whether the mutant's world takes another way somewhere in a row's moments, lived through one after the other."""
        good, other = outcomes(self.server, moments), outcomes(self.server, moments, self.chosen)
        return any(self.judged(moment, one, two) for moment, one, two in zip(moments, good, other, strict=True))

    def race(self, moment: Moment) -> bool:
        """Whether the same request, sent twice at once, comes to something else than where one is answered after the other."""
        good, other = (_raced(self.server, moment, chosen) for chosen in ({}, self.chosen))
        return good[0] != other[0] or self._shown(good[1]) != self._shown(other[1])

    def _shown(self, document: Document) -> Document:
        return {name: value for name, value in document.items() if name not in ("mutants", *(["settings"] if self.mutant.settings else []))}


@cache
def _outcomes(_: str) -> dict[int, Outcome]:
    return {}


def good_outcome(vendor: str, moment: Moment) -> Outcome:
    """What a moment comes to without a mutant: worked out once."""
    kept = _outcomes(vendor)
    if id(moment) not in kept:
        kept[id(moment)] = outcomes(server_of(vendor), [moment])[0]
    return kept[id(moment)]


def outcomes(server: Server, moments: Sequence[Moment], chosen: Chosen = MappingProxyType({})) -> list[Outcome]:
    """What the requests of these moments come to, one after the other, in the world of the first with these mutants on.

    Its clock stands, but for being turned between them as it was.
    """
    world = _again(server, moments[0], chosen)
    found = []
    for moment in moments:
        world.clock.advance(max(0.0, moment.now - world.clock.now()))
        answer = _LOOP.run_until_complete(sent(server, moment.request, moment.request.target))
        entry = world.journal.entries[-1]
        headers = tuple(sorted((name.decode().lower(), value.decode("latin-1")) for name, value in answer.headers))
        found.append(Outcome(answer.status, headers, answer.body, snapshot.dump(world), entry.decided, entry.complaint))
    return found


def _raced(server: Server, moment: Moment, chosen: Chosen) -> tuple[list[int], Document]:
    world = _again(server, moment, chosen)

    async def both() -> list[int]:
        answers = await asyncio.gather(*(sent(server, moment.request, moment.request.target) for _ in range(2)))
        return sorted(answer.status for answer in answers)

    return _LOOP.run_until_complete(both()), snapshot.dump(world)


def _again(server: Server, moment: Moment, chosen: Chosen) -> World:
    """The world of a moment once more, its clock standing, and no other one in the server. Made anew a dozen times as fast as from a snapshot."""
    vendors = {vendor.name: vendor for vendor, _ in server.vendors}
    states, clock, supply, script = pickle.loads(moment.kept)
    clock.frozen = moment.now
    for vendor, state in states.items():
        state.settings.update(settings_of(chosen, vendor))
    world = World(moment.world, "twins", vendors, states, clock, supply, script, _never, mutants=chosen)
    server.worlds = Worlds(weigh=lambda _: 0)
    server.worlds.add(world)
    return world


def _never() -> World:
    raise AssertionError("no twin is reset")
