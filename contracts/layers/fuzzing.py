"""Generated requests on a deployment: Schemathesis's, on what the run has made or leased alone, judged by what one exchange can show.

Schemathesis's own checks take all that a spec says for documented. Here the page's own sentences break a run, and no others.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import httpx

from ... import specs
from ..columns import column
from ..contract import operations
from ..live.forwarder import Forwarder, Sent, StandIns
from ..live.resource import MAKES
from ..play import Player
from ..proxy.heard import Exchange
from ..proxy.judging import Bench, Kind, Remark
from ..proxy.kept import Kept
from ..result import Result, Verdict
from ..seeding import Seeds
from ..setup import Setup, left_behind
from ..shown import json_or_none, masked, printable, secret_fields
from ..told import veiled
from ..unavailable import Unavailable
from ..veil import cut
from .invocation import UNSENT, Outcome, Place, invoke, labels
from .properties import CLAUSE, PROPERTIES, words

NOT_ALLOWED = (
    "generated requests use fixtures up without end: worlds of a mock's take them always, a deployment in mode fixtures with --allow-fuzzing alone"
)
BY = "fuzzing"
"""Who the ledger says that sent them."""
ALWAYS = 1.0
"""How often a parameter is one of what may be used up, of all."""
TOLD = 20
"""So many complaints are told; of one operation all of a kind are one."""
LONGEST = 300
"""Characters of one of them."""


def run_fuzzing(player: Player, vendor: str, seed: int, examples: int) -> Result:
    """Send generated requests to the target, and return one result. examples: test cases an operation and phase.

    Logins are left out: wrong ones may lock an account, and right ones tell tokens.
    """
    assert player.watch is not None  # noqa: S101 - a run on a deployment has one; said for the type checker
    watch = player.watch

    def once(_: bool = False) -> Result:
        fuzz = _Fuzz(player, vendor)
        try:
            watch.require()
            return fuzz.judged(fuzz.outcomes(seed, examples), watch.require)
        except Unavailable as reason:
            return fuzz.result(Verdict.SKIPPED, str(reason))
        except (subprocess.TimeoutExpired, httpx.HTTPError, OSError, ValueError) as error:
            return fuzz.result(Verdict.ERROR, f"Schemathesis could not be run: {error}")

    watch.begin()
    return _tidied(player, watch.settled(once(), once))


def _tidied(player: Player, result: Result) -> Result:
    """Try again to take back what was left: whoever does it may have had to sign in anew."""
    left = tuple(printable(left_behind(account)) for account in player.ledger.held()) if player.ledger is not None else ()
    notes = [note for note in result.notes if not left or not note.startswith(left)]
    told_again = player.setup().take_away(left=True) if left else []
    return veiled(replace(result, notes=(*notes, *told_again)), player.target.secrets)


class _Fuzz:
    """One run of it. A complaint is told with the first request that it is about."""

    def __init__(self, player: Player, vendor: str) -> None:
        self.player = player
        self.vendor = vendor
        self.bench = Bench((vendor,), {vendor: player.target.tables[vendor].get("picks", {})})
        self.complaints: dict[tuple[str, tuple[str, ...], str], str] = {}
        self.differing: dict[tuple[str, str], str] = {}
        self.notes: list[str] = []
        self.learnt: set[str] = set()
        self.heard = 0
        self.unanswered = 0

    def outcomes(self, seed: int, examples: int) -> list[Outcome]:
        """Return what each invocation comes to. Those operations that end what the others start from have fixtures of their own. Unavailable."""
        uses_up = column(self.vendor).uses_up
        parts = [[name for name in self._chosen if name not in uses_up], [name for name in self._chosen if name in uses_up]]
        return [self._invoked(part, seed, examples) for part in parts if part]

    @property
    def _chosen(self) -> dict[str, str]:
        """Return Schemathesis's label of each operation that gets generated requests: all but logins, and those that may be another host's."""
        found, mine = operations(self.vendor), column(self.vendor)
        known = labels(specs.openapi(self.vendor))
        return {
            name: label for name, label in known.items() if not mine.is_login(found[name].method, found[name].template) and name not in mine.elsewhere
        }

    def _invoked(self, names: Sequence[str], seed: int, examples: int) -> Outcome:
        target, stand_ins = self.player.target, StandIns()
        options = ["--phases", "examples,fuzzing", "--mode", "positive", "--checks", "not_a_server_error", "--seed", str(seed)]
        with (
            self._stage() as (seeds, setup),
            Forwarder(self.player.client, target.base_url, lambda sent: self._hear(sent, setup), stand_ins, UNSENT, BY) as forwarder,
        ):
            # The run's own limits end it before.
            place = Place(forwarder.url, often=ALWAYS, patience=target.limits.seconds + target.limits.timeout)
            known = _disguised(seeds, stand_ins)
            try:
                return invoke(specs.openapi(self.vendor), known, place, examples, [*options, *words("--include-operation-id", names)])
            finally:
                self.unanswered += sum(count for why, count in forwarder.why.items() if why.startswith("not answered"))
                self.notes += [self._shown(f"{count} generated requests were {why}") for why, count in forwarder.why.most_common(TOLD)]

    @contextmanager
    def _stage(self) -> Iterator[tuple[Seeds, Setup]]:
        """Yield what to start from, and take it back at the end, with all that was made meanwhile. Unavailable."""
        setup = self.player.setup()
        try:
            yield column(self.vendor).fuzz(self.player.pool(self.vendor, setup)), setup
        finally:
            self.notes += [self._shown(note, longest=None) for note in setup.take_away()]

    def _hear(self, sent: Sent, setup: Setup) -> None:
        self.heard += 1
        told = json_or_none(sent.answer.content)
        self.learnt.update(secret_fields(told), secret_fields(json_or_none(sent.content)))
        judgement = self.bench.judge(_exchange(self.heard, sent))
        name = column(self.vendor).makes.get(judgement.operation)
        if name and sent.answer.is_success and isinstance(told, dict) and isinstance(told.get(name), str):
            setup.note_made(sent.answer.extensions.get(MAKES), told[name])
        for remark in judgement.remarks:
            self._remember(judgement.operation, remark, f"{sent.method} {sent.target} -> {sent.answer.status_code}")

    def _remember(self, operation: str, remark: Remark, where: str) -> None:
        if remark.kind is Kind.VIOLATION:
            told = f"{operation}: {', '.join(remark.clauses)}: expected {remark.expected}, saw {remark.seen} ({where})"
            self.complaints.setdefault((operation, remark.clauses, remark.expected), self._shown(told))
        elif remark.kind is Kind.DIFFERS:
            told = f"{operation}: differs: expected {remark.expected}, saw {remark.seen} ({where})"
            self.differing.setdefault((operation, remark.expected), self._shown(told))

    def judged(self, outcomes: Sequence[Outcome], require: Callable[[], None]) -> Result:
        """Return the result. require: returns if the limits have allowed all that was to be sent. Unavailable."""
        complaints = [*self.complaints.values(), *(self._shown(failure) for outcome in outcomes for failure in outcome.failures)]
        done = {name for outcome in outcomes for name in outcome.operations}
        never = sorted(set(self._chosen.values()) - done)
        self.notes += [*list(self.differing.values())[:TOLD], *([f"never answered with a success: {', '.join(never)}"] if never else [])]
        if complaints:
            sent = f"{self.heard} generated requests without a complaint"
            return self.result(Verdict.FAIL, "; ".join(complaints[:TOLD]), sent, complaints[0])
        require()
        if self.unanswered or not self.heard:
            return self.result(Verdict.ERROR, f"{self.unanswered} generated requests had no answer, and {self.heard} had one")
        return self.result(Verdict.PASS, seen=f"{self.heard} generated requests")

    def result(self, verdict: Verdict, reason: str = "", expected: str = "", seen: str = "") -> Result:
        """Return a result with the notes so far."""
        told = self._shown(reason, longest=None)
        return Result(self.vendor, PROPERTIES, CLAUSE, "documented", verdict, told, expected, seen, tuple(self.notes), layer=PROPERTIES)

    def _shown(self, text: str, longest: int | None = LONGEST) -> str:
        keys = self.player.watch.keys if self.player.watch is not None else None
        plain = masked(printable(text), self.learnt)
        hidden = plain if keys is None else keys.masked(plain)
        return hidden if longest is None else cut(hidden, longest)


def _disguised(seeds: Seeds, stand_ins: StandIns) -> Seeds:
    """Return the seeds with stand-ins for their credentials: another program, and what it writes, need not know these."""
    own = {name: seed for name, seed in seeds.operations.items() if seed.credential is not None}
    disguised = {name: replace(seed, credential=stand_ins.of(seed.credential or {})) for name, seed in own.items()}
    credentials = {name: stand_ins.of(credential) for name, credential in seeds.credentials.items()}
    return replace(seeds, credentials=credentials, operations={**seeds.operations, **disguised})


def _exchange(number: int, sent: Sent) -> Exchange:
    answer = sent.answer
    # It is decoded already.
    headers = [(name.encode(), value.encode()) for name, value in answer.headers.multi_items() if name.lower() != "content-encoding"]
    asked = [(name.encode(), value.encode("latin-1", "replace")) for name, value in sent.headers]
    return Exchange(number, sent.method, sent.target, asked, _kept(sent.content), _kept(answer.content), answer.status_code, headers)


def _kept(content: bytes) -> Kept:
    kept = Kept(len(content), whole=True)
    kept.add(content)
    return kept
