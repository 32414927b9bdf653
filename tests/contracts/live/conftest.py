"""What these tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contracts.live.deployment import Deployment
from tests.contracts.misbehaving import misbehaving, troubles
from tests.serving import Running


@pytest.fixture(scope="module")
def behind(mock: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    made = mock.world()
    with misbehaving(mock.url, tmp_path_factory.mktemp("rig")) as rig:
        kii, connhex = made["kii"], made["connhex"]
        connhex.pop("probes", None)
        kii["apps"] = kii["apps"][:1]
        connhex["users"] = connhex["users"][:2]
        url = rig.url + made["base_url"].removeprefix(mock.url)
        yield Deployment(rig, {"base_url": url, "ca": str(rig.ca), "kii": kii, "connhex": connhex})


@pytest.fixture
def deployment(behind: Deployment) -> Iterator[Deployment]:
    behind.rig.seen.clear()
    yield behind
    behind.rig.trouble, behind.rig.every, behind.rig.concerns = troubles.nothing, 1, lambda seen: True
