"""A mistake of this program's: told without its traceback, which may hold what nobody is to see."""

from __future__ import annotations

import traceback
from pathlib import Path

HERE = Path(__file__).parent


def mistake(error: BaseException) -> str:
    """Return what kind of error it is, and where in this program it arose. Not what it says: that may be of a request or an answer."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(HERE)]
    place = f" at {HERE.name}/{Path(frames[-1].filename).relative_to(HERE)}:{frames[-1].lineno}" if frames else ""
    return f"a mistake of this program's own, and not the deployment's: {type(error).__name__}{place}. Please report it"
