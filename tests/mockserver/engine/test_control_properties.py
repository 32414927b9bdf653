"""The control API passes Schemathesis's checks in every phase, over its own spec."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ownership_contracts.contracts.layers.invocation import labels, link_labels

from tests.mockserver.engine.control_properties import TOKEN, document, run, run_chains
from tests.serving import Running, serving

SEED = 4


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("properties"), "--control-token", TOKEN, "--worlds", "100000") as running:
        yield running


def test_schemathesis_finds_nothing_in_any_phase_and_exercises_every_operation_and_link(guarded: Running) -> None:
    """Without a 5xx, too: that is one of its checks."""
    single = {phase: run(guarded.url, phase, SEED, 4) for phase in ("examples", "coverage", "fuzzing")}
    chains = list(run_chains(guarded.url, SEED, 12, most=6))
    assert not [failure for outcome in (*single.values(), *chains) for failure in outcome.failures]
    assert {phase: outcome.cases > 0 for phase, outcome in single.items()} == dict.fromkeys(single, True)
    spec = document()
    assert not set(labels(spec).values()) - {operation for outcome in (*single.values(), *chains) for operation in outcome.operations}
    assert not link_labels(spec, labels(spec)).keys() - {link for outcome in chains for link in outcome.links}
    assert guarded.errors.read_text() == ""
