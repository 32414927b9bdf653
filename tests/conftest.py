"""What the tests share."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.serving import Running, serving

PATIENCE = 60
"""Seconds that a request may take: a machine that is busy is slow, and nothing is wrong with that."""

# Each of these makes a client of its own, and reads the machine's certificates for it, in twenty times the time of the request.
_TRUSTED = ssl.create_default_context()
for _name in ("delete", "get", "head", "options", "patch", "post", "put", "request", "stream"):
    setattr(httpx, _name, partial(getattr(httpx, _name), verify=_TRUSTED, timeout=PATIENCE))


@pytest.fixture(scope="session")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("mock")) as running:
        yield running


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """One client for all tests: a new one a request costs more than the request."""
    with httpx.Client(trust_env=False, timeout=PATIENCE) as client:
        yield client


@pytest.fixture
def world(mock: Running, http: httpx.Client) -> Iterator[dict[str, Any]]:
    """A fresh world of the shared server, as a target's tables."""
    made = http.post(f"{mock.url}/_mock/api/worlds", json={}).raise_for_status().json()
    yield made
    http.delete(f"{mock.url}/_mock/api/worlds/{made['name']}")


@pytest.fixture
def run() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command to its end."""

    def run_command(*command: str, cwd: Path | None = None, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=timeout, check=False, stdin=subprocess.DEVNULL)

    return run_command
