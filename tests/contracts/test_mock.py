"""The mock server that a run starts for itself."""

from __future__ import annotations

import httpx
import pytest
from ownership_contracts.contracts.mock import local_mock
from ownership_contracts.contracts.target import TargetError, load


def test_it_serves_the_vendors_asked_for_while_the_block_lasts() -> None:
    with local_mock(["connhex"]) as file:
        target = load(file)
        assert list(target.tables) == ["connhex"]
        assert httpx.get(f"{target.control}/health", trust_env=False).json()["vendors"] == ["connhex"]
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{target.control}/health", trust_env=False)
    assert not file.exists()


def test_it_ends_with_the_block_also_where_that_fails() -> None:
    started = []

    def fail() -> None:
        with local_mock(["connhex"]) as file:
            started.append(load(file).base_url)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    with pytest.raises(httpx.ConnectError):
        httpx.get(started[0], trust_env=False)


def test_a_server_that_does_not_start_is_an_error_with_what_it_said() -> None:
    with (
        pytest.raises(TargetError, match=r"the mock server did not start: .*no-such-scenario"),
        local_mock(options=["--scenario", "no-such-scenario"]),
    ):
        pass
