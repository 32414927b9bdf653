"""What is asked again before it is called broken, and what is no answer of the deployment's at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import pytest
from ownership_contracts import specs
from ownership_contracts.contracts.again import NOT_THERE, repeatable, settled
from ownership_contracts.contracts.case import cases
from ownership_contracts.contracts.columns import column
from ownership_contracts.contracts.contract import operations
from ownership_contracts.contracts.live.mode import Mode
from ownership_contracts.contracts.live.retry import Busy
from ownership_contracts.contracts.play import Player
from ownership_contracts.contracts.result import Result, Verdict
from ownership_contracts.contracts.target import Target

from .samples import CREATED, connhex_table, kii_app, owners, row
from .stub import Reply, reply, stub

READ: dict[str, Any] = {
    "vendor": "kii",
    "clause": "kii-list.200",
    "effect": "none",
    "needs": {"thing": "fresh"},
    "as": "admin",
    "call": "listOwners",
    "with": None,
    "expect": {"status": 200},
}


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as client:
        yield client


def played(client: httpx.Client, answers: Sequence[Reply], mode: Mode = Mode.READ_ONLY, **changed: Any) -> tuple[Result, int]:
    """What the row comes to where these are the answers, the last for ever, and how many requests there were."""
    left = list(answers)
    case = row(**(READ | changed))
    table = {"kii": {"apps": [kii_app()]}} if case.vendor == "kii" else {"connhex": connhex_table()}
    with stub(lambda request: left.pop(0) if len(left) > 1 else left[0]) as running:
        result = Player(Target(running.url, table, mode=mode), client).play(case)
    return result, len(running.seen)


GOOD, BAD, WORSE = owners(), reply(500, {}), reply(501, {})


def test_a_row_that_holds_is_asked_once(client: httpx.Client) -> None:
    result, asked = played(client, [GOOD])
    assert (result.verdict, asked) == (Verdict.PASS, 1)


@pytest.mark.parametrize("failures", [1, 2])
def test_a_row_that_fails_and_holds_when_asked_again_is_flaky(failures: int, client: httpx.Client) -> None:
    result, asked = played(client, [*[BAD] * failures, GOOD])
    assert (result.verdict, asked) == (Verdict.FLAKY, failures + 1)
    assert result.reason.startswith("try 1: fail: the request: expected status 200, saw status 500")
    assert result.reason.endswith(f"try {failures + 1}: pass")
    assert [line.rpartition(" -> ")[2][:3] for line in result.trace if " -> " in line] == ["500"] * failures + ["200"]
    assert (result.expected, result.seen[:10]) == ("status 200", "status 500")


@pytest.mark.parametrize("answers", [[BAD], [BAD, WORSE], [BAD, BAD, BAD, GOOD]])
def test_a_row_that_fails_each_time_fails(answers: Sequence[Reply], client: httpx.Client) -> None:
    result, asked = played(client, answers)
    assert (result.verdict, asked) == (Verdict.FAIL, 3)
    assert "saw status 500" in result.reason


def test_an_error_that_does_not_come_again_is_flaky_and_one_that_does_is_an_error(client: httpx.Client) -> None:
    away = reply(503)
    assert played(client, [away, GOOD])[0].verdict is Verdict.FLAKY
    assert played(client, [away])[0].verdict is Verdict.ERROR
    assert played(client, [away, BAD, away])[0].verdict is Verdict.FAIL


def test_a_row_that_is_asked_again_has_the_fixtures_that_it_had(client: httpx.Client) -> None:
    with stub(lambda request: BAD) as running:
        Player(Target(running.url, {"kii": {"apps": [kii_app()]}}), client).play(row(**READ))
    assert len({request.path for request in running.seen}) == 1


def test_what_changes_something_is_asked_once(client: httpx.Client) -> None:
    claim: dict[str, Any] = {"vendor": "connhex", "needs": {"user": "allowed", "device": "enabled"}}
    claim |= {
        "clause": "connhex-post.201",
        "effect": "owner",
        "as": "user",
        "call": "register",
        "with": {"body": {"deviceId": "$device.id"}},
        "expect": {"status": 201},
    }
    result, asked = played(client, [BAD, reply(201, CREATED)], Mode.FIXTURES, **claim)
    assert (result.verdict, asked) == (Verdict.FAIL, 1)
    result, asked = played(client, [BAD, reply(201, CREATED)], **{**claim, "effect": "none"})
    assert (result.verdict, asked) == (Verdict.FLAKY, 2)


@pytest.mark.parametrize("vendor", specs.vendors())
def test_only_rows_that_change_nothing_in_any_step_may_be_asked_again(vendor: str) -> None:
    def harmless(step: dict[str, Any]) -> bool:
        if not {"call", "send"} & step.keys():
            return True
        method, template = (operations(vendor)[step["call"]].method, operations(vendor)[step["call"]].template) if "call" in step else ("?", "")
        return method == "GET" or column(vendor).is_login(method, template)

    chosen = [case for case in cases(vendor) if repeatable(case)]
    assert 0 < len(chosen) < len(cases(vendor))
    assert [case.id for case in chosen for step in (*case.given, *case.then) if not harmless(step)] == []
    reads = ("GET", "HEAD")
    changing = [case for case in chosen if case.effect != "none"]
    assert [
        case.id
        for case in changing
        if (operations(vendor)[case.step["call"]].method if "call" in case.step else case.step["send"]["method"]) not in reads
    ] == []


def test_who_is_asked_to_wait_does_not_ask_again() -> None:
    asked: list[int] = []

    def play() -> Result:
        asked.append(1)
        raise Busy("the server answered 429")

    with pytest.raises(Busy):
        settled(row(**READ), play, lambda: None)
    assert len(asked) == 1
    failed = Result("kii", "a-row", "kii-list.200", "documented", Verdict.FAIL, "why")
    results = iter([failed])
    told = settled(row(**READ), lambda: next(results, None) or play(), lambda: None)
    assert (told.verdict, told.notes) == (Verdict.FAIL, ("it could not be asked again: the server answered 429",))


# ---------------------------------------------------------------------------------------------------- not there


@pytest.mark.parametrize("status", NOT_THERE)
def test_an_answer_that_the_deployment_was_not_there_breaks_no_clause(status: int, client: httpx.Client) -> None:
    result, _ = played(client, [reply(status, {"message": "later"})])
    assert (result.verdict, result.breaks) == (Verdict.ERROR, False)
    assert f"the request: the deployment was not there: status {status}, " in result.reason
    assert len(result.trace) == 1


def test_a_row_that_expects_such_an_answer_is_judged_by_it(client: httpx.Client) -> None:
    assert played(client, [reply(503)], expect={"status": 503})[0].verdict is Verdict.PASS


def test_an_answer_that_was_wrong_stays_the_verdict_though_the_deployment_is_gone_then(client: httpx.Client) -> None:
    then = [{"as": "admin", "call": "listOwners", "expect": {"status": 200}}]
    result, _ = played(client, [BAD, reply(503), BAD, reply(503), BAD, reply(503)], then=then)
    assert result.verdict is Verdict.FAIL


def test_a_mock_that_answers_so_is_judged(client: httpx.Client) -> None:
    """With a control API nothing stands before it but what belongs to it: a row's world is asked once."""
    case = row(**READ)

    def answer(request: Any) -> Reply:
        if request.path.endswith("/worlds"):
            return reply(201, {"name": "w", "base_url": f"http://{request.headers['host']}/worlds/w", "kii": {"apps": [kii_app()]}})
        return reply(503)

    with stub(answer) as running:
        result = Player(Target(running.url, {"kii": {"apps": [kii_app()]}}, f"{running.url}/_mock/api"), client).play(case)
    assert result.verdict is Verdict.FAIL, result.reason
    assert len([request for request in running.seen if request.path.endswith("/ownership")]) == 1
