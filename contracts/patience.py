"""How long a run waits for time to pass where it can turn no clock."""

from __future__ import annotations

import argparse
import math

PATIENCE = 5.0
"""Seconds that one row may really wait, all its steps together, unless a run says otherwise."""

PATIENT = "how long a row may really wait, where the target has no control API whose clock could be turned"


def seconds(text: str) -> float:
    """Return the number of seconds that an option names. ArgumentTypeError."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds: 0 or more is")
    return value
