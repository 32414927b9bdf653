"""What the control API refuses, as problem+json."""

from __future__ import annotations

from dataclasses import replace

from .... import specs
from ..exchange import Exchange
from ..neutral import neutral, problem
from ..store import WorldError
from ..vendor import Refusal, Reply, Trouble

_PROTOCOL = specs.protocol()["answers"]
UNREADABLE = "The request cannot be read"
_STATUSES = {"absent_content_type": 415, "wrong_content_type": 415}
TOO_LARGE = "The world is too large"
_WORLDS = {
    "taken": (409, "The name is taken"),
    "unknown": (404, "There is no such world"),
    "name": (400, "That is no name"),
    "full": (507, "No more worlds"),
    "size": (507, TOO_LARGE),
}


class No(Refusal):
    """An operation says no: with this status, and a title and a detail for people."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title


def refuse(_: Exchange, refusal: Refusal) -> Reply:
    """Return the answer to an operation's refusal."""
    assert isinstance(refusal, No)  # noqa: S101 - the control API's operations raise nothing else
    return problem(refusal.status, refusal.title, str(refusal))


def trouble(_: Exchange, found: Trouble) -> Reply:
    """Return the answer to a request that no operation can judge."""
    if found.kind in _PROTOCOL:
        return replace(neutral(found.kind, found.detail), headers=found.headers)
    return problem(_STATUSES.get(found.kind, 400), UNREADABLE, found.detail)


def of_world(error: WorldError) -> No:
    """Return the refusal that says what was wrong with a world's name or size, or with their number."""
    return No(*_WORLDS[error.kind], str(error))
