"""Which operations the requests that a line is about can be of, and what they answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .... import specs
from ..contract import Contract
from ..held import Held
from ..match import glob, patterns
from ..script import Line
from ..vendor import Vendor
from .mistakes import Mistake
from .wording import unknown


@dataclass(frozen=True)
class Asked:
    """An operation of a vendor's spec. path, query: the names of its parameters. body: whether it takes one. known: whether who calls is."""

    vendor: str
    name: str
    path: frozenset[str]
    query: frozenset[str]
    body: bool
    known: bool


class Apis:
    """What the vendors' specs have, each read once, when it is first asked for."""

    def __init__(self, vendors: Sequence[Vendor]) -> None:
        self._vendors = {vendor.name: vendor for vendor in vendors}
        self._contracts: dict[str, Contract] = {}

    @cached_property
    def operations(self) -> list[Asked]:
        """Every vendor's operations."""
        return [one for vendor in self._vendors.values() for one in _operations(vendor)]

    def contract(self, vendor: str) -> Contract:
        """Return a vendor's spec, compiled."""
        if vendor not in self._contracts:
            self._contracts[vendor] = Contract(self._vendors[vendor].spec)
        return self._contracts[vendor]


class Reach:
    """The operations that the criteria of a line leave."""

    def __init__(self, when: Mapping[str, Any], apis: Apis) -> None:
        self.when = when
        self.apis = apis
        self._known = [one for one in apis.operations if when.get("vendor", one.vendor) == one.vendor]

    @cached_property
    def _named(self) -> list[Asked]:
        """The operations that vendor and operation leave."""
        wanted = patterns(self.when.get("operation", "*"))
        return [one for one in self._known if any(glob(pattern, one.name) for pattern in wanted)]

    @cached_property
    def operations(self) -> list[Asked]:
        """All that can be meant."""
        path, query = set(self.when.get("path", ())), set(self.when.get("query", ()))
        return [one for one in self._named if path <= one.path and query <= one.query and (one.body or "body" not in self.when)]

    def mistakes(self) -> Iterator[Mistake]:
        """Yield why no request fits, as far as names tell. Places are within the line."""
        written = self.when.get("operation")
        known = [one.name for one in self._known]
        for index, pattern in enumerate(patterns(written) if written is not None else ()):
            if not any(glob(pattern, name) for name in known):
                place = ("when", "operation", index) if isinstance(written, list) else ("when", "operation")
                fits = "fits no operation: " if "*" in pattern else ""
                yield Mistake(place, f"{fits}{unknown(pattern, known)}")
        if not self._named:
            return
        told = False
        for kind in ("path", "query"):
            names = sorted({name for one in self._named for name in getattr(one, kind)})
            for name in self.when.get(kind, {}):
                if name not in names:
                    told = True
                    yield Mistake(("when", kind, name), f"no operation that is meant here has it: {unknown(name, names)}")
        if "body" in self.when and not any(one.body for one in self._named):
            told = True
            yield Mistake(("when", "body"), "no operation that is meant here takes a body")
        if not told and not self.operations:
            yield Mistake(("when",), "no operation has all that is asked of it here")
        elif "principal" in self.when:
            yield from self._principal()

    def _principal(self) -> Iterator[Mistake]:
        """Yield why nobody, or nobody who is known, calls what is meant."""
        wanted, known = self.when["principal"], {one.known for one in self.operations}
        if wanted is None and known == {True}:
            why = "each operation that is meant here wants a credential, and a request without one is refused before a line with `principal` is asked"
            yield Mistake(("when", "principal"), f"{why}: leave it out")
        if wanted is not None and known == {False}:
            yield Mistake(("when", "principal"), "the operations that are meant here want no credential, and nobody knows who calls: leave it out")

    def undocumented(self, row: Mapping[str, Any]) -> dict[str, str]:
        """Return why the line's answer is not documented, by the operations for which it is not."""
        reply = Line("", row, 0).reply
        if reply is None:
            return {}
        held = Held()
        held.hold(reply)
        answer = held.status, held.headers, bytes(held.body)
        judged = {one.name: self.apis.contract(one.vendor).complaint(one.name, *answer) for one in self.operations}
        return {name: why for name, why in judged.items() if why is not None}


def _operations(vendor: Vendor) -> list[Asked]:
    """Return the operations of a vendor's spec, in its order."""
    found = []
    for template, item in vendor.spec["paths"].items():
        for method, operation in item.items():
            if method in specs.METHODS:
                parameters = specs.resolved(vendor.spec, [*item.get("parameters", ()), *operation.get("parameters", ())])
                query = frozenset(row["name"] for row in parameters if row["in"] == "query")
                path = frozenset(re.findall(r"\{([^{}]+)\}", template))
                known = bool(operation.get("security", vendor.spec.get("security")))
                found.append(Asked(vendor.name, operation["operationId"], path, query, "requestBody" in operation, known))
    return found
