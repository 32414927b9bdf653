"""What a run must have checked to be enough: a share of the documented clauses, or clauses by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from fractions import Fraction
from pathlib import Path

from ... import specs
from ..result import Result, Verdict, worst
from ..unable import RunError

_MARKS = frozenset("*?[")


@dataclass(frozen=True)
class Demands:
    """share: how much of the documented clauses that cases show. clauses: (vendor, clause) of those that are asked for by name."""

    share: Fraction = Fraction(0)
    clauses: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Unmet:
    """A clause that had to be checked and was not. why: what its rows came to instead."""

    vendor: str
    clause: str
    why: str

    @property
    def told(self) -> str:
        """The clause and the reason, as a text."""
        return f"{self.clause}: {self.why}"


def demands(texts: Iterable[str], vendors: Sequence[str]) -> Demands:
    """Return what these values of --require ask for. vendors: those under test. RunError: a text is neither a share nor a clause, or no file.

    A pattern stands for those clauses of the vendors under test that are shown by cases; another clause cannot be required, for no run can check it.
    """
    share = Fraction(0)
    clauses: dict[tuple[str, str], None] = {}
    for place, text in _texts(texts):
        number = _share(place, text)
        share = max(share, number or share)
        if number is None:
            clauses |= dict.fromkeys(_named(place, text, vendors))
    return Demands(share, tuple(clauses))


def _texts(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield (where it stands, the text), those of a file in its place."""
    for text in texts:
        if not text.startswith("@"):
            yield "--require", text.strip()
            continue
        file = Path(text[1:])
        try:
            lines = file.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise RunError(f"--require {text}: {getattr(error, 'strerror', None) or 'it is no text in UTF-8'}") from None
        entries = [(number, entry) for number, line in enumerate(lines, 1) if (entry := line.partition("#")[0].strip())]
        if not entries:
            raise RunError(f"--require {text}: it asks for nothing; a share or a clause a line does")
        yield from ((f"--require {text}, line {number}", entry) for number, entry in entries)


def _share(place: str, text: str) -> Fraction | None:
    """Return the share that the text says, None where it says none. RunError: it is no part of a whole."""
    if not text[:1].isdigit() and text[:1] not in ("-", "+", "."):
        return None
    try:
        share = Fraction(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except (ValueError, ZeroDivisionError):
        share = Fraction(-1)
    if not 0 < share <= 1:
        raise RunError(f"{place}: {text!r} is no share: more than 0 and at most 1 (or 100%) is, and 1 alone means all of the documented clauses")
    return share


def _named(place: str, text: str, vendors: Sequence[str]) -> list[tuple[str, str]]:
    """Return (vendor, clause) of what the text names; a pattern names clauses of these vendors alone. RunError."""
    pattern = not _MARKS.isdisjoint(text)
    among = [(vendor, clause) for vendor in (vendors if pattern else specs.vendors()) for clause in specs.ledger(vendor).clauses.values()]
    named = [(vendor, clause) for vendor, clause in among if (fnmatchcase(clause.id, text) if pattern else clause.id == text)]
    found = [(vendor, clause.id) for vendor, clause in named if clause.shown_by == "case"]
    if named and not found:
        raise RunError(f"{place}: {text!r} cannot be required: no row shows it, the ledger has it shown by {named[0][1].shown_by}")
    if not found:
        under_test = f" of {', '.join(vendors)}" if pattern else ""
        raise RunError(f"{place}: no clause{under_test} is called {text!r}{near(text, (clause.id for _, clause in among))}")
    return found


def near(name: str, known: Iterable[str]) -> str:
    """Return a clause of a sentence that names what is called much like this; empty where nothing is."""
    among = list(dict.fromkeys(known))
    plain = name.strip("*?[]")
    found = get_close_matches(name, among, n=5) or [one for one in among if plain and plain.lower() in one.lower()][:5]
    return f"; near it are {', '.join(found)}" if found else ""


def unmet(asked: Demands, results: Sequence[Result]) -> tuple[Unmet, ...]:
    """Return the clauses that were asked for by name and were not checked in these results, in the order in which they were asked for."""
    checked = Checked(results)
    return tuple(Unmet(vendor, clause, why) for vendor, clause in asked.clauses if (why := checked.lack(vendor, clause)))


def shortfall(asked: Demands, results: Sequence[Result], vendors: Sequence[str]) -> str:
    """Return how far short of the share these results fall; empty where they do not."""
    checked = Checked(results)
    documented = [(vendor, clause) for vendor in vendors for clause in documented_cases(vendor)]
    held = sum(not checked.lack(vendor, clause) for vendor, clause in documented)
    if held >= asked.share * len(documented):
        return ""
    return f"{held} of {len(documented)} documented clauses were checked, and {float(asked.share * 100):g}% are required"


def unjudged(results: Sequence[Result], vendors: Sequence[str]) -> tuple[str, ...]:
    """Return the vendors that have rows of documented clauses among these results, and none of them judged."""
    found = []
    for vendor in vendors:
        documented = set(documented_cases(vendor))
        rows = [result for result in results if result.vendor == vendor and result.clause in documented]
        found += [vendor] if rows and not any(row.judged for row in rows) else []
    return tuple(found)


def documented_cases(vendor: str) -> list[str]:
    """Return the ids of the vendor's documented clauses that are shown by cases, in the ledger's order."""
    return [clause.id for clause in specs.ledger(vendor).clauses.values() if clause.grade == "documented" and clause.shown_by == "case"]


class Checked:
    """Which clauses these results hold against something."""

    def __init__(self, results: Iterable[Result]) -> None:
        self._rows: dict[tuple[str, str], list[Result]] = {}
        for result in results:
            self._rows.setdefault((result.vendor, result.clause), []).append(result)

    def lack(self, vendor: str, clause: str) -> str:
        """Return why they do not say whether the clause holds; empty where they do."""
        rows = self._rows.get((vendor, clause))
        if not rows:
            return "no row of it was played"
        verdict = worst([row.verdict for row in rows])
        if _settled(verdict, rows[0].grade):
            return ""
        reason = next((row.reason for row in rows if row.verdict is verdict and row.reason), "")
        return f"{verdict}: {reason}" if reason else str(verdict)


def _settled(verdict: Verdict, grade: str) -> bool:
    """Return whether a clause of this grade has been held against something: what differs or is reported then is known less well than it."""
    lesser = {Verdict.REPORTED: grade != "unspecified", Verdict.DIFFERS: grade == "documented"}
    return verdict in (Verdict.PASS, Verdict.FAIL) or lesser.get(verdict, False)
