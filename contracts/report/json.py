"""The JSON report."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from .document import Report, from_json
from .sentence import sentence


class ReportError(ValueError):
    """A stored report that cannot be used: the message says which file, and what of it."""


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema of a JSON report, of a run as of a proof."""
    document: dict[str, Any] = json.loads((files(__package__) / "report.schema.json").read_text("utf-8"))
    return document


def as_json(report: Report) -> str:
    """Return the report as a JSON document."""
    return json.dumps({"verdict": sentence(report), **report.as_json()}, indent=1) + "\n"


def read_json(file: Path) -> Report:
    """Return the report that was written to this file as JSON. ReportError."""
    try:
        document = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ReportError(f"report {file}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise ReportError(f"report {file}: not JSON: {error}") from None
    wrong = best_match(Draft202012Validator(schema()).iter_errors(document))
    if wrong is not None:
        told = wrong.message if len(wrong.message) < 200 else f"{wrong.message[:200]}…"  # noqa: PLR2004 - a line or two
        raise ReportError(f"report {file}: at {wrong.json_path}: {told}; it is to be what --json of this version wrote")
    return from_json(document)
