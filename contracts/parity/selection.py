"""The rows that are compared: chosen by an expression as pytest's -k has it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from ..case import Case, cases

Known = Callable[[str], bool]
"""Says whether a word is known."""
Wanted = Callable[[Known], bool]
_PIECE = re.compile(r"\s*([()]|[\w:+\-.\[\]/\\]+|\S)")
_WORD = re.compile(r"[\w:+\-.\[\]/\\]+")
_SPOKEN_FOR = frozenset({"and", "or", "not"})
END = ""
"""Stands behind the last piece."""


class SelectionError(ValueError):
    """An expression that chooses no rows because it cannot be read: the message says why."""


def selected(vendor: str, keyword: str, rows: Iterable[Case] | None = None) -> list[Case]:
    """Return those of the vendor's rows, or of these, that the expression fits, all without one. CaseError, SelectionError."""
    found = list(cases(vendor) if rows is None else rows)
    if not keyword.strip():
        return found
    try:
        wanted = expression(keyword)
    except SelectionError as error:
        raise SelectionError(f"-k {keyword!r}: {error}") from None
    return [row for row in found if wanted(_standing_in(row.id.lower(), vendor))]


def _standing_in(*names: str) -> Known:
    """Return what knows a word that stands in one of the names."""
    return lambda word: any(word.lower() in name for name in names)


def expression(text: str) -> Wanted:
    """Return what a text of words, `and`, `or`, `not` and brackets asks for. SelectionError."""
    pieces = [*_PIECE.findall(text), END]
    try:
        wanted = _either(pieces)
    except RecursionError:
        raise SelectionError("it is nested too deeply") from None
    if pieces != [END]:
        raise SelectionError(f"{pieces[0]!r} cannot stand there")
    return wanted


def _either(pieces: list[str]) -> Wanted:
    return _joined(pieces, "or", _all, any)


def _all(pieces: list[str]) -> Wanted:
    return _joined(pieces, "and", _one, all)


def _joined(pieces: list[str], word: str, part: Callable[[list[str]], Wanted], join: Callable[[Iterable[bool]], bool]) -> Wanted:
    parts = [part(pieces)]
    while pieces[0] == word:
        del pieces[0]
        parts.append(part(pieces))
    return lambda known: join(found(known) for found in parts)


def _one(pieces: list[str]) -> Wanted:
    piece = pieces[0] if len(pieces) == 1 else pieces.pop(0)
    if piece == "not":
        part = _one(pieces)
        return lambda known: not part(known)
    if piece == "(":
        inner = _either(pieces)
        if pieces.pop(0) != ")":
            raise SelectionError("a bracket is not closed")
        return inner
    if piece in _SPOKEN_FOR or not _WORD.fullmatch(piece):
        raise SelectionError(f"a word, `not` or a bracket is to stand {f'where there is {piece!r}' if piece else 'at its end'}")
    return lambda known: known(piece)
