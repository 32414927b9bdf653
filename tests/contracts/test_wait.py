"""Rows in which time passes: a world's clock is turned, or the run waits, or the row is skipped."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from ownership_contracts import specs
from ownership_contracts.contracts.case import Case
from ownership_contracts.contracts.fixtures import Binding, UnboundError
from ownership_contracts.contracts.live.mode import Mode
from ownership_contracts.contracts.play import Player
from ownership_contracts.contracts.result import Verdict
from ownership_contracts.contracts.target import Target
from ownership_contracts.contracts.unavailable import Unavailable
from ownership_contracts.contracts.wait import seconds

from tests.serving import Running

from .samples import CREATED, connhex_table, row
from .stub import Reply, Request, reply, stub

PROTECTED: dict[str, Any] = {"user": "allowed", "device": "enabled", "settings": {"protection": "protected", "enable_life": 60}}


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=60, trust_env=False) as made:
        yield made


# ---------------------------------------------------------------------------------------------------- how long


@pytest.mark.parametrize(
    ("wait", "span"), [(3, 3.0), (0.5, 0.5), ("$pick.life", 60.0), ("$pick.life - 2", 58.0), ("$pick.life + 1", 61.0), ("$kept - 60", 0.5)]
)
def test_a_wait_is_a_number_or_what_a_variable_stands_for_and_some_seconds_more_or_less(wait: float | str, span: float) -> None:
    assert seconds(wait, Binding({}, {"pick": {"life": 60}, "kept": 60.5})) == span


@pytest.mark.parametrize("wait", ["$pick.other", "$pick.name - 2", "$pick.flag", "$pick", "$pick.life - 2\n", "$pick.life -2", "60"])
def test_a_wait_for_what_is_no_number_is_a_mistake_in_the_row(wait: str) -> None:
    with pytest.raises(UnboundError):
        seconds(wait, Binding({}, {"pick": {"life": 60, "name": "red", "flag": True}}))


def test_a_life_that_is_over_sooner_than_the_row_stays_below_it_cannot_be_shown() -> None:
    with pytest.raises(Unavailable, match=r"waits \$pick.life - 2, and \$pick.life is 1 here"):
        seconds("$pick.life - 2", Binding({}, {"pick": {"life": 1}}))


# ---------------------------------------------------------------------------------------------------- without a control API


def played(client: httpx.Client, case: Case, patience: float = 5, **table: Any) -> tuple[Any, list[float]]:
    """The result on a target without a control API, and when each request came."""
    came: list[float] = []

    def answer(request: Request) -> Reply:
        came.append(time.monotonic())
        return reply(201, CREATED)

    with stub(answer) as running:
        return Player(Target(running.url, {"connhex": connhex_table(**table)}, mode=Mode.FIXTURES), client, patience=patience).play(case), came


def test_without_a_control_api_the_run_waits(client: httpx.Client) -> None:
    again = {"as": "user", "call": "register", "with": {"body": {"deviceId": "$device.id"}}}
    result, came = played(client, row(given=[again, {"wait": 0.3}], then=[{"wait": 0.2}, {**again, "expect": {"status": 201}}]))
    assert result.verdict is Verdict.PASS
    assert [came[1] - came[0] >= 0.3, came[2] - came[1] >= 0.2] == [True, True]
    assert [line for line in result.trace if line.startswith("wait")] == ["wait 0.3 s", "wait 0.2 s"]


@pytest.mark.parametrize(
    ("given", "then", "patience", "told"),
    [
        ([{"wait": 6}], [], 5, "the row waits 6 s, and the patience is 5 s"),
        ([{"wait": 3}], [{"wait": 3}], 5, "the row waits 6 s, and the patience is 5 s"),
        ([{"wait": 0.1}], [], 0, "the row waits 0.1 s, and the patience is 0 s"),
        ([{"wait": "$pick.enable_life + 1"}], [], 5, "the row waits 301 s"),
        ([{"wait": "$left - 2"}], [], 5, "until something ends"),
    ],
)
def test_beyond_the_patience_a_row_is_skipped_with_the_reason_and_not_begun(
    given: list[Any], then: list[Any], patience: float, told: str, client: httpx.Client
) -> None:
    result, came = played(client, row(given=given, then=then), patience)
    assert (result.verdict, came) == (Verdict.SKIPPED, [])
    assert told in result.reason
    assert "no control API" in result.reason


def test_a_life_that_the_target_declares_short_is_waited_for(client: httpx.Client) -> None:
    result, came = played(client, row(given=[{"wait": "$pick.enable_life - 1"}]), 0, picks={"enable_life": 1})
    assert (result.verdict, len(came)) == (Verdict.PASS, 1)


def test_a_row_that_is_skipped_for_its_wait_uses_no_fixture_up(client: httpx.Client) -> None:
    with stub(lambda request: reply(201, CREATED)) as running:
        player = Player(Target(running.url, {"connhex": connhex_table(devices=[{"id": "only", "enabled": True}])}, mode=Mode.FIXTURES), client)
        assert player.play(row(given=[{"wait": 60}])).verdict is Verdict.SKIPPED
        assert player.play(row()).verdict is Verdict.PASS


# ---------------------------------------------------------------------------------------------------- with a control API


@pytest.mark.parametrize(("wait", "status"), [("$pick.enable_life - 2", 201), ("$pick.enable_life + 1", 403), ("$pick.enable_life", 403)])
def test_with_a_control_api_the_worlds_clock_is_turned(wait: str, status: int, mock: Running, client: httpx.Client) -> None:
    player = Player(Target(mock.url, {vendor: {} for vendor in specs.vendors()}, f"{mock.url}/_mock/api", mode=Mode.WORLDS), client, patience=0)
    result = player.play(row(needs=PROTECTED, given=[{"wait": wait}], expect={"status": status}))
    assert result.verdict is Verdict.PASS, result.reason
    assert result.trace[0].endswith("by the world's clock")


def test_a_row_may_wait_after_its_request_for_what_an_answer_told(mock: Running, client: httpx.Client) -> None:
    player = Player(Target(mock.url, {vendor: {} for vendor in specs.vendors()}, f"{mock.url}/_mock/api", mode=Mode.WORLDS), client)
    who = {"as": "nobody", "call": "readSelf", "with": {"headers": {"Authorization": "Bearer $token"}}}
    case = row(
        vendor="kii",
        clause="kii-token.200",
        needs={"user": "login"},
        call="issueToken",
        keep={"token": "/access_token", "left": "/expires_in"},
        then=[{"wait": "$left - 2"}, {**who, "expect": {"status": 200}}, {"wait": 3}, {**who, "expect": {"status": "refused"}}],
        **{"as": "anonymous", "with": {"body": {"username": "$user.login", "password": "$user.password"}}, "expect": {"status": 200}},
    )
    result = player.play(case)
    assert result.verdict is Verdict.PASS, result.reason


def test_a_control_api_without_a_clock_is_an_error_that_names_it(client: httpx.Client) -> None:
    def old(request: Request) -> Reply:
        made = {"name": "w", "base_url": f"http://{request.headers['host']}/worlds/w", "connhex": connhex_table()}
        return reply(201, made) if (request.method, request.path) == ("POST", "/_mock/api/worlds") else reply(404)

    with stub(old) as running:
        result = Player(Target(running.url, {"connhex": {}}, f"{running.url}/_mock/api", mode=Mode.WORLDS), client).play(row(given=[{"wait": 1}]))
    assert (result.verdict, "/worlds/w/clock was answered 404" in result.reason) == (Verdict.ERROR, True)
