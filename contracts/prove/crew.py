"""The workers: processes that play jobs side by side."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import IO, Any, Self

from .job import Done, Job, ProveError
from .worker import CATALOGUE, THREADS

COMMAND = (sys.executable, "-m", f"{__package__}.worker")
PATIENCE = 15.0
"""Seconds that a worker has to end by itself: it finishes the rows that are under way, and ends its servers."""


class Crew:
    """So many workers, started when they are needed, and ended with the block."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._workers: list[subprocess.Popen[str]] = []
        self._logs: list[IO[bytes]] = []
        self._told: queue.SimpleQueue[tuple[int, str | None]] = queue.SimpleQueue()
        self._numbers = 0

    def __enter__(self) -> Self:
        """End every worker at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the workers: at first by taking their jobs away."""
        try:
            for worker in self._workers:
                assert worker.stdin is not None  # noqa: S101 - asked for; said for the type checker
                with suppress(OSError):
                    worker.stdin.close()
            for worker in self._workers:
                with suppress(subprocess.TimeoutExpired):
                    worker.wait(PATIENCE)
        finally:
            for worker in self._workers:
                worker.kill()
                worker.wait()
            for log in self._logs:
                log.close()

    def mutants(self, vendor: str) -> list[dict[str, Any]]:
        """Return the catalogue of a server of this vendor's. ProveError."""
        ((_, told),) = self._results([Job(vendor, CATALOGUE, "", ())])
        return list(told["mutants"])

    def play(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Done]]:
        """Yield each job, as it is done, with what came of it. ProveError: a worker or its server ended, or could not be started."""
        for job, told in self._results(jobs):
            yield job, Done(**told)

    def _results(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, dict[str, Any]]]:
        waiting = deque(jobs)
        under_way: dict[int, tuple[int, Job]] = {}
        while len(self._workers) < min(self.size, len(jobs)):
            self._start()
        for _ in range(THREADS + 1):
            for worker in range(len(self._workers)):
                self._give(worker, waiting, under_way)
        while under_way:
            worker, line = self._told.get()
            if line is None:
                raise ProveError(f"a worker ended before its work was done: {self._last_words(worker)}")
            told = json.loads(line)
            if "wrong" in told:
                raise ProveError(told["wrong"])
            _, job = under_way.pop(told.pop("number"))
            self._give(worker, waiting, under_way)
            yield job, told

    def _give(self, worker: int, waiting: deque[Job], under_way: dict[int, tuple[int, Job]]) -> None:
        if not waiting:
            return
        self._numbers += 1
        job = waiting.popleft()
        under_way[self._numbers] = worker, job
        pipe = self._workers[worker].stdin
        assert pipe is not None  # noqa: S101 - as above
        # Where it has ended, its reader tells.
        with suppress(OSError):
            pipe.write(json.dumps({"number": self._numbers, **asdict(job)}) + "\n")
            pipe.flush()

    def _start(self) -> None:
        log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the crew
        self._logs.append(log)
        # In a session of its own a worker does not hear the terminal's Ctrl-C: it is ended with its stdin, and ends its servers itself.
        pipe = subprocess.PIPE
        worker = subprocess.Popen(COMMAND, stdin=pipe, stdout=pipe, stderr=log, text=True, encoding="utf-8", start_new_session=True)  # noqa: S603 - our own words
        self._workers.append(worker)
        threading.Thread(target=self._read, args=(len(self._workers) - 1, worker), daemon=True).start()

    def _read(self, number: int, worker: subprocess.Popen[str]) -> None:
        assert worker.stdout is not None  # noqa: S101 - as above
        for line in worker.stdout:
            self._told.put((number, line))
        self._told.put((number, None))

    def _last_words(self, worker: int) -> str:
        self._logs[worker].seek(0)
        lines = self._logs[worker].read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"exit code {self._workers[worker].wait()}"
