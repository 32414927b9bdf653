"""The report as one page that needs nothing beside it, and asks nobody for anything."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from ... import specs
from ..result import WORST_FIRST, Result, Verdict, excuse_of, worst
from .causes import causes
from .clauses import counts, excused
from .detail import brief, cut, told
from .document import RUN, Report
from .grids import Grid, grids, side_by_side
from .sentence import conduct, gaps, many, sentence, tone
from .source import excuse, page, says
from .trials import OUTCOMES, killers, layers, outcome, worst_first

_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])")
SIGNS: Mapping[str, str] = {
    "pass": "✓",
    "let in": "✓",
    "refused": "⊘",
    "fail": "✗",
    "known": "⚑",
    "advisory": "⚐",
    "error": "!",
    "flaky": "~",
    "differs": "≠",
    "reported": "?",
    "skipped": "-",
    "not observable": "○",
    "killed": "✓",
    "survived": "✗",
    "green": "✓",
    "cried wolf": "!",
}
"""What stands for a verdict, or for what excuses a failure, beside its colour."""


@dataclass(frozen=True)
class ClauseView:
    """A clause with its rows. verdict: None where no row cites it."""

    vendor: str
    id: str
    grade: str
    by: str
    verdict: Verdict | None
    rows: Sequence[Result]

    @property
    def excuse(self) -> str:
        """Why none of its failures breaks it; empty where one does, or none is there."""
        return excuse_of(self.rows)


def as_html(report: Report) -> str:
    """Return the report as an HTML document: style and script inside, and by its own policy it loads nothing and runs nothing else."""
    style, script = _part("page.css"), _part("page.js")
    run = report.command == RUN
    tables = side_by_side(grids(report.results))
    document: str = _template().render(
        report=report,
        verdict=sentence(report),
        mode=conduct(report),
        gaps=gaps(report),
        tone=str(tone(report)),
        counts=_counts(report.results) if run else _outcomes(report),
        choices=_choices(report),
        failures=list(told(report)),
        operations=[row for vendor in report.vendors for row in causes(vendor, report.results)] if run else [],
        grids=tables,
        legend=_legend(tables),
        clauses=list(_clauses(report)) if run else [],
        trials=worst_first(report.trials),
        layers=layers(report.trials),
        coverage=list(_coverage(report.coverage)),
        style=Markup(style),  # noqa: S704 - files of this package
        script=Markup(script),  # noqa: S704 - as above
        policy=f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:; base-uri 'none'; form-action 'none'",
    )
    return document


def _part(name: str) -> str:
    return (files(__package__) / "page" / name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _template() -> Any:
    settings: dict[str, Any] = {"autoescape": True, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    environment = Environment(loader=FunctionLoader(_part), **settings)  # noqa: S701 - autoescape is on
    known = {
        "page": page,
        "says": says,
        "outcome": outcome,
        "many": many,
        "anchor": anchor,
        "fared": fared,
        "sign": SIGNS.__getitem__,
        "short": short,
        "cut": cut,
        "brief": brief,
        "killers": killers,
        "excuse": excuse,
        "humps": humps,
    }
    environment.globals.update(known)
    return environment.get_template("page.html")


def fared(result: Result) -> str:
    """Return what a cell of the matrix shows: its verdict; of one that passes also whether the caller was let in or refused, where that is known."""
    if result.verdict is not Verdict.PASS or not result.answered:
        return result.excuse or str(result.verdict)
    return "let in" if result.answered < HTTPStatus.MULTIPLE_CHOICES else "refused"


def _legend(tables: Iterable[Grid]) -> list[str]:
    """Return what the cells of these tables show."""
    shown = {fared(result) for table in tables for result in table.cells.values()}
    return [name for name in SIGNS if name in shown]


def anchor(result: Result) -> str:
    """Return the name under which a broken row can be linked to."""
    return f"row:{result.vendor}:{result.case}"


def short(clause: str, vendor: str) -> str:
    """Return a clause's id without its vendor."""
    return clause.removeprefix(f"{vendor}-")


def humps(name: str) -> Markup:
    """Return a name that may be broken before each of its capitals."""
    return Markup("<wbr>").join(_HUMPS.split(name))


def _counts(results: Sequence[Result]) -> dict[str, int]:
    """Return how many rows came to each verdict; failures that are excused count apart."""
    found = {str(verdict): count for verdict, count in counts(results).items()}
    known = excused(results)
    found["fail"] -= sum(known.values())
    return {name: count for name, count in {**found, **known}.items() if count}


def _outcomes(report: Report) -> dict[str, int]:
    found = [outcome(trial) for trial in report.trials]
    return {name: found.count(name) for name in OUTCOMES if name in found}


def _choices(report: Report) -> dict[str, list[str]]:
    """Return what the filters offer: what there is in this report."""
    layers = [result.layer for result in report.results] + [layer for trial in report.trials for layer in trial.kills]
    grades = [grade for grade in specs.GRADES if any(result.grade == grade for result in report.results)]
    choices = {"vendor": list(report.vendors), "layer": list(dict.fromkeys(layers)), "grade": grades}
    return {name: offered for name, offered in choices.items() if len(offered) > 1}


def _clauses(report: Report) -> Iterator[ClauseView]:
    """Yield every clause of the ledgers, and what else was judged, the worst first."""
    rows: dict[tuple[str, str], list[Result]] = {}
    for result in report.results:
        rows.setdefault((result.vendor, result.clause), []).append(result)
    known = {(vendor, clause.id): clause for vendor in report.vendors for clause in specs.ledger(vendor).clauses.values()}
    views = []
    for vendor, name in dict.fromkeys([*known, *rows]):
        clause, found = known.get((vendor, name)), rows.get((vendor, name), [])
        verdict = worst([row.verdict for row in found]) if found else None
        views.append(ClauseView(vendor, name, clause.grade if clause else found[0].grade, clause.shown_by if clause else "", verdict, found))
    yield from sorted(views, key=lambda view: WORST_FIRST.index(view.verdict) if view.verdict else len(WORST_FIRST))


def _coverage(told: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Yield what a proof says of coverage: (covered, or uncovered and why; the clauses)."""
    for name, part in told.items():
        for why, clauses in part.items():
            if isinstance(clauses, list):
                yield f"{name}, {why}", [str(clause) for clause in clauses]
        plain = [clause for clause, how in part.items() if not isinstance(how, list)]
        if plain:
            yield name, plain
