"""What is kept of one request with its answer, and of what happened without a request."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from ....specs import Json
from ..match import Facts
from ..strict import read_json

KEPT_BYTES = 6 * 1024
"""So much is kept of a message, its head first; with all else that is kept an entry stays below 16 KiB."""
KEPT_HEAD = 4 * 1024
"""So much is kept of a message's head."""
KEPT_TEXT = 500
"""So many characters are kept of a path, a query, who called, a complaint, and an event's argument."""
KEPT_PARAMETER = 100
"""So many characters are kept of a parameter of a path that is too long to be kept."""

CONTROL = "control"
"""Who made something happen, where it was the control API."""

Fields = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Message:
    """A request's or an answer's header fields and body, as far as they are kept. head: a field a line. size: the body's, in bytes."""

    head: bytes
    body: bytes
    size: int

    @property
    def headers(self) -> Fields:
        """The header fields: names as they came, in their order."""
        lines = self.head.decode("latin-1").split("\n") if self.head else []
        return tuple((name, value) for name, _, value in (line.partition(":") for line in lines))

    @property
    def whole(self) -> bool:
        """Whether all of the body is kept."""
        return self.size == len(self.body)

    @property
    def json(self) -> Json:
        """The body's JSON value; None where it has none, or is not kept whole."""
        try:
            return read_json(self.body) if self.whole else None
        except ValueError:
            return None


def message(fields: Sequence[tuple[bytes, bytes]], body: bytes) -> Message:
    """Return what is kept of a message."""
    head = b"\n".join([b"%s:%s" % field for field in fields])
    if len(head) > KEPT_HEAD:
        head = head[: max(head.rfind(b"\n", 0, KEPT_HEAD), 0)]
    return Message(head, bytes(body[: KEPT_BYTES - len(head)]), len(body))


@dataclass(slots=True)
class Entry:
    """One request and its answer. at: when it was answered, in seconds since the epoch, world time. status: 0 where no answer was made.

    decided: a clause id, or why there is none. complaint: why the guard did not send the answer first made, or what the script's line could
    not do. off_contract: what the spec does not have in an answer that the line declares to be so; that is no fault. line: of the script,
    that acted. happened: the events that it made happen. sent: whole, cut, garbled or dropped. seconds: from the request's arrival until its
    answer left. parameters: of the path. query_string: as it was sent.
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
    off_contract: str | None = None
    line: str | None = None
    happened: tuple[str, ...] = ()
    sent: str = "whole"
    seconds: float = 0.0
    parameters: Mapping[str, str] = field(default_factory=dict)
    query_string: bytes = b""

    @property
    def query(self) -> Mapping[str, str]:
        """The last value of each query parameter."""
        return parsed_query(self.query_string)

    @property
    def size(self) -> int:
        """How many bytes of the request and its answer are kept."""
        return len(self.request.head) + len(self.request.body) + len(self.answer.head) + len(self.answer.body)

    def facts(self, *, body: bool) -> Facts:
        """Return what a Match judges. body: whether the body is read, too."""
        sent = self.request.json if body else None
        return Facts(self.vendor, self.operation, self.principal, self.parameters, self.query, sent)


def kept_arguments(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept of an event's arguments: of one that is long, its beginning as text."""
    return {name: _beginning(value) for name, value in arguments.items()}


def _beginning(value: Json) -> Json:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = value if isinstance(value, str) else json.dumps(value)
    return value if len(text) <= KEPT_TEXT else f"{text[:KEPT_TEXT]}…"


def parsed_query(query_string: bytes) -> dict[str, str]:
    """Return the last value of each parameter of a query."""
    return dict(parse_qsl(query_string.decode("latin-1"), keep_blank_values=True)) if query_string else {}


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
