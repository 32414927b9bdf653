"""Text, code and tables as GitHub's Markdown has them, whatever a server has sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

LONGEST = 300
"""Characters of a text that are shown."""
_MARKS = {ord(letter): f"&#{ord(letter)};" for letter in "\\`*_{}[]<>()#+!|~@&\"'$:"}


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table. rows: what is Markdown by now."""
    yield f"| {' | '.join(headings)} |"
    yield f"|{'---|' * len(headings)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


def text(plain: str) -> str:
    """Return a plain text, cut where it is long, as text that is no markup."""
    cut = plain if len(plain) <= LONGEST else f"{plain[:LONGEST]}…"
    return " ".join(cut.split()).translate(_MARKS)


def code(plain: str) -> str:
    """Return the same as code; nothing of an empty text."""
    return f"<code>{text(plain)}</code>" if plain else ""
