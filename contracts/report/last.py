"""The last reports of a folder, kept so that they can be asked about."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from .document import Report
from .forms import WriteError, write_text
from .json import as_json

FOLDER = ".ownership-contracts"
IGNORE = "# Made by ownership-contracts: its last reports. Nothing here is worth keeping.\n*\n"


def last(command: str) -> Path:
    """Return where the last report of this command lies, whether there is one or not."""
    return Path(FOLDER) / f"{command}.json"


def remember(report: Report) -> None:
    """Keep the report as the last of its command's in the working folder; where that cannot be written, nothing is kept."""
    with suppress(OSError, WriteError):
        folder = Path(FOLDER)
        folder.mkdir(exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            write_text(ignore, IGNORE)
        write_text(last(report.command), as_json(report))
