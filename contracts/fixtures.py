"""What a row is played with: principals and named values, drawn from a target's table."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .. import specs

SHORTEST_SECRET = 4
"""In characters: to mask a shorter one would garble every text, and hide nothing."""
VARIABLE = re.compile(r"\$([a-z][a-z0-9_]*)((?:\.[a-z][a-z0-9_]*)*)")


class Unavailable(Exception):  # noqa: N818 - no error: a row that this target cannot be asked
    """The target has no such fixture; the message says which, and the row is skipped with it."""


class UnboundError(ValueError):
    """A row names a value that its needs do not bind: a mistake in the case."""


@dataclass(frozen=True)
class Binding:
    """principals: request headers by name. values: what `$name.field` stands for; a plain value, or a dict of fields.

    given: credentials that answers have brought.
    """

    principals: Mapping[str, Mapping[str, str]]
    values: dict[str, Any] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)

    def heed(self, body: Any) -> None:
        """Remember every token in an answer's JSON value: each text whose name ends so."""
        if isinstance(body, dict):
            self.given.update(value for name, value in body.items() if name.lower().endswith("token") and isinstance(value, str))
        for part in body.values() if isinstance(body, dict) else body if isinstance(body, list) else ():
            self.heed(part)

    def fill(self, node: Any) -> Any:
        """Return a JSON value with every variable in its strings replaced. UnboundError."""
        if isinstance(node, str):
            return self._text(node)
        if isinstance(node, list):
            return [self.fill(item) for item in node]
        if isinstance(node, dict):
            return {key: self.fill(value) for key, value in node.items()}
        return node

    def masked(self, text: str) -> str:
        """Return the text, printable, with every credential and password of the row's replaced by stars."""
        for secret in sorted(self._secrets(), key=len, reverse=True):
            text = text.replace(secret, "***")
        return printable(text)

    def _secrets(self) -> set[str]:
        sent = {(name, value) for headers in self.principals.values() for name, value in headers.items()}
        credentials = {value.partition("=" if name == "Cookie" else " ")[2] for name, value in sent}
        fields = [fields for fields in self.values.values() if isinstance(fields, Mapping)]
        told = {str(value) for row in fields for name, value in row.items() if name == "key" or name.startswith("password")}
        return {secret for secret in credentials | told | self.given if len(secret) >= SHORTEST_SECRET}

    def _text(self, text: str) -> Any:
        whole = VARIABLE.fullmatch(text)
        if whole:
            return self._value(whole)
        return VARIABLE.sub(lambda found: str(self._value(found)), text)

    def _value(self, found: re.Match[str]) -> Any:
        value: Any = self.values
        for name in (found[1], *found[2].split(".")[1:]):
            if not isinstance(value, Mapping) or name not in value:
                raise UnboundError(f"{found[0]} is not bound: the row's needs do not ask for it")
            value = value[name]
        return value


@dataclass
class Pool:
    """What a target has to draw from, and what of it has been used up in this run.

    table: the vendor's table of the target file. share: (turn, of): this run's part where several runs share the pool; fixtures
    that a row uses up are dealt out in turn.
    """

    table: Mapping[str, Any]
    share: tuple[int, int] = (0, 1)
    used: set[str] = field(default_factory=set)

    def fresh(self, what: str, rows: list[Mapping[str, Any]], key: str) -> Mapping[str, Any]:
        """Return a row that is marked fresh and was not used yet, and count it as used. Unavailable."""
        turn, of = self.share
        mine = [row for row in rows if row.get("fresh", True)][turn::of]
        for row in mine:
            if row[key] not in self.used:
                self.used.add(row[key])
                return row
        raise Unavailable(f"no fresh {what} is left among the {len(mine)} that the target lists")


@dataclass(frozen=True)
class Seeds:
    """What Schemathesis starts from. parameters: known values by `path.NAME` or `body.NAME`. credentials: its auth settings by security scheme.

    expected: the statuses that a request with good data may get; expected_of: those of single operations, by operationId.
    """

    parameters: Mapping[str, list[str]]
    credentials: Mapping[str, Mapping[str, str]]
    expected: tuple[int, ...]
    expected_of: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """A vendor's column in the suites.

    bind: (needs without settings, pool) → Binding; Unavailable. seeds: pool → Seeds; Unavailable.
    path: what a path parameter stands for where a row does not say.
    needs_schema, table_schema: JSON Schemas of a row's needs and of the vendor's table in a target file.
    """

    name: str
    bind: Callable[[Mapping[str, Any], Pool], Binding]
    seeds: Callable[[Pool], Seeds]
    path: Mapping[str, str]
    needs_schema: Mapping[str, Any]
    table_schema: Mapping[str, Any]


def draw(column: Column, needs: Mapping[str, Any], pool: Pool) -> Binding:
    """Return what the column binds for these needs, and each pick as $pick.NAME: declared, or else the mock's.

    Unavailable: then nothing of the pool has been used up.
    """
    used = set(pool.used)
    try:
        binding = column.bind(needs, pool)
    except Unavailable:
        pool.used = used
        raise
    defaults = {name: pick.default for name, pick in specs.ledger(column.name).picks.items()}
    return replace(binding, values={**binding.values, "pick": {**defaults, **pool.table.get("picks", {})}})


def printable(text: str) -> str:
    """Return the text with everything escaped that a terminal might obey."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape", "surrogatepass").decode() for letter in text)
