"""Races: some order explains a good server, and none explains one that is not atomic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ownership_contracts import specs
from ownership_contracts.contracts import rows
from ownership_contracts.contracts.layers import races as module
from ownership_contracts.contracts.layers.races import Race, races, run_race
from ownership_contracts.contracts.live.mode import Mode
from ownership_contracts.contracts.result import Result, Verdict
from ownership_contracts.contracts.rows import CaseError
from ownership_contracts.contracts.target import Target

from tests.serving import Running

from .samples import connhex_table
from .test_play import controlled

ALL = [pytest.param(vendor, race.case.id, id=f"{vendor}-{race.case.id}") for vendor in specs.vendors() for race in races(vendor)]
LOST = [
    ("kii", "two-sides-confirm-one-code", "race-confirm"),
    ("kii", "two-members-post-one-group", "race-add"),
    ("kii", "six-make-one-user-an-owner", "race-add"),
    ("kii", "different-owners-at-once", "race-add-lost"),
    ("kii", "add-against-remove-of-another", "race-remove-lost"),
    ("kii", "request-against-confirm-of-another-flow", "race-request"),
    ("connhex", "six-claim-one-device", "claimers-at-once-both-win"),
    ("connhex", "one-user-claims-two-devices", "grants-at-once-get-lost"),
    ("connhex", "two-logins-of-one-flow", "flow-serves-two-at-once"),
]
ROW: dict[str, Any] = {
    "id": "a-race",
    "clause": "connhex-public.one-to-one",
    "needs": {"user": "allowed", "device": "enabled"},
    "at_once": [{"steps": [{"as": "user", "call": "register", "with": {"body": {"deviceId": "$device.id"}}}], "times": 2}],
    "times": 1,
}


def race(vendor: str, name: str) -> Race:
    return next(race for race in races(vendor) if race.case.id == name)


def run(mock: Running, vendor: str, name: str, *mutants: str, times: int = 2) -> Result:
    return run_race(controlled(mock), vendor, race(vendor, name), times=times, mutants=[f"{vendor}.{mutant}" for mutant in mutants])


@pytest.mark.parametrize(("vendor", "name"), ALL)
def test_some_order_explains_a_good_server(vendor: str, name: str, mock: Running) -> None:
    result = run(mock, vendor, name)
    assert (result.verdict, result.reason, result.layer) == (Verdict.PASS, "", "races")


@pytest.mark.parametrize(("vendor", "name", "mutant"), LOST)
def test_no_order_explains_a_server_that_is_not_atomic(vendor: str, name: str, mutant: str, mock: Running) -> None:
    result = run(mock, vendor, name, mutant, times=10)
    assert result.verdict is Verdict.FAIL
    told = [line for line in result.trace if " ms, side " in line]
    assert len(told) == sum(map(len, race(vendor, name).sides))
    # As it happened: each call with its side, in the order in which they began.
    began = [float(line.partition(" ")[0]) for line in told]
    assert began == sorted(began)
    assert began[0] == 0.0


def test_a_target_without_a_control_api_is_not_raced_on() -> None:
    result = run_race(Target("http://127.0.0.1:9", {"connhex": connhex_table()}, mode=Mode.FIXTURES), "connhex", races("connhex")[0])
    assert (result.verdict, "mock" in result.reason) == (Verdict.SKIPPED, True)


def test_a_server_that_does_not_answer_is_an_error() -> None:
    target = Target("http://127.0.0.1:9", {"connhex": connhex_table()}, "http://127.0.0.1:9/_mock/api", mode=Mode.WORLDS)
    assert run_race(target, "connhex", races("connhex")[0]).verdict is Verdict.ERROR


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"clause": "connhex-post.nowhere"}, "which the ledger does not have"),
        ({"at_once": [[{"as": "user", "call": "claim"}], [{"as": "user", "call": "register"}]]}, "calls claim"),
        ({"at_once": [[{"as": "user", "call": "register"}]]}, "has 1 sides"),
        ({"at_once": [*ROW["at_once"]] * 4}, "has 8 sides"),
        ({"colour": "red"}, "colour"),
        ({"times": 0}, "$[0].times"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(changed: dict[str, Any], wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "connhex").mkdir()
    (tmp_path / "connhex" / "races.yaml").write_text(yaml.safe_dump([{**ROW, **changed}]))
    (tmp_path / "races.schema.json").write_text((rows.HERE / "races.schema.json").read_text())
    for holder in (module, rows):
        monkeypatch.setattr(holder, "HERE", tmp_path)
    races.cache_clear()
    try:
        with pytest.raises(CaseError) as told:
            races("connhex")
    finally:
        monkeypatch.undo()
        races.cache_clear()
    assert str(told.value).startswith("contracts/connhex/races.yaml")
    assert wrong in str(told.value)
