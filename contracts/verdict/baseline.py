"""Known failures: a file of rows and clauses that may fail until a day, each with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from ... import specs
from ..case import cases
from ..fixtures import picks
from ..kills import LAYERS
from ..layers.matrix import cells
from ..layers.races import races
from ..layers.sizes import walks
from ..result import Result, Verdict
from ..rows import CaseError, parsed
from ..unable import RunError
from .demands import near

_TEXT = {"type": "string", "pattern": "[^\\s]"}
_SCHEMA: Mapping[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["vendor", "reason", "expires"],
        "properties": {"clause": _TEXT, "case": _TEXT, "vendor": {"enum": list(specs.vendors())}, "reason": _TEXT, "expires": _TEXT},
        "oneOf": [{"required": ["clause"]}, {"required": ["case"]}],
    },
}


class _Loader(yaml.BaseLoader):
    """YAML without types, for a day is a text, and so is an id that looks like a number.

    It knows no *names, which could grow without end, and no field that stands twice in an entry, of which one would count for nothing.
    """

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            here = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # PyYAML's stubs say nothing of it
            raise yaml.MarkedYAMLError(problem="a *name stands for nothing here: write it out", problem_mark=here)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"{key.value!r} stands twice in one entry", problem_mark=key.start_mark)
            seen |= {key.value} if isinstance(key, yaml.ScalarNode) else set()
        return super().construct_mapping(node, deep)


@dataclass(frozen=True)
class Entry:
    """A row, or all rows of a clause, that may fail up to and with the day on which the entry expires. One of clause and case is empty."""

    vendor: str
    clause: str
    case: str
    reason: str
    expires: date

    @property
    def name(self) -> str:
        """What it is about."""
        return self.clause or self.case

    def covers(self, result: Result) -> bool:
        """Return whether the entry is about this row."""
        return self.vendor == result.vendor and self.name == (result.clause if self.clause else result.case)


@dataclass(frozen=True)
class Held:
    """What a run made of the entries. stale: what has to be removed, and why. idle: of which it says nothing, and why."""

    stale: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()


def load(file: Path) -> tuple[Entry, ...]:
    """Return the file's entries. RunError: it cannot be read, is not as it should be, or names what there is not."""
    source = f"baseline {file}"
    try:
        rows = parsed(file.read_text("utf-8"), source, dict(_SCHEMA), _Loader)
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"{source}: {getattr(error, 'strerror', None) or 'it is no text in UTF-8'}") from None
    except CaseError as error:
        raise RunError(f"{error}; an entry has vendor, reason, expires, and one of clause and case") from None
    entries = tuple(_entry(row, f"{source}: at $[{number}]") for number, row in enumerate(rows))
    names = Counter(f"{entry.name} ({entry.vendor})" for entry in entries)
    twice = [name for name, times in names.items() if times > 1]
    if twice:
        raise RunError(f"{source}: more than one entry for {', '.join(twice)}")
    return entries


def _entry(row: Mapping[str, str], place: str) -> Entry:
    try:
        expires = date.fromisoformat(row["expires"])
    except ValueError:
        raise RunError(f"{place}.expires: {row['expires']!r} is no day: 2027-01-31 is") from None
    known, kind = (specs.ledger(row["vendor"]).clauses, "clause") if "clause" in row else (_rows(row["vendor"], row["case"]), "row")
    name = row.get("clause") or row["case"]
    if name not in known:
        raise RunError(f"{place}: {row['vendor']} has no {kind} {name!r}{near(name, known)}; correct the entry or remove it")
    return Entry(row["vendor"], row.get("clause", ""), row.get("case", ""), row["reason"].strip(), expires)


def _rows(vendor: str, name: str) -> set[str]:
    """Return the names that results of the vendor can have. The cells are worked out only for a name that looks like one of theirs."""
    plain = {*(case.id for case in cases(vendor)), *(race.case.id for race in races(vendor)), *walks(0), *LAYERS}
    return plain | ({cell.id for cell in cells(vendor, picks(vendor, {}))} if "/" in name else set())


def excuse(entries: Iterable[Entry], result: Result, today: date) -> str:
    """Return the reason of the entry that excuses the result's failure; empty where none does, or where it has expired."""
    found = (entry.reason for entry in entries if result.verdict is Verdict.FAIL and entry.covers(result) and today <= entry.expires)
    return next(found, "")


def held(entries: Iterable[Entry], results: Sequence[Result], today: date) -> Held:
    """Return what these results make of the entries: which have expired, which are mended, and of which nothing is known."""
    stale, idle = [], []
    for entry in entries:
        about = [result for result in results if entry.covers(result)]
        if today > entry.expires:
            stale.append(f"{entry.name} ({entry.vendor}): it expired on {entry.expires}: {entry.reason}")
        elif any(result.verdict is Verdict.FAIL for result in about):
            continue
        elif lack := _unknown(entry, about):
            idle.append(f"{entry.name} ({entry.vendor}): {lack}")
        else:
            stale.append(f"{entry.name} ({entry.vendor}): it is mended, for nothing of it fails any more: remove the entry")
    return Held(tuple(stale), tuple(idle))


def _unknown(entry: Entry, about: Sequence[Result]) -> str:
    """Return why it is not known whether what fails in none of these rows is mended; empty where it is."""
    judged = {result.case for result in about if result.judged and not result.verdict.unsettled}
    wanted = set(_wanted(entry)) | {result.case for result in about}
    if wanted and wanted <= judged:
        return ""
    return "it was not judged" if not judged else f"only {len(judged)} of its {len(wanted)} rows were judged, and none of them fails"


def _wanted(entry: Entry) -> Iterator[str]:
    if entry.case:
        yield entry.case
    # A row that another one has replaced is played only where an earlier version is adopted.
    yield from (case.id for case in cases(entry.vendor) if entry.clause and case.clause.id == entry.clause and case.until is None)
