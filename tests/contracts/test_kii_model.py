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


@pytest.mark.parametrize("call", ["isUserOwner", "isGroupOwner"])
def test_an_answer_to_head_has_no_body(call: str) -> None:
    assert "body" not in str(asked(after(), "other_user", {"call": call}).expect)


def test_basic_names_nobody_where_it_is_not_taken() -> None:
    nobodys, basics = (asked(after(), who, {"call": "listOwners"}).expect for who in ("nobody", "anonymous"))
    assert nobodys == basics


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


REQUEST: Step = {"as": "user", "call": "requestUserOwnership"}
UNAUTHORIZED_FIRST = {"precedence": ["unauthorized", *(sort for sort in PICKS["precedence"] if sort != "unauthorized")]}
LOCKED: Mapping[str, Any] = {"needs": {"app": "locked"}}
LOGIN: Step = {"as": "anonymous", "call": "issueToken", "with": {"body": {"username": "$user.login", "password": "$user.password"}}}
BY_TOKEN = {"call": "addOwner", "with": {"headers": {"Authorization": "Bearer $token_1"}, "body": {"userID": "$user.id"}}}
OWN: Step = {"as": "user", **POST_USER}
DELETED: Step = {"as": "admin", "call": "deleteUser"}
USED: Sequence[Step] = (REQUEST, {"as": "thing", **CONFIRM}, {"as": "admin", "call": "removeUserOwner"})


def of(call: str, user: str) -> dict[str, Any]:
    return {"call": call, "with": {"path": {"userID": user}}}


def at_the_other(code: str) -> dict[str, Any]:
    return {"call": "confirmOwnership", "with": {"path": {"vendorThingID": "$other_thing.vendor_id"}, "body": {"code": code}}}


def with_code(code: object) -> dict[str, Any]:
    return {"call": "confirmOwnership", "with": {"body": {"code": code}}}


def post(**body: str) -> dict[str, Any]:
    return {"call": "addOwner", "with": {"body": body}}


AT_THE_FOREIGN_THING = {"appID": "$foreign.app_id", "vendorThingID": "$foreign_thing.vendor_id"}
FOREIGN_POST = {"call": "addOwner", "with": {"path": AT_THE_FOREIGN_THING, "body": {"userID": "$foreign_user.id"}}}
FOREIGN_NEITHER = {"call": "addOwner", "with": {"path": AT_THE_FOREIGN_THING, "body": {}}}


@pytest.mark.parametrize(
    ("steps", "who", "step", "cause", "how"),
    [
        # Who is let as far as the rules.
        ((), "nobody", {"call": "listOwners"}, "kii-ownership.authorization-required", {}),
        ((), "anonymous", {"call": "listOwners"}, "kii-list.nobody-else", {}),
        ([{"as": "admin", "call": "deleteThing"}], "thing", {"call": "listOwners"}, "kii-public.unknown-token", {}),
        ([LOGIN, DELETED, {"wait": "$pick.token_life"}], "nobody", BY_TOKEN, "kii-public.unknown-token", {}),
        ([{"wait": 100}, LOGIN, {"wait": "$pick.token_life - 1"}], "nobody", BY_TOKEN, "kii-post.204", {}),
        # Adding.
        ((), "foreign_admin", post(), "kii-post.401-not-authorized", UNAUTHORIZED_FIRST),
        ((), "thing", post(), "kii-post.401-not-authorized", UNAUTHORIZED_FIRST),
        ((), "anonymous", FOREIGN_NEITHER, "kii-pick.anonymous-post", {"anonymous_post": "allowed", **UNAUTHORIZED_FIRST}),
        ((), "admin", {"call": "addOwner", "with": {"body": []}}, "kii-pick.non-string-field", {}),
        ((), "member", POST_GROUP, "kii-post.204", {}),
        ((), "admin", post(userID="$user.id", thingPassword="$thing.password"), "kii-post.204", LOCKED),
        ((), "foreign_user", of("putUserOwner", "$foreign_user.id"), "kii-put.401", UNAUTHORIZED_FIRST),
        ([{"as": "member", **POST_GROUP}], "member", of("putUserOwner", "$member.id"), "kii-pick.member-adds-self", {}),
        ([{"as": "member", **POST_GROUP}], "member", post(userID="$member.id"), "kii-pick.member-adds-self", {"member_adds_self": "already_owner"}),
        (
            [{"as": "member", **post(userID="$member.id")}, {"as": "member", **POST_GROUP}],
            "member",
            post(userID="$member.id"),
            "kii-post.409",
            {"member_adds_self": "already_owner"},
        ),
        ([OWN], "other_user", POST_USER, "kii-post.409", {"precedence": ["conflict", *PICKS["precedence"][:-1]]}),
        # Asking and removing.
        ((), "admin", {"call": "isUserOwner"}, "kii-is-owner.404", {}),
        ([OWN, DELETED], "admin", {"call": "isUserOwner"}, "kii-is-owner.404", {"deleted_owner": "kept"}),
        ([OWN], "other_user", {"call": "removeUserOwner"}, "kii-remove.401", {"removes_another": "unauthorized"}),
        ([OWN, {"as": "other_user", **post(userID="$other_user.id")}], "other_user", {"call": "removeUserOwner"}, "kii-pick.removes-another", {}),
        ([{"as": "member", **POST_GROUP}], "admin", of("removeUserOwner", "$member.id"), "kii-pick.ownership-not-found", {}),
        ((), "admin", of("removeUserOwner", "$unknown.user"), "kii-pick.ownership-not-found", {}),
        # The flow.
        ((), "admin", {"call": "confirmOwnership", "with": {"body": []}}, "kii-pick.non-string-field", {}),
        ([{"as": "thing", "call": "requestUserOwnership"}], "thing", CONFIRM, "kii-confirm.401", {"admin_flow": "either_side"}),
        ((), "foreign_user", with_code("$unknown.code"), "kii-confirm.401", UNAUTHORIZED_FIRST),
        ([REQUEST, *USED], "thing", with_code("$code_2"), "kii-confirm.purpose", {"second_request": "keeps"}),
        ([*USED, REQUEST], "thing", CONFIRM, "kii-pick.used-code", {}),
        ([REQUEST] * 3, "thing", CONFIRM, "kii-pick.wrong-code", {}),
        (USED, "admin", at_the_other("$code_1"), "kii-pick.foreign-code", {}),
        ([*USED, {"wait": "$pick.code_life"}], "thing", CONFIRM, "kii-pick.used-code", {}),
        ([REQUEST, {"as": "admin", "call": "deleteThing"}], "admin", at_the_other("$code_1"), "kii-pick.wrong-code", {}),
        # Groups.
        ((), "group_owner", {"call": "deleteGroup"}, "kii-group.delete-204", {}),
        ((), "admin", of("removeMember", "$other_user.id"), "kii-pick.removed-stranger", {}),
        ((), "admin", of("removeMember", "$other_user.id"), "kii-pick.removed-stranger", {"removed_stranger": "no_content"}),
        ((), "admin", of("addMember", "$unknown.user"), "kii-group.add-member-404-user", {}),
    ],
)
def test_what_decides(steps: Sequence[Step], who: str, step: Mapping[str, Any], cause: str, how: Mapping[str, Any]) -> None:
    assert asked(after(*steps, **how), who, step).cause == cause


def test_a_lock_refuses_beside_the_caller() -> None:
    assert "kii-post.401-password" in asked(after(**LOCKED), "foreign_admin", POST_USER).others


def test_what_nobody_has_said_is_no_reason_to_say_less_of_the_rest() -> None:
    gone = after({"as": "admin", **of("deleteUser", "$other_user.id")})
    for state in (after(), gone):
        assert asked(state, "admin", {"call": "listOwners"}).expect["body"]["properties"]["users"] == {"const": []}


def test_the_lists_show_each_owner_and_whom_a_group_brings() -> None:
    _, own = MODEL.reads(after(OWN, {"as": "other_user", **post(userID="$other_user.id")}))
    users = own["expect"]["body"]["properties"]["users"]
    assert (users["minItems"], users["maxItems"]) == (2, 2)
    reads = MODEL.reads(after({"as": "member", **POST_GROUP}))
    assert "$member.id" in [read["with"]["path"]["userID"] for read in reads if read["call"] == "isUserOwner"]


@pytest.mark.parametrize("owner", [True, False])
def test_a_used_code_is_told_from_an_owner_by_who_owns_now(owner: bool) -> None:
    steps = USED[:2] if owner else USED
    expect = asked(after(*steps, used_code="already_owner"), "thing", CONFIRM).expect
    assert ("THING_OWNERSHIP_ALREADY_EXISTS" in str(expect)) == owner
    assert ("INVALID_THING_OWNERSHIP_CODE" in str(expect)) != owner


def test_two_refusals_of_one_sort_have_their_status_in_common() -> None:
    expect = asked(after(**LOCKED), "anonymous", POST_USER).expect
    assert "body" not in expect
    assert expect["status"] in ("refused", 401)


@pytest.mark.parametrize(
    ("steps", "who", "step", "how"),
    [
        ([OWN, DELETED], "admin", {"call": "removeUserOwner"}, {"deleted_owner": "kept"}),
        ((), "foreign_user", FOREIGN_POST, {}),
        ((), "foreign_user", FOREIGN_POST, LOCKED),
    ],
)
def test_what_no_source_says_the_model_does_not_guess(steps: Sequence[Step], who: str, step: Step, how: Mapping[str, Any]) -> None:
    with pytest.raises(ModelError, match=r"no source says|no row can tell"):
        asked(after(*steps, **how), who, step)


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
