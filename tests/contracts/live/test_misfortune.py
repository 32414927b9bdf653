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
    killed = 0
    with zygote(tmp_path / "log") as started:
        # A run that is over before its moment has come does not count.
        for each in range(seed, seed + 3 * MOMENTS):
            if not (each - seed) % IN_ONE:
                folder = tmp_path / f"from-{each}"
                folder.mkdir()
                place = site(folder, mock.url, mock.world(), http)
            told = befall(started, place, each)
            # Shown where it fails, and by -s.
            print(told)
            killed += told["killed"]
            if killed == MOMENTS:
                return
    raise AssertionError(f"{killed} runs of {3 * MOMENTS} were killed on their way")


def test_a_run_that_is_interrupted_takes_back_what_it_has_made(tmp_path: Path, mock: Running, http: httpx.Client) -> None:
    seed = int(os.environ.get("OWNERSHIP_SEED") or secrets.randbelow(10**6))
    with zygote(tmp_path / "log") as started:
        code = interrupt(started, site(tmp_path, mock.url, mock.world(), http), seed)
    # 0, 1 and 3: it was over before.
    assert code in (0, 1, 3, 130)
