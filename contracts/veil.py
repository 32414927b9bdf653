"""No secret is shown, however it is spelt: as it is, in another case, escaped, encoded, or cut off."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from urllib.parse import quote, quote_plus

SHORTEST_SECRET = 4
"""In characters: to mask a shorter one would garble every text, and hide nothing."""
STARS = "***"
CUT = "…"
"""Stands where a text was cut off: what comes before it may be the beginning of a secret."""
_ANY_CASE = 8
"""Of so many characters at least is a secret, or a form of it, that is looked for in any case and behind an encoding: shorter ones are words."""
_ESCAPED = re.compile(r"\\+u00([0-9a-f]{2})|\\+x([0-9a-f]{2})|%([0-9a-f]{2})|&#x0*([0-9a-f]{2});", re.IGNORECASE)
_QUOTED = re.compile(r"""\\+(?=["'/\\])""")
_BROKEN = re.compile(r"(?:\\+(?:u0{0,2}[0-9a-f]?|x[0-9a-f]?)?|%[0-9a-f]?|&#?x?[0-9a-f]*)$", re.IGNORECASE)
"""An escape that is cut off."""
_DECIMAL = re.compile(r"&#0*([0-9]{2,3});")


def cut(text: str, longest: int) -> str:
    """Return the text, and of a longer one its beginning, marked as such."""
    return text if len(text) <= longest else text[:longest] + CUT


class Veil:
    """Masks these secrets in texts."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted({secret for secret in secrets if len(secret) >= SHORTEST_SECRET}, key=len, reverse=True)
        # A form may hold another: the longest is masked first.
        self._forms = sorted({form for secret in self._secrets for form in forms(secret)}, key=len, reverse=True)
        self._lower = [form.lower() for form in self._forms]
        self._longest = len(self._forms[0]) if self._forms else 0

    def __call__(self, text: str) -> str:
        """Return the text with stars in place of each secret."""
        if not self._forms or not text:
            return text
        lower = text.lower()
        for form, folded in zip(self._forms, self._lower, strict=True):
            if folded in lower:
                text = re.sub(re.escape(form), STARS, text, flags=re.IGNORECASE if len(form) >= _ANY_CASE else 0)
                lower = text.lower()
        return self._without_cut(self._without_escaped(text))

    def _without_escaped(self, text: str) -> str:
        """Mask what is spelt with escapes for any of its characters."""
        if not any(mark in text for mark in ("\\", "%", "&#")):
            return text
        plain = _plain(text)
        readings = (plain.lower(), plain.encode("latin-1", "replace").decode("utf-8", "replace").lower())
        for secret in self._secrets:
            if len(secret) >= _ANY_CASE and any(secret.lower() in reading for reading in readings):
                text = _spelt(secret).sub(STARS, text)
        return text

    def _without_cut(self, text: str) -> str:
        """Mask the beginnings of secrets that end where the text is cut off."""
        *cut_off, last = text.split(CUT)
        return CUT.join([*map(self._without_beginning, cut_off), last])

    def _without_beginning(self, text: str) -> str:
        end = text[-self._longest :].lower()
        for form in self._lower:
            length = _begun(form, end)
            if length:
                return text[:-length] + STARS
        whole = _BROKEN.sub("", text)
        end = _plain(whole[-6 * self._longest :]).lower()
        for secret in self._secrets if "\\" in text or "%" in text or "&#" in text else ():
            length = _begun(secret.lower(), end)
            if length:
                return re.sub(f"{_spelt(secret[:length]).pattern}$", STARS, whole, flags=re.IGNORECASE)
        return text


def _begun(secret: str, end: str) -> int:
    """Return how much of the secret's beginning stands at the end of a text; 0 where that may be chance."""
    if secret[:SHORTEST_SECRET] not in end:
        return 0
    return next((length for length in range(min(len(secret) - 1, len(end)), SHORTEST_SECRET - 1, -1) if end.endswith(secret[:length])), 0)


_HIDDEN: set[str] = set()
"""The secrets of the targets that this command has read."""


@contextmanager
def hiding() -> Iterator[None]:
    """Know in the block what hide() is told in it, and nothing else."""
    before = frozenset(_HIDDEN)
    _HIDDEN.clear()
    try:
        yield
    finally:
        _HIDDEN.clear()
        _HIDDEN.update(before)


def hide(secrets: Iterable[str]) -> None:
    """Have these masked in all that this process writes in the end: see hidden."""
    _HIDDEN.update(secrets)


def hidden(text: str) -> str:
    """Return the text without the secrets that hide() was told. Whoever writes it has masked before what he knows; this is for what he did not."""
    return veil(frozenset(_HIDDEN))(text) if _HIDDEN else text


@lru_cache(256)
def veil(secrets: frozenset[str]) -> Veil:
    """Return what masks these."""
    return Veil(secrets)


@lru_cache(10_000)
def forms(secret: str) -> frozenset[str]:
    """Return how the secret stands in messages: as it is, in JSON, in a URL, in HTML, in Python, in base64 and in hexadecimal digits."""
    raw = secret.encode("utf-8", "surrogatepass")
    quoted = json.dumps(secret)[1:-1]
    plain = {secret, quoted, quoted.replace("/", "\\/"), json.dumps(secret, ensure_ascii=False)[1:-1], html.escape(secret), repr(secret)[1:-1]}
    plain |= {quote(raw, safe=""), quote(raw, safe=":@!$&'()*+,;=-._~"), quote_plus(raw)}
    encoded = {raw.hex(), *_in_base64(raw)}
    return frozenset({form for form in plain if len(form) >= SHORTEST_SECRET} | {form for form in encoded if len(form) >= _ANY_CASE})


def _in_base64(raw: bytes) -> Iterator[str]:
    """Yield what of it stands in the base64 of any text that it is part of: by where it begins there, three."""
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + raw).decode()
        told = whole[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
        yield from (told, told.replace("+", "-").replace("/", "_"))


def _plain(text: str) -> str:
    """Return the text with every escape resolved that stands for one byte."""
    found = _ESCAPED.sub(lambda escape: chr(int(next(filter(None, escape.groups())), 16)), text)
    return _QUOTED.sub("", _DECIMAL.sub(lambda escape: chr(int(escape[1])), found))


@lru_cache(1_000)
def _spelt(secret: str) -> re.Pattern[str]:
    """Return what fits the secret with any of its characters escaped."""
    return re.compile("".join(map(_letter, secret)), re.IGNORECASE)


def _letter(letter: str) -> str:
    code = f"{ord(letter):02x}"
    in_bytes = "".join(f"%{byte:02x}" for byte in letter.encode("utf-8", "surrogatepass"))
    return rf"\\*(?:{re.escape(letter)}|\\+u{ord(letter):04x}|\\+x{code}|{in_bytes}|&#x0*{code};|&#0*{ord(letter)};)"
