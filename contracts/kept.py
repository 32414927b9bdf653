"""What a step keeps of an answer."""

from __future__ import annotations

import re
from typing import Any

from .contract import Answer


class GivenFailed(Exception):  # noqa: N818 - the row's outcome, not this program's
    """A step before the request did not succeed, so that there is nothing to judge."""


def kept(answer: Answer, rule: Any, where: str) -> Any:
    """Return what a rule of `keep` asks for: what stands at a JSON Pointer into the body, the cookie that is set, part of a header. GivenFailed."""
    if isinstance(rule, str):
        return at(answer, rule, where)
    return _cookie(answer, rule["cookie"], where) if "cookie" in rule else _in_header(answer, rule["header"], rule["pattern"], where)


def at(answer: Answer, pointer: str, where: str) -> Any:
    """Return what a JSON Pointer finds in the answer's body. GivenFailed where there is nothing."""
    try:
        value = answer.json()
        for step in pointer.split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            value = value[int(name)] if isinstance(value, list) else value[name]
    except (ValueError, KeyError, IndexError, TypeError):
        raise GivenFailed(f"{where}: nothing at {pointer or 'the root'} of the answer {answer.status} {excerpt(answer)}") from None
    return value


def _cookie(answer: Answer, name: str, where: str) -> str:
    set_by_name, _, value = answer.headers.get("set-cookie", "").partition(";")[0].partition("=")
    if set_by_name != name:
        raise GivenFailed(f"{where}: the answer {answer.status} sets no cookie {name}")
    return value


def _in_header(answer: Answer, name: str, pattern: str, where: str) -> str:
    found = re.search(pattern, answer.headers.get(name, ""))
    if found is None:
        raise GivenFailed(f"{where}: the answer {answer.status} has no header {name} with {pattern}")
    return found[1]


def excerpt(answer: Answer) -> str:
    """Return the beginning of the answer's body."""
    return answer.body[:300].decode("utf-8", "replace")
