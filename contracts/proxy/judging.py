"""Holds one exchange against the spec, and against the rules that one exchange can show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from jsonschema import Draft4Validator
from jsonschema.exceptions import best_match

from ... import specs
from ..contract import Answer, Operation
from ..judge import Judge
from ..shown import json_or_none
from .heard import Exchange
from .kept import UnreadableError
from .rules import Rule, rules

CONTROL = "/_mock"
"""Where a mock has its own API and pages: they are no vendor's."""


class Kind(StrEnum):
    """VIOLATION: the deployment breaks a clause that is judged here. DIFFERS: it does what is public or unspecified otherwise, or is on no page.

    ADVICE: the request is not as the spec has it. UNJUDGED: something of the exchange could not be judged.
    """

    VIOLATION = "violation"
    DIFFERS = "differs"
    ADVICE = "advice"
    UNJUDGED = "unjudged"


@dataclass(frozen=True)
class Remark:
    """What is said of an exchange. clauses: those that it is about, of the vendor's ledger. rule: the entry of exchange.yaml, if one says it."""

    kind: Kind
    expected: str
    seen: str
    clauses: tuple[str, ...] = ()
    grade: str = ""
    rule: str = ""


@dataclass(frozen=True)
class Judgement:
    """What came of one exchange. vendor, operation: empty where no operation was called. shown: the clauses that it showed to hold."""

    vendor: str = ""
    operation: str = ""
    remarks: Sequence[Remark] = ()
    shown: Sequence[str] = ()

    @property
    def violations(self) -> list[Remark]:
        """The clauses that the deployment breaks."""
        return [remark for remark in self.remarks if remark.kind is Kind.VIOLATION]


@dataclass(frozen=True)
class Bench:
    """Judges exchanges with one deployment. vendors: whose operations it has. picks: by vendor, those that it declares."""

    vendors: Sequence[str]
    picks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def operation(self, exchange: Exchange) -> tuple[str, Operation, dict[str, str]] | None:
        """Return the vendor, the operation that the request is to, and the path's parameters; None where it is to none."""
        return next((found for found in exchange.places(self.vendors) if found[1].method == exchange.method), None)

    def judge(self, exchange: Exchange) -> Judgement:
        """Return what is to be said of the exchange."""
        called = self.operation(exchange)
        if called is None:
            return Judgement(remarks=list(self._astray(exchange)))
        vendor, operation, parameters = called
        trial = _Trial(exchange, operation, parameters, Judge(specs.ledger(vendor), self.picks.get(vendor, {})), rules(vendor).get(operation.id, ()))
        remarks = [*trial.request(), *trial.answer()]
        broken = {clause for remark in remarks for clause in remark.clauses}
        return Judgement(vendor, operation.id, remarks, [clause for clause in dict.fromkeys(trial.shown) if clause not in broken])

    def _astray(self, exchange: Exchange) -> Iterator[Remark]:
        path = exchange.target.partition("?")[0]
        asks_for_another_page = exchange.method == "OPTIONS" and "access-control-request-method" in exchange.request_headers
        if asks_for_another_page or path == CONTROL or path.startswith(f"{CONTROL}/"):
            return
        methods = sorted({operation.method for _, operation, _ in exchange.places(self.vendors)})
        told = f"this path takes {', '.join(methods)}" if methods else f"no operation of {' or '.join(self.vendors)} has this path"
        yield Remark(Kind.ADVICE, "a request to an operation", told)


@dataclass
class _Trial:
    """One exchange with one operation. shown: the clauses whose rules held."""

    exchange: Exchange
    operation: Operation
    parameters: Mapping[str, str]
    judge: Judge
    rules: Sequence[Rule]
    shown: list[str] = field(default_factory=list)

    def request(self) -> Iterator[Remark]:
        """Yield where the request is not as the spec has it. No value of it is repeated."""
        try:
            body = self.exchange.request_body()
        except UnreadableError as problem:
            if self.exchange.sent.size:
                yield Remark(Kind.UNJUDGED, "a request body that can be judged", str(problem))
            return
        wrong = self._wrong_body(body)
        if wrong is not None:
            yield Remark(Kind.ADVICE, *wrong)

    def _wrong_body(self, body: bytes) -> tuple[str, str] | None:
        content = {media.lower(): part for media, part in self.operation.request.get("content", {}).items()}
        if not body:
            return ("a request body", "none") if self.operation.request.get("required") else None
        if not content:
            return "a request without a body", f"one of {len(body)} bytes"
        media = self.exchange.request_headers.get("content-type", "").partition(";")[0].strip().lower()
        if media not in content:
            return f"a request of Content-Type {' or '.join(self.operation.media_types)}", media or "no Content-Type"
        value = json_or_none(body)
        if value is None and body.strip() != b"null":
            return "a request body that is JSON", "one that is not"
        error = best_match(Draft4Validator(content[media]["schema"]).iter_errors(value))
        return (
            None
            if error is None
            else (f"a request body as in the spec of {self.operation.id}", f"at {error.json_path} it breaks {error.validator!r}")
        )

    def answer(self) -> Iterator[Remark]:
        """Yield what there is to say of the answer, and note which clauses it shows."""
        answer, why = self.exchange.judged_answer()
        if answer.status not in self.operation.responses:
            yield Remark(Kind.DIFFERS, f"a status that is documented for {self.operation.id}", f"status {answer.status}")
        applied = list(self._applied(answer, body=not why))
        for rule, grade, expected in applied:
            missed = [found for found in self.judge.findings(expected, answer, grade, rule.id) if not found.holds]
            for found in missed:
                yield Remark(self._kind(grade), found.expected, found.seen, (rule.clause,), grade, rule.id)
            if not missed:
                self.shown.append(rule.clause)
        if why:
            yield Remark(Kind.UNJUDGED, "an answer's body that can be judged", why)
        else:
            yield from self._by_the_spec(answer, {rule.clause for rule, _, _ in applied})

    def _applied(self, answer: Answer, *, body: bool) -> Iterator[tuple[Rule, str, Mapping[str, Any]]]:
        view = self.exchange.view(self.parameters)
        for rule in self.rules:
            expected = rule.expected(self.judge, view, answer, body=body)
            if expected is not None:
                yield rule, rule.grade(self.judge.ledger, self.operation.id), expected

    def _by_the_spec(self, answer: Answer, applied: set[str]) -> Iterator[Remark]:
        for grade, expected, seen in self.operation.complaints(answer):
            cited = self.operation.cited(answer)
            # Of a status with several causes, the rules that speak of this answer tell which it is.
            told = tuple(clause for clause in cited if clause in applied) or tuple(cited)
            yield Remark(self._kind(grade), expected, seen, told, grade)
        if answer.status in self.operation.responses:
            yield from (Remark(Kind.DIFFERS, "what the page shows", extra) for extra in self.operation.extras(answer))

    def _kind(self, grade: str) -> Kind:
        return Kind.VIOLATION if self.judge.judged(grade) else Kind.DIFFERS
