"""What the ledgers of a folder come to: the runs, whether they still go on, and what each has touched."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .accounts import Account, Accounts, Line, enter, in_turn
from .resource import Resource

BEGIN, END, FINISH, FINISHED = "begin", "end", "finish", "finished"


@dataclass
class Run:
    """A run, by its ledger. alive: its process is. finishing: the runs that it cleans up after. finished: nothing can be done about it any more."""

    name: str
    alive: bool
    target: str
    accounts: dict[Resource, Account] = field(default_factory=dict)
    finishing: set[str] = field(default_factory=set)
    finished: bool = False

    def open(self) -> list[Account]:
        """Return what is to be taken back, in turn."""
        return in_turn(account for account in self.accounts.values() if account.open)


class Books:
    """The ledgers of a folder, each read again only when it has grown. base_url: of the deployment; those of others do not count."""

    def __init__(self, folder: Path, base_url: str) -> None:
        self.folder = folder
        self.base_url = base_url
        self._read: dict[Path, tuple[int, list[Line]]] = {}

    def runs(self) -> dict[str, Run]:
        """Return the runs by their names, in the order in which they began. OSError: a ledger cannot be read."""
        found: dict[str, Run] = {}
        later: list[tuple[Run, Line]] = []
        for file in sorted(self.folder.glob("*.jsonl")):
            try:
                # Before it is read: what has ended meanwhile may have written more.
                alive = _alive(file)
                lines = self._lines(file)
            except FileNotFoundError:
                # One that told of nothing was taken away at its end.
                continue
            if lines and lines[0]["event"] == BEGIN and lines[0].get("target") == self.base_url:
                run = found[file.stem] = Run(file.stem, alive, self.base_url)
                for line in lines:
                    if "of" in line:
                        later.append((run, line))
                    else:
                        _entered(run.accounts, line)
        for by, line in later:
            if line["of"] in found:
                _finish(by, found[line["of"]], line)
        return found

    def _lines(self, file: Path) -> list[Line]:
        size = file.stat().st_size
        if self._read.get(file, (-1,))[0] != size:
            content = file.read_bytes()
            self._read[file] = len(content), list(_lines(content))
        return self._read[file][1]


def _lines(content: bytes) -> Iterator[Line]:
    """Yield the lines that are whole: what one that was torn off tells of was not begun."""
    for text in content.splitlines():
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
