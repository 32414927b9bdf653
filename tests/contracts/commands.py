"""The command ownership-contracts, run by tests: in a process of its own, or in theirs."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ownership_contracts.contracts import cli

from tests.serving import CONTRACTS

from .processes import MARK, await_end, marked_processes


@dataclass
class Marked:
    """Starts the command in a folder; every process that comes of it carries the mark."""

    folder: Path
    mark: str

    def __call__(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        env = {**os.environ, MARK: self.mark, **environment}
        # A shell starts what it runs in the background with SIGINT ignored, and that is inherited: without env it would be ignored here too.
        command = ["env", "--default-signal=INT", *CONTRACTS, *words]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=self.folder, env=env, text=True, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe)

    def running(self) -> dict[int, str]:
        """The command lines of what came of it and still runs, by pid."""
        return marked_processes(self.mark)


@contextlib.contextmanager
def marked(folder: Path) -> Iterator[Marked]:
    """What starts the command in a new folder below this one; nothing that came of it is left when the block ends."""
    here = folder / "here"
    here.mkdir()
    start = Marked(here, uuid.uuid4().hex)
    yield start
    left = await_end(start.running())
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert left == {}


def finished(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


def main(*words: str) -> Ended:
    """The command in this process, which saves the start of one where only what it says and returns is looked at."""
    out, err = io.StringIO(), io.StringIO()
    handler = signal.getsignal(signal.SIGTERM)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = cli.main(words)
    except SystemExit as ended:
        code = int(str(ended.code))
    finally:
        # The command sets one of its own, for it expects to have its process to itself.
        signal.signal(signal.SIGTERM, handler)
    return Ended(code, out.getvalue(), err.getvalue())
