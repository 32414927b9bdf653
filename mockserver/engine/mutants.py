"""Named ways in which a real deployment goes wrong, or harmlessly differs: what a world can be given beside its scenario."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from ...specs import Json

if TYPE_CHECKING:
    from .exchange import WorldExchange
    from .held import Held
    from .vendor import Call, Operation, Reply, Vendor

NO_OPERATION = ""
"""What stands among a mutant's operations for the answers that belong to none: unknown paths, wrong methods."""
Rule = Callable[..., Any]
"""(state, the rule in whose place it stands, the rule's arguments …) → what that rule returns; or it raises the column's Refusal."""
Alter = Callable[["WorldExchange", "Held"], None]
"""Changes an answer that is ready to go."""
Operate = Callable[["Call", "Operation"], Awaitable["Reply"]]
"""Answers a call in the operation's place, and may let others in between."""


class MutantError(ValueError):
    """A name that no mutant has: the message says which there are."""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One way of going wrong. Its full name is VENDOR.NAME, NAME being its key in the column's catalogue.

    says: what such a server does, in a sentence. operations: the operationIds at which it does so, NO_OPERATION among them where it does at the
    answers of none. clauses: what it breaks; none where it is harmless, a difference that nothing of the contract forbids.

    How it acts, by one or more of these. rules: what stands in the place of the state's methods, by their names (`part.method` for one of a part's).
    answer: changes each answer of its operations, behind the guard; not what a script wrote, nor the guard's own. operate: runs in place of each
    of its operations; of several that do, the first alone. settings: picks over the world's own, which the world then declares. seconds: by how
    much each answer of its operations is late.
    """

    says: str
    operations: frozenset[str]
    clauses: tuple[str, ...] = ()
    harmless: bool = False
    rules: Mapping[str, Rule] = field(default_factory=dict)
    answer: Alter | None = None
    operate: Operate | None = None
    settings: Mapping[str, Json] = field(default_factory=dict)
    seconds: float = 0.0

    def acts_on(self, operation: str | None) -> bool:
        """Return whether this is one of its operations; None is the answers of no operation."""
        return (operation or NO_OPERATION) in self.operations


Chosen = Mapping[str, Mutant]
"""The mutants of one world by their full names, in the order in which they act."""


def gathered(package: str, path: Iterable[str]) -> dict[str, Mutant]:
    """Return every mutant of a package's modules, which have them as MUTANTS, in the order of the modules' names. ValueError: a name twice."""
    found: dict[str, Mutant] = {}
    for module in sorted(each.name for each in iter_modules(path)):
        own: Mapping[str, Mutant] = getattr(import_module(f"{package}.{module}"), "MUTANTS", {})
        twice = sorted(found.keys() & own.keys())
        if twice:
            raise ValueError(f"{package}.{module}: there is a mutant {twice[0]!r} already")
        found |= own
    return found


def catalogue(vendors: Iterable[Vendor]) -> dict[str, Mutant]:
    """Return every mutant of these vendors by its full name."""
    return {f"{vendor.name}.{name}": mutant for vendor in vendors for name, mutant in vendor.mutants().items()}


def choose(names: Iterable[str], vendors: Iterable[Vendor]) -> dict[str, Mutant]:
    """Return the mutants of these full names. MutantError."""
    columns = {vendor.name: vendor for vendor in vendors}
    found = {}
    for full in names:
        vendor, _, name = full.partition(".")
        mutant = columns[vendor].mutants().get(name) if vendor in columns else None
        if mutant is None:
            raise MutantError(f"no mutant {full!r} here; {near(full, catalogue(columns.values()))}")
        found[full] = mutant
    return found


def near(name: str, known: Iterable[str]) -> str:
    """Return what to say to one who has named a mutant that is not among the known: those that are named alike, or where they are listed."""
    names = list(known)
    # Who leaves the vendor out means one of any.
    short = {full.partition(".")[2]: full for full in names}
    alike = get_close_matches(name, names, n=3) or [short[one] for one in get_close_matches(name, list(short), n=3)]
    return f"there is {', '.join(alike)}" if alike else f"`ownership-mock mutants` lists the {len(names)} that there are"


def of_vendor(chosen: Chosen, vendor: str) -> tuple[Mutant, ...]:
    """Return those of the chosen mutants that are this vendor's."""
    return tuple(mutant for name, mutant in chosen.items() if name.partition(".")[0] == vendor)


def settings_of(chosen: Chosen, vendor: str) -> dict[str, Json]:
    """Return the picks that the vendor's mutants bring."""
    return {name: value for mutant in of_vendor(chosen, vendor) for name, value in mutant.settings.items()}


def install(state: Any, mutants: Iterable[Mutant]) -> None:
    """Put each mutant's rules in the place of the state's own, for this state alone."""
    for mutant in mutants:
        for path, rule in mutant.rules.items():
            *parts, name = path.split(".")
            holder = state
            for part in parts:
                holder = getattr(holder, part)
            setattr(holder, name, partial(rule, state, getattr(holder, name)))
