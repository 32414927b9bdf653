"""What is told of the exchanges: a line each on stdout, a JSON line in the journal, and the sums at the end."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from ... import specs
from ..report.sentence import many
from .heard import Exchange
from .judging import Judgement, Kind, Remark
from .masking import Mask
from .rules import rules
from .told import Told

MOST_TOLD = 10_000
"""How many different lines about what is no violation are remembered, so that each is printed once."""


@dataclass
class Notes:
    """Prints and journals what is said of exchanges, secrets masked. secrets: what is to be shown nowhere, beside those of the exchange itself."""

    vendors: Sequence[str]
    journal: IO[str] | None = None
    secrets: frozenset[str] = frozenset()
    told: Told = field(default_factory=Told)
    exchanges: int = 0
    operations: Counter[str] = field(default_factory=Counter)
    kinds: Counter[Kind] = field(default_factory=Counter)
    shown: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    _known: set[tuple[str, ...]] = field(default_factory=set)

    def begin(self) -> int:
        """Return the number of a new exchange."""
        self.exchanges += 1
        return self.exchanges

    def take(self, exchange: Exchange, judgement: Judgement, *, withheld: bool = False) -> list[dict[str, object]]:
        """Count what was said of an exchange, tell it, and return it as it may be shown. withheld: whether the client got another answer."""
        if judgement.operation:
            self.operations[f"{judgement.vendor} {judgement.operation}"] += 1
        self.shown.update(judgement.shown)
        for remark in judgement.remarks:
            self.kinds[remark.kind] += 1
        self.broken.update({clause for remark in judgement.violations for clause in remark.clauses})
        if not judgement.remarks:
            return []
        mask = Mask(exchange, self.secrets)
        entries = [_entry(exchange, judgement, remark, mask, withheld=withheld) for remark in judgement.remarks]
        for entry in entries:
            self._tell(entry)
        return entries

    def say(self, exchange: Exchange, problem: str) -> None:
        """Tell of an exchange that could not be judged."""
        self.take(exchange, Judgement(remarks=[Remark(Kind.UNJUDGED, "an exchange that can be judged", problem)]))

    def _tell(self, entry: dict[str, object]) -> None:
        if self.journal is not None:
            try:
                self.journal.write(json.dumps(entry, ensure_ascii=False) + "\n")
                self.journal.flush()
            except (OSError, ValueError) as error:
                print(f"ownership-contracts: the journal is not written any more: {error}", file=sys.stderr)
                with contextlib.suppress(OSError):
                    # What it still holds would be written when it is closed.
                    self.journal.close()
                self.journal = None
        what = tuple(str(entry[name]) for name in ("kind", "operation", "expected", "seen"))
        if entry["kind"] != Kind.VIOLATION and (what in self._known or len(self._known) >= MOST_TOLD):
            return
        self._known.add(what)
        self.told.tell(_line(entry))

    def summary(self, *, unseen: bool) -> Iterator[str]:
        """Yield the lines of the sums. unseen: also list the clauses that no exchange has shown."""
        words = (("violation", "violations"), ("differs", "differ"), ("advice", "advice"), ("unjudged", "unjudged"))
        told = ", ".join(many(self.kinds[kind], *word) for kind, word in zip(Kind, words, strict=True))
        yield f"{many(self.exchanges, 'exchange', 'exchanges')}, {many(len(self.operations), 'operation', 'operations')} seen; {told}"
        if self.told.dropped:
            yield f"{many(self.told.dropped, 'line was', 'lines were')} not printed, since nobody read them"
        for name, count in sorted(self.operations.items()):
            yield f"  {count:>6}  {name}"
        held = sorted(clause for clause in self.shown if clause not in self.broken)
        yield f"clauses shown: {len(held)}" + (f": {', '.join(held)}" if held else "")
        yield f"clauses broken: {len(self.broken)}" + (f": {', '.join(sorted(self.broken))}" if self.broken else "")
        if unseen:
            never = sorted(_ruled(self.vendors) - self.shown.keys() - self.broken.keys())
            yield f"clauses never seen, of those that one exchange can show: {len(never)}" + (f": {', '.join(never)}" if never else "")


def open_journal(file: Path) -> IO[str]:
    """Return the journal, to which lines are added; others may not read it. OSError."""
    made = file.open("a", encoding="utf-8", errors="backslashreplace")
    file.chmod(0o600)
    return made


def _ruled(vendors: Iterable[str]) -> set[str]:
    return {rule.clause for vendor in vendors for listed in rules(vendor).values() for rule in listed}


def _entry(exchange: Exchange, judgement: Judgement, remark: Remark, mask: Mask, *, withheld: bool) -> dict[str, object]:
    clauses = specs.ledger(judgement.vendor).clauses if judgement.vendor else {}
    return {
        "at": datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds"),
        "exchange": exchange.number,
        "kind": str(remark.kind),
        "vendor": judgement.vendor,
        "operation": judgement.operation,
        "clauses": list(remark.clauses),
        "says": [clauses[clause].says for clause in remark.clauses],
        "grade": remark.grade,
        "rule": remark.rule,
        "expected": mask.text(remark.expected),
        "seen": mask.text(remark.seen),
        "method": mask.text(exchange.method),
        "target": mask.target(exchange.target),
        "status": exchange.status,
        "withheld": withheld,
    }


def _line(entry: dict[str, object]) -> str:
    clauses = entry["clauses"]
    assert isinstance(clauses, list)  # noqa: S101 - as _entry makes it; said for the type checker
    cited = f" {', '.join(clauses)} ({entry['grade']})" if clauses else ""
    where = f"{entry['method']} {entry['target']} -> {entry['status'] or 'no answer'}"
    return f"{entry['kind']}{cited}: expected {entry['expected']}, saw {entry['seen']}; {where} [{entry['exchange']}]"
