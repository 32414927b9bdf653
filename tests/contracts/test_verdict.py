"""What a run comes to: the exit code, what has to be checked, what is known to fail, and what is newer than was adopted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ownership_contracts import specs
from ownership_contracts.contracts.case import cases
from ownership_contracts.contracts.result import Result, Verdict
from ownership_contracts.contracts.unable import RunError
from ownership_contracts.contracts.verdict.baseline import Entry, held, load
from ownership_contracts.contracts.verdict.conclude import Terms, conclude
from ownership_contracts.contracts.verdict.demands import Demands, demands, documented_cases, shortfall, unmet

TODAY = date(2026, 6, 15)
CLAUSE = "connhex-post.201"
ROWS = [case.id for case in cases("connhex") if case.clause.id == CLAUSE]
ENTRY = Entry("connhex", "", "a-row", "the ticket 17", TODAY)
BY_CLAUSE = replace(ENTRY, clause=CLAUSE, case="")


def result(verdict: Verdict, case: str = "a-row", clause: str = CLAUSE, **more: Any) -> Result:
    grade = specs.ledger("connhex").clauses[clause].grade
    return Result("connhex", case, clause, grade, verdict, **more)


def code(*results: Result, **terms: Any) -> int:
    """The exit code of these results under these terms."""
    whole = terms.pop("whole", True)
    judged_by = Terms(terms.pop("today", TODAY), **terms)
    return conclude([judged_by.excused(one) for one in results], judged_by, ("connhex",), whole=whole).code


# ---------------------------------------------------------------------------------------------------- exit codes

ALONE = {
    Verdict.PASS: 0,
    Verdict.DIFFERS: 0,
    Verdict.REPORTED: 0,
    Verdict.FAIL: 1,
    Verdict.SKIPPED: 2,
    Verdict.NOT_OBSERVABLE: 2,
    Verdict.ERROR: 2,
    Verdict.FLAKY: 3,
}
BESIDE_A_PASS = {**dict.fromkeys(Verdict, 0), Verdict.FAIL: 1, Verdict.ERROR: 3, Verdict.FLAKY: 3}


@pytest.mark.parametrize("verdict", list(Verdict))
def test_each_verdict_has_its_exit_code(verdict: Verdict) -> None:
    assert code(result(verdict)) == ALONE[verdict]
    assert code(result(verdict), result(Verdict.PASS, "other")) == BESIDE_A_PASS[verdict]
    assert code(result(verdict), result(Verdict.FAIL, "other")) == 1


def test_of_a_vendor_something_documented_must_have_been_judged() -> None:
    beside = result(Verdict.PASS, "other", "connhex-public.whoami")
    assert code(result(Verdict.SKIPPED), beside) == code(result(Verdict.NOT_OBSERVABLE), beside) == 3
    assert code(result(Verdict.SKIPPED), result(Verdict.FLAKY), beside) == 3
    assert code(result(Verdict.SKIPPED), result(Verdict.PASS, "third"), beside) == 0
    # Who asks for a part knows that it is one.
    assert code(beside) == code(result(Verdict.SKIPPED), beside, whole=False) == 0


def test_a_run_of_nothing_found_nothing_out() -> None:
    assert code() == 2


# ---------------------------------------------------------------------------------------------------- what has to be checked

LACKING = (Verdict.SKIPPED, Verdict.NOT_OBSERVABLE, Verdict.ERROR, Verdict.FLAKY)
ASKED = Demands(clauses=(("connhex", CLAUSE),))


@pytest.mark.parametrize("verdict", LACKING)
def test_a_required_clause_that_was_not_checked_is_not_enough_and_says_why(verdict: Verdict) -> None:
    rows = [result(verdict, reason="the reason"), result(Verdict.PASS, "other", "connhex-post.purpose")]
    (missing,) = unmet(ASKED, rows)
    assert missing.told == f"{CLAUSE}: {verdict}: the reason"
    assert code(*rows, demands=ASKED) == 3


def test_a_required_clause_without_a_row_is_not_checked() -> None:
    (missing,) = unmet(ASKED, [result(Verdict.PASS, "other", "connhex-post.purpose")])
    assert missing.why == "no row of it was played"


def test_a_required_clause_that_holds_or_is_known_to_fail_is_checked() -> None:
    assert code(result(Verdict.PASS), demands=ASKED) == 0
    assert code(result(Verdict.FAIL), demands=ASKED, baseline=(ENTRY,)) == 0
    assert code(result(Verdict.DIFFERS), demands=ASKED) == 0


def test_what_is_only_reported_or_differs_does_not_check_a_clause_that_says_no_more() -> None:
    clauses = {grade: next(c.id for c in specs.ledger("connhex").clauses.values() if c.grade == grade) for grade in ("public", "unspecified")}
    for verdict, grade in ((Verdict.DIFFERS, "public"), (Verdict.REPORTED, "unspecified")):
        asked = Demands(clauses=(("connhex", clauses[grade]),))
        assert len(unmet(asked, [result(verdict, clause=clauses[grade])])) == 1
        assert code(result(verdict, clause=clauses[grade]), demands=asked) == 3


def test_a_share_counts_the_documented_clauses_that_cases_show() -> None:
    documented = documented_cases("connhex")
    half = [result(Verdict.PASS, clause=clause) for clause in documented[: len(documented) // 2]]
    assert code(*half, demands=demands(["0.4"], ["connhex"])) == 0
    asked = demands(["90%"], ["connhex"])
    assert code(*half, demands=asked) == 3
    assert shortfall(asked, half, ["connhex"]) == f"{len(half)} of {len(documented)} documented clauses were checked, and 90% are required"
    whole = [result(Verdict.PASS, clause=clause) for clause in documented]
    assert code(*whole, demands=demands(["100%"], ["connhex"])) == 0
    assert code(*whole[1:], demands=demands(["1"], ["connhex"])) == 3


def test_require_takes_ids_patterns_shares_and_files(tmp_path: Path) -> None:
    file = tmp_path / "required.txt"
    file.write_text(f"# what we live by\n{CLAUSE}  # the claim\n\n75%\nconnhex-pick.*\n")
    asked = demands([f"@{file}", "0.5", "kii-post.204"], ["connhex"])
    shown = [c.id for c in specs.ledger("connhex").clauses.values() if c.shown_by == "case" and c.id.startswith("connhex-pick.")]
    assert float(asked.share) == 0.75
    assert shown
    assert [clause for _, clause in asked.clauses] == [CLAUSE, *shown, "kii-post.204"]


def test_a_file_that_asks_for_nothing_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "required.txt"
    file.write_text("# to be written\n\n")
    with pytest.raises(RunError, match="it asks for nothing"):
        demands([f"@{file}"], ["connhex"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("connhex-post.20", "no clause is called 'connhex-post.20'; near it are connhex-post.201"),
        ("conhex-*", "no clause of connhex is called 'conhex-*'"),
        ("kii-post.*", "no clause of connhex is called 'kii-post.*'"),
        ("connhex-post.403", "'connhex-post.403' cannot be required: no row shows it, the ledger has it shown by spec"),
        ("0", "'0' is no share"),
        ("1.1", "'1.1' is no share"),
        ("101%", "'101%' is no share"),
        ("-5%", "'-5%' is no share"),
        ("1/0", "'1/0' is no share"),
        ("", "no clause is called ''"),
        ("@absent.txt", "--require @absent.txt: No such file"),
    ],
)
def test_what_cannot_be_required_is_refused(text: str, told: str) -> None:
    with pytest.raises(RunError) as refused:
        demands([text], ["connhex"])
    assert told in str(refused.value)


def test_a_line_of_a_file_that_cannot_be_required_is_named(tmp_path: Path) -> None:
    file = tmp_path / "required.txt"
    file.write_text(f"{CLAUSE}\nno-such\n")
    with pytest.raises(RunError, match="line 2: no clause is called 'no-such'"):
        demands([f"@{file}"], ["connhex"])


# ---------------------------------------------------------------------------------------------------- what is known to fail


def test_a_known_failure_breaks_nothing_and_keeps_its_reason() -> None:
    terms = Terms(TODAY, baseline=(ENTRY,))
    assert terms.excused(result(Verdict.FAIL)).known == "the ticket 17"
    assert terms.excused(result(Verdict.FAIL, "other")).known == ""
    assert terms.excused(result(Verdict.PASS)).known == ""
    assert terms.excused(replace(result(Verdict.FAIL), vendor="kii")).known == ""
    assert code(result(Verdict.FAIL), baseline=(ENTRY,)) == 0
    assert code(result(Verdict.FAIL), result(Verdict.FAIL, "other"), baseline=(ENTRY,)) == 1
    assert code(result(Verdict.FAIL), result(Verdict.FAIL, "other"), baseline=(BY_CLAUSE,)) == 0


def test_an_entry_excuses_no_error() -> None:
    assert code(result(Verdict.ERROR), result(Verdict.PASS, "other"), baseline=(ENTRY,)) == 3


def test_an_entry_holds_on_its_last_day_and_fails_the_run_from_the_next() -> None:
    late = replace(ENTRY, expires=date(2026, 6, 14))
    assert code(result(Verdict.FAIL), baseline=(ENTRY,)) == 0
    assert code(result(Verdict.FAIL), baseline=(late,)) == code(result(Verdict.SKIPPED), baseline=(late,)) == 1
    assert Terms(TODAY, baseline=(late,)).excused(result(Verdict.FAIL)).known == ""
    assert held([late], [], TODAY).stale == ("a-row (connhex): it expired on 2026-06-14: the ticket 17",)


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.DIFFERS, Verdict.REPORTED])
def test_an_entry_whose_row_holds_fails_the_run_until_it_is_removed(verdict: Verdict) -> None:
    assert code(result(verdict), baseline=(ENTRY,)) == 1
    (told,) = held([ENTRY], [result(verdict)], TODAY).stale
    assert "it is mended" in told


@pytest.mark.parametrize("verdict", LACKING)
def test_an_entry_whose_row_was_not_judged_is_neither_mended_nor_broken(verdict: Verdict) -> None:
    told = held([ENTRY], [result(verdict)], TODAY)
    assert (told.stale, told.idle) == ((), ("a-row (connhex): it was not judged",))
    assert held([ENTRY], [], TODAY) == told
    assert code(result(verdict), result(Verdict.PASS, "other"), baseline=(ENTRY,)) in (0, 3)


def test_a_clause_is_mended_where_each_of_its_rows_holds() -> None:
    assert len(ROWS) > 1
    rows = [result(Verdict.PASS, row) for row in ROWS]
    assert len(held([BY_CLAUSE], rows, TODAY).stale) == 1
    part = held([BY_CLAUSE], rows[1:], TODAY)
    assert (part.stale, len(part.idle)) == ((), 1)
    skipped = held([BY_CLAUSE], [*rows, result(Verdict.SKIPPED, "a-cell")], TODAY)
    assert (skipped.stale, len(skipped.idle)) == ((), 1)
    assert held([BY_CLAUSE], [*rows[1:], result(Verdict.FAIL, ROWS[0])], TODAY) == held([], [], TODAY)


def test_a_clause_that_only_cells_show_is_not_mended_where_none_of_them_was_played() -> None:
    shown_by_none = replace(BY_CLAUSE, clause="connhex-post.403")
    assert held([shown_by_none], [result(Verdict.PASS, *ROWS[:1])], TODAY).idle == ("connhex-post.403 (connhex): it was not judged",)
    assert len(held([shown_by_none], [result(Verdict.PASS, "a-cell", "connhex-post.403")], TODAY).stale) == 1


GOOD = "- {clause: connhex-post.201, vendor: connhex, reason: the ticket 17, expires: 2026-12-31}\n"


def test_a_baseline_is_read(tmp_path: Path) -> None:
    file = tmp_path / "baseline.yaml"
    walks = "- {case: walk-1, vendor: kii, reason: r, expires: 2027-01-01}\n"
    cell = '- {case: "claims/none/register/nobody", vendor: connhex, reason: r, expires: 2027-01-01}\n'
    file.write_text(GOOD + f"- case: {ROWS[0]}\n  vendor: connhex\n  reason: 7\n  expires: '2026-12-31'\n" + walks)
    first, second, third = load(file)
    assert first == Entry("connhex", "connhex-post.201", "", "the ticket 17", date(2026, 12, 31))
    assert (second.case, second.reason, third.vendor) == (ROWS[0], "7", "kii")
    file.write_text(cell)
    with pytest.raises(RunError, match="has no row 'claims/none/register/nobody'; near it are "):
        load(file)
    file.write_text("[]\n")
    assert load(file) == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "at $"),
        ("a: [", "not YAML"),
        ("clause: x", "at $"),
        (GOOD.replace("reason: the ticket 17, ", ""), "at $[0]: 'reason' is a required property"),
        (GOOD.replace("the ticket 17", "''"), "at $[0].reason"),
        (GOOD.replace("reason", "colour: red, reason"), "at $[0]: Additional properties are not allowed ('colour' was unexpected)"),
        (GOOD.replace("clause", "case: x, clause"), "at $[0]"),
        (GOOD.replace("2026-12-31", "next year"), "at $[0].expires: 'next year' is no day: 2027-01-31 is"),
        (GOOD.replace("2026-12-31", "2026-02-30"), "'2026-02-30' is no day"),
        (GOOD.replace("vendor: connhex", "vendor: acme"), "at $[0].vendor"),
        (GOOD.replace("post.201", "post.20"), "at $[0]: connhex has no clause 'connhex-post.20'; near it are connhex-post.201"),
        (GOOD.replace("clause: connhex-post.201", "case: no-such-row-at-all"), "connhex has no row 'no-such-row-at-all'"),
        ("[" * 5_000, "nested too deeply"),
        (GOOD + "- &one {clause: x}\n- *one\n", "a *name stands for nothing here"),
        (GOOD.replace("connhex", "x" * 100_000), "[...]"),
        (GOOD.replace("reason", "expires: 2020-01-01, reason"), "'expires' stands twice in one entry"),
        (GOOD.replace("the ticket 17", "' '"), "at $[0].reason"),
        (GOOD + GOOD, "more than one entry for connhex-post.201 (connhex)"),
    ],
)
def test_a_baseline_that_is_not_as_it_should_be_is_refused(text: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "baseline.yaml"
    file.write_text(text)
    with pytest.raises(RunError) as refused:
        load(file)
    assert str(refused.value).startswith(f"baseline {file}: ")
    assert told in str(refused.value)


def test_a_baseline_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="No such file"):
        load(tmp_path / "absent.yaml")


# ---------------------------------------------------------------------------------------------------- what is newer than was adopted


def test_a_row_newer_than_the_adopted_contract_is_advisory() -> None:
    failed = result(Verdict.FAIL, since=2)
    assert code(failed) == code(failed, adopted={"connhex": 2}) == code(failed, adopted={"kii": 1}) == 1
    assert code(failed, adopted={"connhex": 1}) == 0
    assert code(failed, result(Verdict.FAIL, "other"), adopted={"connhex": 1}) == 1
    assert Terms(TODAY, adopted={"connhex": 1}).excused(failed).word == "fail (advisory)"
