"""What becomes of a command whose output nobody reads any more."""

from __future__ import annotations

import os
import signal
import sys


def unread() -> int:
    """Return its exit code, for 1 says that a clause is broken; what it may still have to say goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 128 + signal.SIGPIPE
