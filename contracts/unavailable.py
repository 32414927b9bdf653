"""Why a row is skipped."""

from __future__ import annotations


class Unavailable(Exception):  # noqa: N818 - no error: a row that this target cannot be asked
    """The target has no such fixture; the message says which, and the row is skipped with it."""
