"""What a run touches, written to a file before it is touched, so that whatever ends the run, somebody can account for it.

A ledger is a file of JSON lines, one a process of a run, in a folder that the pipelines of one deployment share. Each line is on the disk before the
request that it tells of is sent. No credential is in it.

begin {run, target, mode, tool, host, pid}: the first line. make {resource, request}: about to be asked for. made {resource, names}: it is there,
and its other names. lease {resource, names}: taken from a pool, for this run alone. use {resource, request}: about to be changed.
clean {resource}: about to be taken back. cleaned {resource}: it is gone, or as it was. left {resource, why}: it is not. end {}: the last line.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import socket
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ..target import Target, TargetError
from .resource import Resource

MAKE, MADE, LEASE, USE, CLEAN, CLEANED, LEFT = "make", "made", "lease", "use", "clean", "cleaned", "left"
LOCK = "lock"
"""The file in the folder that is locked while a resource is leased."""


class Ledger:
    """The ledger of this process, open as long as the run lasts. It knows what the run may change: what it has made or leased, by every name."""

    def __init__(self, target: Target, part: str = "") -> None:
        """Begin a ledger in the target's folder. part: which process of the run. TargetError: it cannot be written there."""
        self.folder = target.ledger
        self.base_url = target.base_url
        self.run = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}{f'-{part}' if part else ''}"
        self.file = self.folder / f"{self.run}.jsonl"
        self._mine: dict[Resource, tuple[Resource, ...]] = {}
        self._anywhere: set[Resource] = set()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._out = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
            # Held as long as the process lives, however it ends: that is how others know that it does.
            fcntl.flock(self._out, fcntl.LOCK_EX)
            self._write("begin", run=self.run, target=target.base_url, mode=str(target.mode), host=socket.gethostname(), pid=os.getpid())
        except OSError as error:
            raise TargetError(f"the ledger cannot be written in {self.folder}: {error.strerror}") from None

    def about_to_make(self, resource: Resource, request: str) -> None:
        """Write that this is about to be asked for."""
        self._made(resource)
        self._write(MAKE, resource=resource.as_json(), request=request)

    def has(self, resource: Resource) -> bool:
        """Return whether this run may change it: it has leased that, or has made what is called so."""
        return any(resource in names for names in self._mine.values()) or replace(resource, scope="") in self._anywhere

    def named(self, *texts: str) -> list[Resource]:
        """Return what this run may change and one of the texts names, in letters of whatever case."""
        folded = [text.casefold() for text in texts]
        return [first for first, names in self._mine.items() if any(one.name.casefold() in text for one in names for text in folded)]

    def made(self, resource: Resource, *names: str) -> None:
        """Write that it is there, and by which other names requests may call it."""
        self._made(resource, *names)
        self._write(MADE, resource=resource.as_json(), names=names)

    def leases(self, names: Sequence[Resource]) -> bool:
        """Write that this run has what the names stand for from a pool, and return True; False: another run has it, or has used it up.

        names: all of one resource's.
        """
        resource, *others = names
        self._mine[resource] = tuple(names)
        self._write(LEASE, resource=resource.as_json(), names=[other.name for other in others])
        return True

    def about_to_use(self, resource: Resource, request: str) -> None:
        """Write that a request is about to change it."""
        self._write(USE, resource=resource.as_json(), request=request)

    def about_to_clean(self, resource: Resource) -> None:
        """Write that it is about to be taken back."""
        self._write(CLEAN, resource=resource.as_json())

    def cleaned(self, resource: Resource) -> None:
        """Write that it is gone, or as it was: from now on this run may not change it."""
        self._anywhere -= {replace(one, scope="") for one in self._mine.pop(resource, ())}
        self._write(CLEANED, resource=resource.as_json())

    def left(self, resource: Resource, why: str) -> None:
        """Write why it is not."""
        self._write(LEFT, resource=resource.as_json(), why=why)

    def close(self) -> None:
        """Write that the run is over."""
        self._write("end")
        os.close(self._out)

    def _made(self, resource: Resource, *names: str) -> None:
        self._mine[resource] = _called(resource, names)
        # Its name was drawn at random, or given by the server: it is ours in whatever scope a request looks for it.
        self._anywhere |= {replace(one, scope="") for one in self._mine[resource]}

    def _write(self, event: str, **what: Any) -> None:
        line = json.dumps({"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **what}, ensure_ascii=False)
        os.write(self._out, f"{line}\n".encode())
        os.fsync(self._out)


def _called(resource: Resource, names: Iterable[str]) -> tuple[Resource, ...]:
    return (resource, *(replace(resource, name=name) for name in names if name != resource.name))
