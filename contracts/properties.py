"""Schemathesis over a vendor's spec: every phase, with seeded ids, tightened checks, and proof that operations and links were really exercised."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tempfile
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import tomli_w

from .. import specs
from .columns import column
from .connection import connection
from .driver import Driver
from .fixtures import Pool, Seeds, Unavailable
from .result import Result, Verdict
from .shown import printable
from .target import Target

CLAUSE = "schemathesis"
PATIENCE = 240
"""Seconds that one invocation may take with as few test cases as are made by default."""
FEW = 20
ROUNDS = 8
"""How often a set of linked operations is tried before a link counts as one that cannot be followed."""
# How often a parameter is one of the target's own ids: else nearly every request would end at 404.
OFTEN = 0.9


@dataclass(frozen=True)
class Outcome:
    """What one invocation came to: how many test cases, its failures, and which operations and links succeeded at least once."""

    cases: int
    failures: tuple[str, ...]
    operations: frozenset[str]
    links: frozenset[str]


def run_properties(target: Target, vendor: str, seed: int, examples: int) -> Result:
    """Run Schemathesis in every phase against fresh worlds of the target, and return one result. examples: test cases an operation and phase."""
    if target.control is None:
        return _result(vendor, Verdict.SKIPPED, "generated requests use fixtures up without end: they are sent to worlds of a mock's alone")
    try:
        with connection(target) as client:
            return _judge(vendor, list(_outcomes(Driver(target, client), vendor, seed, examples)))
    except Unavailable as reason:
        return _result(vendor, Verdict.SKIPPED, str(reason))
    except (subprocess.TimeoutExpired, httpx.TransportError, OSError, ValueError) as error:
        return _result(vendor, Verdict.ERROR, f"Schemathesis could not be run: {error}")


def _outcomes(driver: Driver, vendor: str, seed: int, examples: int) -> Iterator[Outcome]:
    """Yield what each invocation comes to, each in a fresh world: what one uses up, the next would lack.

    First the phases that test one operation at a time. Then each set of linked operations for itself, again with another seed until every
    link of the set was followed to a success, ROUNDS times at most: how far the chains of one round get is left to chance.
    """
    spec = specs.openapi(vendor)

    def invoke(round_seed: int, *options: str) -> Outcome:
        with driver.world({}, str(round_seed)) as world:
            seeds = column(vendor).seeds(Pool(world.tables[vendor]))
            return _invoke(spec, seeds, world, examples, [*options, "--seed", str(round_seed)])

    yield invoke(seed, "--phases", "examples,coverage,fuzzing")
    for cluster in _clusters(spec):
        chosen = [word for name in sorted(cluster) for word in ("--include-operation-id", name)]
        unfollowed = _link_labels(spec, cluster)
        for turn in range(ROUNDS):
            outcome = invoke(seed + turn, "--phases", "stateful", *chosen)
            yield outcome
            unfollowed -= outcome.links
            if not unfollowed:
                break


def _clusters(spec: Mapping[str, Any]) -> list[set[str]]:
    """Return the sets of operations that links join, directly or over others."""
    clusters: list[set[str]] = []
    for source, _, _, destination in links(spec):
        touching = [cluster for cluster in clusters if cluster & {source, destination}]
        clusters = [cluster for cluster in clusters if cluster not in touching] + [{source, destination}.union(*touching)]
    return clusters


def _judge(vendor: str, outcomes: Sequence[Outcome]) -> Result:
    """Return the result: every failure, and every operation or link that nothing exercised."""
    spec = specs.openapi(vendor)
    idle = sorted(set(labels(spec).values()) - {name for outcome in outcomes for name in outcome.operations})
    unfollowed = sorted(_link_labels(spec, labels(spec)) - {name for outcome in outcomes for name in outcome.links})
    complaints = [failure for outcome in outcomes for failure in outcome.failures]
    complaints += [f"{name} never succeeded: nothing was really tested" for name in idle]
    complaints += [f"the link {name} was never followed to a success" for name in unfollowed]
    total = sum(outcome.cases for outcome in outcomes)
    if not total:
        complaints.append("Schemathesis generated no test case")
    if complaints:
        return _result(vendor, Verdict.FAIL, "; ".join(complaints), f"{total} generated test cases without a complaint", complaints[0])
    return _result(vendor, Verdict.PASS, seen=f"{total} generated test cases")


def _invoke(spec: dict[str, Any], seeds: Seeds, world: Target, examples: int, options: Sequence[str]) -> Outcome:
    """Run the command once, in a folder of its own. ValueError where it ended without a report."""
    with tempfile.TemporaryDirectory(prefix="ownership-") as name:
        folder = Path(name)
        (folder / "spec.json").write_text(json.dumps(_seeded(spec, seeds)), "utf-8")
        (folder / "schemathesis.toml").write_text(tomli_w.dumps(_config(seeds, world)), "utf-8")
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run", "spec.json", "-n", str(examples), *options]
        # One worker: more crash on CPython 3.11. No database: the same seed is the same run.
        command += ["--workers", "1", "--generation-database", "none", "--no-color", "--report", "ndjson", "--report-ndjson-path", "events.ndjson"]
        patience = PATIENCE * max(1, examples / FEW)
        ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=patience, check=False)  # noqa: S603 - our own words
        events = folder / "events.ndjson"
        if ended.returncode not in (0, 1) or not events.is_file():
            raise ValueError(f"exit code {ended.returncode}: {(ended.stdout + ended.stderr)[-2000:]}")
        outcome = _read(events, spec)
    if ended.returncode == 1 and not outcome.failures:
        raise ValueError(f"exit code 1, and no failure in its report: {ended.stdout[-2000:]}")
    return outcome


def _config(seeds: Seeds, world: Target) -> dict[str, Any]:
    return {
        "base-url": world.base_url,
        **({} if world.ca is None else {"tls-verify": world.ca}),
        "dictionaries": {name.replace(".", "-"): {"values": list(values)} for name, values in seeds.parameters.items()},
        "parameters": {name: {"dictionary": name.replace(".", "-"), "probability": OFTEN} for name in seeds.parameters},
        "auth": {"openapi": dict(seeds.credentials)},
        # The default takes 401 and 403 for acceptance: an API that lets nobody in would pass.
        "checks": _accepting(seeds.expected),
        "operations": [{"include-operation-id": name, "checks": _accepting(statuses)} for name, statuses in seeds.expected_of.items()],
    }


def _accepting(statuses: Sequence[int]) -> dict[str, Any]:
    return {"positive_data_acceptance": {"expected-statuses": list(statuses)}}


def _seeded(spec: dict[str, Any], seeds: Seeds) -> dict[str, Any]:
    """Return the spec with the target's ids as the examples of its path parameters, so that the examples phase reaches the rules."""
    parameters = {
        key: {**parameter, "example": seeds.parameters.get(f"path.{parameter['name']}", [parameter.get("example")])[0]}
        for key, parameter in spec["components"].get("parameters", {}).items()
    }
    return {**spec, "components": {**spec["components"], "parameters": parameters}}


def labels(spec: Mapping[str, Any]) -> dict[str, str]:
    """Return Schemathesis's label of each operation, METHOD TEMPLATE, by operationId."""
    return {
        operation["operationId"]: f"{method.upper()} {path}"
        for path, item in spec["paths"].items()
        for method, operation in item.items()
        if method in specs.METHODS
    }


def links(spec: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Yield every link of the spec: the operationId it starts from, the status, its name, the operationId it leads to."""
    for item in spec["paths"].values():
        for operation in (operation for method, operation in item.items() if method in specs.METHODS):
            for status, response in operation["responses"].items():
                found = spec["components"]["responses"][response["$ref"].rpartition("/")[2]] if "$ref" in response else response
                for name, link in found.get("links", {}).items():
                    yield operation["operationId"], status, name, link["operationId"]


def _link_labels(spec: Mapping[str, Any], sources: Container[str]) -> set[str]:
    """Return the links that start from these operations, as Schemathesis names them."""
    label = labels(spec)
    return {f"{label[start]} -> [{status}] {name} -> {label[end]}" for start, status, name, end in links(spec) if start in sources}


def _read(events: Path, spec: Mapping[str, Any]) -> Outcome:
    """Return what the event stream tells."""
    templates = set(labels(spec).values())
    count = 0
    failures: dict[tuple[str, str], str] = {}
    operations: set[str] = set()
    links: set[str] = set()
    for line in events.read_text("utf-8").splitlines():
        finished = json.loads(line).get("ScenarioFinished")
        if finished is None:
            continue
        recorder = finished["recorder"]
        for case_id, case in recorder.get("cases", {}).items():
            response = (recorder.get("interactions", {}).get(case_id) or {}).get("response") or {}
            count += bool(response)
            label = f"{case['value']['method']} {case['value']['path']}"
            if 200 <= response.get("status_code", 0) < 300:  # noqa: PLR2004 - HTTP's success
                operations |= {label} & templates
                if case.get("is_transition_applied"):
                    links.add(case["transition"]["id"])
            for check in recorder.get("checks", {}).get(case_id, ()):
                if check["status"] == "failure":
                    failures.setdefault((label, check["name"]), f"{label}: {check['name']}: {_told(check, response)}")
    return Outcome(count, tuple(failures.values()), frozenset(operations), frozenset(links))


def _told(check: Mapping[str, Any], response: Mapping[str, Any]) -> str:
    info = (check.get("failure_info") or {}).get("failure") or {}
    content = (response.get("content") or {}).get("$base64", "")
    body = base64.b64decode(content)[:200].decode("utf-8", "replace")
    told = f"{info.get('title', '')} {info.get('message', '')} (status {response.get('status_code')} {body})"
    return printable(" ".join(told.split()))


def _result(vendor: str, verdict: Verdict, reason: str = "", expected: str = "", seen: str = "") -> Result:
    return Result(vendor=vendor, case="properties", clause=CLAUSE, grade="documented", verdict=verdict, reason=reason, expected=expected, seen=seen)
