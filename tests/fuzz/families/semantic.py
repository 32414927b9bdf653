"""Well-formed requests that mean something else: other ids, other principals, other types."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from .. import odd
from ..draft import Draft, credentials, draft
from ..request import Header, Request
from ..vocabulary import Vocabulary

METHODS = (b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE", b"PROPFIND", b"get", b"QUERY", b"CONNECT")


def semantic(rng: Random, words: Vocabulary) -> list[bytes | int]:
    """Change one or two things of a request; every fourth request stays as it is, so that the world moves on."""
    return [changed(rng, words).raw]


def changed(rng: Random, words: Vocabulary) -> Request:
    """Return such a request."""
    made = draft(rng, words)
    method = None
    for _ in range(rng.choice((0, 1, 1, 2))):
        change = rng.choice((_path_value, _field, _field, _drop_field, _extra_field, _whole_body, _principal, _principal, None))
        if change is None:
            method = rng.choice(METHODS)
        else:
            change(rng, words, made)
    request = made.request()
    if method is not None:
        request = replace(request, method=method)
    return request


def _path_value(rng: Random, words: Vocabulary, made: Draft) -> None:
    if made.values:
        name = rng.choice(list(made.values))
        foreign = words.realm(rng, made.operation.vendor).candidates(name)
        made.values[name] = rng.choice(foreign) if foreign and rng.random() < 0.4 else odd.text(rng)


def _field(rng: Random, words: Vocabulary, made: Draft) -> None:
    if isinstance(made.body, dict) and made.body:
        name = rng.choice(list(made.body))
        foreign = words.realm(rng, made.operation.vendor).candidates(name)
        made.body[name] = rng.choice(foreign) if foreign and rng.random() < 0.3 else odd.value(rng)


def _drop_field(rng: Random, words: Vocabulary, made: Draft) -> None:
    if isinstance(made.body, dict) and made.body:
        del made.body[rng.choice(list(made.body))]


def _extra_field(rng: Random, words: Vocabulary, made: Draft) -> None:
    if isinstance(made.body, dict):
        names = [name for realm in words.realms[made.operation.vendor] for name in realm.words]
        made.body[rng.choice([*names, "userID", "groupID", "owner", odd.text(rng)])] = odd.value(rng)


def _whole_body(rng: Random, words: Vocabulary, made: Draft) -> None:
    made.body = odd.value(rng)
    if made.media_type is None:
        made.media_type = "application/json"


def _principal(rng: Random, words: Vocabulary, made: Draft) -> None:
    """Another's credential: of another realm or vendor, none, two, or one that nobody has."""
    other = draft(rng, words)
    theirs = credentials(rng, made.operation, words.realm(rng, made.operation.vendor), {})
    nobody: list[Header] = [(b"Authorization", b"Bearer " + odd.octets(rng, 12).translate(None, b"\r\n\0"))]
    made.credentials = rng.choice((theirs, theirs, other.credentials, [], made.credentials + theirs, nobody))
