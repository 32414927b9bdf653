"""What one exchange can show: each rule speaks where it is broken, and holds its tongue where it is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from ownership_contracts import specs
from ownership_contracts.contracts.contract import operations
from ownership_contracts.contracts.proxy.heard import Exchange
from ownership_contracts.contracts.proxy.judging import Bench, Judgement, Kind
from ownership_contracts.contracts.proxy.kept import Kept
from ownership_contracts.contracts.proxy.rules import Rule, rules
from ownership_contracts.contracts.rows import CaseError

RULES = [(vendor, operation, rule) for vendor in specs.vendors() for operation, listed in rules(vendor).items() for rule in listed]
FIRST = {(vendor, rule.id): (vendor, operation, rule) for vendor, operation, rule in reversed(RULES)}
# Declares something, so that what is public and unspecified is judged too.
DECLARED = {vendor: {name: pick.default for name, pick in specs.ledger(vendor).picks.items()} for vendor in specs.vendors()}


def kept(body: bytes) -> Kept:
    made = Kept(65536, whole=True)
    made.add(body)
    return made


def exchange(method: str, request: Mapping[str, Any], answer: Mapping[str, Any]) -> Exchange:
    sent, got = (json.dumps(part["body"]).encode() if "body" in part else b"" for part in (request, answer))
    headers = [(name.encode(), value.encode()) for name, value in request.get("headers", {}).items()]
    answered = [(name.encode(), value.encode()) for name, value in answer.get("headers", {}).items()]
    return Exchange(1, method, request["path"], headers, kept(sent), kept(got), answer["status"], answered)


def by_rule(judgement: Judgement, rule: Rule) -> set[Kind]:
    return {remark.kind for remark in judgement.remarks if remark.rule == rule.id}


def played(vendor: str, rule: Rule, answer: str, picks: Mapping[str, Any] = DECLARED) -> tuple[Judgement, str]:
    """What the bench says of the rule's example, by whichever of its operations the example's path is."""
    for name in (*rule.calls, *rule.beyond):
        heard = exchange(operations(vendor)[name].method, rule.example["request"], rule.example[answer])
        called = Bench([vendor], picks).operation(heard)
        if called is not None and called[1].id == name:
            return Bench([vendor], picks).judge(heard), name
    raise AssertionError(f"{rule.id}: its example's path is none of its operations'")


@pytest.mark.parametrize(("vendor", "operation", "rule"), FIRST.values(), ids=[f"{vendor}-{rule}" for vendor, rule in FIRST])
def test_each_rule_is_broken_by_what_breaks_it_and_kept_by_what_keeps_it(vendor: str, operation: str, rule: Rule) -> None:
    broken, name = played(vendor, rule, "breaks")
    assert by_rule(broken, rule) == {Kind.VIOLATION}
    assert rule.clause in {clause for remark in broken.violations for clause in remark.clauses}
    held, _ = played(vendor, rule, "keeps")
    assert not by_rule(held, rule)
    assert rule.clause in held.shown or rule.clause in {clause for remark in held.remarks for clause in remark.clauses}
    undeclared, _ = played(vendor, rule, "breaks", {})
    grade = rule.grade(specs.ledger(vendor), name)
    assert by_rule(undeclared, rule) == {Kind.VIOLATION if grade == "documented" else Kind.DIFFERS}


@pytest.mark.parametrize(("vendor", "operation", "rule"), FIRST.values(), ids=[f"{vendor}-{rule}" for vendor, rule in FIRST])
def test_a_servers_failure_and_a_redirect_decide_nothing(vendor: str, operation: str, rule: Rule) -> None:
    for status in (302, 500, 503):
        heard = exchange(operations(vendor)[operation].method, rule.example["request"], {"status": status})
        assert not Bench([vendor], DECLARED).judge(heard).violations


def test_what_no_page_shows_of_an_operation_is_a_public_fact() -> None:
    rule = next(rule for _, _, rule in RULES if rule.beyond)
    ledger = specs.ledger(RULES[0][0])
    assert ledger.clauses[rule.clause].grade == "documented"
    assert rule.grade(ledger, rule.beyond[0]) == "public"
    assert rule.grade(ledger, rule.calls[0]) == "documented"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"clause": "no.such-clause"}, "no clause no.such-clause"),
        ({"calls": ["noSuchCall"]}, "no operation noSuchCall"),
        ({"expect": {"colour": "red"}}, "colour"),
        ({"mode": "x"}, "mode"),
    ],
)
def test_a_mistake_in_the_rules_is_told(change: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from ownership_contracts.contracts.proxy import rules as module  # noqa: PLC0415 - patched below

    vendor = RULES[0][0]
    entry = {"id": "a-rule", "clause": RULES[0][2].clause, "calls": [RULES[0][1]], "expect": {"status": "refused"}}
    entry |= {"example": {"request": {"path": "/"}, "keeps": {"status": 400}, "breaks": {"status": 200}}, **change}

    def read(path: str, schema: dict[str, Any]) -> Any:
        import jsonschema  # noqa: PLC0415 - here alone

        try:
            jsonschema.validate([entry], schema)
        except jsonschema.ValidationError as error:
            raise CaseError(error.message) from None
        return [entry]

    monkeypatch.setattr(module, "read", read)
    with pytest.raises(CaseError, match=said):
        module.rules.__wrapped__(vendor)
