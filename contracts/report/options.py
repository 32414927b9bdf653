"""The options that ask for a report: for each form, what its option does."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

FORMS: Mapping[str, str] = {
    "junit": "write JUnit XML",
    "json": "write every result as JSON",
    "csv": "write a line a row as CSV: clause, page, case, verdict",
    "markdown": "write a summary as Markdown",
    "html": "write a page that needs nothing beside it",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare an option for each form."""
    for name, says in FORMS.items():
        parser.add_argument(f"--{name}", type=Path, metavar="FILE", help=says)


def asked_for(options: argparse.Namespace) -> dict[str, Path]:
    """Return the files that these options name, by form."""
    return {name: getattr(options, name) for name in FORMS if getattr(options, name)}
