"""What random walks draw from: their seed alone."""

from __future__ import annotations

from typing import Any

from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

BACKEND = "ownership-contracts"
"""The name under which Hypothesis knows it."""


class SeedAlone(HypothesisProvider):
    """Draws as Hypothesis does, but never a number from the source of whatever modules happen to be loaded: it would take the same seed other ways.

    That is how a checkout differs from an installed package, one process from two, and a user's own pytest session from the command.
    """

    def _maybe_draw_constant(self, *drawn: Any, **chance: Any) -> None:  # noqa: ARG002 - Hypothesis's signature
        return None


AVAILABLE_PROVIDERS[BACKEND] = SeedAlone
