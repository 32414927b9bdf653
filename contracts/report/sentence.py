"""What a report comes to, in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from ..columns import column
from ..live.mode import Mode
from ..result import Verdict
from ..verdict.conclude import BROKEN, HOLDS, NOT_ENOUGH, NOTHING_JUDGED
from ..verdict.demands import documented_cases
from .clauses import by_clause, excused, hindrances, kept_back, unobservable, unplayed
from .document import RUN, Report

MOST_REASONS = 5
"""So many reasons why clauses were not checked are told."""
MIGHT = {
    Mode.WORLDS: "each row had a world of its own, where anything may be changed",
    Mode.FIXTURES: "what the run made and what the target file lists might be changed, and nothing else",
    Mode.READ_ONLY: "nothing might be changed",
}
"""What a run might do to its target."""


def sentence(report: Report) -> str:
    """Return the verdict in a sentence: whether the target may go out, or whether the suite can be trusted."""
    return _of_run(report) if report.command == RUN else _of_proof(report)


def conduct(report: Report) -> str:
    """Return in which mode a run was, and what that means; where nothing might be changed, how much that leaves open. Empty where it is not known."""
    if not report.mode:
        return ""
    told = f"{report.mode}: {MIGHT[Mode(report.mode)]}"
    if report.mode != Mode.READ_ONLY:
        return told
    whole = sum(len(documented_cases(vendor)) for vendor in report.vendors)
    left = sum(len(kept_back(vendor, report.results)) for vendor in report.vendors)
    return f"{told}; of {many(whole, 'documented clause', 'documented clauses')}, that left {left or 'none'} open"


def _of_run(report: Report) -> str:
    if report.code == BROKEN:
        return f"It may not go out: {_and(_wrong(report)) or 'not all that had to hold was found to hold'}."
    if report.code == NOTHING_JUDGED:
        return "Nothing is known: no row was judged, and that is no pass."
    if report.code:
        return f"Not enough was checked to let it go out: {_and(_open(report))}."
    return _of_what_holds(report)


def _of_what_holds(report: Report) -> str:
    """Return what is said where nothing breaks the gate: no more than what was found out."""
    if not _any_holds(report):
        return f"Nothing that was checked was found to hold, and nothing of it breaks the gate: {_and(_lesser(report))}."
    if report.asked:
        return f"The part that was asked for holds{_excepted(report)}{_skipped(report)}; the rest was not played."
    if unchecked := _unchecked(report):
        return f"What was checked holds{_excepted(report)}, which is not all: {unchecked}."
    return f"It may go out: every clause that was judged holds{_excepted(report)}."


class Tone(StrEnum):
    """How a sentence is to be taken, at a glance."""

    GOOD = "good"
    OPEN = "open"
    BAD = "bad"


def tone(report: Report) -> Tone:
    """Return how the sentence is to be taken. A run is good that breaks nothing, and has checked all that was asked for of what is documented."""
    if report.code not in (HOLDS, NOT_ENOUGH):
        return Tone.BAD
    whole = report.command != RUN or (_any_holds(report) and not _missing(report))
    return Tone.GOOD if report.code == HOLDS and whole else Tone.OPEN


def _missing(report: Report) -> bool:
    """Return whether the run leaves documented clauses open; of a part those that it has rows of."""
    if not report.asked:
        return bool(_unchecked(report))
    played = {(result.vendor, result.clause) for result in report.results}
    return any((vendor, clause) in played for vendor in report.vendors for clause in unplayed(vendor, report.results))


def _any_holds(report: Report) -> bool:
    return any(result.verdict is Verdict.PASS for result in report.results)


def _skipped(report: Report) -> str:
    """Return how much of what was asked for was skipped; empty where nothing was."""
    skipped = sum(result.verdict is Verdict.SKIPPED for result in report.results)
    return (
        f", as far as it was played: {skipped:,} of its {many(len(report.results), 'row', 'rows')} {'was' if skipped == 1 else 'were'} skipped"
        if skipped
        else ""
    )


def _unchecked(report: Report) -> str:
    """Return how many of the documented clauses the verdict does not speak for; empty where it speaks for all."""
    whole = sum(len(documented_cases(vendor)) for vendor in report.vendors)
    left = sum(len(unplayed(vendor, report.results)) for vendor in report.vendors)
    unseen = sum(clause in documented_cases(vendor) for vendor in report.vendors for clause in unobservable(vendor, report.results))
    parts = [many(left, "was not checked", "were not checked")] if left else []
    parts += [many(unseen, "is not observable without a probe", "are not observable without a probe")] if unseen else []
    return f"of {many(whole, 'documented clause', 'documented clauses')}, {_and(parts)}" if parts else ""


def _wrong(report: Report) -> Iterator[str]:
    """Yield what makes the exit code 1."""
    broken = [row for row in by_clause(report.results) if row.verdict is Verdict.FAIL and not row.excuse]
    documented = sum(row.grade == "documented" for row in broken)
    if broken:
        yield f"{many(len(broken), 'clause is', 'clauses are')} broken" + (f", {documented} of them documented by the vendor" if documented else "")
    if report.gate.stale:
        yield f"{many(len(report.gate.stale), 'entry', 'entries')} of the baseline must be removed"


def _open(report: Report) -> Iterator[str]:
    """Yield what makes the exit code 3."""
    for verdict, said in ((Verdict.ERROR, "could not be judged to the end"), (Verdict.FLAKY, "failed and held when asked again")):
        clauses = {(result.vendor, result.clause) for result in report.results if result.verdict is verdict}
        if clauses:
            yield f"{many(len(clauses), 'clause', 'clauses')} {said}"
    if report.gate.unmet:
        yield f"{many(len(report.gate.unmet), 'required clause was', 'required clauses were')} not checked"
    if report.gate.short:
        yield report.gate.short
    for vendor in report.gate.blank:
        yield f"none of {vendor}'s {len(documented_cases(vendor))} documented clauses was checked"


def _excepted(report: Report) -> str:
    """Return what does not hold and is no reason to hold it back; empty where there is nothing."""
    told = [*_failing(report)]
    return f", but for {_and(told)}" if told else ""


def _failing(report: Report) -> Iterator[str]:
    for excuse, count in sorted(excused(report.results).items(), reverse=True):
        yield many(count, f"{excuse} failure", f"{excuse} failures")
    differing = sum(row.verdict is Verdict.DIFFERS for row in by_clause(report.results))
    if differing:
        yield many(differing, "clause that differs and is not judged here", "clauses that differ and are not judged here")


def _lesser(report: Report) -> Iterator[str]:
    """Yield what there is where no row holds."""
    yield from _failing(report)
    reported = sum(row.verdict is Verdict.REPORTED for row in by_clause(report.results))
    if reported:
        yield many(reported, "clause that is reported and not judged", "clauses that are reported and not judged")


def _and(parts: Iterable[str]) -> str:
    told = list(parts)
    return ", and ".join([", ".join(told[:-1]), *told[-1:]] if len(told) > 1 else told)


def _of_proof(report: Report) -> str:
    wrong = [trial for trial in report.trials if not trial.mutant.harmless]
    harmless = [trial for trial in report.trials if trial.mutant.harmless]
    missed = sum(not trial.good for trial in wrong)
    cried = sum(not trial.good for trial in harmless)
    if not report.trials:
        return "Nothing is known: the suite was played against no mutant."
    if missed or cried:
        parts = [f"it misses {missed} of {many(len(wrong), 'broken server', 'broken servers')}"] if missed else []
        parts += [f"it cries wolf at {cried} of {many(len(harmless), 'harmless one', 'harmless ones')}"] if cried else []
        return f"The suite cannot be trusted yet: {', and '.join(parts)}."
    told = f"it fails on each of {many(len(wrong), 'broken server', 'broken servers')}"
    told += f", and on none of {len(harmless)} that differ harmlessly" if harmless else ""
    if report.asked and not report.code:
        return f"The part that was asked for holds: the suite {told.removeprefix('it ')}."
    return f"The suite cannot be trusted yet: {told}, but leaves clauses uncovered." if report.code else f"The suite can be trusted: {told}."


@dataclass(frozen=True)
class Gap:
    """What a report's sentence does not speak for, or speaks of in short. items: clauses, or entries, each with its reason. what: what they are."""

    title: str
    items: tuple[str, ...]
    what: tuple[str, str] = ("clause", "clauses")

    @property
    def reasoned(self) -> bool:
        """Whether the items are more than names."""
        return any(": " in item for item in self.items)

    @property
    def line(self) -> str:
        """All of it in a line."""
        return f"{self.title}: {('; ' if self.reasoned else ', ').join(self.items)}."


def gaps(report: Report) -> list[Gap]:
    """Return what has to be known beside the sentence: what was required and not checked, the baseline, and the clauses that were not judged."""
    if report.command != RUN:
        return []
    entry = ("entry", "entries")
    told = [
        Gap("Required, but not checked", tuple(one.told for one in report.gate.unmet)),
        Gap("To be removed from the baseline", report.gate.stale, entry),
        Gap("In the baseline, but not played", report.gate.idle, entry),
    ]
    for vendor in report.vendors:
        told.append(Gap(f"Not observable without a probe ({vendor})", tuple(unobservable(vendor, report.results))))
        if not report.asked:
            told.append(Gap(f"Not checked, though documented ({vendor})", tuple(unplayed(vendor, report.results))))
            told.append(Gap(f"Why they were not checked ({vendor})", tuple(_why(vendor, report)), ("reason", "reasons")))
            more = (column(vendor).more,) if kept_back(vendor, report.results) else ()
            told.append(Gap(f"To check more ({vendor})", more, ("way", "ways")))
    return [gap for gap in told if gap.items]


def _why(vendor: str, report: Report) -> Iterator[str]:
    """Yield why documented clauses were not checked, what keeps most of them back first."""
    reasons = hindrances(vendor, report.results)
    for reason, count in reasons.most_common(MOST_REASONS):
        yield f"{many(count, 'clause', 'clauses')}: {reason}"
    if len(reasons) > MOST_REASONS:
        yield f"and {len(reasons) - MOST_REASONS} reasons more: --csv, --html and --json have all of them"


def many(count: int, one: str, several: str) -> str:
    """Return the count with its noun."""
    return f"{count:,} {one if count == 1 else several}"
