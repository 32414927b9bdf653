"""What may be shown of a text: no secret, and nothing that a terminal obeys."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from .veil import CUT, SHORTEST_SECRET, cut, veil

__all__ = [
    "SHORTEST_SECRET",
    "all_masked",
    "credentials",
    "cut",
    "json_or_none",
    "masked",
    "named_secrets",
    "names_secret",
    "printable",
    "secret_fields",
]
# By the field's name: password, thingPassword, password_cut, client_secret, access_token, _accessToken, key, cookie; not token_type.
_SECRET_FIELD = re.compile(r"password|secret|token$|^key$|^cookie$", re.IGNORECASE)


def printable(text: str) -> str:
    """Return the text with everything escaped that a terminal might obey."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape", "surrogatepass").decode() for letter in text)


def masked(text: str, secrets: Iterable[str]) -> str:
    """Return the text, printable, with every secret of at least SHORTEST_SECRET characters replaced by stars, in whatever form it stands there."""
    return printable(veil(frozenset(secrets))(text))


def all_masked(texts: Sequence[str], secrets: Iterable[str]) -> tuple[str, ...]:
    """Return the texts, each as `masked` has it."""
    hides = veil(frozenset(secrets))
    together = "\n".join(texts)
    # One look at all of them costs as much as one at each; where one is cut off, what comes behind it matters.
    if CUT not in together and hides(together) == together:
        return tuple(map(printable, texts))
    return tuple(printable(hides(text)) for text in texts)


def credentials(headers: Mapping[str, str]) -> set[str]:
    """Return the secret parts of a request's headers: behind the scheme, behind a cookie's name, or a key."""
    found = set()
    for name, value in headers.items():
        if name in ("Authorization", "Cookie"):
            found.add(value.partition("=" if name == "Cookie" else " ")[2])
        elif name.lower().endswith("key"):
            found.add(value)
    return found


def secret_fields(node: Any) -> Iterator[str]:
    """Yield the texts and numbers of a JSON value that stand under a name such as password, client_secret or access_token."""
    yield from (secret for _, secret in named_secrets(node))


def named_secrets(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the same, each with the names that lead to it."""
    if isinstance(node, Mapping):
        for name, value in node.items():
            if isinstance(value, Mapping | list):
                yield from named_secrets(value, (*path, str(name)))
            elif isinstance(value, str | int) and not isinstance(value, bool) and names_secret(str(name)):
                yield (*path, str(name)), str(value)
    elif isinstance(node, list):
        for item in node:
            yield from named_secrets(item, path)


@lru_cache(10_000)
def names_secret(name: str) -> bool:
    """Return whether what stands under this name is a secret."""
    return _SECRET_FIELD.search(name) is not None


def json_or_none(content: bytes) -> Any:
    """Return the JSON value that the content is, None where it is none."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
