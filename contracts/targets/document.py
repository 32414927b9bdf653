"""A target file's content: what stands in it, what it means, and how an error in it is told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..shown import names_secret, printable

Path = tuple[str | int, ...]
"""A field: the names and numbers that lead to it."""
HEADERS = "headers"
PICKS = "picks"
_PLAIN = re.compile(r"\w+", re.ASCII)


class TargetError(ValueError):
    """A target that cannot be used: the message says what, where in the file, and what to do."""


@dataclass(frozen=True)
class Document:
    """source: what to call it. raw: as it is written. data: with its references replaced. text: the file's, None where there is no file."""

    source: str
    raw: Mapping[str, Any] = field(repr=False)
    data: Mapping[str, Any] = field(repr=False)
    text: str | None = field(default=None, repr=False)

    def error(self, path: Path, says: str, at: Path | None = None) -> TargetError:
        """Return the error that something is wrong with a field. at: the field whose line is told, where it is another."""
        return TargetError(f"target {self.source}: {self.place(path, at)}: {says}")

    def place(self, path: Path, at: Path | None = None) -> str:
        """Return where a field stands: its line, where there is a file, and the names that lead to it."""
        line = self.line(path if at is None else at)
        return f"at {named(path)}" if line is None else f"line {line}, at {named(path)}"

    def line(self, path: Path) -> int | None:
        """Return the line of a field, None where it has none."""
        if self.text is None:
            return None
        from .places import Places  # noqa: PLC0415 - only an error asks for a line

        return Places(self.text).line(path)

    def shown(self, path: Path) -> str:
        """Return a field as it is written, never what a variable holds; of a secret nothing."""
        if is_secret(path):
            return "it"
        value = at(self.raw, path)
        return printable(value if isinstance(value, str) and "${" in value else repr(value))


def at(node: Any, path: Path) -> Any:
    """Return what stands at the path."""
    for step in path:
        node = node[step]
    return node


def texts(node: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield every text in a JSON value, with the names and numbers that lead to it."""
    if isinstance(node, str):
        yield path, node
    elif isinstance(node, Mapping):
        for name, value in node.items():
            yield from texts(value, (*path, name))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from texts(value, (*path, number))


def is_secret(path: Path) -> bool:
    """Return whether the field is one that holds a secret: by its own name, or a header that goes out with every request."""
    if path[:1] == (HEADERS,):
        return len(path) > 1
    # A pick's name may speak of tokens and passwords; its value is none.
    return PICKS not in path and any(isinstance(name, str) and names_secret(name) for name in path)


def named(path: Path) -> str:
    """Return the path as one text: $.apps[0].key."""
    parts = (f"[{step}]" if isinstance(step, int) else f".{step}" if _PLAIN.fullmatch(step) else f"[{json.dumps(step)}]" for step in path)
    return "$" + "".join(parts)
