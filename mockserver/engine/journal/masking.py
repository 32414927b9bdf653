"""Secrets found by where they stand in a message, and then masked wherever else they do."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from urllib.parse import parse_qsl, quote, quote_plus

from ....specs import Json
from ..vendor import Secrets
from .entries import Fields

MASK = "***"
"""What is shown in a secret's place."""
SHORTEST = 4
"""A secret with fewer characters is masked where it stands and not looked for elsewhere: it would be found in every other word."""
_SCHEMES = frozenset({"basic", "bearer"})


class Masking:
    """Masks the secrets of one request and its answer.

    headers, fields, query and broken find secrets by name, and note them; `elsewhere` masks what was noted in every other text.
    """

    def __init__(self, secrets: Secrets) -> None:
        self._headers = {name.lower() for name in secrets.headers}
        self._fields = {name.casefold() for name in secrets.fields}
        self._found: set[str] = set()

    def headers(self, sent: Fields) -> Fields:
        """Return the header fields, masked: of a credential the scheme stays, of cookies the names and what browsers are told of them."""
        return tuple((name, self._header(name.lower(), value)) for name, value in sent)

    def fields(self, value: Json) -> Json:
        """Return the JSON value with the fields masked that are secret by name, at any depth. One that is null stays."""
        if isinstance(value, dict):
            return {name: self._field(name, part) for name, part in value.items()}
        if isinstance(value, list):
            return [self.fields(part) for part in value]
        return self._in_urls(value) if isinstance(value, str) else value

    def query(self, query_string: bytes) -> dict[str, str]:
        """Return the last value of each parameter of a query, masked."""
        pairs = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True)
        return {name: self._secret(value) if name.casefold() in self._fields else self._in_urls(value) for name, value in pairs}

    def broken(self, body: bytes) -> None:
        """Note the secrets in what is no JSON value, as far as their names can be found in it: as in JSON that breaks off, or as in a form."""
        text = body.decode("utf-8", "replace")
        for name, value in _MEMBER.findall(text):
            if name.casefold() in self._fields:
                self._secret(_unescaped(value))
        for name, value in parse_qsl(text):
            if name.casefold() in self._fields:
                self._secret(value)

    def elsewhere(self, value: Json) -> Json:
        """Return the JSON value with each secret masked that was noted, also where it is spelled as in a URL or in JSON."""
        if isinstance(value, dict):
            return {self._replaced(name): self.elsewhere(part) for name, part in value.items()}
        if isinstance(value, list):
            return [self.elsewhere(part) for part in value]
        if isinstance(value, str):
            return self._replaced(value)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return MASK if is_number and json.dumps(value) in self._found else value

    def _header(self, name: str, value: str) -> str:
        if name not in self._headers:
            return self._in_urls(value)
        if name in ("cookie", "set-cookie"):
            first, *others = value.split(";")
            secret = [self._cookie(first), *(map(self._cookie, others) if name == "cookie" else others)]
            return ";".join(secret)
        scheme, _, credential = value.strip().partition(" ")
        if not name.endswith("authorization") or not (credential or scheme.lower() in _SCHEMES):
            return self._secret(value)
        if scheme.lower() == "basic":
            self._secret(_password(credential.strip()))
        return f"{scheme} {self._secret(credential.strip())}".strip()

    def _cookie(self, pair: str) -> str:
        name, equals, value = pair.partition("=")
        self._secret(value.strip('" '))
        return f"{name}={self._secret(value)}" if equals else self._secret(pair)

    def _field(self, name: str, value: Json) -> Json:
        if name.casefold() not in self._fields:
            return self.fields(value)
        for text in _leaves(value):
            self._secret(text)
        return value if value is None else MASK

    def _in_urls(self, text: str) -> str:
        """Return the text with the query parameters masked of the URLs that may stand in it."""
        return _PARAMETER.sub(self._parameter, text) if "=" in text else text

    def _parameter(self, found: re.Match[str]) -> str:
        before, name, value = found.groups()
        if name.casefold() not in self._fields:
            return found[0]
        self._secret(dict(parse_qsl(f"x={value}")).get("x", ""))
        return f"{before}{name}={self._secret(value)}"

    def _secret(self, text: str) -> str:
        """Note a secret, and return what is shown in its place. An empty text is none."""
        if len(text) >= SHORTEST:
            self._found.add(text)
        return MASK if text else text

    def _replaced(self, text: str) -> str:
        return self._pattern(MASK, text)

    @cached_property
    def _pattern(self) -> Callable[[str, str], str]:
        # All have been found by then. The longest first: one may begin with another.
        spelled = {form for text in self._found for form in _spellings(text)}
        if not spelled:
            return lambda _, text: text
        return re.compile("|".join(re.escape(form) for form in sorted(spelled, key=len, reverse=True))).sub


def _spellings(text: str) -> tuple[str, ...]:
    """Return the ways in which a text stands in messages: as it is, in a path, in a form and in JSON."""
    # JSON can bring half a surrogate pair, which plain UTF-8 refuses.
    return text, quote(text, safe="", errors="surrogatepass"), quote_plus(text, errors="surrogatepass"), json.dumps(text)[1:-1]


_MEMBER = re.compile(r'"((?:[^"\\]|\\.)*)"\s*:\s*"((?:[^"\\]|\\.)*)')
"""A member of a JSON object whose value is a text, which may break off."""
_PARAMETER = re.compile(r"([?&])([^=&?#\s]+)=([^&#\s\"'<>]*)")


def _leaves(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        for part in value.values():
            yield from _leaves(part)
    elif isinstance(value, list):
        for part in value:
            yield from _leaves(part)
    elif value is not None and not isinstance(value, bool):
        yield value if isinstance(value, str) else json.dumps(value)


def _password(credential: str) -> str:
    """Return the secret part of a Basic credential; an empty text where it is none."""
    try:
        return base64.b64decode(credential, validate=True).decode("utf-8").partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _unescaped(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text
