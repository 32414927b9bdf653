"""The cells of the matrix as tables: who calls what, a table for each state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..result import Result

ROWS, COLUMNS = "principal", "operation"
"""The axes that a table has; those beside them tell one table from another."""


@dataclass(frozen=True)
class Grid:
    """A table of cells. title: grid and state. cells: by (row, column); a combination that makes no sense has none."""

    vendor: str
    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, str], Result]


def grids(results: Iterable[Result]) -> list[Grid]:
    """Return a table for each grid and state of the matrix, rows and columns in the order in which they were played first."""
    found: dict[tuple[str, str], dict[tuple[str, str], Result]] = {}
    for result in results:
        # One without axes speaks for a matrix that was not played.
        if result.layer == "matrix" and result.axes:
            others = [entry for axis, entry in result.axes.items() if axis not in (ROWS, COLUMNS)]
            title = " / ".join([result.case.partition("/")[0], *others])
            place = result.axes.get(ROWS, ""), result.axes.get(COLUMNS, result.operation)
            found.setdefault((result.vendor, title), {})[place] = result
    return [
        Grid(vendor, title, tuple(dict.fromkeys(row for row, _ in cells)), tuple(dict.fromkeys(column for _, column in cells)), cells)
        for (vendor, title), cells in found.items()
    ]


def side_by_side(tables: Iterable[Grid]) -> list[Grid]:
    """Return the tables, those of one grid that have the same only column put together: then each state is a column."""
    found: dict[tuple[str, str, tuple[str, ...]], list[tuple[str, Grid]]] = {}
    for table in tables:
        name, _, state = table.title.partition(" / ")
        alone = len(table.columns) == 1 and state
        found.setdefault((table.vendor, name if alone else table.title, table.columns), []).append((state, table))
    return [_joined(vendor, f"{name} / {columns[0]}", parts) if len(parts) > 1 else parts[0][1] for (vendor, name, columns), parts in found.items()]


def _joined(vendor: str, title: str, parts: Sequence[tuple[str, Grid]]) -> Grid:
    cells = {(who, state): result for state, table in parts for (who, _), result in table.cells.items()}
    return Grid(vendor, title, tuple(dict.fromkeys(who for _, table in parts for who in table.rows)), tuple(state for state, _ in parts), cells)
