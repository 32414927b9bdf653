"""Several servers under attack side by side, each by a process of its own."""

from __future__ import annotations

import multiprocessing
import tempfile
import tomllib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.serving import MOCK, serving

from .attack import Attack, Plan
from .report import Report
from .site import Site


def campaign(plan: Plan, servers: int, command: Sequence[str] = MOCK) -> Report:
    """Attack so many servers of this command, each with its share of the segments, and return what came of it all.

    Which inputs there are, and what each is, does not depend on the number of servers.
    """
    shares = [list(plan.segments())[number::servers] for number in range(servers)]
    if servers == 1:
        return attack(plan, shares[0], command)
    report = Report(plan.seed)
    with ProcessPoolExecutor(servers, multiprocessing.get_context("spawn")) as pool:
        for part in pool.map(attack, [plan] * servers, shares, [list(command)] * servers):
            report.add(part)
    return report


def attack(plan: Plan, segments: Sequence[range], command: Sequence[str] = MOCK) -> Report:
    """Start a server, attack it with these segments, end it, and return what came of it."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        target = folder / "target.toml"
        report = None
        try:
            with serving(folder, "--seed", str(plan.seed), "--write-target", str(target), command=list(command)) as running:
                site = Site(running.url, running.errors, tomllib.loads(target.read_text("utf-8")))
                report = Attack(site, plan).run(segments)
        except AssertionError as error:
            # The server is started as all tests do, and ended with a check of its log: what it found late is a finding too.
            if report is None:
                raise
            report.late(str(error))
        return report
