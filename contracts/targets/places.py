"""Where in a TOML file a field stands.

The syntax tree is tree-sitter's, which keeps the place of everything; tomllib, which says what a file means, keeps none.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

Path = tuple[str | int, ...]
"""A field of a document: the names and numbers that lead to it."""


class Places:
    """The lines of a TOML document's fields. text: the document, which tomllib has read without an error."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {}
        self._lengths: dict[Path, int] = {}
        for node in Parser(Language(tree_sitter_toml.language())).parse(text.encode()).root_node.named_children:
            if node.type == "pair":
                self._pair(node, ())
            elif node.type in ("table", "table_array_element"):
                self._table(node)

    def line(self, path: Path) -> int | None:
        """Return the line, counted from 1, of the field, or else of the closest table that it would be in; None where there is none."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._lines:
                return self._lines[path[:length]]
        return None

    def _table(self, node: Node) -> None:
        head, *rest = node.named_children
        path: Path = ()
        names = list(_names(head))
        for number, name in enumerate(names, 1):
            path = (*path, name)
            self._lines.setdefault(path, _line(node))
            if number == len(names) and node.type == "table_array_element":
                self._lengths[path] = self._lengths.get(path, 0) + 1
            if path in self._lengths:
                path = (*path, self._lengths[path] - 1)
                self._lines.setdefault(path, _line(node))
        self._lines[path] = _line(node)
        for pair in rest:
            self._pair(pair, path)

    def _pair(self, node: Node, path: Path) -> None:
        if node.type != "pair":
            return
        head, *values = node.named_children
        for name in _names(head):
            path = (*path, name)
            self._lines.setdefault(path, _line(node))
        for value in values[:1]:
            self._value(value, path)

    def _value(self, node: Node, path: Path) -> None:
        if node.type == "inline_table":
            for pair in node.named_children:
                self._pair(pair, path)
        elif node.type == "array":
            items = (item for item in node.named_children if item.type != "comment")
            for number, item in enumerate(items):
                self._lines[*path, number] = _line(item)
                self._value(item, (*path, number))


def _line(node: Node) -> int:
    return int(node.start_point.row) + 1


def _names(key: Node) -> Iterator[str]:
    """Yield the names of a key, which may be dotted and quoted."""
    # As tomllib reads it, so that the names are those of the document.
    document = tomllib.loads(f"{(key.text or b'').decode()} = 0")
    while isinstance(document, dict):
        ((name, document),) = document.items()
        yield name
