"""Schemathesis over the control API's own spec, against a server that wants a token."""

from __future__ import annotations

import json
from collections.abc import Sequence

import httpx
from ownership_contracts import specs
from ownership_contracts.contracts.fixtures import OperationSeeds, Seeds
from ownership_contracts.contracts.invocation import Outcome, invoke
from ownership_contracts.contracts.target import Target

TOKEN = "a-token-of-the-tests"
PHASES = ("examples", "coverage", "fuzzing", "stateful")
ACCEPTED = (200, 201, 204, 404, 409)
"""What good data may get: a world or a line that is not there, or a conflict with what is, is no fault of the data."""
JUDGED_FURTHER = frozenset(
    {
        "createWorld", "resetWorld", "restoreWorld", "loadLines", "happen", "setClock", "readJournal", "clearJournal", "verifyJournal",
    }
)  # fmt: skip
"""Operations whose data have to hold together in ways that no schema of OpenAPI's says: good ones may get 400, too. Their places are in the detail."""


def seeds(url: str) -> Seeds:
    """Worlds and a line that are there, and a snapshot."""
    control = httpx.Client(base_url=f"{url}/_mock/api", headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False)
    for name in ("one", "two"):
        if control.get(f"/worlds/{name}").status_code == httpx.codes.NOT_FOUND:
            control.post("/worlds", json={"name": name}).raise_for_status()
    line = {"name": "outage", "when": {"vendor": "connhex"}, "delay": 0.1}
    control.post("/worlds/default/script", json=line).raise_for_status()
    snapshot = control.get("/worlds/default/snapshot").raise_for_status().json()
    device = control.get("/worlds/default").json()["state"]["connhex"]["devices"][0]["id"]
    bodies = {"restoreWorld": [snapshot], "happen": [{"connhex.registration_enabled": {"device": device}}], "loadLines": [line, [line]]}
    own = {name: OperationSeeds(expected=(*ACCEPTED, 400)) for name in JUDGED_FURTHER}
    return Seeds(
        parameters={"path.name": ["default", "one", "two"], "path.line": ["outage"]},
        credentials={"bearer": {"bearer": TOKEN}, "basic": {"username": "anyone", "password": TOKEN}},
        expected=ACCEPTED,
        operations={**own, **{name: OperationSeeds(expected=(*ACCEPTED, 400), bodies=rows) for name, rows in bodies.items()}},
    )


def run(url: str, phase: str, seed: int, examples: int, *options: str) -> Outcome:
    """Run one phase."""
    return invoke(specs.control(), seeds(url), Target(f"{url}/_mock/api", {}), examples, ["--phases", phase, "--seed", str(seed), *options])
