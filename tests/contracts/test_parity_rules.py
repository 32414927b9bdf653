"""What two results of a row come to, and what the answers of several say of a pick: the rules by themselves."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any

import pytest

# What reads pytest's own -k has no public name.
from _pytest.mark.expression import Expression
from ownership_contracts import specs
from ownership_contracts.contracts.case import Case, cases
from ownership_contracts.contracts.parity.compared import Outcome, compare
from ownership_contracts.contracts.parity.learnt import How, Learnt, learn
from ownership_contracts.contracts.parity.selection import SelectionError, expression, selected
from ownership_contracts.contracts.parity.values import asked, values
from ownership_contracts.contracts.result import Result, Verdict
from ownership_contracts.contracts.told import result_of

ROWS = {case.id: case for vendor in specs.vendors() for case in cases(vendor)}
WRONG_CODE = ROWS["confirm-wrong-code"]
LENGTH = ROWS["request-group-the-length-of-a-code"]
NO_ONE = Verdict.SKIPPED


def result(case: Case, verdict: Verdict = Verdict.PASS, seen: str = "", **picks: list[str]) -> Result:
    return replace(result_of(case, verdict, seen), seen=seen, picks=picks)


@pytest.mark.parametrize(
    ("mock", "deployment", "outcome"),
    [
        (Verdict.PASS, Verdict.PASS, Outcome.AGREE),
        (Verdict.PASS, Verdict.FAIL, Outcome.DEPLOYMENT),
        (Verdict.FAIL, Verdict.PASS, Outcome.MOCK),
        (Verdict.FAIL, Verdict.REPORTED, Outcome.MOCK),
        (Verdict.FAIL, Verdict.FAIL, Outcome.BOTH),
        (Verdict.DIFFERS, Verdict.FAIL, Outcome.DEPLOYMENT),
        (Verdict.PASS, Verdict.DIFFERS, Outcome.DIFFERS),
        (Verdict.DIFFERS, Verdict.PASS, Outcome.DIFFERS),
        (Verdict.PASS, Verdict.REPORTED, Outcome.SILENT),
        (Verdict.PASS, NO_ONE, Outcome.UNCOMPARED),
        (Verdict.ERROR, Verdict.PASS, Outcome.UNCOMPARED),
    ],
)
def test_who_is_wrong(mock: Verdict, deployment: Verdict, outcome: Outcome) -> None:
    found = compare(WRONG_CODE, result(WRONG_CODE, mock, "this"), result(WRONG_CODE, deployment, "that"), {})
    assert found.outcome is outcome


def test_options_that_no_answer_shares_are_where_the_page_is_silent() -> None:
    ours = result(WRONG_CODE, wrong_code=["conflict"])
    found = compare(WRONG_CODE, ours, result(WRONG_CODE, wrong_code=["unauthorized"]), {})
    assert (found.outcome, found.the_mock, found.the_deployment) == (Outcome.SILENT, "wrong_code: conflict", "wrong_code: unauthorized")
    assert compare(WRONG_CODE, ours, result(WRONG_CODE, wrong_code=["conflict", "unauthorized"]), {}).outcome is Outcome.AGREE


def test_a_value_that_differs_counts_where_the_row_names_it() -> None:
    ours, theirs = (result(LENGTH, code_length=[length]) for length in ("16", "20"))
    assert compare(LENGTH, ours, theirs, {"code_length": (16, 20)}).outcome is Outcome.SILENT
    assert compare(LENGTH, ours, theirs, {}).outcome is Outcome.AGREE


def learnt(name: str, *told: tuple[str, Verdict, list[str]], declared: dict[str, Any] | None = None) -> Learnt:
    played = [(ROWS[row], result(ROWS[row], verdict, seen="", **{name: fits})) for row, verdict, fits in told]
    return learn(played[0][0].vendor if played else "kii", played, declared or {})[name]


def test_a_pick_is_what_every_row_allows() -> None:
    found = learnt(
        "used_code",
        ("confirm-used-code", Verdict.PASS, ["conflict", "already_owner"]),
        ("confirm-used-code-by-the-admin", Verdict.PASS, ["already_owner"]),
    )
    assert (found.how, found.value, found.also) == (How.SEEN, "already_owner", ())


def test_what_fits_with_every_value_shows_none() -> None:
    shown = learn("kii", [(WRONG_CODE, result(WRONG_CODE, wrong_code=["conflict", "unauthorized"]))], {})["wrong_code"]
    assert (shown.how, shown.known, shown.why) == (How.UNDETERMINED, False, "the rows that ask for it fit each of its values")
    # Of what has one alone, that is shown.
    row = next(case for case in ROWS.values() if "wrong_method" in asked(case) and case.vendor == "kii")
    assert learn("kii", [(row, result(row, wrong_method=["not_allowed"]))], {})["wrong_method"].value == "not_allowed"


def test_rows_that_contradict_each_other_are_named() -> None:
    found = learnt(
        "wrong_code", ("confirm-wrong-code", Verdict.PASS, ["conflict"]), ("confirm-wrong-code-by-the-admin", Verdict.PASS, ["unauthorized"])
    )
    assert found.how is How.CONTRADICTORY
    assert "conflict by confirm-wrong-code; unauthorized by confirm-wrong-code-by-the-admin" in found.why


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.DIFFERS, Verdict.ERROR])
def test_a_row_that_departs_from_the_sources_tells_nothing(verdict: Verdict) -> None:
    found = learnt("wrong_code", ("confirm-wrong-code", Verdict.PASS, ["conflict"]), ("confirm-wrong-code-by-the-admin", verdict, ["unauthorized"]))
    assert (found.how, found.value) == (How.SEEN, "conflict")


def test_what_no_option_knows_is_no_option() -> None:
    assert learnt("wrong_code", ("confirm-wrong-code", Verdict.REPORTED, [])).how is How.CONTRADICTORY


def test_an_order_is_any_that_fits_and_the_nearest_to_the_mocks() -> None:
    found = learnt("precedence", ("confirm-precedence-owner-his-own-flow", Verdict.PASS, ["conflict"]))
    assert found.value.index("conflict") < found.value.index("unauthorized")
    assert found.value == ["invalid", "missing", "conflict", "unauthorized"]
    assert len(found.also) == 11
    assert len(values(specs.ledger("kii").picks["precedence"])) == 24


def test_a_length_is_read_and_one_that_changes_is_none() -> None:
    row = LENGTH.id
    assert learnt("code_length", (row, Verdict.PASS, ["20"])).value == 20
    assert learnt("code_length", (row, Verdict.PASS, ["20"]), ("confirm-wrong-code", Verdict.PASS, ["21"])).how is How.CONTRADICTORY


def test_an_alphabet_takes_many_characters() -> None:
    row = "request-group-the-alphabet-of-a-code"
    few, many = learnt("code_alphabet", (row, Verdict.PASS, ["abc"])), learnt("code_alphabet", (row, Verdict.PASS, ["abc" * 20]))
    assert (few.how, few.why) == (How.UNDETERMINED, "too few were seen to know them all: abc")
    assert (many.how, many.value) == (How.SEEN, "abc")


def test_what_is_declared_counts_until_something_else_is_seen() -> None:
    row = ("confirm-wrong-code", Verdict.PASS, ["unauthorized"])
    unseen = learn("kii", [], {"code_life": 60})["code_life"]
    assert (unseen.how, unseen.value) == (How.DECLARED, 60)
    seen = learnt("wrong_code", row, declared={"wrong_code": "conflict"})
    assert (seen.how, seen.value, seen.why) == (How.SEEN, "unauthorized", "though conflict is declared")


# ---------------------------------------------------------------------------------------------------- the rows that are chosen

WORDS = ("list", "claim-by", "no")
PIECES = ("list", "CLAIM-by", "no", "and", "or", "not", "(", ")", "+", "'")


@dataclass(frozen=True)
class Told:
    """Knows what it was told of words."""

    of: dict[str, bool]

    def __call__(self, word: str, /, **_: str | int | bool | None) -> bool:
        return self.of.get(word.lower(), False)


def test_an_expression_is_read_as_pytest_reads_it() -> None:
    draw, read = random.Random(1), 0
    for _ in range(4000):
        text = " ".join(draw.choices(PIECES, k=draw.randint(1, 7)))
        told = {word: draw.random() < 0.5 for word in WORDS}

        known = Told(told)
        try:
            wanted = Expression.compile(text).evaluate(known)
        except SyntaxError:
            with pytest.raises(SelectionError):
                expression(text)
        else:
            assert expression(text)(known) == wanted, text
            read += 1
    assert read > 200


def test_words_stand_anywhere_in_a_rows_id_or_are_its_vendor() -> None:
    assert selected("connhex", " ") == list(cases("connhex"))
    assert {"CLAIM" in case.id.upper() for case in selected("connhex", "Claim and not kii")} == {True}
    assert selected("connhex", "kii") == []
