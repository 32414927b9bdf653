"""Ids, tokens and codes from a world's seed."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache

_BLOCK = 64
"""A block of SHA-256's, in bytes."""
_DIGEST = 32
"""A digest of SHA-256's, in bytes."""
LOWER = "abcdefghijklmnopqrstuvwxyz0123456789"


def random_seed() -> str:
    """Return a seed that cannot be guessed: 128 random bits as hex."""
    return secrets.token_hex(16)


def derived_seed(seed: str, name: str) -> str:
    """Return the seed that goes with a name: the same for the same two, and telling nothing of the one that it comes from (HMAC-SHA256)."""
    return hmac.digest(seed.encode(), name.encode(), hashlib.sha256).hex()[:32]


@cache
def _pairs(alphabet: str) -> list[str]:
    """Return every two letters, by the number that has the first as its last digit."""
    return [first + second for second in alphabet for first in alphabet]


@dataclass
class Supply:
    """An endless supply of names: one stream a kind, so that draws of one kind do not move another's.

    The same seed and the same draws give the same names. Without the seed a name tells nothing of the next (HMAC-SHA256).
    """

    seed: str
    drawn: dict[str, int] = field(default_factory=dict)

    @cached_property
    def _key(self) -> bytes:
        # HMAC takes the hash of a key that is longer than a block. Taken here once, as a seed may be as long as a world.
        key = self.seed.encode()
        return key if len(key) <= _BLOCK else hashlib.sha256(key).digest()

    def text(self, kind: str, length: int, alphabet: str = LOWER) -> str:
        """Return the next text of this kind: length characters of alphabet."""
        return _text(self._key, kind, self._turn(kind), length, alphabet)

    def uuid4(self, kind: str) -> str:
        """Return the next UUID of this kind, version 4."""
        return str(uuid.UUID(int=_bits(self._key, kind, self._turn(kind), 16), version=4))

    def _turn(self, kind: str) -> int:
        turn = self.drawn[kind] = self.drawn.get(kind, 0) + 1
        return turn


# A world that is made again draws again what it has drawn: a reset costs half as much.
@lru_cache(4096)
def _text(key: bytes, kind: str, turn: int, length: int, alphabet: str) -> str:
    number = _bits(key, kind, turn, 16 * (1 + length // 12))
    pairs = _pairs(alphabet)
    found = []
    # Two letters at a time: the division of so large a number is what costs.
    for _ in range((length + 1) // 2):
        number, index = divmod(number, len(pairs))
        found.append(pairs[index])
    return "".join(found)[:length]


def _bits(key: bytes, kind: str, turn: int, size: int) -> int:
    blocks = [hmac.digest(key, f"{kind}/{turn}/{block}".encode(), "sha256") for block in range(1 + (size - 1) // _DIGEST)]
    return int.from_bytes(b"".join(blocks)[:size], "big")
