"""What may be told of another suite: nothing that its command or its environment names a secret."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from ..shown import names_secret

SCHEMES = frozenset({"bearer", "basic"})
_NAMED = re.compile(r"-*([A-Za-z0-9_-]+)=(.+)", re.DOTALL)


def secrets_of(words: Iterable[str], environment: Mapping[str, str]) -> frozenset[str]:
    """Return what a command's words give under a secret's name (--token X, --password=X, TOKEN=X, Bearer X), and what such variables hold."""
    held = {value for name, value in environment.items() if names_secret(name)}
    return frozenset({*held, *_given(list(_flat(words)))} - {""})


def _flat(words: Iterable[str]) -> Iterator[str]:
    """Yield the words, and in place of one that is a command for a shell the words of that."""
    for word in words:
        inner = [word]
        with suppress(ValueError):
            inner = shlex.split(word)
        yield from _flat(inner) if len(inner) > 1 else inner


def _given(words: list[str]) -> Iterator[str]:
    for before, word in zip(["", *words], words, strict=False):
        named = _NAMED.fullmatch(word)
        if named and names_secret(named[1]):
            yield named[2]
        elif before.lower() in SCHEMES or (before.startswith("-") and names_secret(before.lstrip("-"))):
            yield word
