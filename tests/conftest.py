"""What the tests share."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.serving import Running, serving


@pytest.fixture(scope="session")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("mock")) as running:
        yield running


@pytest.fixture
def world(mock: Running) -> Iterator[dict[str, Any]]:
    """A fresh world of the shared server, as a target's tables."""
    made = mock.world()
    yield made
    httpx.delete(f"{mock.url}/_mock/api/worlds/{made['name']}", trust_env=False)


@pytest.fixture
def run() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command to its end."""

    def run_command(*command: str, cwd: Path | None = None, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=timeout, check=False, stdin=subprocess.DEVNULL)

    return run_command
