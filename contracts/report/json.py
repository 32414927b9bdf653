"""The JSON report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from ..result import Result
from .clauses import by_clause, counts


def write_json(file: Path, results: Sequence[Result], base_url: str) -> None:
    """Write every result, the verdict of each clause and the counts. OSError where the file cannot be written."""
    document = {
        "base_url": base_url,
        "counts": {str(verdict): count for verdict, count in counts(results).items()},
        "clauses": [
            {"vendor": row.vendor, "clause": row.clause, "grade": row.grade, "verdict": str(row.verdict), "rows": row.rows}
            for row in by_clause(results)
        ],
        "results": [result.as_json() for result in results],
    }
    file.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
