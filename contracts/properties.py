"""Schemathesis over a vendor's spec: every phase, with seeded ids, tightened checks, and proof that operations and links were really exercised."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import tomli_w

from .. import specs
from .columns import column
from .driver import Driver
from .fixtures import Pool, Seeds, Unavailable
from .result import Result, Verdict
from .target import Target

CLAUSE = "schemathesis"
PHASES = ("examples,coverage,fuzzing", "stateful")
"""One fresh world each: what the first phases use up, the chains of the last would lack."""
PATIENCE = 240
"""Seconds that one invocation may take."""
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
    outcomes = []
    spec = specs.openapi(vendor)
    try:
        with httpx.Client(timeout=30, trust_env=False) as client:
            # Chains of requests follow links: without one there is nothing to chain.
            for phases in PHASES if any(_links(spec)) else PHASES[:1]:
                with Driver(target, client).world({}) as world:
                    seeds = column(vendor).seeds(Pool(world.tables[vendor]))
                    outcomes.append(_invoke(spec, seeds, world.base_url, ("--phases", phases, "--seed", str(seed), "-n", str(examples))))
    except Unavailable as reason:
        return _result(vendor, Verdict.SKIPPED, str(reason))
    except (subprocess.TimeoutExpired, OSError, ValueError) as error:
        return _result(vendor, Verdict.ERROR, f"Schemathesis could not be run: {error}")
    return _judge(vendor, outcomes)


def _judge(vendor: str, outcomes: Sequence[Outcome]) -> Result:
    """Return the result: every failure, and every operation or link that nothing exercised."""
    spec = specs.openapi(vendor)
    idle = sorted(set(_operations(spec)) - {name for outcome in outcomes for name in outcome.operations})
    unfollowed = sorted(set(_links(spec)) - {name for outcome in outcomes for name in outcome.links})
    complaints = [failure for outcome in outcomes for failure in outcome.failures]
    complaints += [f"{name} never succeeded: nothing was really tested" for name in idle]
    complaints += [f"the link {name} was never followed to a success" for name in unfollowed]
    total = sum(outcome.cases for outcome in outcomes)
    if not total:
        complaints.append("Schemathesis generated no test case")
    if complaints:
        return _result(vendor, Verdict.FAIL, "; ".join(complaints), f"{total} generated test cases without a complaint", complaints[0])
    return _result(vendor, Verdict.PASS, seen=f"{total} generated test cases")


def _invoke(spec: dict[str, Any], seeds: Seeds, base_url: str, options: Sequence[str]) -> Outcome:
    """Run the command once, in a folder of its own. ValueError where it ended without a report."""
    with tempfile.TemporaryDirectory(prefix="ownership-") as name:
        folder = Path(name)
        (folder / "spec.json").write_text(json.dumps(_seeded(spec, seeds)), "utf-8")
        (folder / "schemathesis.toml").write_text(tomli_w.dumps(_config(seeds, base_url)), "utf-8")
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run", "spec.json", *options]
        # One worker: more crash on CPython 3.11. No database: the same seed is the same run.
        command += ["--workers", "1", "--generation-database", "none", "--no-color", "--report", "ndjson", "--report-ndjson-path", "events.ndjson"]
        ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False)  # noqa: S603 - our own words
        events = folder / "events.ndjson"
        if ended.returncode not in (0, 1) or not events.is_file():
            raise ValueError(f"exit code {ended.returncode}: {(ended.stdout + ended.stderr)[-2000:]}")
        outcome = _read(events, spec)
    if ended.returncode == 1 and not outcome.failures:
        raise ValueError(f"exit code 1, and no failure in its report: {ended.stdout[-2000:]}")
    return outcome


def _config(seeds: Seeds, base_url: str) -> dict[str, Any]:
    return {
        "base-url": base_url,
        "dictionaries": {name.replace(".", "-"): {"values": list(values)} for name, values in seeds.parameters.items()},
        "parameters": {name: {"dictionary": name.replace(".", "-"), "probability": OFTEN} for name in seeds.parameters},
        "auth": {"openapi": dict(seeds.credentials)},
        # The default takes 401 and 403 for acceptance: an API that lets nobody in would pass.
        "checks": {"positive_data_acceptance": {"expected-statuses": list(seeds.expected)}},
    }


def _seeded(spec: dict[str, Any], seeds: Seeds) -> dict[str, Any]:
    """Return the spec with the target's ids as the examples of its path parameters, so that the examples phase reaches the rules."""
    parameters = {
        key: {**parameter, "example": seeds.parameters.get(f"path.{parameter['name']}", [parameter.get("example")])[0]}
        for key, parameter in spec["components"].get("parameters", {}).items()
    }
    return {**spec, "components": {**spec["components"], "parameters": parameters}}


def _operations(spec: Mapping[str, Any]) -> Iterator[str]:
    for path, item in spec["paths"].items():
        yield from (f"{method.upper()} {path}" for method, operation in item.items() if isinstance(operation, dict) and "operationId" in operation)


def _links(spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield every link as Schemathesis names it: SOURCE -> [STATUS] NAME -> DESTINATION."""
    labels = {item[name.split()[0].lower()]["operationId"]: name for path, item in spec["paths"].items() for name in _operations({"paths": {path: item}})}
    for path, item in spec["paths"].items():
        for name in _operations({"paths": {path: item}}):
            for status, response in item[name.split()[0].lower()]["responses"].items():
                found = spec["components"]["responses"][response["$ref"].rpartition("/")[2]] if "$ref" in response else response
                for link, part in found.get("links", {}).items():
                    yield f"{name} -> [{status}] {link} -> {labels[part['operationId']]}"


def _read(events: Path, spec: Mapping[str, Any]) -> Outcome:
    """Return what the event stream tells."""
    templates = set(_operations(spec))
    count = 0
    failures: dict[tuple[str, str], str] = {}
    operations: set[str] = set()
    links: set[str] = set()
    for line in events.read_text("utf-8").splitlines():
        finished = json.loads(line).get("ScenarioFinished")
        if finished is None:
            continue
        recorder = finished["recorder"]
        for case_id, case in recorder["cases"].items():
            response = (recorder["interactions"].get(case_id) or {}).get("response") or {}
            count += bool(response)
            label = f"{case['value']['method']} {case['value']['path']}"
            if 200 <= response.get("status_code", 0) < 300:  # noqa: PLR2004 - HTTP's success
                operations |= {label} & templates
                if case.get("is_transition_applied"):
                    links.add(case["transition"]["id"])
            for check in recorder["checks"].get(case_id, ()):
                if check["status"] == "failure":
                    failures.setdefault((label, check["name"]), f"{label}: {check['name']}: {_told(check, response)}")
    return Outcome(count, tuple(failures.values()), frozenset(operations), frozenset(links))


def _told(check: Mapping[str, Any], response: Mapping[str, Any]) -> str:
    info = (check.get("failure_info") or {}).get("failure") or {}
    content = (response.get("content") or {}).get("$base64", "")
    body = base64.b64decode(content)[:200].decode("utf-8", "replace")
    return f"{info.get('title', '')} {info.get('message', '')} (status {response.get('status_code')} {body})".replace("\n", " ").strip()


def _result(vendor: str, verdict: Verdict, reason: str = "", expected: str = "", seen: str = "") -> Result:
    return Result(vendor=vendor, case="properties", clause=CLAUSE, grade="documented", verdict=verdict, reason=reason, expected=expected, seen=seen)
