"""The programs that real clients are: found, or said to be missing. A test that skipped without them would show nothing."""

from __future__ import annotations

import shutil

import pytest

WHERE = {
    "node": "Debian's package nodejs",
    "npm": "Debian's package npm, or the one that comes with Node.js",
    "chromium": "Debian's package chromium",
}


def program(name: str) -> str:
    """The path of a program, or a failure that says where it comes from."""
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is not in the PATH, and the tests of real clients need it: install {WHERE[name]}", pytrace=False)
    return found
