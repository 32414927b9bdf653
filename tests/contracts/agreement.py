"""A reference model held against the rows of its vendor: what the model expects is turned into an answer, and each row judges it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ownership_contracts import specs
from ownership_contracts.contracts.case import Case
from ownership_contracts.contracts.contract import Answer
from ownership_contracts.contracts.fixtures import VARIABLE
from ownership_contracts.contracts.judge import Judge, chosen
from ownership_contracts.contracts.model import Model


def disagreements(model: Model, case: Case) -> Iterator[str]:
    """Yield where the model, walked along the row's steps, answers otherwise than the row and its steps expect. ModelError."""
    ledger = specs.ledger(case.vendor)
    picks = {**{name: pick.default for name, pick in ledger.picks.items()}, **case.needs.get("settings", {})}
    judge = Judge(ledger, picks)
    state = model.begin(case.needs, picks)
    steps = [*(("given", step) for step in case.given), ("", case.step), *(("then", step) for step in case.then)]
    for where, step in steps:
        outcome = model.outcome(state, step)
        state = outcome.after
        if "wait" in step:
            continue
        answer = sample(outcome.expect, picks)
        if where == "given" and not 200 <= answer.status < 300:
            yield f"{where}: {step['call']} is answered {answer.status} ({outcome.cause}), and a given step is to succeed"
        for finding in judge.findings(named(step.get("expect", {}), picks), answer, case.clause.grade, where or "the request"):
            if not finding.holds:
                yield f"{finding.where} {step['call']}: the row expects {finding.expected}, the model says {finding.seen} ({outcome.cause})"


def named(node: Any, picks: Mapping[str, Any]) -> Any:
    """Return the expectation with each pick's variable replaced; the others stand for themselves, as they do in the model."""
    if isinstance(node, str) and (found := VARIABLE.fullmatch(node)) and found[1] == "pick":
        return picks[found[2].removeprefix(".")]
    if isinstance(node, list):
        return [named(item, picks) for item in node]
    return {key: named(value, picks) for key, value in node.items()} if isinstance(node, dict) else node


def sample(expect: Mapping[str, Any], picks: Mapping[str, Any]) -> Answer:
    """Return an answer as this expectation has it under these picks. AssertionError where no answer could be so."""
    parts = list(flat(expect, picks))
    exact = {part["status"] for part in parts if isinstance(part.get("status"), int)}
    assert len(exact) == 1, f"the model names the statuses {exact}"
    status = exact.pop()
    words = {part["status"] for part in parts if isinstance(part.get("status"), str)}
    assert words <= {"success" if status < 300 else "refused"}, f"{words} and {status}"
    bodies = [part["body"] for part in parts if "body" in part]
    if any("empty" in part for part in parts) or not bodies:
        assert not bodies
        return Answer(status, {}, b"")
    return Answer(status, {}, json.dumps(instance(bodies)).encode())


def flat(expect: Mapping[str, Any], picks: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the expectation and all that it holds below."""
    yield expect
    for grade in ("public", "unspecified"):
        if grade in expect:
            yield from flat(expect[grade], picks)
    for name, options in expect.get("picks", {}).items():
        yield from flat(options[chosen(picks[name], options)], picks)


def instance(bodies: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a body that fits all of these schemas, as far as the model writes such."""
    found: dict[str, Any] = {"message": "a message"} if any("errorCode" in body.get("required", ()) for body in bodies) else {}
    for body in bodies:
        for name in body.get("required", ()):
            found.setdefault(name, f"a {name}")
    for body in bodies:
        for name, schema in body.get("properties", {}).items():
            if "const" in schema:
                found[name] = schema["const"]
            elif "allOf" in schema:
                found[name] = [one["contains"]["const"] for one in schema["allOf"]]
    return found
