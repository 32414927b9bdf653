"""A command that could not do what it was asked to."""

from __future__ import annotations


class RunError(Exception):
    """The run could not be done: the message says why, and what to do."""
