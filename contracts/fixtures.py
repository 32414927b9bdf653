"""What a row is played with: principals and named values, drawn from a target's table."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from .. import specs
from .live.accounts import Account, Cleaning
from .live.identity import Check, Held, Identity
from .live.resource import Resource, Touch
from .model import Oracle
from .seeding import Seeds
from .shown import credentials, json_or_none, masked, secret_fields
from .unavailable import Unavailable

if TYPE_CHECKING:
    from .setup import Setup

UNCLEANED = "nobody knows how it is taken back"
PICK = "pick"
"""The name that a row knows the picks by."""
VARIABLE = re.compile(r"\$([a-z][a-z0-9_]*)((?:\.[a-z][a-z0-9_]*)*)")


class UnboundError(ValueError):
    """A row names a value that its needs do not bind: a mistake in the case."""


@dataclass(frozen=True)
class Binding:
    """principals: request headers by name. values: what `$name.field` stands for; a plain value, or a dict of fields.

    learnt: secrets that the target has told since, such as the token of a login.
    """

    principals: Mapping[str, Mapping[str, str]]
    values: dict[str, Any] = field(default_factory=dict)
    learnt: set[str] = field(default_factory=set)

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
        return masked(text, self.secrets())

    def secrets(self) -> set[str]:
        """Return every credential and password of the row's."""
        sent = {secret for headers in self.principals.values() for secret in credentials(headers)}
        # A pick's name may speak of tokens and passwords; its value is none.
        bound = {name: value for name, value in self.values.items() if name != PICK}
        return {*sent, *secret_fields(bound), *self.learnt}

    def learn(self, body: bytes, set_cookie: str = "") -> None:
        """Take the secrets of an answer for the row's own: those of a body that is JSON, and the cookie that it sets. A login tells a token."""
        self.learnt.update(secret_fields(json_or_none(body)), credentials({"Cookie": set_cookie.partition(";")[0]}))

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


Names = Callable[[Mapping[str, Any]], Sequence[Resource]]


@dataclass
class Pool:
    """What a target has to draw from, and what of it has been used up in this run.

    table: the vendor's table of the target file. share: (turn, of): this run's part where several runs share the pool; fixtures
    that a row uses up are dealt out in turn. setup: what fixtures that the table lacks are made with, None where none are made.
    lease: told of each row that is to be used up, by the resource that it is and its other names; whether this run may have it.
    reads: nothing is used up, for nothing is changed. unfit: why rows that are marked fresh are not, by their keys.
    keys: the credentials of those whom the table lists.
    """

    table: Mapping[str, Any]
    share: tuple[int, int] = (0, 1)
    used: set[str] = field(default_factory=set)
    setup: Setup | None = None
    lease: Callable[[Sequence[Resource]], bool] = field(default=bool)
    reads: bool = False
    unfit: dict[str, str] = field(default_factory=dict)
    keys: Held = field(default_factory=Held)

    def fresh(  # noqa: PLR0913 - what a row of a list is, by name
        self,
        what: str,
        rows: list[Mapping[str, Any]],
        key: str,
        *,
        names: Names | None = None,
        stale: Callable[[Mapping[str, Any]], str] = lambda row: "",  # noqa: ARG005 - it is as its mark says
        unsaid: bool = True,
    ) -> Mapping[str, Any]:
        """Return a row that is marked fresh and was not used yet, and count it as used. Unavailable.

        names: the row's resource, by each of its names. stale: looks at it, and says why it is not fresh, if it is not.
        unsaid: what a row counts as that does not say whether it is fresh.
        """
        mine, left = self._mine(rows, key, unsaid=unsaid)
        elsewhere = 0
        for row in left:
            if self.reads:
                self.used.add(row[key])
                return row
            if names is not None and not self.lease(names(row)):
                elsewhere += 1
                continue
            if why := stale(row):
                self.unfit[row[key]] = why
                continue
            self.used.add(row[key])
            return row
        told = [f"{elsewhere} of them are other runs', or used up (`cleanup`)"] if elsewhere else []
        told += [f"{row[key]} {self.unfit[row[key]]}" for row in mine if row[key] in self.unfit]
        raise Unavailable("; ".join([f"no fresh {what} is left among the {len(mine)} that the target lists", *told]))

    def lasting(self, what: str, rows: list[Mapping[str, Any]], key: str) -> Mapping[str, Any]:
        """Return a row that no other row uses up meanwhile: one that is not marked fresh, or else a fresh one of this share's. Unavailable."""
        _, left = self._mine(rows, key, unsaid=False)
        for row in [*(row for row in rows if not row.get("fresh", False)), *left]:
            return row
        raise Unavailable(f"the target lists no {what}")

    def _mine(self, rows: list[Mapping[str, Any]], key: str, *, unsaid: bool) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
        """Return the fresh rows of this share, and those of them that are left."""
        turn, of = self.share
        mine = [row for row in rows if row.get("fresh", unsaid)][turn::of]
        return mine, [row for row in mine if row[key] not in {*self.used, *self.unfit}]


@dataclass(frozen=True)
class Reading:
    """Where an answer shows the value of a pick that has no closed options.

    read: (the step that was asked, its answer's JSON) → what it shows, None where that is nothing. pieces: each answer shows some of the
    value's characters, and all of them together are what can be known of it.
    """

    read: Callable[[Mapping[str, Any], Any], int | str | None]
    pieces: bool = False


def unfuzzed(_: Pool) -> Seeds:
    """Return nothing. Unavailable: a column that does not say what may be used up."""
    raise Unavailable("its column does not say what generated requests may use up")


@dataclass(frozen=True)
class Column:
    """A vendor's column in the suites.

    bind: (needs without settings, pool) → Binding; Unavailable. seeds: pool → Seeds; Unavailable. fuzz: the same, of what may be used up alone:
    what is made now, or leased; every parameter that leads to something in the deployment is among them.
    path: what a path parameter stands for where a row does not say.
    needs_schema, table_schema: JSON Schemas of a row's needs and of the vendor's table in a target file.
    oracle: returns the vendor's reference model, asked where one is wanted; None: the vendor has none.
    makes: the operations that make what a row must not leave behind, and the field of their answer that names it. uses_up: the operations that
    end what others start from. clean: (the target's table, what a run touched, whom to ask with) → what came of taking it back; Unavailable,
    httpx.HTTPError.
    touches: (method, path, body) → what such a request does where it is accepted, rightly or wrongly; None: nobody can tell. The path is
    percent-encoded. is_login: (method, path) → whether it is a login, which changes nothing that lasts. nobody: names that nothing has.
    readings: the picks whose values answers show. identities: table → the principals whom it lists. checks: table → what else of it can be
    held against a deployment, without a change to it. elsewhere: by operation, the field of the table with the base URL of its host, where that
    may be another than the target's. more: what to do so that a run checks more than what changes nothing.
    """

    name: str
    bind: Callable[[Mapping[str, Any], Pool], Binding]
    seeds: Callable[[Pool], Seeds]
    path: Mapping[str, str]
    needs_schema: Mapping[str, Any]
    table_schema: Mapping[str, Any]
    makes: Mapping[str, str] = field(default_factory=dict)
    uses_up: frozenset[str] = frozenset()
    fuzz: Callable[[Pool], Seeds] = unfuzzed
    clean: Callable[[Mapping[str, Any], Account, Setup], Cleaning] = lambda table, account, setup: Cleaning(UNCLEANED)  # noqa: ARG005 - nobody can
    touches: Callable[[str, str, bytes], Touch | None] = lambda method, path, content: None  # noqa: ARG005 - nobody can tell
    is_login: Callable[[str, str], bool] = lambda method, path: False  # noqa: ARG005 - none is known
    nobody: frozenset[str] = frozenset()
    oracle: Callable[[], Oracle] | None = None
    readings: Mapping[str, Reading] = field(default_factory=dict)
    identities: Callable[[Mapping[str, Any]], Sequence[Identity]] = lambda table: ()  # noqa: ARG005 - it lists nobody
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    checks: Callable[[Mapping[str, Any]], Sequence[Check]] = lambda table: ()  # noqa: ARG005 - there is nothing else
    more: str = "set mode to fixtures"


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
    if pool.reads:
        # Nothing is changed, and the next row may have it too; but no row has the same twice.
        pool.used = used
    return replace(binding, values={**binding.values, PICK: picks(column.name, pool.table)})


def picks(vendor: str, table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of each of the vendor's picks: the one that the table declares, or else the mock's."""
    defaults = {name: pick.default for name, pick in specs.ledger(vendor).picks.items()}
    return {**defaults, **table.get("picks", {})}
