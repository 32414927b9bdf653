"""Lines for stdout, written beside the traffic: whoever reads them slowly, or not at all, holds nothing up."""

from __future__ import annotations

import queue
import sys
import threading

WAITING = 10_000
"""Lines that wait to be read; those beyond are dropped, and counted."""
PATIENCE = 3.0
"""Seconds that the lines which still wait have at the end."""


class Told:
    """Prints lines, in their order. dropped: how many were not, since too many waited."""

    def __init__(self) -> None:
        self.dropped = 0
        self._lines: queue.Queue[str | None] = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._print, daemon=True)
        self._thread.start()

    def tell(self, line: str) -> None:
        """Print the line soon."""
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            self.dropped += 1

    def close(self) -> None:
        """Return when all is printed, or nobody reads it."""
        try:
            self._lines.put(None, timeout=PATIENCE)
        except queue.Full:
            return
        self._thread.join(PATIENCE)

    def _print(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                sys.stdout.write(line + "\n")
                # What has to wait for more lines is not told in time.
                sys.stdout.flush()
            except (OSError, ValueError):
                # Who reads has had enough; the traffic goes on.
                continue
