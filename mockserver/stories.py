"""The commands about scenarios: check, scenarios, schema."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import specs
from .engine.columns import columns
from .engine.scenario import ScenarioError, files_of, load, names, said
from .engine.story.reading import Source
from .engine.story.schema import published

UNBOUNDED = 100_000
"""How wide a line may be where no terminal shows it."""


def check(options: argparse.Namespace) -> int:
    """Tell whether each of options.files is a scenario, and else each mistake. Return the exit code: 0, or 2 where there is one."""
    vendors, good = columns(), True
    for file in options.files:
        try:
            load(file, vendors)
        except ScenarioError as error:
            good = False
            print(error)
        else:
            print(f"{file}: good")
    return 0 if good else 2


def schema(_: argparse.Namespace) -> int:
    """Print the JSON Schema of scenario files. Return the exit code."""
    sys.stdout.write(schema_text())
    return 0


def schema_text() -> str:
    """Return the text of scenario.schema.json."""
    return json.dumps(published(columns()), indent=2, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Story:
    """What a shipped scenario says of itself. vendors: those whose world it has. files: where it is."""

    name: str
    summary: str
    about: str
    vendors: list[str]
    files: list[str]

    @property
    def texts(self) -> list[str]:
        """The text of each file."""
        return [Path(file).read_text("utf-8") for file in self.files]


def scenarios(options: argparse.Namespace) -> int:
    """Print name and summary of every shipped scenario, or the story of options.name. Return the exit code."""
    known = names(columns())
    if options.name is not None and options.name not in known:
        print(f"ownership-mock: there is no scenario {options.name!r}; there is {', '.join(known)}", file=sys.stderr)
        return 2
    stories = [read(name) for name in ([options.name] if options.name is not None else known)]
    if options.json:
        print(json.dumps([vars(story) for story in stories], indent=2, ensure_ascii=False))
    elif options.name is not None:
        _tell(stories[0])
    else:
        _list(stories)
    return 0


def read(name: str) -> Story:
    """Return what the shipped scenario of this name says of itself. ScenarioError where there is none."""
    files = files_of(name, columns())
    parts: list[dict[str, Any]] = [Source(str(file), file.read_text("utf-8")).value for file in files]
    summary, about = said(parts)
    return Story(
        name=name,
        summary=summary,
        about=about,
        # One that says nothing of the world is about every vendor's.
        vendors=[vendor for part in parts for vendor in part.get("world", specs.vendors())],
        files=[str(file) for file in files],
    )


def _list(stories: list[Story]) -> None:
    columns_wide, _ = shutil.get_terminal_size((UNBOUNDED, 0))
    name, vendors = max(len(story.name) for story in stories), max(len(", ".join(story.vendors)) for story in stories)
    for story in stories:
        beginning = f"{story.name:<{name}}  {', '.join(story.vendors):<{vendors}}  "
        # A terminal that is narrower than this shows something all the same.
        width = max(columns_wide, len(beginning) + 20)
        print(textwrap.fill(story.summary, width, initial_indent=beginning, subsequent_indent=" " * len(beginning)))


def _tell(story: Story) -> None:
    print(f"{story.name} ({', '.join(story.vendors)}): {story.summary}\n")
    if story.about:
        print(f"{story.about}\n")
    for file in story.files:
        print(file)
