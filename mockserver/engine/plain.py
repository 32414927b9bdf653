"""Plain data as JSON and back, strictly: a document that a person has edited is right, or refused with the place that is wrong."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from cattrs import Converter, transform_error
from cattrs.cols import is_mapping, is_sequence, list_structure_factory, mapping_structure_factory
from cattrs.errors import BaseValidationError, ForbiddenExtraKeysError
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from .clock import LAST

Hook = Callable[[Any, Any], Any]
MOST = 2**53 - 1
"""The largest whole number that every reader of JSON keeps exactly."""
_NAMES = {str: "a text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object", type(None): "null"}
_SHOWN = 60


def converter() -> Converter:
    """Return a converter that takes every value for what JSON says it is, and no other: a text that is not empty, a number from 0 to LAST."""
    made = Converter(forbid_extra_keys=True, detailed_validation=True)
    made.register_structure_hook(str, text())
    made.register_structure_hook(bool, lambda value, _: _typed(value, bool, "true or false"))
    made.register_structure_hook(int, _whole)
    made.register_structure_hook(float, _moment)
    made.register_structure_hook_factory(is_sequence, _lists)
    made.register_structure_hook_factory(is_mapping, _objects)
    return made


def describe(made: Converter, kind: type, /, **fields: Any) -> None:
    """Teach the converter a dataclass; what it is made of is taught before it. fields: cattrs's `override` of those that their type does not tell."""

    # Made once it is wanted: few servers read such data, and it takes its time.
    @cache
    def structure() -> Any:
        return make_dict_structure_fn(kind, made, _cattrs_forbid_extra_keys=True, **fields)

    made.register_structure_hook(kind, lambda value, _: structure()(_typed(value, dict, "an object"), kind))
    made.register_unstructure_hook(kind, make_dict_unstructure_fn(kind, made, **fields))


def read(made: Converter, value: Any, kind: Any, where: str) -> Any:
    """Return a JSON value as this kind of data. where: the value's place, as an error tells it. ValueError."""
    try:
        return made.structure(value, kind)
    except (BaseValidationError, ForbiddenExtraKeysError, ValueError) as error:
        words, _, place = transform_error(error, where, _words)[0].rpartition(" @ ")
        raise ValueError(f"{place}: {words}") from None


def text(*, empty: bool = False, of: Iterable[str] = ()) -> Hook:
    """Return what takes a text. empty: it may be. of: the texts that it may be; none given: any."""
    options = tuple(of)

    def take(value: Any, _: Any) -> str:
        _typed(value, str, "a text")
        if options and value not in options:
            raise ValueError(f"{_shown(value)} is none of {', '.join(options)}")
        if not value and not empty:
            raise ValueError("the text is empty")
        return str(value)

    return take


def number(last: float, *, null: bool = False) -> Hook:
    """Return what takes a number from 0 to last. null: or null."""

    def take(value: Any, _: Any) -> float | None:
        if null and value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"expected a number, not {_named(value)}")  # noqa: TRY004 - what is wrong is the document
        if not 0 <= value <= last:
            raise ValueError(f"{_shown(value)} is not from 0 to {last:.0f}")
        return float(value)

    return take


_moment = number(LAST)


def rows(made: Converter, kind: Any, key: str) -> Any:
    """Return how a table is kept as a list, so that its order is: a dict of this kind by what each has in the field `key`."""

    def structure(value: Any, _: Any) -> dict[str, Any]:
        return by(key, made.structure(value, list[kind]))

    return override(struct_hook=structure, unstruct_hook=lambda table: [made.unstructure(row) for row in table.values()])


def by(key: str, found: Iterable[Any]) -> dict[str, Any]:
    """Return these by what each has in the field `key`. ValueError where two have the same."""
    table: dict[str, Any] = {}
    for place, row in enumerate(found):
        name = getattr(row, key)
        if name in table:
            raise ValueError(f"number {place} has the {key} of another one: {_shown(name)}")
        table[name] = row
    return table


def unique(names: Iterable[str], where: str, what: str = "name") -> None:
    """Return if no name is there twice. where: the place of the list, what: what they are, as an error tells it. ValueError."""
    seen: set[str] = set()
    for place, name in enumerate(names):
        if name in seen:
            raise ValueError(f"{where}[{place}]: the {what} {_shown(name)} stands there already")
        seen.add(name)


def known(name: str | None, there: Iterable[str], where: str, what: str) -> None:
    """Return if what a reference names is there. what: as an error calls it. ValueError."""
    if name is not None and name not in there:
        raise ValueError(f"{where}: there is no {what} {_shown(name)}")


def _typed(value: Any, kind: type, wanted: str) -> Any:
    if not isinstance(value, kind):
        raise ValueError(f"expected {wanted}, not {_named(value)}")  # noqa: TRY004 - what is wrong is the document
    return value


def _whole(value: Any, _: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"expected a whole number, not {_named(value)}")  # noqa: TRY004 - what is wrong is the document
    if not 0 <= value <= MOST:
        raise ValueError(f"{_shown(value)} is not from 0 to {MOST}")
    return value


def _lists(kind: Any, made: Converter) -> Hook:
    structure = list_structure_factory(kind, made)
    return lambda value, _: structure(_typed(value, list, "a list"), kind)


def _objects(kind: Any, made: Converter) -> Hook:
    structure = mapping_structure_factory(kind, made)
    return lambda value, _: structure(_typed(value, dict, "an object"), kind)


def _words(error: BaseException, _: type | None) -> str:
    if isinstance(error, ForbiddenExtraKeysError):
        return f"there is no field {', '.join(_shown(name) for name in sorted(error.extra_fields))} here"
    return "it is missing" if isinstance(error, KeyError) else str(error)


def _named(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "a number that JSON does not have"
    return _NAMES.get(type(value), "that") if value is not None else "null"


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
