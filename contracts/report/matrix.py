"""The authorization matrix on a terminal: for each grid and state a table of principals by operations, the clause and the verdict in each cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..result import Result, Verdict
from .grids import Grid, grids
from .terminal import style

WHO = 44
"""Columns for the names of principals that fare alike; what is longer goes on in the next line."""
GAP = 2

Row = Mapping[str, Text]
"""What a table shows of one principal, by operation."""
Rows = Mapping[str, Row]


def print_grids(console: Console, results: Iterable[Result], *, whole: bool = True) -> None:
    """Print every grid; states in which all fare alike have one table, and principals who fare alike one row.

    whole: whether tables without a broken cell are printed too; where they are not, a line says so.
    """
    alike: dict[tuple[str, str], list[tuple[list[str], Rows]]] = {}
    known = grids(results)
    shown = [grid for grid in known if whole or any(cell.verdict.in_full for cell in grid.cells.values())]
    for grid in shown:
        name, _, state = grid.title.partition(" / ")
        rows, tables = _rows(grid), alike.setdefault((grid.vendor, name), [])
        same = next((states for states, other in tables if other == rows), None)
        if same is None:
            tables.append(([state], rows))
        else:
            same.append(state)
    for (vendor, name), tables in alike.items():
        console.print(f"\n[bold]{vendor} {name}[/]")
        for states, rows in tables:
            console.print(f"[italic]{'; '.join(states)}[/]", soft_wrap=True)
            for operations in _fitting(rows, console.width):
                console.print(_table(rows, operations))
    if len(shown) < len(known):
        left = "the other tables" if shown else "the tables"
        console.print(f"\nmatrix: {left} have no broken cell; `--layer matrix` prints all {len(known)}, and --html has them", soft_wrap=True)


def _rows(grid: Grid) -> Rows:
    """Return the rows of the grid's table; principals who fare alike share one, under all their names."""
    found: list[tuple[list[str], Row]] = []
    for who in grid.rows:
        row = {operation: _told(grid.cells[who, operation]) for operation in grid.columns if (who, operation) in grid.cells}
        names = next((names for names, known in found if known == row), None)
        if names is None:
            found.append(([who], row))
        else:
            names.append(who)
    return {", ".join(names): row for names, row in found}


def _told(result: Result) -> Text:
    """Return the clause without the name of its page, and the verdict where it is no pass."""
    clause = result.clause.partition(".")[2] or result.clause
    return Text(clause if result.verdict is Verdict.PASS else f"{result.word.upper()} {clause}", style(result.verdict, result.excuse))


def _fitting(rows: Rows, width: int) -> Iterator[list[str]]:
    """Yield the operations in portions whose columns fit into the width."""
    portion: list[str] = []
    left = width - WHO - GAP
    for operation in dict.fromkeys(operation for row in rows.values() for operation in row):
        needed = max(cell_len(operation), *(row[operation].cell_len for row in rows.values() if operation in row)) + GAP
        if portion and needed > left:
            yield portion
            portion, left = [], width - WHO - GAP
        portion.append(operation)
        left -= needed
    if portion:
        yield portion


def _table(rows: Rows, operations: Sequence[str]) -> Table:
    table = Table(box=None, padding=(0, GAP, 0, 0), header_style="bold", pad_edge=False)
    table.add_column("", max_width=WHO, overflow="fold")
    for operation in operations:
        table.add_column(operation, no_wrap=True)
    for who, row in rows.items():
        if any(operation in row for operation in operations):
            table.add_row(Text(who), *(row.get(operation, "") for operation in operations))
    return table
