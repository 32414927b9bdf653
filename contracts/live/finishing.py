"""What is to be finished where somebody interrupts the process."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def finishing() -> Iterator[None]:
    """Let the block come to its end where the process is interrupted in it, and interrupt it then; who interrupts twice does not wait.

    KeyboardInterrupt. In a thread other than the first, which is never interrupted, and within another such block it does nothing.
    """
    if threading.current_thread() is not threading.main_thread() or isinstance(signal.getsignal(signal.SIGINT), _Noted):
        yield
        return
    noted = _Noted()
    before = {number: signal.signal(number, noted) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if noted.came:
        raise KeyboardInterrupt


class _Noted:
    """Notes that a signal came. The second time it interrupts."""

    came = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self.came:
            signal.default_int_handler(number, frame)
        self.came = True
