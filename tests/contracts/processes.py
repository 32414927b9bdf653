"""The processes of this machine, as /proc shows them."""

from __future__ import annotations

import os
import select
from collections.abc import Mapping
from pathlib import Path

MARK = "OWNERSHIP_TEST_MARK"
"""An environment variable: every process that comes of one with it has it too."""


def marked_processes(mark: str) -> dict[int, str]:
    """The command lines of the processes that run with this mark, by pid."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                if f"{MARK}={mark}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                # It has ended meanwhile.
                continue
    return found


def await_end(running: Mapping[int, str], patience: float = 5) -> dict[int, str]:
    """Those of these processes that have not ended after some seconds each: a server needs a moment to see that nobody is there any more."""
    left = {}
    for pid, command in running.items():
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            if not select.select([handle], [], [], patience)[0]:
                left[pid] = command
        finally:
            os.close(handle)
    return left
