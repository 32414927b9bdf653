"""What happened in a world: its last requests with their answers, and what decided each; and what happened without a request."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...specs import Json
from .strict import read_json

KEPT = 500
"""So many requests are kept, and so many happenings."""
KEPT_BYTES = 4096
"""So much is kept of a message's head, and so much of its body."""

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Message:
    """A request's or an answer's header fields and body. size: the body's, in bytes. body: its first KEPT_BYTES."""

    headers: Fields
    body: bytes
    size: int

    @property
    def json(self) -> Json:
        """The body's JSON value; None where it has none, or is not kept whole."""
        try:
            return read_json(self.body) if self.size == len(self.body) else None
        except ValueError:
            return None


def message(fields: Sequence[tuple[bytes, bytes]], body: bytes) -> Message:
    """Return what is kept of a message."""
    headers, size = [], 0
    for name, value in fields:
        size += len(name) + len(value)
        if size > KEPT_BYTES:
            break
        headers.append((name.decode("latin-1"), value.decode("latin-1")))
    return Message(tuple(headers), bytes(body[:KEPT_BYTES]), len(body))


@dataclass(frozen=True)
class Entry:
    """One request and its answer. at: when it was answered, in seconds since the epoch, world time. parameters: of the path.

    decided: a clause id, or why there is none. complaint: why the guard did not send the answer first made, or sent one off the contract.
    line: of the script, that acted. happened: the events that it made happen. sent: whole, cut, garbled or dropped. seconds: from the
    request's arrival until its answer left.
    """

    number: int
    at: float
    vendor: str
    method: str
    path: str
    operation: str | None
    principal: str | None
    status: int
    decided: str
    request: Message
    answer: Message
    complaint: str | None = None
    line: str | None = None
    happened: tuple[str, ...] = ()
    sent: str = "whole"
    seconds: float = 0.0
    parameters: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Happening:
    """Something that happened without a request. by: the script's line, or `control`. event: VENDOR.EVENT, or None where only a state was entered.

    state: the script's, afterwards. complaint: why the event could not happen.
    """

    number: int
    at: float
    by: str
    state: str
    event: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    complaint: str | None = None


@dataclass
class Journal:
    """The last requests and happenings of a world, oldest first, at most KEPT of each. count: how many there have been; numbers begin at 1."""

    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=KEPT))
    happenings: deque[Happening] = field(default_factory=lambda: deque(maxlen=KEPT))
    count: int = 0
    forgotten: int = 0
    """How many requests were dropped for newer ones."""

    def add(self, **facts: Any) -> Entry:
        """Note an exchange and return its entry; facts are the fields of Entry without the number."""
        self.count += 1
        self.forgotten += len(self.entries) == KEPT
        entry = Entry(number=self.count, **facts)
        self.entries.append(entry)
        return entry

    def tell(self, **facts: Any) -> None:
        """Note what happened without a request; facts are the fields of Happening without the number."""
        self.count += 1
        self.happenings.append(Happening(number=self.count, **facts))

    def view(self, most: int | None = None) -> list[dict[str, Any]]:
        """Return the entries as JSON in short, oldest first: all, or the last `most` of them."""
        entries = list(self.entries)
        return [_short(entry) for entry in entries[max(0, len(entries) - most) if most is not None else 0 :]]


SHORT = (
    "number", "at", "vendor", "method", "path", "operation", "principal", "status", "decided", "complaint", "line", "sent", "seconds",
)  # fmt: skip
"""What an entry shows in short: nothing of what was sent."""


def _short(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in SHORT}
