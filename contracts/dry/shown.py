"""A plan as text."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from ..report.sentence import many
from ..result import Result
from .plan import Plan, Planned
from .player import UNSENT

MANY = 40
"""So many of a pool's resources are named; of more the number is told."""


def plan_lines(plan: Plan, results: Sequence[Result]) -> Iterator[str]:
    """Yield the lines: each row with its requests, what is skipped and why, and what it all comes to. results: what the rows came to."""
    if plan.before:
        yield "before the first row, as `ownership-contracts check` does"
        yield from (f"  {line}" for line in plan.before)
    for row in plan.rows:
        yield from _in_a_world(row) if plan.in_worlds else _row(row)
    skipped = [result for result in results if result.reason != UNSENT]
    if skipped:
        yield ""
        yield f"{many(len(skipped), 'row', 'rows')} would be skipped, or could not be begun:"
        for reason, count in Counter(f"{result.verdict}: {result.reason}" for result in skipped).most_common():
            yield f"  {count:5}  {reason}"
    yield ""
    yield from _sum(plan)


def _row(row: Planned) -> Iterator[str]:
    yield f"{row.vendor} {row.row} ({row.clause})"
    yield from (f"  {line}" for line in row.lines)
    if row.cut:
        yield f"  … cut short, for what follows depends on what cannot be made up: {row.cut}"


def _in_a_world(row: Planned) -> Iterator[str]:
    more = f", the last of {many(len(row.lines), 'request', 'requests')}" if row.cut else f", one of {many(len(row.lines), 'request', 'requests')}"
    yield f"{row.vendor} {row.row}: {row.judged or row.lines[-1]}{more if len(row.lines) > 1 else ''}"


def _sum(plan: Plan) -> Iterator[str]:
    requests, waits = plan.requests, sum(row.waits for row in plan.rows)
    sent = f"{many(len(plan.rows), 'row', 'rows')} would send {many(requests - len(plan.before), 'request', 'requests')}"
    before = f", and the preflight {len(plan.before):,}" if plan.before else ""
    yield f"{sent}{before}. Nothing was sent, and nothing was written."
    if plan.in_worlds:
        yield "Each row would have a world of its own at the control API, made before it and deleted after it: those requests come on top."
        return
    limits = plan.target.limits
    took = plan.seconds
    waiting = f", of which the rows wait {waits:,.0f} s" if waits else ""
    pace = f"At {limits.per_second:g} requests a second" if math.isfinite(limits.per_second) else "At no pace of its own"
    yield f"{pace} that takes at least {took:,.0f} s{waiting}."
    yield (
        "Each answer is made up, as if all were accepted. What other answers lead to comes on top: a try again, a login, the question "
        "whether who was refused is still known, and the removal of owners that a row has added to a listed thing."
    )
    if requests > limits.requests:
        yield f"The target's limits give a run {limits.requests:,} requests: what comes after them would be skipped."
    if took > limits.seconds:
        yield f"The target's limits give a run {limits.seconds:,.0f} s: what comes after them would be skipped."
    if plan.ledger is None:
        yield "The mode is read-only: nothing would be made or changed."
        return
    made = Counter(f"{resource.kind} ({resource.vendor})" for resource in plan.ledger.made_up)
    yield f"It would make: {_counted(made) or 'nothing'}. Names that are drawn at random differ from run to run."
    leased = [str(resource) for resource in plan.ledger.leased]
    yield f"It would use up, of the pools: {_named(leased) or 'nothing'}. What other runs have had of them is not looked at."


def _counted(found: Counter[str]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in sorted(found.items()))


def _named(found: Sequence[str]) -> str:
    return ", ".join(found[:MANY]) + (f" and {len(found) - MANY} more" if len(found) > MANY else "")
