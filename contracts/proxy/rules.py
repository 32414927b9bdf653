"""What one exchange can show of a vendor's contract: the rules of contracts/VENDOR/exchange.yaml."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from jsonschema import Draft202012Validator

from ... import specs
from ..contract import Answer, operations
from ..fixtures import Binding, UnboundError
from ..judge import Judge
from ..rows import HERE, CaseError, read

DECIDES = (2, 4)
"""The hundreds of the statuses that say what became of a request: a redirect or a server's failure does not."""


@dataclass(frozen=True)
class Rule:
    """One entry: where it applies (calls, beyond, when, answered) and what it expects then. See contracts/exchange.schema.json."""

    id: str
    clause: str
    expect: Mapping[str, Any]
    example: Mapping[str, Any]
    calls: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    when: Mapping[str, Any] | None = None
    take: Mapping[str, str] | None = None
    answered: Mapping[str, Any] | None = None

    def grade(self, ledger: specs.Ledger, operation: str) -> str:
        """Return how well it is known that this holds of the operation."""
        grade = ledger.clauses[self.clause].grade
        return "public" if grade == "documented" and operation in self.beyond else grade

    def expected(self, judge: Judge, view: Mapping[str, Any], answer: Answer, *, body: bool) -> Mapping[str, Any] | None:
        """Return what the answer has to be, or None where the rule does not apply. view: the request's. body: whether the answer's can be judged."""
        if answer.status // 100 not in DECIDES or not (body or self._by_the_head) or not self._asks.is_valid(view):
            return None
        try:
            binding = Binding({}, {name: _at(view, pointer) for name, pointer in (self.take or {}).items()})
            filled = binding.fill([self.answered or {}, self.expect])
        except (UnboundError, LookupError, TypeError):
            return None
        if any(not finding.holds for finding in judge.findings(filled[0], answer, "documented", "")):
            return None
        expected: Mapping[str, Any] = filled[1]
        return expected

    @property
    def _by_the_head(self) -> bool:
        """Whether it speaks of nothing but the answer's status and headers."""
        return not {"body", "empty"}.intersection([*(self.answered or ()), *self.expect])

    @cached_property
    def _asks(self) -> Draft202012Validator:
        when = self.when or {}
        return Draft202012Validator({"properties": when, "required": list(when)})


@cache
def rules(vendor: str) -> dict[str, tuple[Rule, ...]]:
    """Return the vendor's rules by operationId; none where its column has no exchange.yaml. CaseError."""
    if not HERE.joinpath(vendor, "exchange.yaml").is_file():
        return {}
    entries = read(f"{vendor}/exchange.yaml", json.loads(HERE.joinpath("exchange.schema.json").read_text("utf-8")))
    made = [Rule(**{**entry, "calls": tuple(entry.get("calls", ())), "beyond": tuple(entry.get("beyond", ()))}) for entry in entries]
    _check(vendor, made)
    found: dict[str, list[Rule]] = {}
    for rule in made:
        for operation in (*rule.calls, *rule.beyond):
            found.setdefault(operation, []).append(rule)
    return {operation: tuple(listed) for operation, listed in found.items()}


def _check(vendor: str, made: list[Rule]) -> None:
    where = f"contracts/{vendor}/exchange.yaml"
    ids = [rule.id for rule in made]
    for rule in made:
        if ids.count(rule.id) > 1:
            raise CaseError(f"{where}: {rule.id} is given twice")
        if rule.clause not in specs.ledger(vendor).clauses:
            raise CaseError(f"{where}: {rule.id}: specs/{vendor}/clauses.yaml has no clause {rule.clause}")
        unknown = sorted({*rule.calls, *rule.beyond} - operations(vendor).keys())
        if unknown:
            raise CaseError(f"{where}: {rule.id}: the spec has no operation {', '.join(unknown)}")


def _at(view: Mapping[str, Any], pointer: str) -> Any:
    value: Any = view
    for name in pointer.split("/")[1:]:
        value = value[name.replace("~1", "/").replace("~0", "~")]
    return value
