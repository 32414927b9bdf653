"""Servers that tests start: in processes of their own, on free loopback ports, ended with the block."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

MOCK = [sys.executable, "-m", "ownership_contracts.mockserver"]
CONTRACTS = [sys.executable, "-m", "ownership_contracts.contracts"]
READY = re.compile(r"ready at (https?://\S+)")


@dataclass
class Running:
    """A mock server that runs: its URL, its process, and what it has printed so far."""

    url: str
    process: subprocess.Popen[str]
    printed: list[str]
    errors: Path

    def world(self, **body: Any) -> dict[str, Any]:
        answer = httpx.post(f"{self.url}/_mock/api/worlds", json=body, trust_env=False)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made


@contextlib.contextmanager
def serving(folder: Path, *options: str, command: list[str] | None = None, cwd: Path | None = None, verb: str = "serve") -> Iterator[Running]:
    """A server on a free port, ended with SIGTERM at the end of the block; its stderr must hold no traceback.

    What it prints after it was ready is there once it has ended.
    """
    errors = folder / f"stderr-{time.monotonic_ns()}"
    with errors.open("w") as log:
        words = [*(command or MOCK), verb, "--port", "0", *options]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log, text=True, cwd=cwd)
        try:
            printed: list[str] = []
            yield Running(_url(process, errors, printed), process, printed, errors)
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.stdout is not None
            printed_after = process.stdout.read()
            process.wait(60)
            process.stdout.close()
            printed.extend(printed_after.splitlines())
    assert "Traceback" not in errors.read_text(), errors.read_text()
    assert "Traceback" not in printed_after


def _url(process: subprocess.Popen[str], errors: Path, printed: list[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        printed.append(line)
        if found := READY.search(line):
            return found[1]
    raise AssertionError(f"the server ended before it was ready: {errors.read_text()}")
