"""Holds an answer against what a row expects of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from .. import specs
from .contract import Answer
from .result import Finding
from .veil import cut


@dataclass(frozen=True)
class Judge:
    """Judges for one target. picks: those that it declared for the vendor. judge_public: judge public facts on a target without picks too.

    comparing: what the vendor's page says is judged and nothing else; of each pick is told which of its options the answer fits.
    """

    ledger: specs.Ledger
    picks: Mapping[str, Any]
    judge_public: bool = False
    comparing: bool = False

    def judged(self, grade: str) -> bool:
        """Return whether a miss of this grade breaks the contract here."""
        if self.comparing:
            return grade == "documented"
        return grade == "documented" or bool(self.picks) or (grade == "public" and self.judge_public)

    def findings(self, expect: Mapping[str, Any], answer: Answer, grade: str, where: str) -> Iterator[Finding]:
        """Yield a finding for each expectation; variables are filled in already. where: the step's name."""
        for expected, seen in _pairs(expect, answer):
            # Whoever compares asks what does not hold: a row whose every part holds has nothing to tell.
            yield Finding(grade, self.judged(grade) or (self.comparing and not seen), not seen, expected, seen or "as expected", where)
        for name, options in expect.get("picks", {}).items():
            yield from self._fitting(name, options, answer, where) if self.comparing else self._by_pick(name, options, answer, where)
        yield from self._beside(expect, answer, where)

    def _beside(self, expect: Mapping[str, Any], answer: Answer, where: str) -> Iterator[Finding]:
        for nested in ("public", "unspecified"):
            if nested in expect:
                yield from self.findings(expect[nested], answer, nested, where)

    def _by_pick(self, name: str, options: Mapping[str, Any], answer: Answer, where: str) -> Iterator[Finding]:
        declared = name in self.picks
        value = self.picks[name] if declared else self.ledger.picks[name].default
        option = chosen(value, options)
        if declared:
            found = self.findings(options[option], answer, "unspecified", where)
            yield from (Finding(f.grade, f.judged, f.holds, f"{f.expected} ({name}: {option})", f.seen, where) for f in found)
            return
        fits = _fits(options, answer)
        seen = f"{name}: {' or '.join(fits)}" if fits else f"none of the known answers to {name}: status {answer.status}"
        yield Finding("unspecified", False, option in fits, f"{name}: {option} (the mock's pick)", seen, where)

    def _fitting(self, name: str, options: Mapping[str, Any], answer: Answer, where: str) -> Iterator[Finding]:
        fits = _fits(options, answer)
        seen = "as expected" if fits else f"none of the known answers to {name}: status {answer.status}{_excerpt(answer)}"
        yield Finding("unspecified", bool(fits), bool(fits), f"one of the answers to {name}: {', '.join(options)}", seen, where, name, tuple(fits))
        if len(fits) == 1:
            inside = options[fits[0]]
            for other, nested in inside.get("picks", {}).items():
                yield from self._fitting(other, nested, answer, where)
            yield from self._beside(inside, answer, where)


def _fits(options: Mapping[str, Any], answer: Answer) -> list[str]:
    """Return the options that the answer fits. What an option says on top tells it from the others; a pick inside it is another question."""
    return [option for option, expect in options.items() if not any(wrong for _, wrong in _pairs(expect, answer))]


def chosen(value: Any, options: Mapping[str, Any]) -> str:
    """Return the option that a pick's value stands for: itself, or the first item of a list that is an option."""
    if isinstance(value, list):
        return next(str(item) for item in value if item in options)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _pairs(expect: Mapping[str, Any], answer: Answer) -> Iterator[tuple[str, str]]:
    """Yield (what is expected, what is wrong; empty where nothing is)."""
    if "status" in expect:
        status = expect["status"]
        fits = {"success": answer.succeeded, "refused": 400 <= answer.status < 500}.get(status, answer.status == status)  # noqa: PLR2004 - HTTP's classes
        yield f"status {status}", "" if fits else f"status {answer.status}{_excerpt(answer)}"
    if "empty" in expect:
        yield "no body", f"a body of {len(answer.body)} bytes" if answer.body else ""
    if "headers" in expect:
        error = best_match(Draft202012Validator(expect["headers"]).iter_errors(dict(answer.headers)))
        yield "headers as required", f"header {error.json_path}: {error.message}" if error else ""
    if "body" in expect:
        yield "a body as required", body_complaint(expect["body"], answer)


def body_complaint(schema: Any, answer: Answer) -> str:
    """Return what is wrong with the answer's body by this JSON Schema, or an empty text."""
    try:
        error = best_match(Draft202012Validator(schema).iter_errors(answer.json()))
    except ValueError:
        return f"a body that is not JSON{_excerpt(answer)}" if answer.body else "no body"
    return f"{error.json_path}: {error.message}" if error else ""


def _excerpt(answer: Answer) -> str:
    text = cut(answer.body[:800].decode("utf-8", "replace"), 200)
    return f": {text}" if text else ""
