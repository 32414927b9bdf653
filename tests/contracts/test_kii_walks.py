"""Walks through Kii's reference model, on the mock: whichever picks a world has, the two say the same, and where a mutant goes wrong they do not."""

from __future__ import annotations

from typing import Any

import httpx
from hypothesis import HealthCheck, Phase, given, seed, settings, strategies
from ownership_contracts import specs
from ownership_contracts.contracts.case import Case
from ownership_contracts.contracts.columns import column
from ownership_contracts.contracts.layers.course import Course
from ownership_contracts.contracts.layers.machine import walk
from ownership_contracts.contracts.live.mode import Mode
from ownership_contracts.contracts.play import Player
from ownership_contracts.contracts.result import Verdict
from ownership_contracts.contracts.target import Target

from tests.serving import Running

LEDGER = specs.ledger("kii")
# Of those that leave more than a choice, and of the model's concern: values that a world may have.
OPEN = {
    "code_life": strategies.sampled_from([3600, 60]),
    "precedence": strategies.permutations(LEDGER.picks["precedence"].default),
    **dict.fromkeys(("require_password_default", "password_binds_admin"), strategies.booleans()),
}
ANY_PICKS = strategies.fixed_dictionaries(
    {**{name: strategies.sampled_from(sorted(pick.options)) for name, pick in LEDGER.picks.items() if pick.options}, **OPEN}
)


def target(mock: Running) -> Target:
    return Target(mock.url, {"kii": {"apps": []}}, control=f"{mock.url}/_mock/api", mode=Mode.WORLDS)


def a_walk(data: strategies.DataObject, picks: dict[str, Any], steps: int) -> Case:
    """A random walk as a case; a look at everything after every fifth step."""
    wanted = column("kii").oracle
    assert wanted is not None
    oracle = wanted()
    course = Course(oracle.model, oracle.model.begin(oracle.needs, {**{name: pick.default for name, pick in LEDGER.picks.items()}, **picks}))
    asked: list[Any] = []
    for number in range(steps):
        words, outcome, course = course.go(data.draw(oracle.moves(course.state)))
        asked.append(words if "wait" in words else {**words, "expect": outcome.expect})
        asked += oracle.model.reads(course.state) if number % 5 == 4 else []
    look = {"as": "admin", "call": "listOwners", "expect": {"status": 200}}
    needs = {**oracle.needs, "settings": picks}
    return Case("kii", "a-walk", LEDGER.clauses["kii-list.200"], "fixture", look, needs, then=tuple(asked), layer="model")


def test_whichever_picks_a_world_has_the_model_and_the_mock_agree(mock: Running, http: httpx.Client) -> None:
    player = Player(target(mock), http)

    @seed(2)
    @settings(max_examples=8, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(data=strategies.data(), picks=ANY_PICKS)
    def agree(data: strategies.DataObject, picks: dict[str, Any]) -> None:
        result = player.play(a_walk(data, picks, 25))
        assert result.verdict is Verdict.PASS, (result.reason, result.trace)

    agree()


def test_a_walk_sees_a_server_that_goes_wrong(mock: Running, http: httpx.Client) -> None:
    wrong = ["kii.confirm-lets-in-another-user"]
    result = walk(target(mock), http, "kii", seed=1, examples=40, steps=30, mutants=wrong, shrink=False)
    assert result.verdict is Verdict.FAIL
    assert "confirmOwnership" in result.row
