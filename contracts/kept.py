"""What a step keeps of an answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .contract import Answer
from .unavailable import Unavailable
from .veil import cut

LONGEST = 300
"""Characters of an answer's body that are shown."""


class GivenFailed(Exception):  # noqa: N818 - the row's outcome, not this program's
    """A step before the request did not succeed, so that there is nothing to judge."""


# What a sloppy comparison would take for the text.
FORMS: Mapping[str, Callable[[str], str]] = {"cut": lambda text: text[:-1], "other_case": str.swapcase}


def kept(answer: Answer, rule: Any, where: str) -> Any:
    """Return what a rule of `keep` asks for: what stands at a JSON Pointer into the body, a form of it, the cookie that is set, part of a header.

    GivenFailed. Unavailable where the form is the text itself: digits have no other case.
    """
    if isinstance(rule, str):
        return at(answer, rule, where)
    if "header" in rule:
        return _in_header(answer, rule["header"], rule["pattern"], where)
    return _cookie(answer, rule["cookie"], where) if "cookie" in rule else _form(at(answer, rule["at"], where), rule, where)


def _form(text: Any, rule: Mapping[str, str], where: str) -> str:
    if not isinstance(text, str):
        raise GivenFailed(f"{where}: what the answer has at {rule['at']} is no text")
    form = FORMS[rule["form"]](text)
    if form == text:
        raise Unavailable(f"{where}: what the answer has at {rule['at']} is the same in the form {rule['form']}")
    return form


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
    # What stands before the server may set cookies of its own; they come as one header, with commas between them.
    found = re.search(rf"(?:^|, ){re.escape(name)}=([^;,]*)", answer.headers.get("set-cookie", ""))
    if found is None:
        raise GivenFailed(f"{where}: the answer {answer.status} sets no cookie {name}")
    return found[1]


def _in_header(answer: Answer, name: str, pattern: str, where: str) -> str:
    found = re.search(pattern, answer.headers.get(name, ""))
    if found is None:
        raise GivenFailed(f"{where}: the answer {answer.status} has no header {name} with {pattern}")
    return found[1]


def excerpt(answer: Answer) -> str:
    """Return the beginning of the answer's body."""
    return cut(answer.body[: 4 * LONGEST].decode("utf-8", "replace"), LONGEST)
