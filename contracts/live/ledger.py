"""What a run touches, written to a file before it is touched, so that whatever ends the run, somebody can account for it.

A ledger is a file of JSON lines, one a process of a run, in a folder that the pipelines of one deployment share. Each line is on the disk before the
request that it tells of is sent. No credential is in it.

begin {run, target, mode, host, pid, until}: the first line. end {}: the last. lease {resource, names}: taken from a pool, for this run alone.
release {resource}: given back untouched. make {resource, request, by, note}: about to be asked for. refused {resource, status}: it was not made.
made {resource, names}: it is there, and its other names. use {resource, request, by}: about to be changed. clean {resource}: about to be taken back.
cleaned {resource, note}: it is gone, or as it was. left {resource, why, for_good}: it is not.
With `of` a line is of what another run touched: finish {}: it is cleaned up after; finished {}: nothing can be done any more.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..target import Target, TargetError
from ..unavailable import Unavailable
from ..veil import veil
from . import accounts, books
from .accounts import Account, Standing
from .books import Books, Run
from .finishing import finishing
from .resource import Resource

LOCK = "lock"
"""The file in the folder that is locked while a resource is leased."""
PATIENCE = 30.0
"""Seconds to wait for that lock: whoever has it reads some files and writes a line."""
NEW = "\n"


class Unwritten(Unavailable):
    """The ledger cannot be written or read: nothing is sent that it would have to tell of."""


class Ledger:
    """The ledger of this process, open as long as the run lasts. It knows what the run may change: what it has made or leased, by every name."""

    def __init__(self, target: Target, part: str = "") -> None:
        """Begin a ledger in the target's folder. part: which process of the run. TargetError: it cannot be written there."""
        self.folder = target.ledger
        self.base_url = target.base_url
        self.run = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}{f'-{part}' if part else ''}"
        self.file = self.folder / f"{self.run}.jsonl"
        self.books = Books(self.folder, self.base_url)
        self.accounts: dict[Resource, Account] = {}
        self._mine: dict[Resource, tuple[Resource, ...]] = {}
        self._anywhere: set[Resource] = set()
        self._of: str | None = None
        self._veil = veil(target.secrets)
        self._torn = False
        self._begun = 0
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._out = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
            # Held as long as the process lives, however it ends: that is how others know that it does.
            fcntl.flock(self._out, fcntl.LOCK_EX)
        except OSError as error:
            raise TargetError(f"the ledger cannot be written in {self.folder}: {error.strerror}") from None
        try:
            self._write(books.BEGIN, run=self.run, target=target.base_url, mode=str(target.mode), **books.here(target.limits.seconds))
        except Unwritten as error:
            raise TargetError(str(error)) from None
        self._begun = os.fstat(self._out).st_size

    def about_to_make(self, resource: Resource, request: str, by: str = "", note: str = "") -> None:
        """Write that this is about to be asked for."""
        self._tell(accounts.MAKE, resource, request=request, **_said(by=by, note=note))

    def refused(self, resource: Resource, status: int | None = None) -> None:
        """Write that it was not made: the request was answered so, or did not go out."""
        self._tell(accounts.REFUSED, resource, status=status)

    def has(self, resource: Resource) -> bool:
        """Return whether this run may change it: it has leased that, or has made what is called so."""
        return any(resource in names for names in self._mine.values()) or replace(resource, scope="") in self._anywhere

    def named(self, *texts: str) -> list[Resource]:
        """Return what this run may change and one of the texts names, in letters of whatever case."""
        folded = [text.casefold() for text in texts]
        return [first for first, names in self._mine.items() if any(one.name and one.name.casefold() in text for one in names for text in folded)]

    def made(self, resource: Resource, *names: str) -> None:
        """Write that it is there, and by which other names requests may call it."""
        self._tell(accounts.MADE, resource, names=names)

    def leases(self, names: Sequence[Resource]) -> bool:
        """Write that this run has what the names stand for from a pool, and return True; False: another run has it, or has used it up.

        names: all of one resource's. Unwritten.
        """
        with self._alone():
            try:
                taken = any(not _free(account, run) for run in self.books.look().values() for account in _of_these(run, names))
            except OSError as error:
                raise Unwritten(f"what others have from the pools cannot be read in {self.folder}: {error.strerror}") from None
            if not taken:
                resource, *others = names
                self._tell(accounts.LEASE, resource, names=[other.name for other in others])
        return not taken

    def release(self, resource: Resource) -> None:
        """Write that it is given back untouched."""
        self._tell(accounts.RELEASE, resource)

    def about_to_use(self, resource: Resource, request: str, by: str = "") -> None:
        """Write that a request is about to change it."""
        self._tell(accounts.USE, resource, request=request, **_said(by=by))

    def about_to_clean(self, resource: Resource) -> None:
        """Write that it is about to be taken back."""
        self._tell(accounts.CLEAN, resource)

    def cleaned(self, resource: Resource, note: str = "") -> None:
        """Write that it is gone, or as it was: from now on this run may not change it."""
        self._tell(accounts.CLEANED, resource, **_said(note=note))

    def left(self, resource: Resource, why: str, *, for_good: bool = False) -> None:
        """Write why it is not."""
        self._tell(accounts.LEFT, resource, why=why, **({"for_good": True} if for_good else {}))

    def take_over(self, name: str) -> Run | None:
        """Clean up after this run from now on, and return it as it stands; None where another process is at it, or has been. Unwritten."""
        with self._alone():
            runs = self.books.runs()
            run = runs[name]
            if run.alive or run.finished or any(other.going and name in other.finishing for other in runs.values()):
                return None
            self._of = name
            self._write(books.FINISH)
        self.accounts = run.accounts
        for resource in self.accounts:
            self._hold(resource)
        return run

    def finished(self, name: str) -> None:
        """Write that nothing can be done any more about this run, which was taken over."""
        self._of = name
        self._write(books.FINISHED)

    def held(self) -> list[Account]:
        """Return what the run may change, in the order in which that is taken back: what was there before, then what was made, the last first."""
        return accounts.in_turn(account for resource, account in self.accounts.items() if resource in self._mine)

    def close(self) -> None:
        """Write that the run is over. A ledger that tells of nothing is taken away."""
        self._of = None
        with suppress(OSError, Unwritten):
            if os.fstat(self._out).st_size == self._begun:
                self.file.unlink()
            else:
                self._write(books.END)
        os.close(self._out)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep the folder's other processes from leasing anything until the end of the block. Unwritten."""
        try:
            lock = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise Unwritten(f"the ledger cannot be locked in {self.folder}: {error.strerror}") from None
        try:
            _lock(lock, self.folder)
            yield
        finally:
            os.close(lock)

    def _tell(self, event: str, resource: Resource, **what: Any) -> None:
        # What a server answers may tell a secret of the target's.
        told = {name: self._veil(value) if isinstance(value, str) else value for name, value in what.items()}
        line: dict[str, Any] = {"event": event, "resource": resource.as_json(), **told}
        known = self.accounts.get(resource)
        # What tells no more than that something is the same, or better: whoever loses it to a machine that fails takes it for worse.
        again = event == accounts.USE and known is not None and known.standing is not Standing.LEASED
        with finishing():  # else what stands in the file might not be known here, and nobody takes it back
            self._write(**line, at_once=event in (accounts.LEASE, accounts.MAKE, accounts.USE) and not again)
            accounts.enter(self.accounts, line)
            self._hold(resource)

    def _hold(self, resource: Resource) -> None:
        """Know by which names it may be changed, if it may."""
        self._anywhere -= {replace(one, scope="") for one in self._mine.pop(resource, ())}
        account = self.accounts.get(resource)
        if account is None or account.for_good:
            return
        if account.standing in accounts.OVER:
            if self._of is None:
                # The file has it; a run touches thousands.
                del self.accounts[resource]
            return
        self._mine[resource] = account.called()
        if not account.pooled:
            # Its name was drawn at random, or given by the server: it is ours in whatever scope a request looks for it.
            self._anywhere |= {replace(one, scope="") for one in self._mine[resource]}

    def _write(self, event: str, *, at_once: bool = True, **what: Any) -> None:
        """Write a line. at_once: it is on the disk afterwards. Unwritten."""
        of = {"of": self._of} if self._of else {}
        line = json.dumps({"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **of, **what}, ensure_ascii=False)
        text = f"{NEW if self._torn else ''}{line}{NEW}".encode("utf-8", "surrogatepass")  # behind half a line, one of its own
        try:
            while text:
                self._torn = True
                text = text[os.write(self._out, text) :]
            self._torn = False
            if at_once:
                os.fsync(self._out)
        except OSError as error:
            raise Unwritten(f"the ledger cannot be written in {self.folder}: {error.strerror}") from None


def _said(**what: str) -> dict[str, str]:
    return {name: value for name, value in what.items() if value}


def _of_these(run: Run, names: Sequence[Resource]) -> Iterator[Account]:
    wanted = set(names)
    return (account for account in run.accounts.values() if wanted.intersection(account.called()))


def _free(account: Account, run: Run) -> bool:
    """Return whether what the run touched may be used by another: it is as it was, or the run is over and never used it."""
    return account.standing in accounts.OVER or (account.standing is Standing.LEASED and not run.going)


def _lock(lock: int, folder: Path) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise Unwritten(f"another process has had the ledger's folder to itself for {PATIENCE:g} s: {folder / LOCK}") from None
            time.sleep(0.01)
        else:
            return
