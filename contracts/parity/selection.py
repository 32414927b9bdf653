"""The rows that are compared."""

from __future__ import annotations

from collections.abc import Iterable

# pytest has no public name for what reads its -k, and two ways to read one option would be worse.
from _pytest.mark.expression import Expression

from ..case import Case, cases


class SelectionError(ValueError):
    """An expression that chooses no rows because it cannot be read: the message says why."""


def selected(vendor: str, keyword: str, rows: Iterable[Case] | None = None) -> list[Case]:
    """Return those of the vendor's rows, or of these, that the expression fits, all without one. CaseError, SelectionError."""
    found = list(cases(vendor) if rows is None else rows)
    if not keyword:
        return found
    try:
        wanted = Expression.compile(keyword)
    except SyntaxError as error:
        raise SelectionError(f"-k {keyword!r}: {error}") from None
    return [row for row in found if wanted.evaluate(_Named((row.id.lower(), vendor)))]


class _Named:
    """Knows a word that stands in one of the names, as pytest's -k does."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)

    def __call__(self, word: str, /, **_: str | int | bool | None) -> bool:
        return any(word.lower() in name for name in self.names)
