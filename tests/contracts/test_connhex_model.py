"""Connhex's reference model: held against every row that it has words for, and its rules as statements of fact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ownership_contracts import specs
from ownership_contracts.contracts.case import Case, cases
from ownership_contracts.contracts.connhex.model import ConnhexModel, oracle
from ownership_contracts.contracts.judge import chosen
from ownership_contracts.contracts.layers.course import Course
from ownership_contracts.contracts.model import ModelError, Outcome

MODEL = ConnhexModel()
GRADES = ("documented", "public", "unspecified")
STATUSES = range(100, 600)
DEFAULTS = {name: pick.default for name, pick in specs.ledger("connhex").picks.items()}
WALKED = 200
"""At least so many rows the model has words for."""


def graded(expect: Mapping[str, Any], grade: str, picks: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each part of an expectation with its grade, under these picks."""
    yield grade, expect
    for name, options in expect.get("picks", {}).items():
        yield from graded(options[chosen(picks[name], options)], "unspecified", picks)
    for nested in ("public", "unspecified"):
        if nested in expect:
            yield from graded(expect[nested], nested, picks)


def statuses(parts: list[tuple[str, Mapping[str, Any]]], grade: str) -> set[int]:
    """The statuses that fit everything that is known as well as this grade or better."""
    found = set(STATUSES)
    words = {"success": range(200, 300), "refused": range(400, 500)}
    for known, part in parts:
        if "status" in part and GRADES.index(known) <= GRADES.index(grade):
            found &= set(words[part["status"]]) if part["status"] in words else {part["status"]}
    return found


def facts(schema: Any, path: str = "$") -> Iterator[tuple[str, str, str]]:
    """What a schema requires: fields, values that they have, and values that they have not."""
    if not isinstance(schema, Mapping):
        return
    for name in schema.get("required", ()):
        yield path, "has", name
    if "const" in schema:
        yield path, "is", str(schema["const"])
    other = schema.get("not", {})
    for value in (*other.get("enum", ()), *([other["const"]] if "const" in other else ())):
        yield path, "is not", str(value)
    for name in other.get("required", ()):
        yield path, "lacks", name
    for name, below in schema.get("properties", {}).items():
        yield from facts(below, f"{path}.{name}")
    yield from facts(schema.get("items"), f"{path}[]")


def bodies(parts: list[tuple[str, Mapping[str, Any]]]) -> set[tuple[str, str, str]]:
    empty = {("$", "is", "empty") for _, part in parts if "empty" in part}
    return empty | {fact for _, part in parts for fact in facts(part.get("body"))}


def disagreements(case: Case) -> Iterator[str]:
    """Yield where the model says less than the row and its steps, or says it less surely. ModelError."""
    picks = {**DEFAULTS, **case.needs.get("settings", {})}
    course = Course(MODEL, MODEL.begin(case.needs, picks))
    clauses = specs.ledger("connhex").clauses
    for step in (*case.given, case.step, *(step for step in case.then if "probe" not in step)):
        if any(not isinstance(pointer, str) for pointer in step.get("keep", {}).values()):
            raise ModelError("it keeps no cookies")
        asked = (
            Course(MODEL, course.state, course.names).worded({"with": {"body": step["expect"]}})["with"]["body"]
            if "expect" in step
            else {"status": "success"}
        )
        _, outcome, course = course.go(step)
        if "wait" in step:
            continue
        mine = list(graded(outcome.expect, clauses[outcome.cause].grade, picks))
        theirs = list(graded(asked, case.clause.grade, picks))
        for grade in GRADES:
            if not statuses(mine, grade) <= statuses(theirs, grade):
                yield f"{step.get('call')}: {grade}: the row has {words(theirs)}, the model {words(mine)} ({outcome.cause})"
        lacking = bodies(theirs) - bodies(mine)
        if lacking:
            yield f"{step.get('call')}: the row has {sorted(lacking)}, and the model does not ({outcome.cause})"


def words(parts: list[tuple[str, Mapping[str, Any]]]) -> list[tuple[str, Any]]:
    return [(grade, part["status"]) for grade, part in parts if "status" in part]


def test_the_model_and_the_rows_agree() -> None:
    rows = []
    for case in cases("connhex"):
        try:
            rows.append((case.id, list(disagreements(case))))
        except ModelError as error:
            print(f"{case.id}: {error}")
    print(f"{len(rows)} of {len(cases('connhex'))} rows were walked through the model")
    assert not [f"{name}: {complaint}" for name, complaints in rows for complaint in complaints]
    assert len(rows) >= WALKED


# ---------------------------------------------------------------------------------------------------- rules


CLAIM: dict[str, Any] = {"as": "user", "call": "register", "with": {"body": {"deviceId": "$device.id"}}}
BEGIN = {"as": "nobody", "call": "startLogin"}
RIGHT = {"identifier": "$user.identifier", "password": "$user.password", "method": "password"}
LOGIN: dict[str, Any] = {"as": "nobody", "call": "login", "with": {"query": {"flow": "$flow_1"}, "body": RIGHT}}


def after(*steps: Mapping[str, Any], needs: Mapping[str, Any] | None = None) -> Outcome:
    """What the last of these steps comes to."""
    begun = MODEL.begin({"user": "allowed", "other_user": "allowed", "device": "enabled", "other_device": "manufactured", **(needs or {})}, DEFAULTS)
    outcome = Outcome("", {}, begun)
    for step in steps:
        outcome = MODEL.outcome(outcome.after, step)
    return outcome


def test_what_a_claim_made_is_known_by_name_and_owner() -> None:
    outcome = after(CLAIM)
    assert outcome.keep == {"id_1": "/resourceId"}
    assert [(made.device, made.owner) for made in outcome.after.resources] == [("device", "user")]


def test_a_refused_claim_changes_nothing() -> None:
    first = after(CLAIM)
    second = MODEL.outcome(first.after, {**CLAIM, "as": "other_user"})
    assert (second.cause, second.after) == ("connhex-public.one-to-one", first.after)


def test_of_two_credentials_the_picks_say_which_counts() -> None:
    """The claim is the one's or the other's."""
    for counts, owner in (("bearer", "user"), ("cookie", "other_user")):
        outcome = after({**CLAIM, "as": "conflicting"}, needs={"settings": {"both_credentials": counts}})
        assert [made.owner for made in outcome.after.resources] == [owner]


def test_a_flow_serves_once_and_until_its_end() -> None:
    assert after(BEGIN, LOGIN).cause == "connhex-public.login"
    assert after(BEGIN, LOGIN, LOGIN).cause == "connhex-pick.unknown-flow"
    assert after(BEGIN, {"wait": "$pick.flow_life - 1"}, LOGIN).cause == "connhex-public.login"
    assert after(BEGIN, {"wait": "$pick.flow_life"}, LOGIN).cause == "connhex-pick.unknown-flow"


def test_the_token_of_a_login_claims_until_its_session_ends() -> None:
    by_token = {**CLAIM, "as": "nobody", "with": {**CLAIM["with"], "headers": {"Authorization": "Bearer $token_1"}}}
    assert [made.owner for made in after(BEGIN, LOGIN, by_token).after.resources] == ["user"]
    assert not after(BEGIN, LOGIN, {"wait": "$pick.session_life"}, by_token).after.resources


WITH_TOKEN = {"Authorization": "Bearer $token_1"}
SIGNED_IN = (BEGIN, LOGIN)
WRONG = {**LOGIN, "with": {**LOGIN["with"], "body": {**RIGHT, "password": "not the password"}}}
OTHER_METHOD = {**LOGIN, "with": {**LOGIN["with"], "body": {**RIGHT, "method": "code"}}}
UNKNOWN = {**CLAIM, "with": {"body": {"deviceId": "$unknown.device"}}}


def settings_of(**settings: Any) -> dict[str, Any]:
    return {"settings": settings}


def claim(who: str = "user", device: str = "device", **headers: str) -> dict[str, Any]:
    return {"as": who, "call": "register", "with": {"body": {"deviceId": f"${device}.id"}, **({"headers": headers} if headers else {})}}


def whoami(who: str, **headers: str) -> dict[str, Any]:
    return {"as": who, "call": "whoami", **({"with": {"headers": headers}} if headers else {})}


@pytest.mark.parametrize(
    ("steps", "needs", "cause", "others"),
    [
        # Whose credential counts.
        ([{**CLAIM, "as": "malformed_token"}], {}, "connhex-public.either-scheme", ()),
        ([{**CLAIM, "as": "unknown_token"}], {}, "connhex-pick.unauthenticated", ()),
        ([*SIGNED_IN, claim("nobody", Authorization="Basic $token_1")], {}, "connhex-public.either-scheme", ()),
        ([*SIGNED_IN, claim("nobody", Cookie="another=$token_1")], {}, "connhex-public.either-scheme", ()),
        ([*SIGNED_IN, claim("nobody", Cookie="chx_auth_session=$token_1")], {}, "connhex-pick.unauthenticated", ()),
        ([claim("conflicting")], {}, "connhex-pick.both-credentials", ("connhex-post.201",)),
        ([claim("user_by_both")], {}, "connhex-post.201", ()),
        ([claim("user_by_cookie")], {}, "connhex-public.cookie-location", ()),
        ([{**UNKNOWN, "as": "user_by_cookie"}], {}, "connhex-post.validates-device", ()),
        ([whoami("user")], {}, "connhex-public.whoami", ()),
        ([whoami("user_by_cookie")], {}, "connhex-public.whoami-credentials", ()),
        ([whoami("user_by_both")], {}, "connhex-public.whoami-credentials", ()),
        ([whoami("conflicting")], {}, "connhex-pick.both-credentials", ()),
        ([*SIGNED_IN, {"wait": "$pick.session_life"}, whoami("nobody", **WITH_TOKEN)], {}, "connhex-pick.session-life", ()),
        # Why a claim is refused, or is not.
        ([CLAIM], {"user": "denied_only"}, "connhex-post.required-action", ()),
        ([CLAIM], {"user": "action_elsewhere"}, "connhex-post.required-resource", ()),
        ([UNKNOWN], {"user": "nothing", **settings_of(precedence=["forbidden", "missing"])}, "connhex-post.required-action", None),
        ([UNKNOWN], {"user": "nothing", **settings_of(precedence=["missing", "forbidden"])}, "connhex-post.validates-device", None),
        ([claim("other_user"), CLAIM], {"user": "nothing"}, "connhex-post.required-action", ("connhex-public.one-to-one",)),
        ([CLAIM], settings_of(protection="protected"), "connhex-public.protected-association", ()),
        ([claim(device="other_device")], {}, "connhex-public.standard-association", ()),
        ([claim(device="other_device")], settings_of(protection="standard"), "connhex-post.201", ()),
        ([CLAIM, claim("other_user"), CLAIM], settings_of(association="one_to_many"), "connhex-pick.again-one-to-many", ()),
        ([claim("other_user"), CLAIM, CLAIM], settings_of(association="one_to_many"), "connhex-pick.again-one-to-many", ()),
        (
            [claim("other_user"), {"wait": "$pick.enable_life"}, CLAIM],
            settings_of(protection="protected", association="one_to_one"),
            "connhex-pick.enable-life",
            ("connhex-public.one-to-one",),
        ),
        # Logins.
        ([WRONG], {}, "connhex-pick.unknown-flow", ("connhex-pick.wrong-password",)),
        ([{"as": "nobody", "call": "login", "with": {"query": {"flow": "$flow_1"}}}], {}, "connhex-pick.absent-content-type", ()),
        ([BEGIN, BEGIN, LOGIN, {**LOGIN, "with": {**LOGIN["with"], "query": {"flow": "$flow_2"}}}], {}, "connhex-public.login", ()),
        ([{"wait": 100}, BEGIN, {"wait": "$pick.flow_life - 1"}, LOGIN], {}, "connhex-public.login", ()),
        ([{"wait": 100}, *SIGNED_IN, {"wait": "$pick.session_life - 1"}, whoami("nobody", **WITH_TOKEN)], {}, "connhex-public.whoami", ()),
    ],
)
def test_what_decides(steps: list[dict[str, Any]], needs: Mapping[str, Any], cause: str, others: tuple[str, ...] | None) -> None:
    outcome = after(*steps, needs=needs)
    assert outcome.cause == cause
    assert others is None or outcome.others == others


@pytest.mark.parametrize(("counts", "owner"), [("bearer", []), ("cookie", ["user"])])
def test_a_token_that_has_ended_beside_the_same_users_cookie_is_one_of_two_that_conflict(counts: str, owner: list[str]) -> None:
    steps = (*SIGNED_IN, {"wait": "$pick.session_life"}, claim("user_by_cookie", **WITH_TOKEN))
    outcome = after(*steps, needs=settings_of(both_credentials=counts))
    assert (outcome.cause, [made.owner for made in outcome.after.resources]) == ("connhex-pick.both-credentials", owner)
    asked = after(*steps[:-1], whoami("user_by_cookie", **WITH_TOKEN), needs=settings_of(both_credentials=counts))
    assert (asked.cause, asked.expect["status"]) == ("connhex-pick.both-credentials", 200 if owner else 401)


@pytest.mark.parametrize(("permission", "status"), [("denied", 403), ("nothing", "refused")])
def test_that_a_deny_is_a_403_is_known_better_than_that_a_missing_permission_is(permission: str, status: object) -> None:
    assert after(CLAIM, needs={"user": permission}).expect["status"] == status


@pytest.mark.parametrize(
    ("steps", "needs", "open_"),
    [
        ([CLAIM], {}, False),
        ([claim("other_user"), CLAIM], {}, True),
        ([claim(device="other_device")], {}, True),
        ([claim(device="other_device")], settings_of(protection="standard"), False),
    ],
)
def test_which_of_two_refusals_comes_is_open_where_there_are_two(steps: list[dict[str, Any]], needs: Mapping[str, Any], open_: bool) -> None:
    outcome = after(*steps, needs={"user": "nothing", **needs})
    assert ("precedence" in str(outcome.expect)) == open_


@pytest.mark.parametrize(("permission", "told"), [("allowed", True), ("nothing", False)])
def test_what_cannot_be_read_is_surely_told_to_one_who_may_alone(permission: str, told: bool) -> None:
    outcome = after({**CLAIM, "with": {"body": {}}}, needs={"user": permission})
    assert ("malformed_device_id" in str(outcome.expect)) == told


def test_a_claim_again_brings_the_devices_own_resource() -> None:
    needs = settings_of(claimed_by_self="same_resource", association="one_to_one", protection="standard")
    outcome = after(CLAIM, claim(device="other_device"), claim(device="other_device"), needs=needs)
    assert outcome.expect["body"]["properties"]["resourceId"] == {"const": "$id_2"}


@pytest.mark.parametrize(("again", "made"), [("new_resource", 2), ("conflict", 1)])
def test_a_claim_again_of_a_shared_device_makes_what_is_picked(again: str, made: int) -> None:
    outcome = after(CLAIM, CLAIM, needs=settings_of(association="one_to_many", again_one_to_many=again))
    assert len(outcome.after.resources) == made


@pytest.mark.parametrize(("picked", "sessions"), [("refused", 0), ("ignored", 1)])
def test_another_method_opens_a_session_where_it_is_ignored(picked: str, sessions: int) -> None:
    assert len(after(BEGIN, OTHER_METHOD, needs=settings_of(other_method=picked)).after.sessions) == sessions


@pytest.mark.parametrize("steps", [[WRONG], [BEGIN, WRONG], [LOGIN]])
def test_a_login_that_fails_brings_neither_token_nor_cookie(steps: list[dict[str, Any]]) -> None:
    expect = after(*steps).expect
    assert expect["body"]["not"] == {"required": ["session_token"]}
    assert expect["headers"]["not"] == {"required": ["set-cookie"]}


def test_a_login_sets_a_cookie_as_is_picked() -> None:
    assert after(BEGIN, LOGIN).expect["unspecified"]["picks"]["login_cookie"].keys() == {"set", "none"}


def test_the_reads_count_the_resources_of_each_device_and_the_grants_of_each_user() -> None:
    resources, grants = ([*read["body"]["allOf"]] for read in MODEL.reads(after(CLAIM).after))
    made, *counted = ((one["contains"]["properties"], one.get("maxContains")) for one in resources)
    assert {name: value["const"] for name, value in made[0].items()} == {
        "id": "$id_1",
        "device": "$device.id",
        "owner": "$user.id",
        "state": "active",
    }
    assert [(one["device"]["const"], count) for one, count in counted] == [("$device.id", 1), ("$other_device.id", 0), ("$unknown.device", 0)]
    # Of each user how many he has in all, and whether he has this one.
    assert [one["maxContains"] for one in grants if one] == [1, 1, 0, 0]
    assert MODEL.reads(MODEL.begin({"user": "allowed"}, DEFAULTS)) == []


@pytest.mark.parametrize(("path", "method"), [("/ownerships", "POST"), ("/auth/sessions/whoami", "GET")])
def test_a_wrong_method_is_told_the_right_one(path: str, method: str) -> None:
    assert f"({method})" in str(after({"as": "user", "send": {"method": "PATCH", "path": path}}).expect)


@pytest.mark.parametrize(
    "step",
    [
        {**CLAIM, "as": "a_stranger"},
        {**CLAIM, "with": {"body": {"deviceId": "$third_device.id"}}},
        {**CLAIM, "with": {"body": {"deviceId": " $device.id"}}},
        {**CLAIM, "with": {**CLAIM["with"], "headers": {"Authorization": "Bearer $token_9"}}},
        {**CLAIM, "with": {**CLAIM["with"], "headers": {"X-Forwarded-For": "a proxy"}}},
        {"wait": "$pick.no_such_life"},
    ],
)
def test_what_the_model_has_no_word_for_is_an_error(step: Mapping[str, Any]) -> None:
    with pytest.raises(ModelError):
        after(step)


@settings(max_examples=50, deadline=None, database=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_move_has_words_and_leaves_a_state_that_can_be_read(data: st.DataObject) -> None:
    walk = oracle()
    state = walk.model.begin(walk.needs, DEFAULTS)
    for _ in range(12):
        state = walk.model.outcome(state, data.draw(walk.moves(state))).after
        assert [read["probe"] for read in walk.model.reads(state)] == ["resources", "policies"]
