"""One invocation of Schemathesis over a spec: what it is told, and what came of it."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from ... import specs
from ..seeding import Seeds
from ..shown import cut, printable

PATIENCE = 240
"""Seconds that one invocation may take with FEW test cases an operation and phase; with more of them as many times longer."""
FEW = 20
OFTEN = 0.9
"""How often a parameter is one of the target's own ids, of all: else nearly every request would end at 404."""
_NEEDED = re.compile(r"PATH|HOME|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|SYSTEMROOT|PYTHON\w*|VIRTUAL_ENV")
UNSENT = "x-ownership-unsent"
"""The header of an answer that the tested server did not give: such a one is not counted, and not judged."""


@dataclass(frozen=True)
class Place:
    """Where one invocation sends to. ca: see Target. often: how often a parameter is one of the known ids, of all. patience: seconds that it has."""

    base_url: str
    ca: str | None = None
    often: float = OFTEN
    patience: float = PATIENCE


@dataclass(frozen=True)
class Outcome:
    """What one invocation came to: how many test cases, its failures, and which operations and links succeeded at least once."""

    cases: int
    failures: tuple[str, ...]
    operations: frozenset[str]
    links: frozenset[str]


def invoke(spec: dict[str, Any], seeds: Seeds, place: Place, examples: int, options: Sequence[str]) -> Outcome:
    """Run the command once, in a folder of its own. examples: test cases an operation and phase. ValueError where it ended without a report."""
    with tempfile.TemporaryDirectory(prefix="ownership-") as name:
        folder = Path(name)
        (folder / "spec.json").write_text(json.dumps(_seeded(spec, seeds)), "utf-8")
        (folder / "schemathesis.toml").write_text(tomli_w.dumps(_config(seeds, place)), "utf-8")
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run", "spec.json", "-n", str(examples), *options]
        # One worker: more crash on CPython 3.11. No database: the same seed is the same run.
        command += ["--workers", "1", "--generation-database", "none", "--no-color", "--report", "ndjson", "--report-ndjson-path", "events.ndjson"]
        patience = place.patience * max(1, examples / FEW)
        ended = subprocess.run(  # noqa: S603 - our own words
            command, cwd=folder, env=_environment(), capture_output=True, text=True, timeout=patience, check=False
        )
        events = folder / "events.ndjson"
        if ended.returncode not in (0, 1) or not events.is_file():
            raise ValueError(f"exit code {ended.returncode}: {(ended.stdout + ended.stderr)[-2000:]}")
        outcome, unsent = _read(events, spec)
    if ended.returncode == 1 and not outcome.failures and not unsent:
        raise ValueError(f"exit code 1, and no failure in its report: {ended.stdout[-2000:]}")
    return outcome


def _environment() -> dict[str, str]:
    """Return what of this process's environment another Python needs: a target file's secrets are there, too."""
    return {name: value for name, value in os.environ.items() if _NEEDED.fullmatch(name)}


def _config(seeds: Seeds, place: Place) -> dict[str, Any]:
    return {
        "base-url": place.base_url,
        **({} if place.ca is None else {"tls-verify": place.ca}),
        "dictionaries": {name.replace(".", "-"): {"values": list(values)} for name, values in seeds.parameters.items()},
        "parameters": {name: {"dictionary": name.replace(".", "-"), "probability": place.often} for name in seeds.parameters},
        "auth": {"openapi": {**seeds.credentials, **{_own(name): credential for name, credential in _own_credentials(seeds)}}},
        # The default takes 401 and 403 for acceptance: an API that lets nobody in would pass.
        "checks": _accepting(seeds.expected),
        "operations": [
            {
                "include-operation-id": name,
                "checks": {**_accepting(own.expected or seeds.expected), **{check: {"enabled": False} for check in own.unchecked}},
            }
            for name, own in seeds.operations.items()
        ],
    }


def _accepting(statuses: Sequence[int]) -> dict[str, Any]:
    return {"positive_data_acceptance": {"expected-statuses": list(statuses)}}


def _own_credentials(seeds: Seeds) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield each operation that has a credential of its own, by operationId, with that credential."""
    yield from ((name, own.credential) for name, own in seeds.operations.items() if own.credential is not None)


def _own(operation_id: str) -> str:
    """Return the name of the security scheme that stands for an operation's own credential."""
    return f"of-{operation_id}"


def _seeded(spec: dict[str, Any], seeds: Seeds) -> dict[str, Any]:
    """Return the spec with the target's ids and bodies as its examples, so that the examples phase reaches the rules.

    An operation with a credential of its own has a security scheme of its own: Schemathesis knows one credential a scheme.
    """
    made: dict[str, Any] = json.loads(json.dumps(spec))
    for parameter in made["components"].get("parameters", {}).values():
        known = seeds.parameters.get(f"path.{parameter['name']}")
        if known:
            parameter["example"] = known[0]
    for operation in (operation for item in made["paths"].values() for method, operation in item.items() if method in specs.METHODS):
        own = seeds.operations.get(operation["operationId"])
        if own is not None and own.bodies:
            operation["requestBody"] = body = specs.resolved(spec, operation["requestBody"])
            examples = {f"own-{number}": {"value": value} for number, value in enumerate(own.bodies)}
            body["content"] = {media: {"schema": part["schema"], "examples": examples} for media, part in body["content"].items()}
        if own is not None and own.credential is not None:
            (scheme,) = operation["security"][0]
            made["components"]["securitySchemes"][_own(operation["operationId"])] = made["components"]["securitySchemes"][scheme]
            operation["security"] = [{_own(operation["operationId"]): []}]
    return made


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


def link_labels(spec: Mapping[str, Any], sources: Container[str]) -> dict[str, tuple[str, str]]:
    """Return the links that start from these operations: as Schemathesis names them, with the two operations that each joins."""
    label = labels(spec)
    return {f"{label[start]} -> [{status}] {name} -> {label[end]}": (start, end) for start, status, name, end in links(spec) if start in sources}


def _read(events: Path, spec: Mapping[str, Any]) -> tuple[Outcome, int]:
    """Return what the event stream tells, and how many test cases were not sent."""
    templates = set(labels(spec).values())
    count = unsent = 0
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
            if UNSENT in {name.lower() for name in response.get("headers", {})}:
                unsent += 1
                continue
            count += bool(response)
            label = f"{case['value']['method']} {case['value']['path']}"
            if 200 <= response.get("status_code", 0) < 300:  # noqa: PLR2004 - HTTP's success
                operations |= {label} & templates
                if case.get("is_transition_applied"):
                    links.add(case["transition"]["id"])
            for check in recorder.get("checks", {}).get(case_id, ()):
                if check["status"] == "failure":
                    failures.setdefault((label, check["name"]), f"{label}: {check['name']}: {_told(check, response)}")
    return Outcome(count, tuple(failures.values()), frozenset(operations), frozenset(links)), unsent


def _told(check: Mapping[str, Any], response: Mapping[str, Any]) -> str:
    info = (check.get("failure_info") or {}).get("failure") or {}
    content = (response.get("content") or {}).get("$base64", "")
    body = cut(base64.b64decode(content).decode("utf-8", "replace"), 200)
    told = f"{info.get('title', '')} {info.get('message', '')} (status {response.get('status_code')} {body})"
    return printable(" ".join(told.split()))
