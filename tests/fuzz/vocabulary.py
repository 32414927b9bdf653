"""The words of one world: its ids, credentials, passwords and codes, under the names that the specs use for them."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Any

SYNONYMS = {"username": "login", "loginname": "login", "identifier": "login"}


def flat(name: str) -> str:
    """Return a name as the words are kept by it, however a spec writes it."""
    key = name.lower().replace("_", "").replace("-", "")
    return SYNONYMS.get(key, key)


@dataclass
class Realm:
    """Words that belong together, such as those of one application.

    words: by name (an id of `users` is `userid`, its token `token` and `usertoken`). tokens: by the id of who carries it.
    rows: the words of one user or thing each, so that a login meets its password. memories: what was sent and came back when an operation
    succeeded, so that a code meets its thing again. All names are flat.
    """

    words: dict[str, list[str]]
    tokens: dict[str, str]
    rows: list[dict[str, str]]
    memories: list[dict[str, str]] = field(default_factory=list)

    def candidates(self, name: str) -> list[str]:
        """Return the words for a parameter, field or header of this name: by the whole name, else by the longest part of it."""
        key = flat(name)
        if key in self.words:
            return self.words[key]
        near = [word for word in self.words if len(word) > 2 and (key.endswith(word) or key.startswith(word))]
        return self.words[max(near, key=len)] if near else []


@dataclass
class Vocabulary:
    """What a world's inputs are made of. prefix: where its paths begin. realms: by vendor."""

    prefix: str
    realms: Mapping[str, list[Realm]]

    def realm(self, rng: Random, vendor: str) -> Realm:
        """Return one of the vendor's realms, the first twice as often as each other."""
        realms = self.realms[vendor]
        return rng.choice([realms[0], *realms])

    @cached_property
    def credential(self) -> re.Pattern[bytes]:
        """Return what finds a valid credential, whole and in its place, in the bytes of a request."""
        realms = [realm for realms in self.realms.values() for realm in realms]
        secrets = [secret for realm in realms for secret in (*realm.tokens.values(), *realm.words.get("cookie", ()), *realm.words.get("basic", ()))]
        return re.compile(rb"(?:[Bb]earer |[Bb]asic |=)(?:%s)(?=[\r\n;]|$)" % b"|".join(re.escape(secret.encode()) for secret in set(secrets)))


def vocabulary(prefix: str, target: Mapping[str, Any], vendors: tuple[str, ...]) -> Vocabulary:
    """Return the words of a world that is described as a target file describes a deployment."""
    return Vocabulary(prefix, {vendor: [_realm(part, noun) for part, noun in _parts(target.get(vendor, {}))] for vendor in vendors})


def _parts(table: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], str]]:
    """Return a table's realms, each with its noun: the rows that hold tables of their own, else the table as a whole."""
    for key, value in table.items():
        if isinstance(value, list) and value and any(_is_rows(inner) for inner in value[0].values()):
            return [(row, key.removesuffix("s")) for row in value]
    return [(table, "")]


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _realm(table: Mapping[str, Any], noun: str) -> Realm:
    words: dict[str, list[str]] = {}
    tokens: dict[str, str] = {}
    for name, value in _named(table, noun):
        words.setdefault(name, []).append(value)
    for row in _rows(table):
        if "token" in row:
            tokens[row.get("id", "admin")] = row["token"]
    rows = [dict(_named(row, key.removesuffix("s"))) for key, inner in table.items() if _is_rows(inner) for row in inner]
    realm = Realm({name: list(dict.fromkeys(values)) for name, values in words.items()}, tokens, rows)
    for key in realm.candidates("key"):
        realm.words["basic"] = [base64.b64encode(f"{realm.words[f'{noun}id'][0]}:{key}".encode()).decode()]
    return realm


def _rows(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _rows(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _rows(inner)


def _named(value: Any, noun: str) -> Iterator[tuple[str, str]]:
    """Yield (name, word) for every text below a table of this noun."""
    for key, inner in value.items():
        if isinstance(inner, str):
            yield from ((name, inner) for name in _names(key, noun))
        elif isinstance(inner, dict) and key != "picks":
            yield from _named(inner, key)
        elif _is_rows(inner):
            for row in inner:
                yield from _named(row, key.removesuffix("s"))


def _names(key: str, noun: str) -> set[str]:
    name = flat(key)
    if key == "id":
        return {f"{noun}id"}
    if key.endswith("_id"):
        return {name, f"{key.removesuffix('_id').replace('_', '')}{noun}id"}
    return {name, noun + name}
