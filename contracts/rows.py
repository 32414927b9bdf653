"""Reads the suites' own YAML files, each held against a closed schema."""

from __future__ import annotations

import textwrap
from importlib.resources import files
from typing import Any

import jsonschema_rs
import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

HERE = files(__package__)
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


LONGEST = 500
"""Characters of what is said to be wrong, which shows the value that is."""


class CaseError(ValueError):
    """A file of rows that cannot be used: the message says which file, where in it, and what was expected."""


def read(path: str, schema: dict[str, Any]) -> Any:
    """Return what the YAML file holds. path: below the suites' own folder. CaseError: it is not as the schema has it, or is not YAML."""
    return parsed(HERE.joinpath(*path.split("/")).read_text("utf-8"), f"contracts/{path}", schema)


def parsed(text: str, source: str, schema: dict[str, Any], loader: Any = _Loader) -> Any:
    """Return what this YAML says. source: what a CaseError calls it."""
    try:
        found = yaml.load(text, Loader=loader)  # noqa: S506 - a safe loader
    except yaml.YAMLError as problem:
        raise CaseError(f"{source}: not YAML: {problem}") from None
    except RecursionError:
        raise CaseError(f"{source}: not YAML that can be read: it is nested too deeply") from None
    # The fast validator accepts; where it does not, the slow one has the words for what is wrong.
    if not jsonschema_rs.validator_for(schema).is_valid(found):
        error = best_match(Draft202012Validator(schema).iter_errors(found))
        if error is not None:
            raise CaseError(f"{source}: at {error.json_path}: {textwrap.shorten(error.message, LONGEST)}")
    return found
