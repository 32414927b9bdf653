"""A script's rules by themselves: which line acts, how often it has been asked, states, and moments."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ownership_contracts.mockserver.engine.match import Facts
from ownership_contracts.mockserver.engine.script import Line, Script

FACTS = Facts("toy", "openLocker", None, {"locker": "1"}, {}, None)
KNOWN = replace(FACTS, principal="ann", body={"code": "abc"})


def script(*rows: dict[str, Any], since: float = 0.0) -> Script:
    """A script of these lines: one that says nothing more answers with 503."""
    lines = [Line(row.get("name", f"line-{number}"), row, since) for number, row in enumerate(rows, 1)]
    return Script(since=since, lines=lines)


def when(**criteria: Any) -> dict[str, Any]:
    return {"when": criteria, "answer": {"status": 503}}


def asked(told: Script, facts: Facts = KNOWN) -> str | None:
    """The name of the line that acts on a request which is good; as the steps ask for it."""
    entries = told.entries
    line, waits = told.early(replace(facts, principal=None, body=None))
    if line is not None and not waits:
        told.count_late(facts, entries)
    else:
        line = told.late(facts, line)
    return line.name if line else None


# ---------------------------------------------------------------------------------------------------- which line acts


def test_a_script_without_lines_lets_everything_pass() -> None:
    assert script().early(FACTS) == (None, False)
    assert asked(script()) is None


def test_the_first_line_that_fits_acts() -> None:
    assert asked(script(when(operation="none"), when(operation="openLocker"), when())) == "line-2"


def test_an_early_line_acts_before_who_calls_is_known_where_none_before_it_could() -> None:
    told = script(when(principal="ann", operation="none"), when(path={"locker": "1"}), when(principal="ann"))
    line, waits = told.early(FACTS)
    assert (line and line.name, waits) == ("line-2", False)


@pytest.mark.parametrize(("principal", "acts"), [("ann", "line-1"), ("bob", "line-2")])
def test_an_early_line_waits_for_a_late_one_that_stands_before_it(principal: str, acts: str) -> None:
    told = script(when(principal="ann"), when())
    line, waits = told.early(FACTS)
    assert (line and line.name, waits) == ("line-2", True)
    late = told.late(replace(KNOWN, principal=principal), line)
    assert late is not None
    assert late.name == acts


def test_lines_of_the_clock_act_on_no_request() -> None:
    assert asked(script({"at": {"after": 0}, "state": "x"})) is None


# ---------------------------------------------------------------------------------------------------- counting


@given(
    nth=st.none() | st.integers(1, 4) | st.fixed_dictionaries({}, optional={"from": st.integers(1, 4), "to": st.integers(1, 4)}), late=st.booleans()
)
def test_the_nth_request_that_fits_is_the_one(nth: Any, late: bool) -> None:
    criteria = {**({} if nth is None else {"nth": nth}), **({"principal": "*"} if late else {})}
    told = script(when(operation="openLocker", **criteria))
    turns = []
    for turn in range(1, 7):
        assert asked(told, replace(KNOWN, operation="none")) is None
        if asked(told):
            turns.append(turn)
    first, last = (nth, nth) if isinstance(nth, int) else ((nth or {}).get("from", 1), (nth or {}).get("to", 6))
    assert turns == list(range(first, last + 1))
    assert told.seen == {"line-1": 6}


def test_a_line_counts_what_fits_it_whichever_line_acts() -> None:
    told = script(when(nth=1), when(nth=2), when(principal="ann", nth=3), when(body={"code": "abc"}, nth=4))
    assert [asked(told) for _ in range(5)] == ["line-1", "line-2", "line-3", "line-4", None]


def test_a_late_line_counts_nobody_who_is_refused() -> None:
    told = script(when(principal="ann", nth=2))
    told.early(FACTS)
    assert [asked(told), asked(told)] == [None, "line-1"]


# ---------------------------------------------------------------------------------------------------- states


def test_a_line_acts_only_in_its_state_and_counts_from_when_that_was_entered() -> None:
    told = script(when(state="down", nth=2), {**when(), "state": "down"})
    assert asked(told) == "line-2"
    for _ in range(2):
        told.enter("down", 1.0)
        assert [asked(told), asked(told), asked(told)] == ["line-2", "line-1", "line-2"]


def test_a_line_without_a_state_counts_through_all_of_them() -> None:
    told = script(when(nth=2))
    assert asked(told) is None
    told.enter("down", 1.0)
    assert asked(told) == "line-1"


def test_what_enters_a_state_is_no_request_of_that_state() -> None:
    told = script({**when(state="start"), "state": "down"}, when(principal="*", state="down", nth=1))
    line, _ = told.early(FACTS)
    assert line
    entries = told.entries
    told.enter("down", 1.0)
    told.count_late(KNOWN, entries)
    told.count_late(KNOWN, told.entries - 1)
    assert told.seen == {"line-1": 1}
    assert asked(told) == "line-2"


# ---------------------------------------------------------------------------------------------------- moments


def fired(told: Script, now: float) -> list[tuple[float, str]]:
    """What comes due until now, as `catch_up` has it: a line's state is entered at its moment."""
    found: list[tuple[float, str]] = []
    while (due := told.due(now)) and len(found) < 20:
        moment, line = due
        found.append((moment, line.name))
        if line.next_state:
            told.enter(line.next_state, moment)
    return found


def at(after: float, **more: Any) -> dict[str, Any]:
    return {"at": {"after": after, **({"state": more.pop("of")} if "of" in more else {})}, **more}


def test_lines_fire_once_in_the_order_of_their_moments_and_of_the_file() -> None:
    told = script(at(20), at(10, name="second"), at(10), since=100.0)
    assert fired(told, 109.9) == []
    assert fired(told, 110.0) == [(110.0, "second"), (110.0, "line-3")]
    assert fired(told, 500.0) == [(120.0, "line-1")]
    assert fired(told, 500.0) == []


def test_a_line_of_a_state_fires_so_long_after_that_was_entered_and_again_at_each_entry() -> None:
    told = script(at(5, of="start", state="down"), at(10, of="down", state="start"), at(12))
    assert fired(told, 40.0) == [(5.0, "line-1"), (12.0, "line-3"), (15.0, "line-2"), (20.0, "line-1"), (30.0, "line-2"), (35.0, "line-1")]
    assert (told.state, told.since) == ("down", 35.0)


def test_a_line_of_a_state_does_not_fire_in_another() -> None:
    told = script(at(5, of="down"))
    assert fired(told, 50.0) == []
    told.enter("down", 50.0)
    told.enter("up", 51.0)
    assert fired(told, 100.0) == []


@pytest.mark.parametrize("written", ["1970-01-01T00:01:40Z", "1970-01-01T02:01:40+02:00", "1970-01-01T00:01:40.000Z"])
def test_a_line_fires_at_its_time(written: str) -> None:
    told = script({"at": {"time": written}})
    assert (fired(told, 99.0), fired(told, 101.0)) == ([], [(100.0, "line-1")])


def test_a_time_that_is_past_is_not_before_the_line_nor_before_its_state() -> None:
    told = script({"at": {"time": "1970-01-01T00:01:40Z"}}, {"at": {"time": "1970-01-01T00:01:40Z", "state": "down"}}, since=300.0)
    assert fired(told, 400.0) == [(300.0, "line-1")]
    told.enter("down", 500.0)
    assert fired(told, 600.0) == [(500.0, "line-2")]


def test_a_line_that_is_loaded_counts_from_then_or_from_its_state() -> None:
    told = script()
    told.load([Line("mine", at(5), 100.0), Line("of-start", at(5, of="start"), 100.0)])
    assert fired(told, 200.0) == [(100.0, "of-start"), (105.0, "mine")]


# ---------------------------------------------------------------------------------------------------- loaded and dropped


def test_lines_that_are_loaded_come_first_in_their_order_and_take_the_place_of_their_name() -> None:
    told = script(when(), when())
    asked(told)
    told.load([Line("line-2", when(operation="none"), 0.0), Line("new", when(), 0.0)])
    assert [line.name for line in told.lines] == ["line-2", "new", "line-1"]
    assert (dict(told.seen), asked(told)) == ({"line-1": 1}, "new")


def test_what_is_dropped_leaves_nothing_behind() -> None:
    told = script(at(1), when(), when())
    asked(told)
    fired(told, 5.0)
    told.forget({"line-1", "line-2", "none"})
    assert ([line.name for line in told.lines], told.seen, told.fired) == (["line-3"], {"line-3": 1}, [])


def test_a_script_is_written_as_json() -> None:
    told = script(at(1), when(nth=2), since=7.0)
    asked(told)
    fired(told, 9.0)
    told.enter("down", 8.0)
    written = told.dump()
    assert json.loads(json.dumps(written)) == written
    assert {key: written[key] for key in written if key != "lines"} == {"state": "down", "since": 8.0, "seen": {"line-2": 1}, "fired": ["line-1"]}
    assert written["lines"][1] == {"name": "line-2", "since": 7.0, "written": when(nth=2)}


# ---------------------------------------------------------------------------------------------------- a line by itself


@pytest.mark.parametrize(
    ("row", "serves"),
    [
        ({}, True),
        ({"delay": 1}, True),
        ({"cut": 0}, True),
        ({"answer": {"status": 503}}, False),
        ({"drop": True}, False),
        ({"drop": True, "serve": True}, True),
        ({"answer": {"status": 503}, "serve": True}, True),
    ],
)
def test_the_operation_runs_unless_its_answer_is_not_needed(row: dict[str, Any], serves: bool) -> None:
    assert Line("x", row, 0.0).serve == serves


@pytest.mark.parametrize(
    ("delay", "request_", "answer"), [(2.5, 0, 2.5), ({"request": 1}, 1, 0), ({"request": 1, "answer": 2}, 1, 2), ({"answer": 2}, 0, 2)]
)
def test_a_delay_is_the_answers_or_says_whose(delay: Any, request_: float, answer: float) -> None:
    line = Line("x", {"delay": delay}, 0.0)
    assert (line.delay("request"), line.delay("answer")) == (request_, answer)
