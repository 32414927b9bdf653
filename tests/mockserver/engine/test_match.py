"""Which requests are meant: each criterion by itself, all together, and as far as can be told early."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ownership_contracts.mockserver.engine.match import Facts, Match, glob, within

FACTS = Facts("vendor", "confirmOwnership", "app user alice", {"thing": "lamp-01"}, {"flow": "x", "more": "y"}, {"code": "abc", "deep": {"a": 1}})
NOBODY = Facts("vendor", None, None, {}, {}, None)

FITS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "vendor": {"vendor": "vendor"},
    "operation": {"operation": "confirmOwnership"},
    "operation-star": {"operation": "confirm*"},
    "operation-in-a-list": {"operation": ["none", "*Ownership"]},
    "principal": {"principal": "app user alice"},
    "principal-star": {"principal": "* user a*e"},
    "path": {"path": {"thing": "lamp-01"}},
    "query": {"query": {"flow": "x"}},
    "body": {"body": {"code": "abc"}},
    "body-deep": {"body": {"deep": {"a": 1.0}}},
    "body-of-any-fields": {"body": {}},
    "other-names": {"state": "start", "nth": 2, "status": 200},
}
MISSES: dict[str, tuple[str, Any]] = {
    "vendor": ("vendor", "other"),
    "operation": ("operation", "confirm"),
    "operation-in-a-list": ("operation", ["confirm", "Ownership"]),
    "operation-with-signs-of-patterns": ("operation", "confirm.nership"),
    "principal": ("principal", "app user al"),
    "principal-nobody": ("principal", None),
    "path": ("path", {"thing": "lamp-0"}),
    "path-of-another-parameter": ("path", {"other": "lamp-01"}),
    "query": ("query", {"flow": "x", "more": "z"}),
    "body": ("body", {"code": "abd"}),
    "body-field": ("body", {"other": None}),
    "body-true-is-not-1": ("body", {"deep": {"a": True}}),
    "body-deeper": ("body", {"code": {"a": 1}}),
}


@pytest.mark.parametrize("criteria", FITS.values(), ids=FITS)
def test_a_request_fits_what_holds_of_it(criteria: dict[str, Any]) -> None:
    assert Match(criteria).fits(FACTS)


@pytest.mark.parametrize(("name", "wanted"), MISSES.values(), ids=MISSES)
def test_a_request_misses_what_does_not_hold_of_it_whatever_else_does(name: str, wanted: Any) -> None:
    match = Match({"vendor": "vendor", "operation": "*", "body": {}, name: wanted})
    assert not match.fits(FACTS)
    assert match.misses(FACTS) == [name]


def test_nobody_and_no_operation_fit_no_text_and_nobody_fits_nobody() -> None:
    assert Match({"principal": "*", "operation": "*", "body": {}}).misses(NOBODY) == ["principal", "operation", "body"]
    assert Match({"principal": None}).fits(NOBODY)


def test_what_is_known_late_does_not_decide_early() -> None:
    late = Match({"principal": "someone else", "body": {"code": "abd"}, "path": {"thing": "lamp-01"}})
    assert (late.early, Match({"path": {}}).early) == (False, True)
    assert (late.may_fit(FACTS), late.fits(FACTS)) == (True, False)
    assert not Match({**late.criteria, "path": {"thing": "none"}}).may_fit(FACTS)


@pytest.mark.parametrize(
    ("wanted", "given_", "fits"),
    [([1], [1], True), ([1], [True], False), ([1], [1, 2], False), ([{"a": 1}], [{"a": 1, "b": 2}], True), ([], "", False), (None, None, True)],
)
def test_lists_are_of_one_length_and_fit_part_by_part(wanted: Any, given_: Any, fits: bool) -> None:
    assert within(wanted, given_) == fits


SIGNS = st.text("ab.?[\n", max_size=4)


@given(st.lists(SIGNS, min_size=1, max_size=4), st.text("ab.?[*\n", max_size=6))
def test_a_star_stands_for_any_text_and_every_other_sign_for_itself(parts: list[str], text: str) -> None:
    pattern = "*".join(parts)
    as_expression = re.compile(".*".join(map(re.escape, parts)), re.DOTALL)
    for candidate in (text, "".join(parts), text.join(parts), pattern):
        assert glob(pattern, candidate) == bool(as_expression.fullmatch(candidate))


def test_many_stars_take_no_time() -> None:
    assert not glob("*a" * 30 + "**b", "a" * 5000)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=2), JSON, max_size=3), st.dictionaries(st.text("xyz", min_size=3, max_size=3), JSON, max_size=3))
def test_a_body_has_at_least_what_is_wanted(wanted: dict[str, Any], more: dict[str, Any]) -> None:
    assert within(wanted, {**more, **wanted})
    assert not within({**wanted, "one more": 1}, {**more, **wanted})
