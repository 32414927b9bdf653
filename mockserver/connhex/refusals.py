"""The ways in which Connhex's rules say no."""

from __future__ import annotations

from ..engine.vendor import Refusal


class No(Refusal):
    """A refusal. answer: an option of a pick, or a key of the replies' STATUSES. clause: what decided."""

    def __init__(self, answer: str, clause: str, detail: str) -> None:
        super().__init__(detail)
        self.answer = answer
        self.clause = clause
        self.detail = detail
