"""A scenario's YAML: its value, and on which line each part of it stands."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import yaml

from ..strict import DEEPEST
from .mistakes import Mistake, Place, ScenarioError

_C_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_KINDS = {"str": "a text", "int": "a number", "float": "a number", "bool": "true or false", "null": "nothing"}
MOST_PARTS = 200_000
"""So many values a scenario may have, each counted as often as an alias repeats it."""
LONGEST_ODD_NUMBER = 200
"""A number that JSON would write otherwise has fewer characters than this."""
_MERGE = f"{_TAG}merge"


def _without_moments(resolvers: dict[str, list[tuple[str, Any]]]) -> dict[str, list[tuple[str, Any]]]:
    """Return the resolvers of plain words without that of dates: a moment is a text here, as it is in JSON."""
    return {first: [pair for pair in pairs if pair[0] != f"{_TAG}timestamp"] for first, pairs in resolvers.items()}


_Loader: Any = type("_Loader", (_C_LOADER,), {"yaml_implicit_resolvers": _without_moments(_C_LOADER.yaml_implicit_resolvers)})


class Source:
    """A YAML text that has been read. value: as JSON has it. mistakes: what JSON could not say, or could say in two ways."""

    def __init__(self, file: str, text: str) -> None:
        """ScenarioError where the text is no YAML, and where it is endless."""
        self.file = file
        try:
            loader = _Loader(text)
            try:
                self._root = loader.get_single_node()
                self.mistakes = [] if self._root is None else list(_odd(_bounded(self._root), (), []))
                self.value: Any = None if self._root is None else loader.construct_document(self._root)
            finally:
                loader.dispose()
        except yaml.MarkedYAMLError as error:
            line = None if error.problem_mark is None else error.problem_mark.line + 1
            raise self._unreadable(" ".join(f"{error.context or ''} {error.problem or ''}".split()), line) from None
        except (yaml.YAMLError, ValueError) as error:
            raise self._unreadable(" ".join(str(error).split())) from None
        except RecursionError:
            raise self._unreadable(f"it is nested deeper than {DEEPEST} levels") from None

    def _unreadable(self, why: str, line: int | None = None) -> ScenarioError:
        where = self.file if line is None else f"{self.file}:{line}"
        return ScenarioError(f"{where}: not YAML that can be read: {why}")

    def line(self, place: Place) -> int:
        """Return the number of the line on which the value at this place stands, or its name; or the closest that there is around it."""
        node, line = self._root, 1
        for step in place:
            found = _child(node, step)
            if found is None:
                break
            line, node = found
        return int(line)

    def spelled(self, place: Place) -> str | None:
        """Return how the value at this place is written, where it is one plain word; else None."""
        node = self._root
        for step in place:
            found = _child(node, step)
            if found is None:
                return None
            node = found[1]
        return str(node.value) if isinstance(node, yaml.ScalarNode) and not node.style else None


def _child(node: Any, step: str | int) -> tuple[int, Any] | None:
    """Return the line on which a part of the node begins, and the part."""
    if isinstance(node, yaml.MappingNode):
        # The last counts where a name is given twice.
        return next(((key.start_mark.line + 1, value) for key, value in reversed(node.value) if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark.line + 1, node.value[step]
    return None


def _bounded(root: Any) -> Any:
    """Return the node. ValueError where it, its aliases replaced by what they stand for, has more than MOST_PARTS values, or no end."""
    count, level = 0, [root]
    while level:
        count += len(level)
        if count > MOST_PARTS:
            raise ValueError(f"$ it has more than {MOST_PARTS} parts, or holds itself")
        inside: list[Any] = []
        for node in level:
            if isinstance(node, yaml.MappingNode):
                inside.extend(value for _, value in node.value)
            elif isinstance(node, yaml.SequenceNode):
                inside.extend(node.value)
        level = inside
    return root


def _odd(node: Any, place: Place, around: list[Any]) -> Iterator[Mistake]:
    """Yield what JSON does not have, and take it for a text, a mapping or a list from then on. ValueError where there is no end."""
    if any(node is outer for outer in around):
        raise ValueError("$ it holds itself")
    if len(around) > DEEPEST:
        raise ValueError(f"it is nested deeper than {DEEPEST} levels")
    if isinstance(node, yaml.ScalarNode):
        yield from _odd_word(node, place)
        return
    kind: str = "map" if isinstance(node, yaml.MappingNode) else "seq"
    if node.tag != _TAG + kind:
        yield Mistake(place, f"the tag {node.tag.replace(_TAG, '!!')} is not for scenarios: leave it out")
        node.tag = _TAG + kind
    if kind == "map":
        yield from _odd_names(node, place)
    around.append(node)
    inside = [(str(key.value), value) for key, value in node.value] if kind == "map" else list(enumerate(node.value))
    for step, value in inside:
        yield from _odd(value, (*place, step), around)
    around.pop()


def _odd_word(node: Any, place: Place) -> Iterator[Mistake]:
    if node.tag == f"{_TAG}float" and node.value.lstrip("+-").lower() in (".inf", ".nan"):
        yield Mistake(place, f"{node.value} is no number that JSON has")
        node.value = "0"
        return
    if node.tag in (f"{_TAG}int", f"{_TAG}float") and not _fits_a_double(node.value):
        yield Mistake(place, "the number is too large")
        node.value = "0"
        return
    if node.tag.removeprefix(_TAG) not in _KINDS:
        yield Mistake(place, f"the tag {node.tag.replace(_TAG, '!!')} is not for scenarios: leave it out")
        node.tag = f"{_TAG}str"


def _fits_a_double(written: str) -> bool:
    """Return whether a number is in the range of JSON's. It may be written in YAML's own ways, as 0x1F or 1_000 or 1:30."""
    try:
        return math.isfinite(float(written))
    except ValueError:
        return len(written) < LONGEST_ODD_NUMBER


def _odd_names(node: Any, place: Place) -> Iterator[Mistake]:
    names: dict[str, int] = {}
    for key, _ in node.value:
        if key.tag == _MERGE or not isinstance(key, yaml.ScalarNode):
            continue
        if key.tag != f"{_TAG}str":
            kind = _KINDS.get(key.tag.removeprefix(_TAG), "no text")
            yield Mistake((*place, key.value), f"the name {key.value or '(an empty one)'} is read as {kind}: put it in quotes")
            key.tag = f"{_TAG}str"
        if key.value in names:
            yield Mistake((*place, key.value), f"the name is given twice here, first on line {names[key.value]}: one of the two would not count")
        names.setdefault(key.value, key.start_mark.line + 1)
