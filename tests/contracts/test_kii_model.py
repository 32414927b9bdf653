"""Kii's reference model: held against every row that it has words for, and its rules as statements of fact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings, strategies
from ownership_contracts import specs
from ownership_contracts.contracts.case import Case, cases
from ownership_contracts.contracts.columns import column
from ownership_contracts.contracts.contract import operations
from ownership_contracts.contracts.kii.model import KiiModel
from ownership_contracts.contracts.kii.state import Owner, State
from ownership_contracts.contracts.layers.matrix import cells
from ownership_contracts.contracts.model import ModelError, Outcome, Step

from .agreement import disagreements, sample

MODEL = KiiModel()
PICKS = {name: pick.default for name, pick in specs.ledger("kii").picks.items()}
WALKED = 720
"""At least so many of Kii's rows the model has words for: nearly all that call ownership operations alone."""
ALL: Mapping[str, Any] = {
    "thing": "fresh",
    "other_thing": "fresh",
    "user": "login",
    "other_user": "any",
    "group": {"with": "owner", "fresh": True},
    "outsider": "any",
    "foreign": True,
}
THING, USER, GROUP = "$thing.id", Owner("user", "$user.id"), Owner("group", "$group.id")
POST_USER = {"call": "addOwner", "with": {"body": {"userID": "$user.id"}}}
POST_GROUP = {"call": "addOwner", "with": {"body": {"groupID": "$group.id"}}}
CONFIRM = {"call": "confirmOwnership", "with": {"body": {"code": "$code_1"}}}


def after(*steps: Step, needs: Mapping[str, Any] | None = None, **picks: Any) -> State:
    """The state that these steps lead to."""
    state: State = MODEL.begin({**ALL, **(needs or {})}, {**PICKS, **picks})
    for step in steps:
        state = MODEL.outcome(state, step).after
    return state


def asked(state: State, who: str, step: Mapping[str, Any]) -> Outcome:
    return MODEL.outcome(state, {"as": who, **step})


def status(state: State, who: str, step: Mapping[str, Any]) -> int:
    return sample(asked(state, who, step).expect, picks_of(state)).status


def picks_of(state: State) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in state.picks}


def the_rows() -> tuple[dict[str, list[str]], Sequence[Case]]:
    """By each walked row's id its disagreements; the rows that the model has no words for."""
    walked: dict[str, list[str]] = {}
    unworded = []
    for case in cases("kii"):
        try:
            walked[case.id] = list(disagreements(MODEL, case))
        except ModelError:
            unworded.append(case)
    return walked, unworded


def test_the_model_and_the_rows_agree() -> None:
    walked, unworded = the_rows()
    print(f"{len(walked)} of {len(cases('kii'))} rows were walked through the model")
    assert not {row: wrong for row, wrong in walked.items() if wrong}
    assert len(walked) >= WALKED
    # What it has no words for is bodies and media types that cannot be read, and calls that make or read fixtures.
    ownership = [case for case in unworded if "wner" in case.step.get("call", "")]
    assert len([case for case in ownership if not case.step.get("with", {}).keys() & {"raw", "media"}]) <= 5


def test_a_model_that_is_wrong_disagrees_with_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(State, "owns_through_group", lambda *_: False)
    wrong = [row for row, complaints in the_rows()[0].items() if complaints]
    assert "is-owner-a-member-of-the-owning-group" in wrong
    assert not [row for row in wrong if row.startswith("request-")]


# ------------------------------------------------------------------------------------------------ rules, as facts


@pytest.mark.parametrize("by", ["thing", "user", "admin"])
@pytest.mark.parametrize("who", ["thing", "user", "admin", "other_user", "member", "other_thing", "foreign_user"])
def test_the_side_that_did_not_start_a_flow_confirms_it_and_the_admin_any(by: str, who: str) -> None:
    state = after({"as": by, "call": "requestUserOwnership"})
    outcome = asked(state, who, CONFIRM)
    if who == "admin" or (by, who) in {("thing", "user"), ("user", "thing")}:
        assert outcome.cause == "kii-confirm.purpose"
        assert outcome.after.owns(THING, USER)
    else:
        assert outcome.cause == "kii-confirm.401"
        assert outcome.after == state


@pytest.mark.parametrize(("life", "serves"), [(3599, True), (3600, False)])
def test_a_code_serves_until_its_life_is_over(life: int, serves: bool) -> None:
    state = after({"as": "user", "call": "requestUserOwnership"}, {"wait": life})
    assert status(state, "thing", CONFIRM) == (204 if serves else 409)


def test_a_code_serves_once_and_at_its_own_thing() -> None:
    started = after({"as": "user", "call": "requestUserOwnership"})
    at_the_other = {"call": "confirmOwnership", "with": {"path": {"vendorThingID": "$other_thing.vendor_id"}, "body": {"code": "$code_1"}}}
    assert asked(started, "admin", at_the_other).cause == "kii-pick.foreign-code"
    assert asked(asked(started, "thing", CONFIRM).after, "thing", CONFIRM).cause == "kii-pick.used-code"


@pytest.mark.parametrize(("picked", "cause"), [("replaces", "kii-pick.wrong-code"), ("keeps", "kii-confirm.purpose")])
def test_a_second_request_does_to_the_first_what_is_picked(picked: str, cause: str) -> None:
    state = after(*[{"as": "user", "call": "requestUserOwnership"}] * 2, second_request=picked)
    assert asked(state, "thing", CONFIRM).cause == cause
    assert asked(state, "thing", {"call": "confirmOwnership", "with": {"body": {"code": "$code_2"}}}).cause == "kii-confirm.purpose"


@pytest.mark.parametrize(("first", "told"), [("unauthorized", 401), ("conflict", 409)])
def test_of_two_refusals_the_picked_order_chooses(first: str, told: int) -> None:
    order = [first, *(sort for sort in PICKS["precedence"] if sort != first)]
    state = after({"as": "user", **POST_USER}, precedence=order)
    outcome = asked(state, "other_user", POST_USER)
    assert sample(outcome.expect, picks_of(state)).status == told
    assert outcome.expect["status"] == "refused"
    assert {outcome.cause, *outcome.others} == {"kii-post.401-not-authorized", "kii-post.409"}


def test_what_a_picked_order_chooses_is_no_documented_status() -> None:
    outcome = asked(after({"as": "user", **POST_USER}), "other_user", POST_USER)
    assert outcome.expect.keys() == {"status", "unspecified"}


def test_a_member_owns_through_his_group_until_he_leaves() -> None:
    about_him = {"call": "isUserOwner", "with": {"path": {"userID": "$member.id"}}}
    state = after({"as": "member", **POST_GROUP})
    assert status(state, "thing", about_him) == 204
    left = asked(state, "member", {"call": "removeMember", "with": {"path": {"userID": "$member.id"}}}).after
    assert status(left, "thing", about_him) == 404
    assert status(left, "member", {"call": "isGroupOwner"}) == 401


@pytest.mark.parametrize("password", ["$thing.password", "$thing.password_cut", "$other_thing.password", "", None])
def test_a_locked_app_demands_the_things_own_password(password: str | None) -> None:
    body = {"userID": "$user.id", **({} if password is None else {"thingPassword": password})}
    told = status(after(needs={"app": "locked"}), "user", {"call": "addOwner", "with": {"body": body}})
    assert told == (204 if password == "$thing.password" else 401)
    assert status(after(), "user", {"call": "addOwner", "with": {"body": body}}) == 204


def test_put_has_no_place_for_a_password() -> None:
    outcome = asked(after(needs={"app": "locked"}), "user", {"call": "putUserOwner"})
    assert outcome.cause == "kii-put.401-password"


@pytest.mark.parametrize(("picked", "left"), [("removed", []), ("kept", ["$user.id"])])
def test_what_a_deleted_owner_leaves_behind_is_a_picks_matter(picked: str, left: list[str]) -> None:
    state = after({"as": "user", **POST_USER}, {"as": "admin", "call": "deleteUser"}, deleted_owner=picked)
    expect = MODEL.reads(state)[1]["expect"]
    assert expect["unspecified"]["picks"]["deleted_owner"][picked]["body"]["properties"]["users"] == {"const": left}
    assert asked(state, "user", POST_USER).cause == "kii-public.unknown-token"


def test_a_token_serves_until_its_end() -> None:
    login = {"as": "anonymous", "call": "issueToken", "with": {"body": {"username": "$user.login", "password": "$user.password"}}}
    by_token = {"call": "addOwner", "with": {"headers": {"Authorization": "Bearer $token_1"}, "body": {"userID": "$user.id"}}}
    assert asked(after(login), "nobody", by_token).cause == "kii-post.204"
    assert asked(after(login, {"wait": "$pick.token_life"}), "nobody", by_token).cause == "kii-pick.expired-token"


def test_at_the_other_address_form_nothing_is_documented() -> None:
    assert asked(after(), "user", POST_USER).expect == {"status": 204, "empty": True}
    assert asked(after(), "user", {**POST_USER, "call": "addOwnerByThingID"}).expect == {"public": {"status": 204, "empty": True}}
    assert "status" in asked(after(), "thing", {"call": "requestGroupOwnershipByThingID"}).expect
    assert asked(after(), "thing", {"call": "requestGroupOwnership"}).expect.keys() == {"public"}


def test_an_answer_to_head_has_no_body() -> None:
    assert "body" not in str(asked(after(), "other_user", {"call": "isUserOwner"}).expect)


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ({"as": "admin", "call": "readThing"}, "no rule for readThing"),
        ({"as": "admin", "send": {"method": "PATCH", "path": "/"}}, "no call"),
        ({"as": "admin", "call": "addOwner", "with": {"raw": "{"}}, "raw body"),
        ({"as": "admin", "call": "addOwner", "with": {"body": {}, "media": "text/plain"}}, "text/plain"),
        ({"as": "third_user", "call": "listOwners"}, "third_user"),
        ({"as": "nobody", "call": "listOwners", "with": {"headers": {"Authorization": "Bearer $left"}}}, r"\$left"),
        ({"wait": "$left - 2"}, r"\$left"),
    ],
)
def test_what_the_model_has_no_word_for_it_says(step: Step, told: str) -> None:
    with pytest.raises(ModelError, match=told):
        MODEL.outcome(after(), step)


# ------------------------------------------------------------------------------------------------ where it goes


def test_a_random_walk_completes_flows_and_meets_most_causes() -> None:
    oracle = column("kii").oracle
    assert oracle is not None
    needs, moves = oracle().needs, oracle().moves
    causes: Counter[str] = Counter()
    walks: Counter[bool] = Counter()

    @seed(1)
    @settings(max_examples=60, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(strategies.data())
    def walk(data: strategies.DataObject) -> None:
        state: State = MODEL.begin(needs, PICKS)
        met = []
        for _ in range(30):
            outcome = MODEL.outcome(state, data.draw(moves(state)))
            state = outcome.after
            met.append(outcome.cause)
        causes.update(met)
        walks["kii-confirm.purpose" in met] += 1

    walk()
    assert walks[True] > 3 * walks[False]
    assert len(causes) > 60
    assert {"kii-confirm.401", "kii-pick.used-code", "kii-pick.foreign-code", "kii-remove.success", "kii-list.200"} <= causes.keys()


def test_the_matrix_has_every_operation_and_both_forms() -> None:
    found = cells("kii", PICKS)
    called = {case.step["call"] for case in found}
    assert called == {name for name in operations("kii") if "wner" in name}
    assert 2000 <= len(found) <= 2800
    causes = Counter(case.clause.id for case in found)
    print(f"{len(found)} cells, {len(causes)} causes")
    assert len(causes) >= 50
