"""What the mock server's tests share."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """One client for all tests: a new one a request costs more than the request."""
    with httpx.Client(trust_env=False, timeout=20) as client:
        yield client
