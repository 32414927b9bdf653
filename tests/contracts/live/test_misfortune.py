"""kill -9 at random moments of a run in mode fixtures: the ledger accounts for all that it touched, and `cleanup` removes what can be removed."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import httpx

from tests.serving import Running

from .misfortune import befall, interrupt, site, zygote

MOMENTS = int(os.environ.get("OWNERSHIP_MOMENTS", "3"))
"""How many moments; `tox -e misfortune` takes fifty."""
IN_ONE = 5
"""So many in one world: what a run uses up there, the next one lacks."""


def test_whenever_a_run_is_killed_its_ledger_accounts_for_all_and_cleanup_removes_what_can_be_removed(
    tmp_path: Path, mock: Running, http: httpx.Client
) -> None:
    seed = int(os.environ.get("OWNERSHIP_SEED") or secrets.randbelow(10**6))
    with zygote(tmp_path / "log") as started:
        for first in range(seed, seed + MOMENTS, IN_ONE):
            folder = tmp_path / f"from-{first}"
            folder.mkdir()
            place = site(folder, mock.url, mock.world(), http)
            for each in range(first, min(first + IN_ONE, seed + MOMENTS)):
                # Shown where it fails, and by -s.
                print(befall(started, place, each))


def test_a_run_that_is_interrupted_takes_back_what_it_has_made(tmp_path: Path, mock: Running, http: httpx.Client) -> None:
    seed = int(os.environ.get("OWNERSHIP_SEED") or secrets.randbelow(10**6))
    with zygote(tmp_path / "log") as started:
        code = interrupt(started, site(tmp_path, mock.url, mock.world(), http), seed)
    # 0, 1 and 3: it was over before.
    assert code in (0, 1, 3, 130)
