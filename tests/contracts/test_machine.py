"""Random walks: they hold on a good server, find one that goes wrong, and tell it as a row that shows it again."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.internal.conjecture import providers
from hypothesis.strategies import integers
from ownership_contracts import specs
from ownership_contracts.contracts.case import case_of, schema
from ownership_contracts.contracts.layers.chance import BACKEND
from ownership_contracts.contracts.layers.machine import walk
from ownership_contracts.contracts.live.mode import Mode
from ownership_contracts.contracts.play import Player
from ownership_contracts.contracts.played import Play
from ownership_contracts.contracts.result import Result, Verdict
from ownership_contracts.contracts.target import Target

from tests.serving import Running

from .samples import connhex_table
from .test_play import controlled

BROKEN = "kii.code-of-another-thing"


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=60, trust_env=False) as made:
        yield made


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What goes out, in order."""
    seen: list[str] = []
    exchange = Play.exchange

    def listening(self: Play, step: Any, *others: Any) -> Any:
        asked, answer = exchange(self, step, *others)
        seen.append(f"{asked.method} {asked.path} as {step['as']} {asked.content!r} {answer.status}")
        return asked, answer

    monkeypatch.setattr(Play, "exchange", listening)
    return seen


@pytest.mark.parametrize("vendor", specs.vendors())
def test_it_holds_on_a_good_server(vendor: str, mock: Running, client: httpx.Client) -> None:
    result = walk(controlled(mock), client, vendor, seed=11, examples=4, steps=15)
    assert (result.verdict, result.reason) == (Verdict.PASS, "")
    assert (result.layer, result.clause) == ("model", "model")
    worlds, steps = (int(part.split()[0]) for part in result.seen.split(", ")[:2])
    assert (worlds, steps, result.seen.endswith("seed 11")) == (4, 60, True)


def test_the_same_seed_takes_the_same_ways_and_another_others(mock: Running, client: httpx.Client, asked: list[str]) -> None:
    ways = []
    for seed in (1, 1, 2):
        walk(controlled(mock), client, "kii", seed=seed, examples=3, steps=10)
        ways.append(list(asked))
        asked.clear()
    assert ways[0] == ways[1] != ways[2]
    assert len(ways[0]) > 30


def test_a_walk_asks_for_no_numbers_of_the_modules_that_are_loaded(mock: Running, client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked_for() -> None:
        pytest.fail("other modules would take the same seed other ways")

    monkeypatch.setattr(providers, "_get_local_constants", asked_for)
    assert walk(controlled(mock), client, "kii", seed=1, examples=3, steps=10).verdict is Verdict.PASS


def test_modules_that_are_loaded_meanwhile_change_no_draw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)

    def drawn(backend: str) -> list[int]:
        seen: list[int] = []

        @seeded(1)
        @settings(backend=backend, max_examples=300, database=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
        @given(integers(0, 1 << 16))
        def draw(number: int) -> None:
            seen.append(number)

        draw()
        return seen

    before = drawn("hypothesis"), drawn(BACKEND)
    (tmp_path / "loaded_meanwhile.py").write_text(f"NUMBERS = {list(range(1000, 1300))}\n")
    monkeypatch.setitem(sys.modules, "loaded_meanwhile", importlib.import_module("loaded_meanwhile"))
    after = drawn("hypothesis"), drawn(BACKEND)
    assert [one == other for one, other in zip(before, after, strict=True)] == [False, True]


def found(mock: Running, client: httpx.Client, *, shrink: bool = True) -> Result:
    return walk(controlled(mock), client, "kii", seed=5, examples=60, steps=20, mutants=(BROKEN,), shrink=shrink)


def test_what_it_finds_is_a_row_that_fails_there_and_passes_on_a_good_server(mock: Running, client: httpx.Client) -> None:
    result = found(mock, client)
    assert result.verdict is Verdict.FAIL, result
    assert found(mock, client).row == result.row
    rows = yaml.safe_load(result.row)
    jsonschema.validate(rows, schema())
    (row,) = rows
    case = case_of("kii", row, specs.ledger("kii").clauses[result.clause])
    assert Player(controlled(mock), client).play(case).verdict is Verdict.PASS
    again = Player(controlled(mock), client, mutants=(BROKEN,)).play(case)
    assert again.verdict is Verdict.FAIL
    # A flow at one thing, its code at another: more than a few steps say no more.
    assert 1 + len(row.get("then", ())) <= 8


def test_without_shrinking_the_first_failure_is_told(mock: Running, client: httpx.Client, asked: list[str]) -> None:
    result = found(mock, client, shrink=False)
    assert result.verdict is Verdict.FAIL
    assert len(asked) < 1500
    assert yaml.safe_load(result.row)


def test_what_is_left_behind_by_a_refusal_is_seen_though_the_answer_is_right(mock: Running, client: httpx.Client) -> None:
    mutants = ("connhex.refused-claim-leaves-a-resource",)
    result = walk(controlled(mock), client, "connhex", seed=3, examples=20, steps=12, mutants=mutants)
    assert (result.verdict, result.operation, result.expected) == (Verdict.FAIL, "", "resources as required")


def test_a_target_without_a_control_api_is_not_walked_on(client: httpx.Client) -> None:
    target = Target("http://127.0.0.1:9", {"connhex": connhex_table()}, mode=Mode.FIXTURES)
    result = walk(target, client, "connhex", seed=1, examples=1, steps=1)
    assert (result.verdict, "mock" in result.reason) == (Verdict.SKIPPED, True)


def test_a_server_that_does_not_answer_is_an_error(client: httpx.Client) -> None:
    target = Target("http://127.0.0.1:9", {"connhex": connhex_table()}, "http://127.0.0.1:9/_mock/api", mode=Mode.WORLDS)
    result = walk(target, client, "connhex", seed=1, examples=1, steps=1)
    assert (result.verdict, "did not answer" in result.reason) == (Verdict.ERROR, True)


def test_a_column_without_a_model_has_no_walks(client: httpx.Client, monkeypatch: pytest.MonkeyPatch, mock: Running) -> None:
    monkeypatch.setattr("ownership_contracts.contracts.layers.machine.column", lambda vendor: replace(column_of(vendor), oracle=None))
    assert walk(controlled(mock), client, "kii", seed=1, examples=1, steps=1).verdict is Verdict.SKIPPED


def column_of(vendor: str) -> Any:
    from ownership_contracts.contracts.columns import column  # noqa: PLC0415 - the module's own is replaced

    return column(vendor)
