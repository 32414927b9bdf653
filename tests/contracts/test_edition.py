"""Versions of the contract: what a target adopts, which rows stand beside it, and that nothing changes that is released."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ownership_contracts import specs
from ownership_contracts.contracts import digest, edition
from ownership_contracts.contracts.case import Case, cases
from ownership_contracts.contracts.digest import complaints, digests
from ownership_contracts.contracts.edition import Edition, in_force, since
from ownership_contracts.contracts.target import TargetError, parse

from .samples import connhex_table, row

CASES = cases("connhex")


@pytest.mark.parametrize("vendor", specs.vendors())
def test_what_is_released_of_the_contract_is_as_it_was(vendor: str) -> None:
    assert list(complaints(vendor)) == []
    assert edition.edition(vendor).released


def with_cases(monkeypatch: pytest.MonkeyPatch, *rows: Any, version: int = 1) -> list[str]:
    """What is said of the vendor where these are its cases and its contract is at this version."""
    # The cells take a second to work out.
    monkeypatch.setattr(digest, "cells", lambda vendor, picks: ())
    known = Edition(version, {1: digests("connhex", 1)})
    monkeypatch.setattr(digest, "cases", lambda vendor: rows)
    monkeypatch.setattr(edition, "edition", lambda vendor: known)
    monkeypatch.setattr(digest, "edition", lambda vendor: known)
    return list(complaints("connhex"))


NEW = replace(row(id="a-new-row"), since=2)
CHANGED = replace(CASES[0], step={**CASES[0].step, "expect": {"status": 299}})


def test_a_new_row_without_since_changes_what_is_released(monkeypatch: pytest.MonkeyPatch) -> None:
    (told,) = with_cases(monkeypatch, *CASES, replace(NEW, since=1))
    assert "what is released of case has changed" in told
    assert "A new row says `since`" in told


@pytest.mark.parametrize("rows", [(CHANGED, *CASES[1:]), CASES[1:]], ids=["changed", "missing"])
def test_a_changed_or_missing_row_changes_what_is_released(rows: tuple[Case, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(with_cases(monkeypatch, *rows)) == 1


def test_a_new_row_with_since_is_of_the_next_version(monkeypatch: pytest.MonkeyPatch) -> None:
    assert with_cases(monkeypatch, *CASES, NEW, version=2) == []
    (told,) = with_cases(monkeypatch, *CASES, NEW)
    assert told == "a-new-row: it came with version 2, and the contract is at 1: raise `version` in connhex/contract.yaml"


def test_a_changed_expectation_comes_anew_beside_its_old_form(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = replace(CASES[0], until=1), replace(CHANGED, id="as-it-is-now", since=2)
    assert with_cases(monkeypatch, old, *CASES[1:], new, version=2) == []
    assert [case.id for case in in_force([old, new], 1)] == [old.id, new.id]
    assert [case.id for case in in_force([old, new], 2)] == [new.id]


def test_versions_are_ordered_and_each_but_the_last_is_released(monkeypatch: pytest.MonkeyPatch) -> None:
    (wrong,) = with_cases(monkeypatch, *CASES, replace(NEW, until=1), version=2)
    assert wrong == "a-new-row: it is replaced after version 1, and came with 2"
    assert with_cases(monkeypatch, *CASES, NEW, version=3) == ["version 2 is followed by another, and its digests are not in connhex/contract.yaml"]


def test_a_layer_that_came_later_is_no_part_of_what_was_released(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digest, "cells", lambda vendor, picks: (replace(CASES[0], layer="matrix"),))
    before = digests("connhex", 1)
    known = Edition(2, {1: before}, {"matrix": 2})
    monkeypatch.setattr(edition, "edition", lambda vendor: known)
    monkeypatch.setattr(digest, "edition", lambda vendor: known)
    assert since("connhex", "matrix") == 2
    assert digests("connhex", 1) == {part: told for part, told in before.items() if part != "matrix"}
    assert digests("connhex", 2) == before
    # However the model changes then, what was released does not.
    monkeypatch.setattr(digest, "cells", lambda vendor, picks: (replace(CHANGED, layer="matrix"),))
    assert list(complaints("connhex")) == []
    assert digests("connhex", 2)["matrix"] != before["matrix"]


def test_how_a_clause_is_worded_changes_no_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    reworded = [replace(case, clause=replace(case.clause, says="In other words.")) for case in CASES]
    assert with_cases(monkeypatch, *reworded) == []


def test_another_grade_of_a_clause_changes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(with_cases(monkeypatch, *[replace(case, clause=replace(case.clause, grade="public")) for case in CASES])) == 1


def test_a_target_adopts_a_version_that_there_is() -> None:
    table = connhex_table(contract=1)
    assert edition.adopted("connhex", parse({"base_url": "http://127.0.0.1:9", "connhex": table}, "t").tables["connhex"]) == 1
    for wrong, told in (
        (99, "version 99 of the contract is not known here, only those up to 1"),
        (0, "0 is to be at least 1"),
        ("1", "'1' is to be a whole number"),
    ):
        with pytest.raises(TargetError, match=told) as refused:
            parse({"base_url": "http://127.0.0.1:9", "connhex": {**table, "contract": wrong}}, "t")
        assert "$.connhex.contract" in str(refused.value)
