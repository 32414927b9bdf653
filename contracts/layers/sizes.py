"""What can be chosen of the parts of the suite that draw at random: how large they are, and from which seed."""

from __future__ import annotations

import argparse

WALKS = 12
"""Random walks in each item of them, unless a run says otherwise."""
STEPS = 20
"""Steps of a walk, unless a run says otherwise."""
EXAMPLES = 20
"""Test cases of Schemathesis's for each operation and phase, unless a run says otherwise."""
GENERATED = "test cases of the Schemathesis runs for each operation and phase"
WALKERS = 4
"""Into how many items the walks are parted, so that workers can share them; each has a seed of its own."""
SEEDED = "seed of the random walks, the races' worlds and the Schemathesis runs: the same seed, the same run"
MOST, DIGITS = 10_000, 18


def size(text: str) -> int:
    """Return the number that an option names. ArgumentTypeError."""
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise argparse.ArgumentTypeError(f"{text!r} is no size: 1 to {MOST} is")
    return int(text)


def seed(text: str) -> int:
    """Return the seed that an option names. ArgumentTypeError."""
    if not text.isdecimal() or len(text) > DIGITS:
        raise argparse.ArgumentTypeError(f"{text!r} is no seed: a whole number from 0 on is, of {DIGITS} digits at most")
    return int(text)


def walks(given: int) -> dict[str, int]:
    """Return the items of the random walks by their names, each with its own seed. given: the run's seed."""
    return {f"walk-{number}": given * WALKERS + number for number in range(1, WALKERS + 1)}
