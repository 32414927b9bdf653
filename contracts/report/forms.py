"""The forms of a report, and how they are written to files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from ..veil import hidden
from .csv import as_csv
from .document import Report
from .html import as_html
from .json import as_json
from .junit import as_junit
from .markdown import as_markdown

Files = Mapping[str, Path]
"""Where to write which form, by the forms' names."""


class WriteError(Exception):
    """A report that cannot be written: the message says where, and why."""


MADE: Mapping[str, Callable[[Report], str]] = {"junit": as_junit, "json": as_json, "csv": as_csv, "markdown": as_markdown, "html": as_html}
"""What makes each form's text."""


def check(files: Files) -> None:
    """Return if each of the files can be written, and none is named for two forms. WriteError. Nothing is left of the attempt."""
    places = [Path(os.path.realpath(file)) for file in files.values()]
    for file, place in zip(files.values(), places, strict=True):
        if places.count(place) > 1 and _replaceable(place):
            raise WriteError(f"{file}: two reports cannot be written to one file")
        _require_writable(file)


def _require_writable(file: Path) -> None:
    try:
        if file.is_dir():
            raise IsADirectoryError(0, "Is a directory")
        if _replaceable(file):
            part = _part(file)
            part.open("x").close()
            part.unlink()
        if file.is_file():
            file.open("a").close()
    except OSError as error:
        raise WriteError(f"{file}: a report cannot be written there: {error.strerror}") from None


def write(report: Report, files: Files) -> None:
    """Write the report in each of the forms to its file, whole or not at all. WriteError."""
    for name, file in files.items():
        write_text(file, MADE[name](report))


def write_text(file: Path, text: str) -> None:
    """Write the text to the file, whole or not at all. WriteError."""
    content = hidden(text).encode("utf-8", "backslashreplace")
    try:
        if not _replaceable(file):
            file.write_bytes(content)
            return
        part = _part(file)
        try:
            part.write_bytes(content)
            place = Path(os.path.realpath(file))
            if place.exists():
                shutil.copymode(place, part)
            part.replace(place)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise WriteError(f"{file}: the report could not be written there: {error.strerror}") from None


def _replaceable(file: Path) -> bool:
    """Return whether another file can take the file's place: a terminal or a pipe is written to as it is."""
    return file.is_file() or not file.exists()


def _part(file: Path) -> Path:
    """Return where the file is written before it takes its place: beside it, so that it can."""
    place = Path(os.path.realpath(file))
    return place.parent / f".{place.name}.{os.getpid()}.part"
