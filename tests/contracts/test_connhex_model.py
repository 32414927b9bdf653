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
LOGIN = {"as": "nobody", "call": "login", "with": {"query": {"flow": "$flow_1"}, "body": RIGHT}}


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
