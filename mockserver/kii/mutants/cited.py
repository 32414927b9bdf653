"""Which of Kii's operations a clause is about, as the spec says."""

from __future__ import annotations

from functools import cache

from .... import specs


@cache
def _by_clause() -> dict[str, frozenset[str]]:
    document = specs.openapi("kii")
    found: dict[str, set[str]] = {}
    for item in document["paths"].values():
        for method in specs.METHODS:
            for response in item.get(method, {}).get("responses", {}).values():
                for clause in specs.resolved(document, response)["x-clause"]:
                    found.setdefault(clause, set()).add(item[method]["operationId"])
    return {clause: frozenset(operations) for clause, operations in found.items()}


def citing(*clauses: str) -> frozenset[str]:
    """Return the operations that can answer by one of these clauses. KeyError where none cites it."""
    return frozenset().union(*(_by_clause()[clause] for clause in clauses))
