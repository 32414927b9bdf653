"""What a vendor's reference model is: told the state, and who calls what, it says what may come back and what the state is then.

A model speaks the rows' language: its calls are steps (`as`, `call`, `with`), its answers are what a row expects. So a cell of the matrix, a random
walk's failure and a race are rows too, played and judged as every row is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

State = Any
"""A model's state: the column's own type, immutable, equal where nothing differs. It knows users, things and codes by the names that rows use."""
Step = Mapping[str, Any]
"""A step of a row: as, call, with; or wait."""


class ModelError(ValueError):
    """A step that a model has no word for: the message says what of it."""


@dataclass(frozen=True)
class Outcome:
    """What may come back, and what is then.

    cause: the clause that decides. expect: what a row expects of the answer, each part under its grade (see case.schema.json); where the sources
    let several causes apply, what all of them share stands above, and what the picks choose below `unspecified`. after: the state then.
    keep: what a row keeps of such an answer, so that later steps can send it. others: clauses that apply as well, and that the picks put behind it.
    """

    cause: str
    expect: Mapping[str, Any]
    after: State
    keep: Mapping[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()


class Model(Protocol):
    """A small model of a vendor's contract, written from the clauses; it shares nothing with any server."""

    def begin(self, needs: Mapping[str, Any], picks: Mapping[str, Any]) -> State:
        """Return the state of a world in which a row with these needs begins. picks: each of the ledger's, declared or else the mock's."""

    def outcome(self, state: State, step: Step) -> Outcome:
        """Return what the step comes to in this state. ModelError."""

    def reads(self, state: State) -> Sequence[Step]:
        """Return the steps, each with what it expects, that show all of the state that can be seen: a row's `then`."""


@dataclass(frozen=True)
class Oracle:
    """A column's reference model with what is needed to walk through it at random.

    needs: the fixtures of a walk, as a row's. moves: what may be asked next in a state: a strategy of steps that the model has words for.
    """

    model: Model
    needs: Mapping[str, Any]
    moves: Callable[[State], SearchStrategy[Step]]
