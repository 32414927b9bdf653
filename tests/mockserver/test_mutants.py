"""Every mutant of the catalogues differs from the good server where it says so, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest
from random import Random
from time import perf_counter
from typing import Any

import pytest
from ownership_contracts import specs
from ownership_contracts.mockserver.engine.columns import columns
from ownership_contracts.mockserver.engine.mutants import NO_OPERATION, catalogue

from tests.mockserver.documented import operation_ids
from tests.mockserver.twins import Moment, Twins, recorded, story_of

MUTANTS = catalogue(columns())
ENOUGH = 8
"""At so many moments of its operations a mutant that differs is looked at."""
ELSEWHERE = 5
"""At so many other operations it is looked at."""
LOOKED = 60
"""At so many before whole rows are, where one request after another shows what none alone does."""
RACED = 60
"""At so many moments a race is tried."""


def each() -> list[Any]:
    """One worker plays a vendor's: what is lived through again is recorded once."""
    return [pytest.param(name, marks=pytest.mark.xdist_group(f"mutants-{name.partition('.')[0]}")) for name in MUTANTS]


def spread(moments: Iterable[Moment]) -> list[Moment]:
    """The moments in another order: the first of each operation, then the second of each, and so on."""
    return [moment for moment in chain.from_iterable(zip_longest(*_by_operation(moments).values())) if moment is not None]


def sample(name: str, moments: Sequence[Moment]) -> list[Moment]:
    """A moment of each of some operations: one of a few, so that what is good there is worked out once for many mutants."""
    chance = Random(name)
    operations = list(_by_operation(moments).values())
    return [chance.choice(found[:: max(1, len(found) // 4)]) for found in chance.sample(operations, min(ELSEWHERE, len(operations)))]


def _by_operation(moments: Iterable[Moment]) -> dict[str | None, list[Moment]]:
    found: dict[str | None, list[Moment]] = {}
    for moment in moments:
        found.setdefault(moment.operation, []).append(moment)
    return found


@pytest.mark.parametrize("name", each())
def test_it_differs_from_the_good_server_at_its_operations_and_nowhere_else(name: str) -> None:
    mutant = MUTANTS[name]
    twins = Twins(name, mutant)
    moments = recorded(twins.vendor)
    here = [moment for moment in moments if mutant.acts_on(moment.operation)]
    assert here, f"no row of the suite calls {', '.join(sorted(mutant.operations))}"
    for moment in sample(name, [moment for moment in moments if not mutant.acts_on(moment.operation)]):
        assert not twins.differ(moment)
    cited = [moment for moment in here if moment.case.clause.id in mutant.clauses]
    looked = [*spread(cited), *spread(moment for moment in here if moment.case.clause.id not in mutant.clauses)]
    assert _late(twins, looked[0]) if mutant.seconds else _differs(twins, looked), f"{name} is as good as the good one"


def _late(twins: Twins, moment: Moment) -> bool:
    began = perf_counter()
    twins.differ(moment)
    return perf_counter() - began >= twins.mutant.seconds


def _differs(twins: Twins, looked: Sequence[Moment]) -> bool:
    """Whether it differs somewhere: at a moment, or in a race, or after more than one request to it."""
    differ = [twins.differ(moment) for moment in looked[:ENOUGH]]
    if any(differ):
        return True
    if twins.mutant.operate is not None and any(twins.race(moment) for moment in looked[:RACED]):
        return True
    if any(twins.differ(moment) for moment in looked[ENOUGH:LOOKED]):
        return True
    stories = {moments[0].case.id: moments for moments in story_of(recorded(twins.vendor))}
    if any(twins.apart(stories[case]) for case in dict.fromkeys(moment.case.id for moment in looked)):
        return True
    return any(twins.differ(moment) for moment in looked[LOOKED:])


@pytest.mark.parametrize("name", MUTANTS)
def test_it_says_what_it_is(name: str) -> None:
    mutant = MUTANTS[name]
    vendor, _, own = name.partition(".")
    assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", own)
    assert re.fullmatch(r"\S.+\.", mutant.says), mutant.says
    assert mutant.operations
    assert mutant.operations <= operation_ids(specs.openapi(vendor)) | {NO_OPERATION}
    assert set(mutant.clauses) <= set(specs.ledger(vendor).clauses)
    assert len(set(mutant.clauses)) == len(mutant.clauses)
    assert bool(mutant.clauses) != mutant.harmless
    assert mutant.rules or mutant.answer or mutant.operate or mutant.settings or mutant.seconds
    if mutant.settings:
        assert list(specs.ledger(vendor).complaints(mutant.settings)) == []


@pytest.mark.parametrize(("vendor", "least"), [("kii", 60), ("connhex", 25)])
def test_there_are_as_many_as_were_asked_for(vendor: str, least: int) -> None:
    of_vendor = [mutant for name, mutant in MUTANTS.items() if name.startswith(f"{vendor}.")]
    assert len([mutant for mutant in of_vendor if not mutant.harmless]) >= least
    assert any(mutant.harmless for mutant in of_vendor)


@pytest.mark.parametrize("vendor", specs.vendors())
def test_no_two_of_a_vendors_say_the_same(vendor: str) -> None:
    said = [mutant.says for name, mutant in MUTANTS.items() if name.startswith(f"{vendor}.")]
    assert sorted({one for one in said if said.count(one) > 1}) == []
