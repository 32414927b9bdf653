"""What the inputs are: repeatable, of every family and operation, most with valid credentials, and none that ends a world under observation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import httpx
import pytest
from ownership_contracts import specs

from tests.serving import Running

from .attack import SEGMENT, Plan
from .draft import draft
from .families import FAMILIES
from .families.heads import HEADS
from .inputs import Input, make
from .known import ATTACKED, WATCHED
from .operations import operations
from .request import Request
from .vocabulary import Vocabulary, vocabulary
from .wire import asked

MANY = 3000


@pytest.fixture(scope="module")
def words(mock: Running) -> Iterator[Vocabulary]:
    world = mock.world()
    yield vocabulary(f"/worlds/{world['name']}", world, specs.vendors())
    httpx.delete(f"{mock.url}/_mock/api/worlds/{world['name']}", trust_env=False)


@pytest.fixture(scope="module")
def inputs(words: Vocabulary) -> list[Input]:
    return [make(7, index, words) for index in range(MANY)]


def test_an_input_depends_on_seed_and_number_alone(words: Vocabulary, inputs: list[Input]) -> None:
    assert [make(7, index, words) for index in reversed(range(500))] == inputs[499::-1]
    assert make(8, 3, words) != inputs[3]


def test_every_family_has_its_share(inputs: list[Input]) -> None:
    whole = sum(share for share, _ in FAMILIES.values())
    count = Counter(one.family for one in inputs)
    for family, (share, _) in FAMILIES.items():
        assert count[family] == pytest.approx(MANY * share / whole, rel=0.4)


def test_more_than_a_third_carry_valid_credentials(inputs: list[Input]) -> None:
    assert sum(one.authentic for one in inputs) > MANY / 3


def test_a_credential_that_is_cut_or_longer_does_not_count(words: Vocabulary) -> None:
    secret = next(iter(words.realms["kii"][0].tokens.values())).encode()
    assert words.credential.search(b"Authorization: Bearer " + secret + b"\r\n")
    for spoilt in (b"Bearer " + secret + b"x\r\n", b"Bearer " + secret[:-1] + b"\r\n", b'"' + secret + b'"'):
        assert not words.credential.search(spoilt)


def test_no_input_deletes_a_world_that_is_looked_at(inputs: list[Input]) -> None:
    for one in inputs:
        ask = asked(one.raw)
        deleted = [target for method, target in zip(ask.methods, ask.targets, strict=True) if method == "DELETE" and b"_mock" in target]
        assert not [target for target in deleted if ATTACKED.encode() in target or WATCHED.encode() in target]


@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.name)
def test_a_draft_of_every_operation_has_words_of_the_world(operation: Any, words: Vocabulary) -> None:
    """So that an operation that is new to a spec is called with ids that exist, and by somebody."""
    realm = words.realms[operation.vendor][0]
    assert all(realm.candidates(name) for name in operation.parameters)
    made = draft(Random(1), words, operation)
    assert "x" not in [made.values[name] for name in operation.parameters]


def test_every_input_is_in_one_segment() -> None:
    assert [index for segment in Plan(1, 2 * SEGMENT + 1).segments() for index in segment] == list(range(2 * SEGMENT + 1))


def test_a_world_of_the_same_seed_has_the_same_words(mock: Running) -> None:
    """So that the inputs of a seed are the same on another server."""

    def made() -> dict[str, Any]:
        world = mock.world(name="fuzz-words", seed="5")
        httpx.delete(f"{mock.url}/_mock/api/worlds/fuzz-words", trust_env=False).raise_for_status()
        return world

    first, second = (vocabulary("/worlds/w", made(), specs.vendors()) for _ in range(2))
    assert [make(1, index, first) for index in range(50)] == [make(1, index, second) for index in range(50)]


@pytest.mark.parametrize("number", range(len(HEADS)))
def test_a_request_that_has_lost_its_headers_can_still_be_spoilt(number: int) -> None:
    bare = Request(b"GET", b"/x", ())
    spoilt = {HEADS[number](Random(seed), bare).raw for seed in range(40)}
    assert spoilt - {bare.raw}
