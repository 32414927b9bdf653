"""What the ledgers of a folder come to: the runs, whether they still go on, and what each has touched."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from .accounts import Account, Accounts, Line, enter, in_turn
from .resource import Resource

BEGIN, END, FINISH, FINISHED = "begin", "end", "finish", "finished"
SLACK = 300.0
"""Seconds by which a run may be over later than its limits say, for one who cannot see its lock: clocks differ, and the first request comes later."""


@dataclass
class Run:
    """A run, by its ledger. alive: its process is. finishing: the runs that it cleans up after. finished: nothing can be done about it any more.

    elsewhere: until when it may go on, where no end is told and it began on another host, whose locks need not be seen here; else empty.
    """

    name: str
    alive: bool
    target: str
    accounts: dict[Resource, Account] = field(default_factory=dict)
    finishing: set[str] = field(default_factory=set)
    finished: bool = False
    elsewhere: str = ""

    @property
    def going(self) -> bool:
        """Whether it goes on, or may."""
        return self.alive or bool(self.elsewhere)

    def open(self) -> list[Account]:
        """Return what is to be taken back, in turn."""
        return in_turn(account for account in self.accounts.values() if account.open)


@dataclass
class _Read:
    """What has been read of one file: up to which byte, its first line, whether its last is there, its accounts, and the lines about other runs'."""

    upto: int = 0
    begin: Line | None = None
    ended: bool = False
    accounts: dict[Resource, Account] = field(default_factory=dict)
    others: list[Line] = field(default_factory=list)

    def take(self, content: bytes) -> None:
        """Read on. What is torn off at the end tells of what was not begun, and is not read before it is whole."""
        whole = content[: content.rfind(b"\n") + 1]
        self.upto += len(whole)
        for line in _lines(whole):
            self.begin = self.begin or line
            self.ended |= line["event"] == END
            if "of" in line:
                self.others.append(line)
            else:
                _entered(self.accounts, line)

    def elsewhere(self) -> str:
        """Return until when the run may go on on another host, empty where it does not."""
        begin = self.begin or {}
        if self.ended or begin.get("host") == socket.gethostname():
            return ""
        try:
            until = datetime.fromisoformat(begin["until"])
            return until.isoformat(timespec="seconds") if datetime.now(UTC) < until else ""
        except (KeyError, TypeError, ValueError):
            return ""


class Books:
    """The ledgers of a folder, of each no more read again than has been added. base_url: of the deployment; those of others do not count."""

    def __init__(self, folder: Path, base_url: str) -> None:
        self.folder = folder
        self.base_url = base_url
        self._place = _place(base_url)
        self._read: dict[Path, _Read] = {}

    def runs(self) -> dict[str, Run]:
        """Return the runs by their names, in the order in which they began, for the caller to change. OSError: a ledger cannot be read."""
        found = self.look()
        for run in found.values():
            run.accounts = {resource: replace(account, names=list(account.names)) for resource, account in run.accounts.items()}
        return found

    def look(self) -> dict[str, Run]:
        """Return the same to look at alone."""
        found: dict[str, Run] = {}
        later: list[tuple[Run, Line]] = []
        for file in sorted(self.folder.glob("*.jsonl")):
            try:
                # Before it is read: what has ended meanwhile may have written more.
                alive = _alive(file)
                read = self._up_to_date(file)
            except FileNotFoundError:
                # One that told of nothing was taken away at its end.
                continue
            if read.begin and read.begin["event"] == BEGIN and _place(str(read.begin.get("target"))) == self._place:
                run = found[file.stem] = Run(file.stem, alive, self.base_url, read.accounts, elsewhere=read.elsewhere())
                later += [(run, line) for line in read.others]
        touched = {line["of"] for _, line in later} & found.keys()
        for name in touched:
            found[name].accounts = deepcopy(found[name].accounts)
        for by, line in later:
            if line["of"] in found:
                _finish(by, found[line["of"]], line)
        return found

    def _up_to_date(self, file: Path) -> _Read:
        size, read = file.stat().st_size, self._read.setdefault(file, _Read())
        if size < read.upto:
            read = self._read[file] = _Read()
        if size > read.upto:
            with file.open("rb") as opened:
                opened.seek(read.upto)
                read.take(opened.read())
        return read


def here(seconds: float) -> dict[str, Any]:
    """Return what a first line says of this process, whose run takes so many seconds at the most: its host, its id, and when that is over."""
    until = datetime.now(UTC) + timedelta(seconds=seconds + SLACK)
    return {"host": socket.gethostname(), "pid": os.getpid(), "until": until.isoformat(timespec="seconds")}


@cache
def _place(url: str) -> str:
    """Return the URL of a deployment as it is written most plainly: its host in whatever case, and with the port that it has anyway, is one."""
    try:
        return str(httpx.URL(url)).rstrip("/")
    except httpx.InvalidURL:
        return ""


def _lines(content: bytes) -> Iterator[Line]:
    """Yield the lines that are a ledger's."""
    for text in content.split(b"\n"):
        try:
            line = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(line, dict) and isinstance(line.get("event"), str):
            yield line


def _finish(by: Run, run: Run, line: Line) -> None:
    if line["event"] == FINISH:
        by.finishing.add(run.name)
    elif line["event"] == FINISHED:
        run.finished = True
    else:
        _entered(run.accounts, line)


def _entered(accounts: Accounts, line: Line) -> None:
    try:
        enter(accounts, line)
    except (KeyError, TypeError):
        # Another version's, or nobody's.
        return


def _alive(file: Path) -> bool:
    """Return whether the process that writes it lives: it holds a lock as long as it does."""
    with file.open("rb") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
