"""What is wrong with a script's lines beyond their schema: names, states, what excludes each other, what no request can be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..clock import moment
from ..journal.entries import CONTROL
from ..script import START
from .line_schema import TIMED
from .mistakes import Mistake
from .reach import Apis, Reach
from .wording import unknown

DOES = ("happen", "answer", "afterwards", "delay", "drop", "cut", "garble", "state")
"""The fields by which a line does something."""
_SPOILT = ("drop", "cut", "garble")
_FRAMING = frozenset({"content-length", "content-type", "transfer-encoding", "connection", "keep-alive", "upgrade", "trailer"})
_WITHOUT_BODY = (204, 304)

Row = Mapping[str, Any]


def together(rows: Sequence[Row], *, whole: bool) -> Iterator[Mistake]:
    """Yield what is wrong with these lines as a script. whole: whether there are no others, so that a state that none enters is a mistake."""
    names: dict[str, int] = {}
    for index, row in enumerate(rows):
        name = row.get("name", f"line-{index + 1}")
        if not isinstance(name, str):
            continue
        if name in names:
            yield Mistake((index, "name") if "name" in row else (index,), f"the name {name} is that of line {names[name] + 1} of the script too")
        names.setdefault(name, index)
        if name == CONTROL:
            yield Mistake((index, "name"), f"the journal says {CONTROL} of what the control API makes happen: another name was expected")
    entered = [START, *dict.fromkeys(row["state"] for row in rows if isinstance(row.get("state"), str))]
    for index, row in enumerate(rows):
        for field in ("when", "at"):
            asked = row.get(field)
            state = asked.get("state") if isinstance(asked, dict) else None
            if whole and isinstance(state, str) and state not in entered:
                yield Mistake((index, field, "state"), f"the script never enters this state: {unknown(state, entered)}")


def shape(row: Row) -> Iterator[Mistake]:
    """Yield what is wrong with which fields a line has, whatever they hold. Places are within it."""
    if ("when" in row) == ("at" in row):
        which = "both `when` and `at`" if "when" in row else "neither `when` nor `at`"
        yield Mistake((), f"the line has {which}: one of them was expected, for requests or for a moment")
    elif "at" in row:
        for field in row:
            if field not in TIMED:
                yield Mistake((field,), f"a line that fires by the clock acts on no request: it may have {', '.join(TIMED)} alone")
        if not {"happen", "state"} & set(row):
            yield Mistake((), "the line does nothing: `happen` or `state` was expected")
    else:
        yield from _shape_of_answer(row)


def _shape_of_answer(row: Row) -> Iterator[Mistake]:
    if not set(DOES) & set(row):
        yield Mistake((), f"the line does nothing: one of {', '.join(DOES)} was expected")
    spoilt = [field for field in _SPOILT if field in row]
    for field in spoilt[1:]:
        yield Mistake((field,), f"an answer leaves in one way alone: `{spoilt[0]}` stands in this line already")
    if "drop" in row and "answer" in row:
        yield Mistake(("answer",), "with `drop` no answer leaves: leave one of the two out")
    if "serve" in row and not {"answer", "drop"} & set(row):
        yield Mistake(("serve",), "it belongs to `answer` or `drop`: without them the operation runs anyway")
    if "garble" in row and "off_contract" not in row:
        yield Mistake(("garble",), "no vendor documents such an answer: put `off_contract: true` beside it")
    if row.get("serve") is not True and "afterwards" in row and {"answer", "drop"} & set(row):
        yield Mistake(("afterwards",), "the operation does not run here, so there is no afterwards: use `happen`, or put `serve: true` beside it")


def meaning(row: Row, apis: Apis) -> Iterator[Mistake]:
    """Yield what is wrong with what the fields of a line hold; it fits its schema. Places are within it."""
    if "at" in row:
        yield from _moment_meant(row["at"])
    if "when" in row:
        yield from _requests_meant(row, apis)


def _moment_meant(at: Mapping[str, Any]) -> Iterator[Mistake]:
    if ("after" in at) == ("time" in at):
        yield Mistake(("at",), "one of `after` and `time` was expected")
    if "time" in at and "state" in at:
        yield Mistake(("at", "state"), "a line fires at a `time` once, whatever the state: `state` belongs to `after`")
    if "time" in at:
        yield from _moments(("at", "time"), at["time"])


def _moments(place: tuple[str, ...], written: str | float) -> Iterator[Mistake]:
    try:
        moment(written)
    except ValueError as error:
        yield Mistake(place, str(error))


def clock(data: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield what is wrong with what a scenario says of the clock."""
    if "now" in data:
        yield from _moments(("now",), data["now"])


def _requests_meant(row: Row, apis: Apis) -> Iterator[Mistake]:
    nth = row["when"].get("nth")
    if isinstance(nth, dict) and nth.get("from", 1) > nth.get("to", nth.get("from", 1)):
        yield Mistake(("when", "nth"), f"it begins at {nth['from']} and ends before, at {nth['to']}")
    reach = Reach(row["when"], apis)
    found = [*_frame(row.get("answer", {})), *reach.mistakes()]
    yield from found
    if "answer" in row and not row.get("off_contract") and not found:
        yield from _undocumented(row, reach)


def _frame(answer: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield what would make an answer that cannot be sent, or be read in two ways."""
    names: list[str] = []
    for name in answer.get("headers", {}):
        if name.lower() in _FRAMING:
            instead = "use `media_type`" if name.lower() == "content-type" else "leave it out"
            yield Mistake(("answer", "headers", name), f"the server itself says how the answer is framed: {instead}")
        if name.lower() in names:
            yield Mistake(("answer", "headers", name), "the header is given twice: its name may be in capitals or not")
        names.append(name.lower())
    if answer.get("status") in _WITHOUT_BODY and answer.get("body") is not None:
        yield Mistake(("answer", "body"), f"an answer with {answer['status']} has no body: leave it out")


def _undocumented(row: Row, reach: Reach) -> Iterator[Mistake]:
    wrong = reach.undocumented(row)
    if not wrong:
        return
    operation, why = next(iter(wrong.items()))
    more = f" (and {len(wrong) - 1} more of the operations that the line can meet)" if len(wrong) > 1 else ""
    advice = "put `off_contract: true` beside it, or name other operations"
    yield Mistake(("answer",), f"the spec of {operation}{more} does not have it: {why}; {advice}")
