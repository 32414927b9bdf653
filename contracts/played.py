"""One row on its way: its requests sent, its answers judged."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx

from .. import specs
from .again import require_there
from .case import Case
from .columns import column
from .contract import Answer, operations
from .control import World
from .curl import curl_line
from .fixtures import Binding, Pool, draw
from .judge import Judge, body_complaint
from .kept import GivenFailed, at, excerpt, kept
from .live.resource import MAKES, Resource, meaning
from .live.suited import effect_of
from .probe import PROBE
from .request import Request, request_of
from .result import Finding, Result, Verdict, verdict_of
from .shown import all_masked, json_or_none, masked
from .sighted import by_pick, readings
from .target import Target
from .targets.headers import own_headers
from .told import line, result_of
from .wait import WAIT, seconds

if TYPE_CHECKING:
    from .play import Player


def drawn(case: Case, pool: Pool) -> Binding:
    """Return what the row is played with. Unavailable. httpx.HTTPError: a set-up call or a login was not answered."""
    return draw(column(case.vendor), {name: need for name, need in case.needs.items() if name != "settings"}, pool)


class Play:
    """One row on its way. Unavailable: what it needs is not to be had."""

    def __init__(self, player: Player, case: Case, target: Target, pool: Pool, world: World | None) -> None:
        self.client = player.client
        self.case = case
        self.target = target
        self.world = world
        self.token = player.target.control_token
        self.watch = player.watch
        self.table = target.tables[case.vendor]
        self.setup = pool.setup
        # A row that lacks a fixture is not begun: it uses nothing up.
        self.binding: Binding = drawn(case, pool)
        self.judge = Judge(specs.ledger(case.vendor), self.table.get("picks", {}), player.judge_public, player.comparing)
        self.findings: list[Finding] = []
        self.notes: list[str] = []
        self.trace: list[str] = []
        self.asked: Request | None = None
        self.answered = 0
        self._makes: Resource | None = None

    def begin_again(self) -> None:
        """Forget what the row has come to; its principals and fixtures stay."""
        self.findings, self.notes, self.trace, self.asked, self.answered = [], [], [], None, 0

    def masked(self, text: str) -> str:
        """Return the text without a secret of the row's or of the run's."""
        return masked(text, self._secrets())

    def _secrets(self) -> set[str]:
        logins = set() if self.watch is None else self.watch.keys.secrets()
        return self.binding.secrets() | logins | ({self.token} if self.token else set())

    def run(self) -> Result:
        """Play the row to its end. UnboundError, GivenFailed, ControlError, httpx.HTTPError: it cannot be."""
        self.begin()
        try:
            self.ask(self.case.step, "the request")
            for number, step in enumerate(self.case.then, 1):
                self.follow(step, f"then {number}")
        except GivenFailed:
            # What a later step needs is not there. Where that is because the answer was wrong, the answer is the verdict.
            if all(finding.holds for finding in self.findings):
                raise
        return self.sum_up()

    def shown(self) -> tuple[str, ...]:
        """Return the requests and answers so far, secrets masked."""
        return all_masked(self.trace, self._secrets())

    def begin(self) -> None:
        """Play the steps before the request. GivenFailed: one did not succeed."""
        for number, step in enumerate(self.case.given, 1):
            if WAIT in step:
                self._wait(step[WAIT])
                continue
            answer = self.ask(step, f"given {number}")
            if not answer.succeeded:
                raise GivenFailed(f"given {number} ({step.get('call', 'send')} as {step['as']}) was answered {answer.status}: {excerpt(answer)}")

    def follow(self, step: Mapping[str, Any], where: str, grade: str | None = None) -> None:
        """Play a step after the request. grade: see ask."""
        if WAIT in step:
            self._wait(step[WAIT])
        elif PROBE in step:
            self._probe(step, where, grade)
        else:
            self.ask(step, where, grade)

    def _wait(self, wait: float | str) -> None:
        """Let so much time pass: by the clock of the row's own world, or in truth."""
        span = seconds(wait, self.binding)
        self.trace.append(f"wait {span:.15g} s" + ("" if self.world is None else ", by the world's clock"))
        if self.world is None:
            time.sleep(span)
        else:
            self.world.advance(span)

    def ask(self, step: Mapping[str, Any], where: str, grade: str | None = None) -> Answer:
        """Send one step's request, keep what it keeps, and judge the answer by the spec and by what it expects. grade: else the row's clause's.

        GivenFailed: also where a deployment without a control API was not there to answer.
        """
        answer = self._send(step)
        findings = [*self._by_the_spec(step, answer, where)] if "call" in step else []
        findings += self.judge.findings(self.binding.fill(step.get("expect", {})), answer, grade or self.case.clause.grade, where)
        if self.judge.comparing:
            findings += readings(self.case.vendor, step, answer, where)
        if self.world is None:
            require_there(answer, findings, where)
        self.findings += findings
        self.binding.learn(answer.body, answer.headers.get("set-cookie", ""))
        for name, rule in step.get("keep", {}).items():
            self.binding.values[name] = kept(answer, rule, where)
            if isinstance(rule, dict):
                # What comes close to a secret tells it, and a cookie is one.
                self.binding.learnt.add(str(self.binding.values[name]))
        return answer

    def _by_the_spec(self, step: Mapping[str, Any], answer: Answer, where: str) -> Iterator[Finding]:
        operation = operations(self.case.vendor)[step["call"]]
        for known, expected, seen in operation.complaints(answer):
            yield Finding(known, self.judge.judged(known), False, expected, seen, f"{where}, by the spec")
        self.notes += operation.extras(answer)

    def _send(self, step: Mapping[str, Any]) -> Answer:
        asked, answer = self.exchange(step, self.client)
        if step is self.case.step:
            self.asked, self.answered = asked, answer.status
        self.trace.append(line(step, asked, answer))
        self._remember_made(step, answer)
        return answer

    def exchange(self, step: Mapping[str, Any], client: httpx.Client, values: dict[str, Any] | None = None) -> tuple[Request, Answer]:
        """Send one step's request through this client and return it and its answer; the row learns nothing but secrets. values: else the row's."""
        asked = request_of(self.case.vendor, step, self.binding if values is None else replace(self.binding, values=values))
        url, told = self._base_url(step) + asked.path, meaning(effect_of(self.case, step), self._who(step["as"]), step["as"])
        response = client.request(asked.method, url, headers=asked.headers, content=asked.content, extensions=told)
        self._makes = response.extensions.get(MAKES)
        if "set-cookie" in response.headers:
            # By the jar itself: as a mapping it raises where a name stands twice, or without a value.
            self.binding.learnt.update(cookie.value for cookie in response.cookies.jar if cookie.value)
            # It is no credential of the requests after it, whatever client sends them.
            client.cookies.clear()
        return asked, Answer(response.status_code, {name.lower(): value for name, value in response.headers.items()}, response.content)

    def _base_url(self, step: Mapping[str, Any]) -> str:
        """Return where the step's path begins."""
        elsewhere = column(self.case.vendor).elsewhere.get(step.get("call", ""), "")
        return str(self.table.get(elsewhere, self.target.base_url)).rstrip("/")

    def _who(self, name: str) -> str:
        """Return who sends a request, for whoever has to account for it: by his id where the row has one."""
        person = self.binding.values.get(name.partition("_by_")[0])
        return f"{name} {person['id']}" if isinstance(person, Mapping) and "id" in person else name

    def _remember_made(self, step: Mapping[str, Any], answer: Answer) -> None:
        """Have what the row itself makes taken away with its fixtures. In a world of its own it goes with the world."""
        name = column(self.case.vendor).makes.get(step.get("call", ""))
        made = json_or_none(answer.body) if name and answer.succeeded else None
        if self.setup and isinstance(made, dict) and isinstance(made.get(name), str):
            self.setup.note_made(self._makes, made[name])

    def look(self, step: Mapping[str, Any]) -> Answer:
        """Return what a probe sees, as the body of an answer. GivenFailed: it sees nothing."""
        probe = self.table["probes"][step[PROBE]]
        response = self.client.get(probe["url"], headers=self.world.control.admission(probe["url"]) if self.world else None)
        seen = at(Answer(response.status_code, {}, response.content), probe["at"], f"probe {step[PROBE]}")
        looked = Answer(200, {}, json.dumps(seen).encode())
        self.trace.append(f"probe {step[PROBE]} -> {excerpt(looked)}")
        return looked

    def _probe(self, step: Mapping[str, Any], where: str, grade: str | None) -> None:
        wrong = body_complaint(self.binding.fill(step["body"]), self.look(step))
        known = grade or self.case.clause.grade
        self.findings.append(Finding(known, self.judge.judged(known), not wrong, f"{step[PROBE]} as required", wrong or "as expected", where))

    def _curl(self) -> str:
        """Return what repeats the judged request. Nobody repeats one that passed, and to tell it takes as long as a request."""
        place = self._base_url(self.case.step)
        there = replace(self.target, base_url=place, headers=own_headers(self.target.headers, self.target.base_url, place))
        return "" if self.asked is None else self.masked(curl_line(self.asked, self.binding, self.case.step["as"], there))

    def sum_up(self) -> Result:
        """Return what the findings so far come to."""
        verdict = verdict_of(self.findings)
        telling = [f for f in self.findings if not f.holds] or [f for f in self.findings if not f.judged and f.grade == "unspecified"]
        first = sorted(telling, key=lambda f: (not f.judged, f.seen == "as expected"))[:1]
        shown = partial(masked, secrets=self._secrets())
        return replace(
            result_of(self.case, verdict, shown("; ".join(f"{f.where}: expected {f.expected}, saw {f.seen}" for f in telling))),
            expected=shown(first[0].expected if first else ""),
            seen=shown(first[0].seen if first else ""),
            notes=tuple(shown(note) for note in dict.fromkeys(self.notes)),
            trace=self.shown(),
            answered=self.answered,
            picks=by_pick(self.case.vendor, self.findings),
            curl="" if verdict is Verdict.PASS else self._curl(),
        )
