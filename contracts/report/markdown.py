"""The report as Markdown, for the summary of a CI job."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..kills import Trial
from ..result import Result, Verdict
from .clauses import by_clause, counts
from .document import RUN, Report, broken
from .marked import LONGEST
from .marked import code as _code
from .marked import table as _table
from .marked import text as _text
from .sentence import Tone, conduct, gaps, many, sentence, tone
from .source import excuse, page, says
from .trials import layers, outcome, worst_first

MOST = 100
"""Broken rows that are listed; a summary has room for a mebibyte, and a reader's patience ends before that."""
EXCUSED = "☑️"
SIGNS = {
    Verdict.PASS: "✅",
    Verdict.FAIL: "❌",
    Verdict.ERROR: "⚠️",
    Verdict.FLAKY: "🎲",
    Verdict.DIFFERS: "🟡",
    Verdict.REPORTED: "🔵",
    Verdict.SKIPPED: "⚪",
    Verdict.NOT_OBSERVABLE: "⚪",
}
TONES = {Tone.GOOD: "✅", Tone.OPEN: "⚠️", Tone.BAD: "❌"}


def as_markdown(report: Report) -> str:
    """Return the report as GitHub's Markdown: the verdict, the counts, and what is wrong. What a server has sent is text there, never markup."""
    lines = [f"## {TONES[tone(report)]} {_text(sentence(report))}", "", _about(report), ""]
    lines += _run(report) if report.command == RUN else _proof(report)
    return "\n".join(lines).rstrip() + "\n"


def _about(report: Report) -> str:
    parts = [f"`ownership-contracts {report.command}` {_text(report.tool)}", *(f"{name} {_text(text)}" for name, text in report.contract.items())]
    parts += [_code(report.base_url)] if report.base_url else []
    parts += [_text(conduct(report))] if report.mode else []
    parts += [f"only {_code(' '.join(report.asked))}"] if report.asked else []
    parts += [f"seed {report.seed}"] if report.seed is not None else []
    return " · ".join([*parts, f"{report.began} · {report.seconds:.1f} s"])


def _run(report: Report) -> Iterator[str]:
    rows = by_clause(report.results)
    found = counts(report.results)
    yield from _table(
        ("verdict", "clauses", "rows"),
        [(f"{SIGNS[verdict]} {verdict}", str(sum(row.verdict is verdict for row in rows)), str(count)) for verdict, count in found.items() if count],
    )
    wrong = broken(report)
    if wrong:
        yield f"### {many(len(wrong), 'row', 'rows')} that did not hold"
        yield ""
        yield from _table(("clause", "page", "row", "expected", "seen"), [_broken_row(result) for result in wrong[:MOST]])
        for result in first_of_each_clause(wrong)[:MOST]:
            yield from _details(result)
    if len(wrong) > MOST:
        yield f"… and {many(len(wrong) - MOST, 'more row', 'more rows')}: the other reports have all of them."
        yield ""
    yield from (f"**{_text(gap.title)}:** {_listed(gap.items)}\n" for gap in gaps(report))


def _listed(items: Sequence[str]) -> str:
    more = f", and {len(items) - MOST} more" if len(items) > MOST else ""
    return ", ".join(map(_code, items[:MOST])) + more


def first_of_each_clause(results: Iterable[Result]) -> list[Result]:
    """Return the first of these results of each clause."""
    found: dict[tuple[str, str], Result] = {}
    for result in results:
        found.setdefault((result.vendor, result.clause), result)
    return list(found.values())


def _broken_row(result: Result) -> tuple[str, ...]:
    title, section = page(result.vendor, result.clause)
    sign = f"{EXCUSED} {result.excuse}" if result.excuse else SIGNS[result.verdict]
    seen = result.seen or result.reason
    return (
        f"{sign} {_code(result.clause)} ({result.grade})",
        _text(f"{title}, {section}" if title else ""),
        _code(result.case),
        _text(result.expected),
        _code(seen),
    )


def _details(result: Result) -> Iterator[str]:
    yield f"<details><summary>{_code(result.clause)}: {_text(says(result.vendor, result.clause) or str(result.verdict))}</summary>"
    yield ""
    lines = [*excuse(result), *result.reason.split("; "), *result.trace, *([result.curl] if result.curl else [])]
    # Indented by four is code, whatever the line holds; no fence could be closed from inside.
    yield from (f"    {line[: LONGEST * 4]}" for entry in lines for line in entry.splitlines())
    yield ""
    yield "</details>"
    yield ""


def _proof(report: Report) -> Iterator[str]:
    bad = [trial for trial in worst_first(report.trials) if not trial.good]
    if bad:
        yield "### What it misses"
        yield ""
        told = [(outcome(trial), _code(trial.mutant.name), _text(trial.mutant.says), _text(", ".join(trial.mutant.clauses))) for trial in bad]
        yield from _table(("", "mutant", "what it does", "clauses"), told)
    yield from _table(("layer", "kills", "alone"), list(_layers([trial for trial in report.trials if not trial.mutant.harmless])))
    if report.idle_cases:
        yield f"{many(len(report.idle_cases), 'row kills', 'rows kill')} nothing: {', '.join(map(_code, report.idle_cases[:MOST]))}"


def _layers(trials: Sequence[Trial]) -> Iterator[tuple[str, ...]]:
    for layer in layers(trials):
        killed = [trial for trial in trials if trial.kills.get(layer)]
        alone = sum(all(not ids for other, ids in trial.kills.items() if other != layer) for trial in killed)
        yield layer, str(len(killed)), str(alone)
