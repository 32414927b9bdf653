"""The authorization matrix on a terminal: a table for each state of a grid, principals by operations, the clause and the verdict of each cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..matrix import OPERATION, PRINCIPAL
from ..result import Result, Verdict
from .terminal import STYLES

WHO = 44
"""Columns for the names of principals that fare alike; what is longer goes on in the next line."""
GAP = 2

Row = Mapping[str, Result]
"""What one principal's cells came to, by operation."""


@dataclass
class Grid:
    """A grid's results: of each state, by its name, of each principal, by operation. A further axis is part of the state's name."""

    vendor: str
    name: str
    states: dict[str, dict[str, dict[str, Result]]] = field(default_factory=dict)

    @property
    def operations(self) -> list[str]:
        """Every operation, in the order in which the results came."""
        return list(dict.fromkeys(name for rows in self.states.values() for row in rows.values() for name in row))


def grids(results: Iterable[Result]) -> list[Grid]:
    """Return the grids that these results are cells of."""
    found: dict[tuple[str, str], Grid] = {}
    for result in results:
        if {OPERATION, PRINCIPAL} <= result.axes.keys():
            grid = found.setdefault((result.vendor, name := result.case.partition("/")[0]), Grid(result.vendor, name))
            state = ", ".join(value for axis, value in result.axes.items() if axis not in (OPERATION, PRINCIPAL))
            grid.states.setdefault(state, {}).setdefault(result.axes[PRINCIPAL], {})[result.axes[OPERATION]] = result
    return list(found.values())


def print_grids(console: Console, results: Iterable[Result]) -> None:
    """Print every grid; states in which all fare alike have one table, and principals who fare alike one row."""
    for grid in grids(results):
        console.print(f"\n[bold]{grid.vendor} {grid.name}[/]")
        tables: dict[tuple[object, ...], list[str]] = {}
        for state, rows in grid.states.items():
            tables.setdefault(tuple((who, _signature(row)) for who, row in rows.items()), []).append(state)
        for states in tables.values():
            console.print(f"  [italic]{'; '.join(states)}[/]", soft_wrap=True)
            alike = _alike(grid.states[states[0]])
            for operations in _fitting(grid.operations, [row for _, row in alike], console.width):
                console.print(_table(alike, operations))


def _signature(row: Row) -> tuple[tuple[str, str], ...]:
    """Return what a row of a table shows."""
    return tuple((operation, _told(result).plain) for operation, result in row.items())


def _alike(rows: Mapping[str, Row]) -> list[tuple[str, Row]]:
    found: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for who, row in rows.items():
        found.setdefault(_signature(row), []).append(who)
    return [(", ".join(names), rows[names[0]]) for names in found.values()]


def _fitting(operations: Sequence[str], rows: Sequence[Row], width: int) -> Iterator[list[str]]:
    """Yield the operations that have a cell in these rows, in portions that fit into the width."""
    portion: list[str] = []
    left = width - WHO - GAP
    for operation in operations:
        cells = [_told(row[operation]) for row in rows if operation in row]
        if not cells:
            continue
        needed = max(cell_len(operation), *(text.cell_len for text in cells)) + GAP
        if portion and needed > left:
            yield portion
            portion, left = [], width - WHO - GAP
        portion.append(operation)
        left -= needed
    if portion:
        yield portion


def _table(rows: Sequence[tuple[str, Row]], operations: Sequence[str]) -> Table:
    table = Table(box=None, padding=(0, GAP, 0, 0), header_style="bold", pad_edge=False)
    table.add_column("    ", max_width=WHO, overflow="fold")
    for operation in operations:
        table.add_column(operation, no_wrap=True)
    for who, row in rows:
        if any(operation in row for operation in operations):
            table.add_row(Text(who), *(_told(row[operation]) if operation in row else "" for operation in operations))
    return table


def _told(result: Result) -> Text:
    """Return the clause without the name of its page, and the verdict where it is no pass."""
    clause = result.clause.partition(".")[2] or result.clause
    return Text(clause if result.verdict is Verdict.PASS else f"{str(result.verdict).upper()} {clause}", STYLES[result.verdict])
