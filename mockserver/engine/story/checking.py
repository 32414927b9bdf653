"""Everything that is wrong with a scenario's document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from .... import specs
from ..clock import clock_at
from ..columns import columns
from ..misfit import MisfitError
from ..script import MOST_LINES
from ..settings import settle
from ..supply import Supply
from ..vendor import EventError, State, Vendor
from . import lines, schema
from .line_schema import LINE_FIELDS
from .mistakes import Mistake, Place, below, in_order
from .reach import Apis
from .wording import Spelled, complaints, unknown

_Told = tuple[Place, Mapping[str, Any]]


def _nowhere(_: Place) -> None:
    return None


def mistakes(document: Any, vendors: Sequence[Vendor], begins: Callable[[Vendor], Any], spelled: Spelled = _nowhere) -> list[Mistake]:
    """Return what is wrong with a document, in its order. vendors: those that are served; of the others' world and settings nothing is asked.

    begins: what there is of a vendor whose part of the world the document leaves out. spelled: how a value is written, where the document
    was read from YAML.
    """
    document = _bounded(document)
    everyone = _everyone(vendors, document)
    names = document if isinstance(document, dict) else ()
    found = list(complaints(schema.checked(everyone, [vendor.name for vendor in vendors], names), document, spelled))
    if not isinstance(document, dict):
        return found
    wrong = _Wrong(found)
    found += _settings(document, vendors)
    if "clock" in document and not wrong.within(("clock",)):
        found += below(("clock",), lines.clock(document["clock"]))
    if isinstance(document.get("script"), list):
        found += below(("script",), _lines(document["script"], everyone, wrong, ("script",), whole=True))
    wrong = _Wrong(found)
    for vendor in vendors:
        told = list(_events_told(document, vendor, wrong))
        if (told or vendor.name in _within(document, "world")) and not wrong.within(("world", vendor.name)):
            found += _trial(document, vendor, begins, wrong, told)
    return in_order(document, found)


def mistakes_of_lines(rows: Sequence[Any], vendors: Sequence[Vendor]) -> list[Mistake]:
    """Return what is wrong with lines that are to be loaded into a script which has others. Places begin at the list."""
    rows = rows[: MOST_LINES + 1]
    everyone = _everyone(vendors, {"script": rows})
    found = list(complaints(schema.lines_checked(everyone), list(rows), _nowhere))
    return in_order(list(rows), [*found, *_lines(rows, everyone, _Wrong(found), (), whole=False)])


def _bounded(document: Any) -> Any:
    """Return the document with no more lines of script than show that they are too many: to judge a million takes an hour."""
    script = document.get("script") if isinstance(document, dict) else None
    return {**document, "script": script[: MOST_LINES + 1]} if isinstance(script, list) else document


class _Wrong:
    """The places of mistakes."""

    def __init__(self, found: Iterable[Mistake]) -> None:
        self.places = [mistake.place for mistake in found]

    def within(self, place: Place) -> bool:
        """Return whether something is wrong at this place or within it."""
        return any(wrong[: len(place)] == place for wrong in self.places)


def _everyone(vendors: Sequence[Vendor], document: Any) -> Sequence[Vendor]:
    """Return these vendors, and where there is a script the others too: its lines may be about one that is not served just now."""
    served = {vendor.name for vendor in vendors}
    others = [name for name in specs.vendors() if name not in served]
    return [*vendors, *columns(others)] if others and isinstance(document, dict) and document.get("script") else vendors


def _within(document: Any, *place: str) -> dict[str, Any]:
    """Return the object at this place; an empty one where there is none."""
    for step in place:
        document = document.get(step) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}


def _settings(document: Mapping[str, Any], vendors: Sequence[Vendor]) -> Iterator[Mistake]:
    for vendor in vendors:
        ledger = specs.ledger(vendor.name)
        for name, why in ledger.complaints(_within(document, "settings", vendor.name)):
            yield Mistake(("settings", vendor.name, name), why if name in ledger.picks else unknown(name, sorted(ledger.picks)))


def _lines(rows: Sequence[Any], vendors: Sequence[Vendor], wrong: _Wrong, place: Place, *, whole: bool) -> Iterator[Mistake]:
    yield from lines.together([row if isinstance(row, dict) else {} for row in rows], whole=whole)
    apis = Apis(vendors)
    for index, row in enumerate(rows):
        if isinstance(row, dict) and LINE_FIELDS.issuperset(row):
            yield from below((index,), lines.shape(row))
        if not wrong.within((*place, index)):
            yield from below((index,), lines.meaning(row, apis))


def _trial(document: Mapping[str, Any], vendor: Vendor, begins: Callable[[Vendor], Any], wrong: _Wrong, told: Sequence[_Told]) -> list[Mistake]:
    """Return what does not hold together in a vendor's part of the world, or what its events name that it never has: it is built once, for that."""
    picks = {} if wrong.within(("settings", vendor.name)) else _within(document, "settings", vendor.name)
    clock = clock_at() if wrong.within(("clock",)) else clock_at(**_within(document, "clock"))
    world = _within(document, "world")
    try:
        data = world[vendor.name] if vendor.name in world else begins(vendor)
        state = vendor.state(data, settle(vendor.name, picks), Supply("trial"), clock)
    except MisfitError as error:
        return below(("world", vendor.name), [Mistake(place, why) for place, why in error.misfits])
    except ValueError as error:
        return [Mistake(("world", vendor.name), str(error))]
    return [Mistake(place, why) for place, arguments in told if (why := _never(vendor, state, arguments)) is not None]


def _never(vendor: Vendor, state: State, arguments: Mapping[str, Any]) -> str | None:
    """Return why an event never can happen in a world that begins so; None where it may."""
    try:
        vendor.foresee(state, arguments)
    except EventError as error:
        return str(error)
    return None


def _events_told(document: Mapping[str, Any], vendor: Vendor, wrong: _Wrong) -> Iterator[_Told]:
    """Yield the script's events of a vendor: their places and arguments."""
    rows = document["script"] if isinstance(document.get("script"), list) else ()
    for index, row in enumerate(rows):
        if wrong.within(("script", index)):
            continue
        for field in ("happen", "afterwards"):
            for number, event in enumerate(row.get(field, ())):
                for name, arguments in event.items():
                    if name.partition(".")[0] == vendor.name:
                        yield ("script", index, field, number, name), arguments
