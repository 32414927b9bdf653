"""The families of mutation. Each is one function: (random numbers, words) -> the parts of an input, of which the known requests are numbers."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from ..vocabulary import Vocabulary
from .bodies import chunked, json_level
from .heads import header_level
from .octets import byte_level, garbage, pipelined
from .own import own_paths
from .semantic import semantic
from .stories import stories
from .targets import path_level

Part = bytes | int
"""Bytes of the input's own, or the number of a known request (known.py)."""
Family = Callable[[Random, Vocabulary], list[Part]]

FAMILIES: dict[str, tuple[int, Family]] = {
    "semantic": (18, semantic),
    "json": (15, json_level),
    "header": (18, header_level),
    "path": (12, path_level),
    "bytes": (14, byte_level),
    "chunked": (8, chunked),
    "pipeline": (6, pipelined),
    "garbage": (3, garbage),
    "own": (6, own_paths),
    "stories": (6, stories),
}
"""Each family by name, with its share in the inputs."""
