"""The matrix: its axes become cells, a cell is a row, and the grid is printed."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from ownership_contracts import specs
from ownership_contracts.contracts import rows
from ownership_contracts.contracts.case import Case
from ownership_contracts.contracts.fixtures import picks
from ownership_contracts.contracts.layers import matrix
from ownership_contracts.contracts.layers.matrix import cells
from ownership_contracts.contracts.layers.together import play_all
from ownership_contracts.contracts.mock import local_mock
from ownership_contracts.contracts.play import Player
from ownership_contracts.contracts.report.matrix import print_grids
from ownership_contracts.contracts.result import Result, Verdict
from ownership_contracts.contracts.rows import CaseError
from rich.console import Console

from tests.serving import Running

from .test_play import controlled
from .test_run import main

CONNHEX = picks("connhex", {})
CLAIM = {"body": {"deviceId": "$device.id"}}
GRID: dict[str, Any] = {
    "id": "small",
    "needs": {"device": "enabled"},
    "axes": {
        "state": {
            "free": {},
            "claimed": {
                "needs": {"other_user": "allowed"},
                "given": [{"as": "other_user", "call": "register", "with": {"body": {"deviceId": "$device.id"}}}],
            },
        },
        "operation": {"register": {"with": CLAIM}, "whoami": {"but": {"state": ["claimed"]}}},
        "principal": {"Allowed": {"needs": {"user": "allowed"}, "as": "user"}, "denied": {"needs": {"user": "denied"}, "as": "user"}, "nobody": {}},
    },
}


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in place of the suites' own: what is written to its connhex/matrix.yaml is read."""
    (tmp_path / "connhex").mkdir()
    (tmp_path / "matrix.schema.json").write_text((rows.HERE / "matrix.schema.json").read_text())
    for module in (matrix, rows):
        monkeypatch.setattr(module, "HERE", tmp_path)
    return tmp_path / "connhex" / "matrix.yaml"


def read(file: Path, *grids: Any) -> tuple[Case, ...]:
    file.write_text(yaml.safe_dump(list(grids), sort_keys=False))
    return cells("connhex", CONNHEX)


def changed(**axes: Any) -> dict[str, Any]:
    return {**GRID, "axes": {**GRID["axes"], **axes}}


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=60, trust_env=False) as made:
        yield made


# ---------------------------------------------------------------------------------------------------- axes become cells


def test_every_combination_is_a_cell_but_those_that_are_left_out(written: Path) -> None:
    found = {cell.id: cell for cell in read(written, GRID)}
    assert [*found] == [
        *(f"small/free/{operation}/{who}" for operation in ("register", "whoami") for who in ("allowed", "denied", "nobody")),
        *(f"small/claimed/register/{who}" for who in ("allowed", "denied", "nobody")),
    ]
    cell = found["small/claimed/register/allowed"]
    assert (cell.layer, dict(cell.axes)) == ("matrix", {"state": "claimed", "operation": "register", "principal": "Allowed"})
    assert cell.needs == {"device": "enabled", "other_user": "allowed", "user": "allowed"}
    assert (cell.step["as"], cell.step["call"], cell.step["with"]) == ("user", "register", {"body": {"deviceId": "$device.id"}})
    assert [step["as"] for step in cell.given] == ["other_user"]
    assert cell.then


def test_only_limits_the_other_axes(written: Path) -> None:
    found = read(written, changed(principal={"nobody": {"only": {"state": ["free"], "operation": ["register"]}}}))
    assert [cell.id for cell in found] == ["small/free/register/nobody"]


@pytest.mark.parametrize(
    ("grid", "where", "wrong"),
    [
        ({**GRID, "colour": "red"}, "$[0]", "colour"),
        (changed(state={"free": {"give": []}}), "$[0].axes.state.free", "give"),
        (changed(principal={"nobody": {"but": {"state": ["owned"]}}}), "$[0].axes.principal.nobody.but.state", "owned"),
        (changed(principal={"nobody": {"only": {"phase": ["free"]}}}), "$[0].axes.principal.nobody.only.phase", "phase"),
        (changed(operation={"claim": {}}), "$[0].axes.operation.claim", "'claim'"),
        (
            changed(state={"free": {"given": [{"as": "nobody", "call": "register", "with": CLAIM}]}, "claimed": {}}),
            "small/free/register/allowed",
            "refused",
        ),
        (changed(principal={"stranger": {}}), "small/free/register/stranger", "the model has no word for it"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_its_place(grid: Any, where: str, wrong: str, written: Path) -> None:
    with pytest.raises(CaseError) as told:
        read(written, grid)
    assert str(told.value).startswith("contracts/connhex/matrix.yaml: at ")
    assert where in str(told.value)
    assert wrong in str(told.value)


def test_ids_differ_in_more_than_the_size_of_their_letters(written: Path) -> None:
    with pytest.raises(CaseError, match="the id of another"):
        read(written, changed(principal={"nobody": {}, "Nobody": {"as": "nobody"}}))


def test_what_is_no_yaml_is_told(written: Path) -> None:
    written.write_text("- {")
    with pytest.raises(CaseError, match=r"contracts/connhex/matrix\.yaml: not YAML"):
        cells("connhex", CONNHEX)


@pytest.mark.parametrize("vendor", specs.vendors())
def test_the_vendors_own_cells_cite_the_ledger_and_expect_something(vendor: str) -> None:
    found = cells(vendor, picks(vendor, {}))
    assert len({cell.id for cell in found}) == len(found) > 100
    assert [cell.id for cell in found if not cell.step["expect"]] == []


# ---------------------------------------------------------------------------------------------------- cells are played


def test_a_cell_holds_on_a_good_server_and_fails_on_one_that_goes_wrong_there(written: Path, mock: Running, client: httpx.Client) -> None:
    found = {cell.id: cell for cell in read(written, GRID)}
    good = Player(controlled(mock), client)
    assert {name: good.play(cell).verdict for name, cell in found.items()} == dict.fromkeys(found, Verdict.PASS)
    broken = Player(controlled(mock), client, mutants=("connhex.deny-ignored",))
    failed = [name for name, cell in found.items() if broken.play(cell).verdict is Verdict.FAIL]
    assert failed == ["small/free/register/denied", "small/claimed/register/denied"]


def test_the_run_plays_groups_of_cells_and_names_the_cells_that_fail(tmp_path: Path) -> None:
    with local_mock(["connhex"], ["--mutant", "connhex.deny-ignored"]) as target:
        told = main("--target", str(target), "--layer", "matrix", "--grade", "public", "--json", str(tmp_path / "out.json"))
    assert told.code == 1, told.err
    verdicts = {row["case"]: row["verdict"] for row in json.loads((tmp_path / "out.json").read_text())["results"]}
    failed = {name for name, verdict in verdicts.items() if verdict == "fail"}
    wanted = {cell.id: cell.clause.grade for cell in cells("connhex", CONNHEX)}
    assert verdicts.keys() == {name for name, grade in wanted.items() if grade == "public"}
    assert {"claim/enabled/register/deny-over-allow", "claim/enabled/register/deny-over-allow-by-cookie"} <= failed
    assert not [name for name in failed if "den" not in name]
    assert "FAIL deny-wins" in told.out


def test_a_keyword_chooses_single_cells(tmp_path: Path) -> None:
    told = main("--vendor", "connhex", "--layer", "matrix", "-k", "claim/enabled/register/deny-over-allow", "--json", str(tmp_path / "out.json"))
    assert told.code == 0, told.err
    results = json.loads((tmp_path / "out.json").read_text())["results"]
    assert {row["case"] for row in results} == {f"claim/enabled/register/deny-over-allow{way}" for way in ("", "-by-cookie", "-by-both")}
    assert {row["layer"] for row in results} == {"matrix"}


@pytest.mark.parametrize("mutant", ["", "kii.post-lets-in-another-user", "kii.confirm-lets-in-another-user"])
def test_cells_that_share_a_world_come_to_what_each_comes_to_alone(mutant: str, mock: Running, client: httpx.Client) -> None:
    beginnings = ("user-side/none/addowner/", "user-side/pending-by-thing/confirmownership/", "user-side/owned-by-another/removeuserowner/")
    groups = [[cell for cell in cells("kii", picks("kii", {})) if cell.id.startswith(beginning)] for beginning in beginnings]
    player = Player(controlled(mock), client, mutants=(mutant,) if mutant else ())
    seen = set()
    for group in groups:
        assert len(group) > 10
        together = list(play_all(player, group))
        seen |= {result.verdict for result in together}
        assert [result.case for result in together] == [cell.id for cell in group]
        alone = [player.play(cell) for cell in group]
        assert [(result.verdict, result.clause, result.answered) for result in together] == [
            (result.verdict, cell.clause.id, result.answered) for cell, result in zip(group, alone, strict=True)
        ]
        assert len({result.answered for result in together} - {0}) > 1
    assert seen == ({Verdict.PASS, Verdict.FAIL} if mutant else {Verdict.PASS})


def test_cells_share_a_world_and_those_that_change_something_have_their_own(mock: Running, client: httpx.Client) -> None:
    group = [cell for cell in cells("kii", picks("kii", {})) if cell.id.startswith("user-side/none/addowner/")]
    settings: list[Any] = []
    player = Player(controlled(mock), client)
    stage = player.stage
    player.stage = lambda *words: settings.append(words) or stage(*words)  # type: ignore[method-assign,func-returns-value]
    results = list(play_all(player, group))
    assert {result.verdict for result in results} == {Verdict.PASS}
    assert sum(not cell.still for cell in group) < len(settings) < len(group) / 2
    # Each tells its own request alone, though it shared the world.
    assert {sum(line.startswith("POST") and "/ownership as " in line for line in result.trace) for result in results} == {1}


# ---------------------------------------------------------------------------------------------------- the grid is printed


def cell(state: str, who: str, operation: str, clause: str, verdict: Verdict = Verdict.PASS) -> Result:
    axes = {"state": state, "operation": operation, "principal": who}
    return Result("toy", f"grid/{state}/{operation}/{who}", clause, "documented", verdict, layer="matrix", axes=axes)


def printed(results: list[Result], width: int = 200, *, whole: bool = True) -> list[str]:
    out = io.StringIO()
    print_grids(Console(file=out, width=width), results, whole=whole)
    return [line.rstrip() for line in out.getvalue().splitlines() if line.strip()]


def test_who_fares_alike_shares_a_row_and_states_in_which_all_fare_alike_a_table() -> None:
    results = [
        cell(state, who, operation, f"toy-{operation}.{'opens' if who == 'renter' else 'nobody-else'}")
        for state in ("shut", "open")
        for who in ("renter", "other", "nobody")
        for operation in ("look", "enter")
    ]
    heading, states, *table = printed(results)
    assert (heading, states) == ("toy grid", "shut; open")
    assert [line.split() for line in table] == [
        ["look", "enter"],
        ["renter", "opens", "opens"],
        ["other,", "nobody", "nobody-else", "nobody-else"],
    ]


def test_of_grids_that_nobody_asked_for_only_tables_with_a_broken_cell_are_printed() -> None:
    good = cell("open", "renter", "look", "toy-look.opens")
    shown = printed([good, cell("shut", "renter", "look", "toy-look.opens", Verdict.FAIL)], whole=False)
    assert shown[:2] == ["toy grid", "shut"]
    assert shown[-1].startswith("matrix: the other tables have no broken cell; `--layer matrix` prints all 2")
    assert printed([good], whole=False) == [shown[-1].replace("the other", "the").replace("all 2", "all 1")]


def test_a_cell_that_is_no_pass_says_so() -> None:
    shown = printed([cell("shut", "renter", "look", "toy-look.opens"), cell("shut", "other", "look", "toy-look.nobody-else", Verdict.FAIL)])
    assert [line.split() for line in shown[3:]] == [["renter", "opens"], ["other", "FAIL", "nobody-else"]]


def test_what_does_not_fit_goes_on_below() -> None:
    results = [cell("shut", "renter", f"operation{number}", "toy-open.renter-opens") for number in range(8)]
    shown = printed(results, 80)
    assert max(map(len, shown)) <= 80
    assert {word for line in shown for word in line.split() if word.startswith("operation")} == {f"operation{number}" for number in range(8)}
