"""What the mock server's tests share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.serving import Running


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """One client for all tests: a new one a request costs more than the request."""
    with httpx.Client(trust_env=False, timeout=20) as client:
        yield client


@pytest.fixture
def world(mock: Running, http: httpx.Client) -> Iterator[dict[str, Any]]:
    """A fresh world of the shared server, as a target's tables."""
    made = http.post(f"{mock.url}/_mock/api/worlds", json={}).raise_for_status().json()
    yield made
    http.delete(f"{mock.url}/_mock/api/worlds/{made['name']}")
