"""A unit that finds nothing out speaks neither for a server nor against it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import pytest
from ownership_contracts.contracts.kills import Mutant, Trial
from ownership_contracts.contracts.prove.crew import Crew
from ownership_contracts.contracts.prove.job import GOOD, Done, Job, ProveError
from ownership_contracts.contracts.prove.proof import Asked, Proof


class Idle:
    """A crew whose units judge nothing: on the good server, or on all others."""

    def __init__(self, *, good: bool) -> None:
        self.good = good

    def play(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Done]]:
        for job in jobs:
            idle = {unit: "it judged nothing" for unit in job.units if (job.mutant == GOOD) == self.good}
            yield job, Done(len(job.units), idle=idle)


def trial(*, harmless: bool, good: bool = False) -> Trial:
    mutant = Mutant("connhex.one", "connhex", "It is one.", ("register",), () if harmless else ("connhex-claim.401",), harmless)
    proof = Proof(cast("Crew", Idle(good=good)), Asked(("case",)), [mutant], lambda *_: None)
    return proof.run()[0]


def test_a_good_server_on_which_nothing_is_judged_stops_the_proof() -> None:
    with pytest.raises(ProveError, match="judged nothing"):
        trial(harmless=False, good=True)


def test_a_harmless_mutant_on_which_nothing_is_judged_is_not_green() -> None:
    found = trial(harmless=True)
    assert not found.good
    assert "it judged nothing" in found.failures.values()


def test_a_mutant_on_which_nothing_is_judged_lives() -> None:
    assert not trial(harmless=False).killed
