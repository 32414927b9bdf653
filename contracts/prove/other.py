"""One run of another suite: a command, without a shell, bounded in time and in what is kept of its output."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from .job import ProveError

URL, TARGET, VENDOR = "{url}", "{target}", "{vendor}"
"""What a command may name: the base URL of the server to test, a target file that describes it, and the vendor whose API it is to test there."""
KEPT = 8192
"""How many bytes of its output are kept, the last."""


@dataclass(frozen=True)
class Ended:
    """How a run ended. code: its exit code, None where its time was up. said: the end of its output."""

    code: int | None
    said: str

    @property
    def word(self) -> str:
        """What is told of it in short."""
        return "no end in time" if self.code is None else f"exit code {self.code}"


def words_of(command: str) -> list[str]:
    """Return the command's words. ProveError: it cannot be split, or it does not say where the server goes."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ProveError(f"--suite: the command cannot be split into words: {error}") from None
    if not any(place in word for word in words for place in (URL, TARGET)):
        raise ProveError(f"--suite: the command names neither {URL} nor {TARGET}, so that it would test no server of ours")
    return words


class Commands:
    """Runs commands, and can end all that run. patience: seconds that each has."""

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self._running: set[subprocess.Popen[bytes]] = set()
        self._ended = False
        self._lock = threading.Lock()

    def run(self, words: list[str], places: Mapping[str, str]) -> Ended:
        """Run the command to its end. places: what stands for the places that its words name. ProveError: it could not be started."""
        filled = [_filled(word, places) for word in words]
        with self._lock:
            if self._ended:
                raise ProveError("interrupted")
            running = _started(filled)
            self._running.add(running)
        said = bytearray()
        assert running.stdout is not None  # noqa: S101 - asked for; said for the type checker
        reader = threading.Thread(target=_keep, args=(running.stdout, said), daemon=True)
        reader.start()
        try:
            code = running.wait(self.patience)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            _end(running)
            with self._lock:
                self._running.discard(running)
        # What it left behind could hold its output open; that was ended with it, but for what has left its group.
        reader.join(5)
        return Ended(code, bytes(said).decode("utf-8", "replace").strip())

    def end(self) -> None:
        """End what runs, and start nothing more."""
        with self._lock:
            self._ended = True
            for running in self._running:
                _end(running)


def _filled(word: str, places: Mapping[str, str]) -> str:
    for place, value in places.items():
        word = word.replace(place, value)
    return word


def _started(words: list[str]) -> subprocess.Popen[bytes]:
    try:
        # A group of its own, so that it ends with all that it has started.
        return subprocess.Popen(  # noqa: S603 - the command that was asked for
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        )
    except (OSError, ValueError) as error:
        raise ProveError(f"--suite: {words[0]} cannot be run: {getattr(error, 'strerror', None) or error}") from None


def _end(running: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def _keep(output: IO[bytes], said: bytearray) -> None:
    with output:
        while chunk := os.read(output.fileno(), 65536):
            said += chunk
            del said[:-KEPT]
