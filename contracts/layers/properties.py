"""Schemathesis over a vendor's spec: every phase, with seeded ids, tightened checks, and proof that operations and links were really exercised."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx

from ... import specs
from ..columns import column
from ..connection import connection
from ..driver import Driver
from ..fixtures import Pool
from ..result import Result, Verdict
from ..target import Target
from ..unavailable import Unavailable
from .invocation import Outcome, Place, invoke, labels, link_labels, links

PROPERTIES = "properties"
CLAUSE = "schemathesis"
ROUNDS = 8
"""How often a set of linked operations is tried before a link counts as one that cannot be followed."""
AT_ONCE = min(os.cpu_count() or 1, 4)
"""How many invocations run side by side."""


def run_properties(target: Target, vendor: str, seed: int, examples: int) -> Result:
    """Run Schemathesis in every phase against fresh worlds of the target, and return one result. examples: test cases an operation and phase."""
    try:
        with connection(target) as client:
            return _judge(vendor, _outcomes(Driver(target, client), vendor, seed, examples))
    except Unavailable as reason:
        return _result(vendor, Verdict.SKIPPED, str(reason))
    except (subprocess.TimeoutExpired, httpx.TransportError, OSError, ValueError) as error:
        return _result(vendor, Verdict.ERROR, f"Schemathesis could not be run: {error}")


def _outcomes(driver: Driver, vendor: str, seed: int, examples: int) -> list[Outcome]:
    """Return what each invocation comes to, each in a fresh world: what one uses up, the next would lack.

    First the phases that test one operation at a time; those that use up what the others start from, by themselves. Then each set of linked
    operations for itself. How far the chains of one round get is left to chance: as long as a link of the set was not followed to a success,
    the operations that lead to it are tried again with another seed, ROUNDS times at most in all.
    """
    spec = specs.openapi(vendor)

    def run(round_seed: int, *options: str) -> Outcome:
        with driver.world({}, str(round_seed)) as (world, _):
            seeds = column(vendor).seeds(Pool(world.tables[vendor]))
            return invoke(spec, seeds, Place(world.base_url, world.ca), examples, [*options, "--seed", str(round_seed)])

    def follow(cluster: set[str]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        unfollowed = link_labels(spec, cluster)
        while unfollowed and len(outcomes) < ROUNDS:
            chosen = sorted(_leading_to(spec, unfollowed.values()))
            outcomes.append(run(seed + len(outcomes), "--phases", "stateful", *words("--include-operation-id", chosen)))
            unfollowed = {name: ends for name, ends in unfollowed.items() if name not in outcomes[-1].links}
        return outcomes

    one_by_one = ("--phases", "examples,coverage,fuzzing")
    apart = sorted(column(vendor).uses_up & labels(spec).keys())
    jobs: list[Callable[[], list[Outcome]]] = [lambda: [run(seed, *one_by_one, *words("--exclude-operation-id", apart))]]
    if apart:
        jobs.append(lambda: [run(seed, *one_by_one, *words("--include-operation-id", apart))])
    jobs += [partial(follow, cluster) for cluster in _clusters(spec)]
    # Each has a process and a world of its own, so that they do not touch one another.
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [outcome for outcomes in pool.map(lambda job: job(), jobs) for outcome in outcomes]


def words(option: str, values: Sequence[str]) -> list[str]:
    """Return a command's words that give the option once for each value."""
    return [word for value in values for word in (option, value)]


def _clusters(spec: Mapping[str, Any]) -> list[set[str]]:
    """Return the sets of operations that links join, directly or over others."""
    clusters: list[set[str]] = []
    for source, _, _, destination in links(spec):
        touching = [cluster for cluster in clusters if cluster & {source, destination}]
        clusters = [cluster for cluster in clusters if cluster not in touching] + [{source, destination}.union(*touching)]
    return clusters


def _leading_to(spec: Mapping[str, Any], followed: Collection[tuple[str, str]]) -> set[str]:
    """Return the operations that links join, and those that other links lead from to where these start."""
    found = {operation for ends in followed for operation in ends}
    sources = {start for start, _ in followed}
    while before := {start for start, _, _, end in links(spec) if end in sources} - sources:
        sources |= before
    return found | sources


def _judge(vendor: str, outcomes: Sequence[Outcome]) -> Result:
    """Return the result: every failure, and every operation or link that nothing exercised."""
    spec = specs.openapi(vendor)
    idle = sorted(set(labels(spec).values()) - {name for outcome in outcomes for name in outcome.operations})
    unfollowed = sorted(link_labels(spec, labels(spec)).keys() - {name for outcome in outcomes for name in outcome.links})
    complaints = [failure for outcome in outcomes for failure in outcome.failures]
    complaints += [f"{name} never succeeded: nothing was really tested" for name in idle]
    complaints += [f"the link {name} was never followed to a success" for name in unfollowed]
    total = sum(outcome.cases for outcome in outcomes)
    if not total:
        complaints.append("Schemathesis generated no test case")
    if complaints:
        return _result(vendor, Verdict.FAIL, "; ".join(complaints), f"{total} generated test cases without a complaint", complaints[0])
    return _result(vendor, Verdict.PASS, seen=f"{total} generated test cases")


def _result(vendor: str, verdict: Verdict, reason: str = "", expected: str = "", seen: str = "") -> Result:
    return Result(vendor, PROPERTIES, CLAUSE, "documented", verdict, reason, expected, seen, layer=PROPERTIES)
