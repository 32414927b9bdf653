"""Where an answer ends in what was read: what stands behind its end would be taken for the beginning of the next one."""

from __future__ import annotations

import re

BLANK = b"\r\n\r\n"
_LAST_CHUNK = re.compile(rb"(?:\r\n0+[ \t]*(?:;[^\r\n]*)?\r\n(?:[^\r\n]+\r\n)*\r\n)?")
"""What stands behind the last piece of a body: nothing, or the end of chunks with their trailers."""


def ends_there(read: bytes, piece: bytes) -> bool:
    """Return whether nothing stands behind an answer's end. In doubt something does: a connection is soon made anew.

    read: what was read last. piece: the body's last, empty where it has none.
    """
    _, found, behind = read.rpartition(piece) if piece else (b"", b"", b"")
    if found:
        return _LAST_CHUNK.fullmatch(behind) is not None
    # The head's end, or that of chunks whose last piece came before; a server that sends a body with neither has a second one.
    return read.find(BLANK) in (-1, len(read) - len(BLANK)) and read.endswith(b"\n")
