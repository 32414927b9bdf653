"""Schemathesis over the control API's own spec, against a server that wants a token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
from ownership_contracts import specs
from ownership_contracts.contracts.layers.invocation import Outcome, Place, invoke, labels, link_labels
from ownership_contracts.contracts.seeding import OperationSeeds, Seeds

TOKEN = "a-token-of-the-tests"
PHASES = ("examples", "coverage", "fuzzing", "stateful")
ACCEPTED = (200, 201, 204, 404, 409)
"""What good data may get: a world or a line that is not there, or a conflict with what is, is no fault of the data."""
JUDGED_FURTHER = (
    "createWorld", "resetWorld", "restoreWorld", "loadLines", "happen", "setClock", "readJournal", "clearJournal", "verifyJournal",
)  # fmt: skip
"""Operations whose data have to hold together in ways that no schema of OpenAPI's says: good ones may get 400, too."""


_EMPTIED = "DELETE empties a list that is there all the same; Schemathesis takes each DELETE for the end of what its path names"
UNCHECKED = {"readScript": {"use_after_free": _EMPTIED}, "readJournal": {"use_after_free": _EMPTIED}}


def seeds(url: str) -> Seeds:
    """Worlds and a line that are there, and a snapshot."""
    control = httpx.Client(base_url=f"{url}/_mock/api", headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False, timeout=60)
    line = {"name": "outage", "when": {"vendor": "connhex"}, "delay": 0.1}
    for name in ("one", "two"):
        if control.get(f"/worlds/{name}").status_code == httpx.codes.NOT_FOUND:
            control.post("/worlds", json={"name": name}).raise_for_status()
        control.post(f"/worlds/{name}/script", json=line).raise_for_status()
    snapshot = control.get("/worlds/default/snapshot").raise_for_status().json()
    device = control.get("/worlds/default").json()["state"]["connhex"]["devices"][0]["id"]
    bodies = {"restoreWorld": [snapshot], "happen": [{"connhex.registration_enabled": {"device": device}}], "loadLines": [line, [line]]}
    own = {name: OperationSeeds(expected=(*ACCEPTED, 400), unchecked=UNCHECKED.get(name, {})) for name in JUDGED_FURTHER}
    return Seeds(
        parameters={"path.name": ["default", "one", "two"], "path.line": ["outage"]},
        credentials={"bearer": {"bearer": TOKEN}, "basic": {"username": "anyone", "password": TOKEN}},
        expected=ACCEPTED,
        operations={
            "readScript": OperationSeeds(unchecked=UNCHECKED["readScript"]),
            **own,
            **{name: OperationSeeds(expected=(*ACCEPTED, 400), bodies=tuple(rows)) for name, rows in bodies.items()},
        },
    )


def document() -> dict[str, Any]:
    """The spec. What its links send is sent as it is: by itself Schemathesis mixes it with what it makes up."""
    found = specs.control()
    for link in (link for item in found["paths"].values() for operation in item.values() for link in _links(operation)):
        link["x-schemathesis"] = {"merge_body": False}
    return found


def run(url: str, phase: str, seed: int, examples: int, *options: str) -> Outcome:
    """Run one phase. examples: test cases an operation; in the phase of chains, chains."""
    return invoke(document(), seeds(url), Place(f"{url}/_mock/api"), examples, ["--phases", phase, "--seed", str(seed), *options])


def run_chains(url: str, seed: int, examples: int, most: int) -> Iterator[Outcome]:
    """Follow the links, those again with another seed that did not come to a success, so many times at most."""
    links = link_labels(document(), labels(document()))
    for again in range(most):
        ends = sorted({operation for pair in links.values() for operation in (*pair, "createWorld", "readSnapshot")})
        yield (outcome := run(url, "stateful", seed + again, examples, *(word for name in ends for word in ("--include-operation-id", name))))
        links = {name: pair for name, pair in links.items() if name not in outcome.links}
        if not links:
            return


def _links(operation: Any) -> Iterator[dict[str, Any]]:
    if isinstance(operation, dict):
        for response in operation["responses"].values():
            yield from response.get("links", {}).values()
