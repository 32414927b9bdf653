"""Seed and number -> input."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from random import Random

from .families import FAMILIES, Part
from .known import KNOWN
from .vocabulary import Vocabulary

LONGEST = 4 * 1024 * 1024


@dataclass(frozen=True)
class Input:
    """One input. parts: bytes, or numbers of known requests. authentic: it carries a credential that is valid in its world."""

    index: int
    family: str
    parts: tuple[Part, ...]
    authentic: bool

    @property
    def raw(self) -> bytes:
        """All that is sent, on one connection."""
        return b"".join(KNOWN[part] if isinstance(part, int) else part for part in self.parts)


def make(seed: int, index: int, words: Vocabulary, only: Collection[str] = ()) -> Input:
    """Return the input of this number. It depends on the seed, the number and the words alone. only: the families to take."""
    rng = Random(f"{seed}/{index}")
    names = [name for name in FAMILIES if not only or name in only]
    family = rng.choices(names, [FAMILIES[name][0] for name in names])[0]
    while True:
        parts = FAMILIES[family][1](rng, words)
        if not _ends_a_world(parts):
            break
    if family not in ("pipeline", "garbage", "bytes") and rng.random() < 0.25:
        parts = [*([rng.randrange(len(KNOWN))] if rng.random() < 0.3 else []), *parts, rng.randrange(len(KNOWN))]
    spoilt = b"".join(part for part in parts if isinstance(part, bytes))
    return Input(index, family, tuple(parts), words.credential.search(spoilt) is not None)


def _ends_a_world(parts: list[Part]) -> bool:
    """Return whether a request of ours could be read as one that deletes a world: the worlds that are looked at must stay."""
    spoilt = b"".join(part for part in parts if isinstance(part, bytes)).lower()
    named = b"worlds/attacked" in spoilt or b"worlds/watched" in spoilt
    return named and b"delete" in spoilt and b"_mock" in spoilt
