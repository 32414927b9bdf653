"""The processes of this machine, as /proc shows them."""

from __future__ import annotations

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
