"""A reference model held against the rows of its vendor: what the model expects is turned into an answer, and each row judges it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import cycle, islice
from typing import Any

from ownership_contracts import specs
from ownership_contracts.contracts.case import Case
from ownership_contracts.contracts.contract import Answer
from ownership_contracts.contracts.fixtures import PICK, VARIABLE
from ownership_contracts.contracts.judge import Judge, chosen
from ownership_contracts.contracts.layers.course import Course
from ownership_contracts.contracts.model import Model


def disagreements(model: Model, case: Case) -> Iterator[str]:
    """Yield where the model, walked along the row's steps, answers otherwise than the row and its steps expect. ModelError."""
    ledger = specs.ledger(case.vendor)
    picks = {**{name: pick.default for name, pick in ledger.picks.items()}, **case.needs.get("settings", {})}
    judge = Judge(ledger, picks)
    course = Course(model, model.begin(case.needs, picks))
    steps = [*(("given", step) for step in case.given), ("", case.step), *(("then", step) for step in case.then)]
    for where, step in steps:
        _, outcome, course = course.go(step)
        if "wait" in step:
            continue
        answer = sample(outcome.expect, picks)
        if where == "given" and not 200 <= answer.status < 300:
            yield f"{where}: {step['call']} is answered {answer.status} ({outcome.cause}), and a given step is to succeed"
        for finding in judge.findings(named(step.get("expect", {}), picks), answer, case.clause.grade, where or "the request"):
            if not finding.holds:
                yield f"{finding.where} {step['call']}: the row expects {finding.expected}, the model says {finding.seen} ({outcome.cause})"


def named(node: Any, picks: Mapping[str, Any]) -> Any:
    """Return an expectation with values for its variables, as a target's binding would have them; media types are left out: the spec judges them."""
    if isinstance(node, str):
        whole = VARIABLE.fullmatch(node)
        return value(whole, picks) if whole else VARIABLE.sub(lambda found: str(value(found, picks)), node)
    if isinstance(node, list):
        return [named(item, picks) for item in node]
    return {key: named(one, picks) for key, one in node.items() if key != "headers"} if isinstance(node, dict) else node


def value(found: re.Match[str], picks: Mapping[str, Any]) -> Any:
    """Return what a variable stands for: a pick's value, an id of the form that a thing's has, or else a text that no other has."""
    name, field = found[1], found[2].removeprefix(".")
    if name == PICK:
        return picks[field]
    return f"th.{name:0<12.12}-0000-0000-0000-00000000".replace("_", "0") if name.endswith("thing") and field == "id" else f"the {field} of {name}"


def sample(expect: Mapping[str, Any], picks: Mapping[str, Any]) -> Answer:
    """Return an answer as this expectation has it under these picks. AssertionError where no answer could be so."""
    parts = list(flat(expect, picks))
    exact = {part["status"] for part in parts if isinstance(part.get("status"), int)}
    assert len(exact) == 1, f"the model names the statuses {exact}"
    status = exact.pop()
    words = {part["status"] for part in parts if isinstance(part.get("status"), str)}
    assert words <= {"success" if status < 300 else "refused"}, f"{words} and {status}"
    bodies = [part["body"] for part in parts if "body" in part]
    empty = any("empty" in part for part in parts)
    assert not (bodies and empty), f"a body and none: {expect}"
    return Answer(status, {}, json.dumps(named(instance(bodies, picks), picks)).encode() if bodies else b"")


def flat(expect: Mapping[str, Any], picks: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the expectation and all that it holds below."""
    yield expect
    for grade in ("public", "unspecified"):
        if grade in expect:
            yield from flat(expect[grade], picks)
    for name, options in expect.get("picks", {}).items():
        yield from flat(options[chosen(picks[name], options)], picks)


def instance(bodies: list[Mapping[str, Any]], picks: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body that fits all of these schemas, as far as the model writes such."""
    required = [name for body in bodies for name in body.get("required", ())]
    found: dict[str, Any] = {name: f"a {name}" for name in (*required, *(["message"] if "errorCode" in required else []))}
    for name in found:
        schema = {key: value for body in bodies for key, value in named(body.get("properties", {}).get(name, {}), picks).items()}
        if "const" in schema:
            found[name] = schema["const"]
        elif "allOf" in schema:
            found[name] = [one["contains"]["const"] for one in schema["allOf"]]
        elif "pattern" in schema:
            # The only patterns here are of one character class: ^[letters]+$
            found[name] = "".join(islice(cycle(schema["pattern"][2:-3]), schema["minLength"]))
    return found
