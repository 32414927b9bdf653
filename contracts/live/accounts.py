"""What the lines of a ledger come to: of each resource that a run touched how it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from .resource import Resource

LEASE, RELEASE, MAKE, MADE, REFUSED, USE, CLEAN, CLEANED, LEFT = "lease", "release", "make", "made", "refused", "use", "clean", "cleaned", "left"
Line = Mapping[str, Any]


class Standing(StrEnum):
    """How a resource stands with the run that touched it."""

    LEASED = "leased"
    PERHAPS_MADE = "perhaps made"
    NOT_MADE = "not made"
    MADE = "made"
    PERHAPS_CHANGED = "perhaps changed"
    CLEANED = "cleaned"
    LEFT = "left"


OVER = frozenset({Standing.CLEANED, Standing.NOT_MADE})
"""Of what stands so a run may change nothing any more, and nobody need do anything about it."""


@dataclass(frozen=True)
class Cleaning:
    """What came of taking a resource back. why: why it is not gone, or not as it was; empty: it is, and that was read back.

    for_good: nothing that could be asked later would change that. note: what is to be said all the same.
    """

    why: str = ""
    for_good: bool = False
    note: str = ""


@dataclass
class Account:
    """A resource that a run touched. names: its others. pooled: it was there before. by: who was to change it.

    note: what else identifies it. pending: how many requests for it to be made are unanswered. why, for_good: of one that is left, see Cleaning.
    """

    resource: Resource
    standing: Standing
    names: list[str] = field(default_factory=list)
    pooled: bool = False
    by: list[str] = field(default_factory=list)
    note: str = ""
    pending: int = 0
    why: str = ""
    for_good: bool = False

    def called(self) -> tuple[Resource, ...]:
        """Return it by each of its names."""
        return (self.resource, *(replace(self.resource, name=name) for name in self.names if name != self.resource.name))

    @property
    def open(self) -> bool:
        """Whether something is to be done about it."""
        return self.standing not in {*OVER, Standing.LEASED} and not self.for_good

    def told(self) -> str:
        """Return a line that identifies it."""
        parts = [f"{self.resource}: {self.standing}"]
        parts += [f"also called {', '.join(self.names)}"] if self.names else []
        parts += [f"asked for by {', '.join(self.by)}"] if self.by else []
        parts += [self.note] if self.note else []
        return "; ".join(parts) + (f": {self.why}" if self.why else "")

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        told = {"names": self.names, "by": self.by, "note": self.note, "why": self.why}
        return {**self.resource.as_json(), "standing": str(self.standing), **{name: value for name, value in told.items() if value}}


Accounts = MutableMapping[Resource, Account]


def enter(accounts: Accounts, line: Line) -> Resource | None:
    """Have the accounts say what the line tells, and return the resource that it is about, None for a line about none.

    KeyError, TypeError: it is not a ledger's line.
    """
    event = line["event"]
    if event not in _ENTRIES:
        return None
    resource = Resource(**line["resource"])
    if event == RELEASE:
        accounts.pop(resource, None)
    elif event == LEASE:
        accounts[resource] = Account(resource, Standing.LEASED, list(line["names"]), pooled=True)
    else:
        # What was over begins again, as the last.
        known = accounts.get(resource)
        if known is None or (known.standing in OVER and event in (MAKE, USE)):
            accounts.pop(resource, None)
            known = accounts[resource] = Account(resource, Standing.PERHAPS_MADE if event == MAKE else Standing.PERHAPS_CHANGED)
        _ENTRIES[event](known, line)
    return resource


def _make(account: Account, line: Line) -> None:
    account.pending += 1
    account.note = account.note or line.get("note", "")
    _by(account, line)


def _made(account: Account, line: Line) -> None:
    account.pending = max(0, account.pending - 1)
    account.names += [name for name in line["names"] if name not in (account.resource.name, *account.names)]
    if not account.pooled:
        account.standing = Standing.MADE


def _refused(account: Account, _: Line) -> None:
    account.pending = max(0, account.pending - 1)
    if account.standing is Standing.PERHAPS_MADE and not account.pending:
        account.standing = Standing.NOT_MADE


def _use(account: Account, line: Line) -> None:
    if account.pooled:
        account.standing = Standing.PERHAPS_CHANGED
    _by(account, line)


def _cleaned(account: Account, _: Line) -> None:
    account.standing, account.why, account.for_good = Standing.CLEANED, "", False


def _left(account: Account, line: Line) -> None:
    account.standing, account.why, account.for_good = Standing.LEFT, line["why"], bool(line.get("for_good"))


def _by(account: Account, line: Line) -> None:
    if line.get("by") and line["by"] not in account.by:
        account.by.append(line["by"])


def _nothing(account: Account, line: Line) -> None:
    """Change nothing: the line tells what is about to be done."""


_ENTRIES = {
    LEASE: _nothing,
    RELEASE: _nothing,
    MAKE: _make,
    MADE: _made,
    REFUSED: _refused,
    USE: _use,
    CLEAN: _nothing,
    CLEANED: _cleaned,
    LEFT: _left,
}


def in_turn(found: Iterable[Account]) -> list[Account]:
    """Return what is to be taken back in the order in which that can be done: what was there before, then what was made, the last first."""
    listed = list(found)
    return [account for account in listed if account.pooled] + [account for account in reversed(listed) if not account.pooled]
