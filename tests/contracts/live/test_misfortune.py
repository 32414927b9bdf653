"""kill -9 at random moments of a run in mode fixtures: the ledger accounts for all that it touched, and `cleanup` removes what can be removed."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

import httpx

from tests.serving import Running

from .misfortune import befall, site, zygote

MOMENTS = int(os.environ.get("OWNERSHIP_MOMENTS", "6"))
"""How many moments; `tox -e misfortune` takes fifty."""


def test_whenever_a_run_is_killed_its_ledger_accounts_for_all_and_cleanup_removes_what_can_be_removed(
    tmp_path: Path, mock: Running, world: dict[str, Any], http: httpx.Client
) -> None:
    seed = int(os.environ.get("OWNERSHIP_SEED") or secrets.randbelow(10**6))
    place = site(tmp_path, mock.url, world, http)
    with zygote(tmp_path / "log") as started:
        for number in range(MOMENTS):
            seen = befall(started, place, seed + number)
            # Shown where it fails, and by -s.
            print(seen)
