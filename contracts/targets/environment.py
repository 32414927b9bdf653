"""References to environment variables: ${NAME} in any text of a target file stands for what the variable holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .document import Document, Path, TargetError, texts

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_REFERENCE = re.compile(rf"\$\{{({_NAME})\}}")
_BEGUN = re.compile(r"\$\{")
# A file's last line break, read into a variable, is the usual one.
_BROKEN = re.compile(r"^\s|[\x00-\x1f\x7f]|\s$")


def is_reference(text: str) -> bool:
    """Return whether the text is one reference and nothing else."""
    return _REFERENCE.fullmatch(text) is not None


def names(text: str) -> list[str]:
    """Return the names of the variables that the text refers to."""
    return _REFERENCE.findall(text)


def replaced(document: Document, environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the document with each reference replaced. What a variable holds is not looked at for references.

    TargetError: it names every variable that is not set or empty, and where it is wanted; one that holds what no field can;
    or what is no reference although it begins like one.
    """
    for path, text in texts(document.raw):
        if _BEGUN.search(_REFERENCE.sub("", text)):
            raise document.error(path, "${ begins a reference to an environment variable: ${NAME}, of A-Z a-z 0-9 _")
    wanted = [(path, name) for path, name in _references(document) if not environment.get(name)]
    if wanted:
        told = "; ".join(f"{document.place(path)}: ${{{name}}}" for path, name in wanted)
        raise TargetError(f"target {document.source}: environment variables are to be set that are not set or empty: {told}")
    for path, name in _references(document):
        if _BROKEN.search(environment[name]):
            raise document.error(path, f"what ${{{name}}} holds begins or ends with a blank, or has a line break or a control character in it")
    return {name: _filled(value, environment) for name, value in document.raw.items()}


def _references(document: Document) -> Iterator[tuple[Path, str]]:
    for path, text in texts(document.raw):
        yield from ((path, name) for name in names(text))


def _filled(node: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(node, str):
        return _REFERENCE.sub(lambda found: environment[found[1]], node)
    if isinstance(node, Mapping):
        return {name: _filled(value, environment) for name, value in node.items()}
    return [_filled(value, environment) for value in node] if isinstance(node, list) else node
