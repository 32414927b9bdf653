"""No secret of an exchange is shown: found by where they stand, masked wherever else they do."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from ..shown import credentials, json_or_none, masked, secret_fields
from ..veil import CUT, STARS
from .heard import Exchange
from .hop import Field
from .kept import UnreadableError

LONGEST = 600
"""In characters: of a longer text the middle is left out, for its end tells what is wrong."""
_MEMBER = re.compile(r'"((?:[^"\\]|\\.)*)"\s*:\s*"?((?:[^"\\,}\s]|\\.)*)')
"""A member of a JSON object that may break off."""


class Mask:
    """Masks the secrets of one exchange, and those that are known beforehand."""

    def __init__(self, exchange: Exchange, known: Iterable[str] = ()) -> None:
        found = {*known, *_in_headers(exchange.request), *_in_headers(exchange.answer), *_in_query(exchange.target.partition("?")[2])}
        for body in _bodies(exchange):
            found.update(_in_body(body))
        self._secrets = frozenset(found)

    def text(self, text: str) -> str:
        """Return the text with each secret replaced by stars, one at its end too that breaks off there; of a long one, not all."""
        # An end is taken for one where something was cut off: a body is kept in part.
        shown = masked(text + CUT, self._secrets).removesuffix(CUT)
        return shown if len(shown) <= LONGEST else f"{shown[: LONGEST // 2]} … {shown[-LONGEST // 2 :]}"

    def target(self, target: str) -> str:
        """Return a request's target; of a query, no value whose name is a secret's."""
        path, mark, query = target.partition("?")
        pairs = [pair if not set(_in_query(pair)) else f"{pair.partition('=')[0]}={STARS}" for pair in query.split("&")]
        return self.text(path + mark + "&".join(pairs))


def _in_headers(headers: Iterable[Field]) -> Iterator[str]:
    for name, value in ((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers):
        if name in ("authorization", "proxy-authorization"):
            yield from credentials({"Authorization": value})
            yield _password(value.partition(" ")[2].strip()) if value[:6].lower() == "basic " else value
        elif name in ("cookie", "set-cookie"):
            for pair in value.split(";")[: 1 if name == "set-cookie" else None]:
                yield from (secret.strip('" ') for secret in credentials({"Cookie": pair}))
        else:
            yield from credentials({name: value})
            yield from secret_fields({name: value})
            yield from _in_query(value.partition("?")[2])


def _password(credential: str) -> str:
    try:
        return base64.b64decode(credential, validate=True).decode("utf-8").partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _in_query(query: str) -> Iterator[str]:
    for name, value in parse_qsl(query):
        yield from secret_fields({name: value})


def _bodies(exchange: Exchange) -> Iterator[bytes]:
    for kept, headers in ((exchange.sent, exchange.request_headers), (exchange.got, exchange.answer_headers)):
        try:
            yield kept.read(headers.get("content-encoding", ""))
        except UnreadableError:
            # Nothing of it is shown either.
            continue


def _in_body(body: bytes) -> Iterator[str]:
    value = json_or_none(body)
    if value is not None:
        yield from _leaves(value, secret=False)
        return
    text = body.decode("utf-8", "replace")
    for name, member in [*_MEMBER.findall(text), *parse_qsl(text)]:
        yield from secret_fields({name: member})


def _leaves(node: Any, *, secret: bool) -> Iterator[str]:
    """Yield what stands under a secret's name, at any depth below it."""
    if isinstance(node, Mapping):
        for name, value in node.items():
            yield from _leaves(value, secret=secret or any(secret_fields({name: "x"})))
    elif isinstance(node, list):
        for item in node:
            yield from _leaves(item, secret=secret)
    elif secret and node is not None and not isinstance(node, bool):
        yield node if isinstance(node, str) else json.dumps(node)
