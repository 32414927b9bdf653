"""Where a clause stands, and a failed row as text."""

from __future__ import annotations

from ... import specs
from ..result import Result


def page(vendor: str, clause: str) -> tuple[str, str]:
    """Return the title of the page that the clause stands on, and its section; empty texts for what is no clause of the ledger."""
    if vendor not in specs.vendors() or clause not in specs.ledger(vendor).clauses:
        return "", ""
    found = specs.ledger(vendor).clauses[clause]
    return specs.ledger(vendor).pages[found.page]["title"], found.section


def says(vendor: str, clause: str) -> str:
    """Return the clause in our words; an empty text for what is no clause of the ledger."""
    known = vendor in specs.vendors() and clause in specs.ledger(vendor).clauses
    return specs.ledger(vendor).clauses[clause].says.strip() if known else ""


def excuse(result: Result) -> list[str]:
    """Return what is said of a failure that breaks nothing, a line each."""
    advisory = [f"advisory: the row came with version {result.since} of the contract, and the target has adopted an earlier one"]
    told = [f"known: {result.known}"] if result.known else []
    return [*told, *(advisory if result.advisory else [])] if result.excuse else []


def explain(result: Result) -> str:
    """Return a failed row as text: the clause and where it stands, what was expected, what came, and the requests."""
    lines = [f"{result.vendor} {result.clause}: {result.word}", *(f"  {line}" for line in excuse(result))]
    if said := says(result.vendor, result.clause):
        lines += [f"  {said}", f"  ({result.grade}; {', '.join(page(result.vendor, result.clause))})"]
    lines += [f"  {part}" for part in result.reason.split("; ")]
    lines += [f"    {line}" for line in result.trace]
    lines += ["  as a row:", *(f"    {line}" for line in result.row.splitlines())] if result.row else []
    return "\n".join(lines)
