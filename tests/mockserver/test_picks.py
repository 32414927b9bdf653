"""What a ledger leaves open, the mock picks; and what the mock cites, the ledger has. The same for every vendor."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import ownership_contracts.mockserver as package
import pytest
from ownership_contracts import specs
from ownership_contracts.mockserver.engine.columns import columns
from ownership_contracts.specs import Pick

from tests.mockserver.documented import faults, operation_ids, responses
from tests.mockserver.player import Played, companions, play
from tests.serving import Running
from tests.specs.linting import operations

# Under xdist one worker makes what these tests share.
pytestmark = pytest.mark.xdist_group("picks")

VENDORS = specs.vendors()
# Decisions that no clause of a ledger's makes: protocol.yaml does.
PROTOCOL = {"protocol"}


def texts(vendor: str) -> set[str]:
    """Every text that stands in the source of a vendor's column."""
    folder = Path(package.__path__[0], vendor)
    trees = [ast.parse(path.read_text()) for path in folder.glob("*.py")]
    return {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def other_values(pick: Pick) -> list[Any]:
    """The options of a pick beside its default; for a pick without options one other value that fits its schema."""
    if pick.options is not None:
        return [option for option in pick.options if option != pick.default]
    if isinstance(pick.default, bool):
        return [not pick.default]
    if isinstance(pick.default, int):
        return [(pick.values or {})["minimum"]]
    return [pick.default[::-1] if isinstance(pick.default, list) else pick.default[:2]]


def variants() -> Iterator[tuple[str, str, Any]]:
    for vendor in VENDORS:
        for pick in specs.ledger(vendor).picks.values():
            yield from ((vendor, pick.name, value) for value in other_values(pick))


VARIANTS = list(variants())


@pytest.fixture(scope="module")
def played(http: httpx.Client, mock: Running) -> Callable[[str, dict[str, Any]], Played]:
    """The script of a vendor under some settings; each is played once."""
    kept: dict[str, Played] = {}

    def once(vendor: str, settings: dict[str, Any]) -> Played:
        key = f"{vendor} {sorted(settings.items())}"
        if key not in kept:
            kept[key] = play(http, mock, vendor, settings)
        return kept[key]

    return once


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_operation_of_the_spec_has_one_in_the_column(vendor: str) -> None:
    column = columns([vendor])[0]
    assert set(column.operations) == operation_ids(specs.openapi(vendor))


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_pick_with_a_choice_is_read_in_the_column(vendor: str) -> None:
    chosen = {pick.name for pick in specs.ledger(vendor).picks.values() if other_values(pick)}
    assert chosen
    assert not chosen - texts(vendor)


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_clause_that_stands_in_the_column_is_in_the_ledger(vendor: str) -> None:
    cited = {text for text in texts(vendor) if re.fullmatch(rf"{vendor}-[a-z-]+\.[a-z0-9-]*[a-z0-9]", text)}
    assert cited
    assert not cited - set(specs.ledger(vendor).clauses)


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_script_reaches_every_operation(vendor: str, played: Callable[[str, dict[str, Any]], Played]) -> None:
    """The tests below judge what the script gets: an operation that it leaves out would be judged by nobody."""
    assert operation_ids(specs.openapi(vendor)) == {entry["operation"] for entry in played(vendor, {}).entries} - {None}


@pytest.mark.parametrize(("vendor", "name", "value"), [*((vendor, "none", None) for vendor in VENDORS), *VARIANTS])
def test_every_answer_is_documented_and_what_decided_it_stands_at_its_response(
    vendor: str, name: str, value: Any, played: Callable[[str, dict[str, Any]], Played]
) -> None:
    document, clauses = specs.openapi(vendor), specs.ledger(vendor).clauses
    run = played(vendor, {} if name == "none" else {**companions(vendor, name), name: value})
    assert len(run.answers) == len(run.entries)
    for answer, entry in zip(run.answers, run.entries, strict=True):
        shown = (entry["method"], entry["path"], entry["status"], entry["decided"], answer.text)
        assert entry["complaint"] is None, shown
        assert not faults(document, entry["operation"], answer), shown
        assert entry["decided"] in PROTOCOL | set(clauses), shown
        response = responses(document, entry["operation"])[entry["status"]]
        assert entry["decided"] in PROTOCOL | set(response["x-clause"]), shown


@pytest.mark.parametrize(("vendor", "name", "value"), VARIANTS)
def test_every_option_of_a_pick_changes_an_answer(vendor: str, name: str, value: Any, played: Callable[[str, dict[str, Any]], Played]) -> None:
    beside = companions(vendor, name)
    assert played(vendor, beside).shown != played(vendor, {**beside, name: value}).shown


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_clause_of_a_pick_that_the_column_cites_decides_some_request(vendor: str, played: Callable[[str, dict[str, Any]], Played]) -> None:
    picks = {clause.pick.name: clause.id for clause in specs.ledger(vendor).clauses.values() if clause.pick is not None}
    chosen = [{**companions(vendor, name), name: value} for owner, name, value in VARIANTS if owner == vendor]
    decided = {entry["decided"] for settings in [{}, *chosen] for entry in played(vendor, settings).entries}
    assert not set(picks.values()) & texts(vendor) - decided


def test_the_operations_of_the_specs_are_those_that_the_tests_know() -> None:
    """The generic tests above walk the specs: were a spec read as empty, they would pass on nothing."""
    assert {vendor: len(list(operations(specs.openapi(vendor)))) for vendor in VENDORS} == {"kii": 36, "connhex": 4}
