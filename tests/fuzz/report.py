"""What a campaign came to: counts by family, and the findings. Written as JSON, printed as tables."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

from .inputs import Input
from .oracle import Broken, Pace, accepted, escaped
from .wire import Heard

SHOWN = 3
"""How many findings of one kind are shown in full; the others are counted."""


@dataclass
class Count:
    """The inputs of one family. refused: without a success among the answers. closed: without any answer."""

    inputs: int = 0
    authentic: int = 0
    accepted: int = 0
    refused: int = 0
    closed: int = 0
    findings: int = 0
    statuses: dict[str, int] = field(default_factory=dict)

    def add(self, other: Count) -> None:
        for name in ("inputs", "authentic", "accepted", "refused", "closed", "findings"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.statuses = dict(sorted((Counter(self.statuses) + Counter(other.statuses)).items()))


@dataclass(frozen=True)
class Finding:
    """What an input broke: how to make it again, its bytes, the answers, and what did not hold. index: None where no one input is known."""

    seed: int
    index: int | None
    family: str
    check: str
    told: str
    raw: str
    answers: tuple[str, ...]


@dataclass
class Report:
    """The outcome of a campaign, or of one server's part in it. pace: milliseconds at the start and at the end, and their ratio, by server."""

    seed: int
    families: dict[str, Count] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=dict)
    operations: dict[str, int] = field(default_factory=dict)
    pace: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0

    def note(self, tried: Input, heard: Heard, broken: list[Broken]) -> None:
        """Count an input and what came of it."""
        count = self.families.setdefault(tried.family, Count())
        success = accepted(tried, heard)
        statuses = Counter(str(answer.status) for answer in heard.answers)
        count.add(Count(1, int(tried.authentic), int(success), int(not success), int(not heard.answers), len(broken), statuses))
        for one in broken:
            self.found(one, tried, heard)

    def found(self, broken: Broken, tried: Input | None = None, heard: Heard | None = None) -> None:
        """Keep a finding, or count it where enough of its kind are kept."""
        family = tried.family if tried is not None else "-"
        kind = f"{broken.check} {family}"
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if self.kinds[kind] <= SHOWN:
            raw = "" if tried is None else escaped(tried.raw)
            answers = () if heard is None else tuple(str(answer) for answer in heard.answers[:6])
            self.findings.append(Finding(self.seed, tried.index if tried is not None else None, family, broken.check, broken.told, raw, answers))

    def lost(self, told: str) -> None:
        """Keep that the server was gone before the end."""
        self.found(Broken("gone", told))

    def late(self, told: str) -> None:
        """Keep what showed when the server had ended, unless an input is known for it."""
        if not any(finding.check == "traceback" for finding in self.findings):
            self.found(Broken("traceback", told[-600:]))

    def timed(self, start: Pace, end: Pace) -> None:
        """Keep how quickly the server answered, in milliseconds."""
        fastest = {"start_fastest_ms": start.fastest * 1000, "end_fastest_ms": end.fastest * 1000}
        self.pace.append({"start_ms": start.median * 1000, "end_ms": end.median * 1000, "ratio": end.median / start.median, **fastest})

    @property
    def total(self) -> Count:
        whole = Count()
        for count in self.families.values():
            whole.add(count)
        return whole

    def add(self, other: Report) -> None:
        """Take up another server's part."""
        for name, count in other.families.items():
            self.families.setdefault(name, Count()).add(count)
        self.findings += other.findings
        self.kinds = dict(sorted((Counter(self.kinds) + Counter(other.kinds)).items()))
        self.operations = dict(sorted((Counter(self.operations) + Counter(other.operations)).items()))
        self.pace += other.pace
        self.seconds = max(self.seconds, other.seconds)

    def json(self) -> dict[str, Any]:
        """Return all of it as a JSON value."""
        return {**asdict(self), "total": asdict(self.total)}

    def print(self, console: Console) -> None:
        """Print the findings, and below them the counts."""
        for finding in self.findings:
            again = f"--seed {finding.seed} --index {finding.index}" if finding.index is not None else f"--seed {finding.seed}"
            console.print(f"{finding.check} ({finding.family}, {again})\n  {finding.told}\n  sent: {finding.raw}", markup=False, highlight=False)
            for answer in finding.answers:
                console.print(f"  came: {answer}", markup=False, highlight=False)
        console.print(self._table())
        for kind, number in self.kinds.items():
            console.print(f"{number} times {kind}", markup=False, highlight=False)
        pace = "; ".join(f"{one['start_ms']:.2f} ms at the start, {one['end_ms']:.2f} ms at the end (ratio {one['ratio']:.2f})" for one in self.pace)
        console.print(f"a known request: {pace}", markup=False, highlight=False)
        total = self.total
        console.print(
            f"{total.inputs} inputs in {self.seconds:.0f} s, {total.authentic} with valid credentials; "
            f"{total.accepted} accepted, {total.refused} refused; {sum(self.kinds.values())} findings",
            markup=False,
            highlight=False,
        )

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False)
        for name in ("family", "inputs", "authentic", "accepted", "refused", "no answer", "findings", "statuses"):
            table.add_column(name, justify="left" if name in ("family", "statuses") else "right")
        for name, count in [*sorted(self.families.items()), ("all", self.total)]:
            numbers = (count.inputs, count.authentic, count.accepted, count.refused, count.closed, count.findings)
            table.add_row(name, *map(str, numbers), " ".join(f"{status}:{times}" for status, times in sorted(count.statuses.items())))
        return table
