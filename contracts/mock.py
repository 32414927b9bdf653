"""Starts a mock server of our own, as one more deployment: by its command, in a process of its own."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from .target import TargetError

COMMAND = (sys.executable, "-m", f"{__package__.rpartition('.')[0]}.mockserver")
READY = "ready at "
PATIENCE = 30.0
"""Seconds to wait for the ready line."""


@contextmanager
def local_mock(vendors: Sequence[str] = (), options: Sequence[str] = ()) -> Iterator[Path]:
    """Yield the target file of a mock server on a free loopback port; the server ends with the block. TargetError where it does not start.

    vendors: serve these alone. options: further options of `ownership-mock serve`.
    """
    with tempfile.TemporaryDirectory(prefix="ownership-") as folder:
        target = Path(folder) / "target.toml"
        chosen = [word for vendor in vendors for word in ("--vendor", vendor)]
        # However this process ends, the pipe ends with it, and with the pipe the server.
        command = [*COMMAND, "serve", "--port", "0", "--until-eof", "--write-target", str(target), *chosen, *options]
        log = Path(folder) / "log"
        with log.open("wb") as errors, _start(command, errors) as server:
            try:
                _await_ready(server, log)
                yield target
            finally:
                _end(server)


def _start(command: Sequence[str], errors: IO[bytes]) -> subprocess.Popen[bytes]:
    pipe, environment = subprocess.PIPE, {**os.environ, "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=errors, env=environment)  # noqa: S603 - our own command


def _await_ready(server: subprocess.Popen[bytes], log: Path) -> None:
    assert server.stdout is not None  # noqa: S101 - asked for above; said for the type checker
    deadline = time.monotonic() + PATIENCE
    said = b""
    os.set_blocking(server.stdout.fileno(), False)
    with selectors.DefaultSelector() as selector:
        selector.register(server.stdout, selectors.EVENT_READ)
        while READY.encode() not in said:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise TargetError(f"the mock server was not ready within {PATIENCE:.0f} s")
            chunk = server.stdout.read(65536)
            if not chunk:
                server.wait(5)
                raise TargetError(f"the mock server did not start: {log.read_text('utf-8', 'replace').strip() or 'it said nothing'}")
            said += chunk
    # What else it has to say is read and dropped: a full pipe would hold it up.
    os.set_blocking(server.stdout.fileno(), True)
    threading.Thread(target=server.stdout.read, daemon=True).start()


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(5)
    except subprocess.TimeoutExpired:
        server.kill()
