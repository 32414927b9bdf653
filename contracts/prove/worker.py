"""A worker: reads jobs from stdin, a JSON object a line, plays them in a few threads, and tells what came of each on stdout.

It ends with its stdin, and what it started with it: however the process ends that gave it its jobs.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import sys
import threading
from contextlib import ExitStack
from typing import Any, TextIO

from ..control import ControlError
from ..rows import CaseError
from ..target import Target, TargetError
from .job import Job, ProveError
from .stage import Stage, catalogue, start

THREADS = 2
"""How many jobs are under way at once: while one waits for the server, or for a mutant that is late, another goes on."""
log = logging.getLogger(__name__)
CATALOGUE = "catalogue"
"""The layer of the job that asks which mutants there are."""


class Worker:
    """The jobs of one worker, and its servers. told: where results go."""

    def __init__(self, told: TextIO) -> None:
        self.told = told
        self.jobs: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self.ended = False
        self.stack = ExitStack()
        self._targets: dict[str, Target] = {}
        self._starting, self._telling = threading.Lock(), threading.Lock()

    def run(self, lines: TextIO) -> None:
        """Play the jobs of these lines, and end what was started."""
        threads = [threading.Thread(target=self._play_all) for _ in range(THREADS)]
        with self.stack:
            for thread in threads:
                thread.start()
            try:
                for line in lines:
                    self.jobs.put(json.loads(line))
            finally:
                self.ended = True
                for _ in threads:
                    self.jobs.put(None)
                for thread in threads:
                    thread.join()

    def _play_all(self) -> None:
        stages: dict[str, Stage] = {}
        while (asked := self.jobs.get()) is not None and not self.ended:
            number = asked.pop("number")
            try:
                told = self._play(Job(**{**asked, "units": tuple(asked["units"])}), stages)
            except (ProveError, TargetError, ControlError, CaseError) as error:
                told = {"wrong": str(error)}
            except Exception as error:
                log.exception("%s", asked)
                told = {"wrong": f"{type(error).__name__}: {error}"}
            self._tell({"number": number, **told})
        for stage in stages.values():
            stage.end()

    def _play(self, job: Job, stages: dict[str, Stage]) -> dict[str, Any]:
        target = self._target(job.vendor)
        if job.layer == CATALOGUE:
            return {"mutants": catalogue(target)}
        if job.vendor not in stages:
            stages[job.vendor] = Stage(target)
        return stages[job.vendor].play(job, lambda: not self.ended).as_json()

    def _target(self, vendor: str) -> Target:
        with self._starting:
            if vendor not in self._targets:
                self._targets[vendor] = start(vendor, self.stack)
            return self._targets[vendor]

    def _tell(self, message: dict[str, Any]) -> None:
        with self._telling:
            try:
                self.told.write(json.dumps(message) + "\n")
                self.told.flush()
            except OSError:
                # Nobody is there any more.
                self.ended = True


def main() -> None:
    """Work until stdin ends."""
    # Whatever else prints, the results' stream is for results.
    results = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    Worker(results).run(sys.stdin)


if __name__ == "__main__":
    main()
