"""A proxy before a mock server, or any other, that behaves as deployments and the networks before them do on bad days.

with misbehaving("http://127.0.0.1:8080", folder) as rig:
    rig.trouble = troubles.drop_before()
"""

from __future__ import annotations

from tests.contracts.misbehaving import troubles
from tests.contracts.misbehaving.exchange import Exchange, Reply, Seen, Trouble
from tests.contracts.misbehaving.rig import Rig, misbehaving

__all__ = ["Exchange", "Reply", "Rig", "Seen", "Trouble", "misbehaving", "troubles"]
