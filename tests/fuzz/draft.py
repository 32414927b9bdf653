"""A well-formed request of an operation, while its parts can still be changed by their names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

from .operations import Operation, Scheme, Taken, operations
from .request import Header, Request
from .vocabulary import Realm, Vocabulary, flat

HOST: Header = (b"Host", b"127.0.0.1")


@dataclass
class Draft:
    """A request before it is written down. values: the path's parameters by name. credentials: the headers that say who calls."""

    operation: Operation
    prefix: str
    realm: Realm
    values: dict[str, str]
    credentials: list[Header]
    media_type: str | None = None
    body: Any = None

    @property
    def target(self) -> bytes:
        path = self.operation.template
        for name, value in self.values.items():
            path = path.replace(f"{{{name}}}", quote(value, safe=":", errors="surrogatepass"))
        query = urlencode({name: self.values[name] for name in self.operation.query if name in self.values}, errors="surrogatepass")
        return (self.prefix + path + (f"?{query}" if query else "")).encode()

    def request(self, content: bytes | None = None) -> Request:
        """Return the request; content in place of the body's JSON."""
        if content is None:
            content = b"" if self.media_type is None else json.dumps(self.body).encode()
        media = [] if self.media_type is None else [(b"Content-Type", self.media_type.encode())]
        return Request(self.operation.method.encode(), self.target, (HOST, *self.credentials, *media), content)


def draft(rng: Random, words: Vocabulary, operation: Operation | None = None) -> Draft:
    """Return a well-formed request, which has a fair chance to succeed. operation: none for any."""
    chosen = operation if operation is not None else rng.choice(operations())
    realm = words.realm(rng, chosen.vendor)
    memory = _memory(rng, realm, chosen)
    values = {name: _word(rng, realm, memory, name, "x") for name in (*chosen.parameters, *chosen.query)}
    made = Draft(chosen, words.prefix, realm, values, credentials(rng, chosen, realm, values))
    if chosen.bodies:
        taken = rng.choice(chosen.bodies)
        made.media_type, made.body = taken.media_type, _body(rng, realm, {**memory, **{flat(name): value for name, value in values.items()}}, taken)
    return made


def _memory(rng: Random, realm: Realm, operation: Operation) -> dict[str, str]:
    """Return words that belong to each other, or none: a row, or what an earlier call left, rather one with a word that only calls give."""
    draw = rng.random()
    if draw < 0.3:
        return {}
    if not realm.memories or draw < 0.55:
        return rng.choice(realm.rows) if realm.rows else {}
    named = [*operation.query, *(name for taken in operation.bodies for name in taken.schema.get("properties", {}))]
    wanted = {flat(name) for name in named if not realm.candidates(name)} | ({"id"} if operation.query else set())
    fitting = [memory for memory in realm.memories if wanted & memory.keys()]
    row = rng.choice(realm.rows) if realm.rows and rng.random() < 0.5 else {}
    return {**row, **rng.choice(fitting or realm.memories)}


def credentials(rng: Random, operation: Operation, realm: Realm, values: Mapping[str, str]) -> list[Header]:
    """Return the headers of a right credential for one of the operation's security alternatives."""
    if not operation.security:
        return []
    schemes = rng.choice((operation.security[0], *operation.security))
    found = [_credential(rng, scheme, realm, values) for scheme in schemes]
    return [header for header in found if header is not None]


def _credential(rng: Random, scheme: Scheme, realm: Realm, values: Mapping[str, str]) -> Header | None:
    if scheme.kind == "bearer":
        return b"Authorization", b"Bearer " + _token(rng, realm, values).encode()
    if scheme.kind == "basic":
        return b"Authorization", b"Basic " + rng.choice(realm.candidates("basic") or ["x"]).encode()
    if scheme.kind == "cookie":
        return b"Cookie", f"{scheme.name}={rng.choice(realm.candidates('cookie') or ['x'])}".encode()
    return scheme.name.encode(), rng.choice(realm.candidates(scheme.name) or ["x"]).encode()


def _token(rng: Random, realm: Realm, values: Mapping[str, str]) -> str:
    """Return the administrator's token half of the time, else one of those whom the path names, else anybody's."""
    named = [realm.tokens[value] for value in values.values() if value in realm.tokens]
    pools = [realm.candidates("admintoken"), realm.candidates("admintoken"), named, list(realm.tokens.values())]
    return rng.choice(rng.choice([pool for pool in pools if pool] or [["x"]]))


def _word(rng: Random, realm: Realm, memory: Mapping[str, str], name: str, otherwise: str) -> str:
    if flat(name) in memory:
        return memory[flat(name)]
    found = realm.candidates(name)
    # What a call gave an id that nobody else names: a login flow's, for instance.
    return rng.choice(found) if found else memory.get("id", otherwise)


def _body(rng: Random, realm: Realm, memory: Mapping[str, str], taken: Taken) -> Any:
    """Return one of the spec's examples, or a value of the schema's properties, with the world's own words in it."""
    properties = taken.schema.get("properties", {})
    if taken.examples and rng.random() < 0.7:
        example = deepcopy(rng.choice(taken.examples))
        if not isinstance(example, dict):
            return example
        fields: dict[str, Any] = dict(example)
    else:
        required = set(taken.schema.get("required", ()))
        fields = {name: _sample(rng, schema) for name, schema in properties.items() if name in required or rng.random() < 0.4}
    new = rng.random() < 0.3
    for name, value in fields.items():
        if isinstance(value, str) and rng.random() < 0.95 and "enum" not in properties.get(name, {}):
            fresh = new and flat(name) not in memory
            fields[name] = f"n{rng.getrandbits(40):x}" if fresh else _word(rng, realm, memory, name, value)
    return fields


def _sample(rng: Random, schema: Mapping[str, Any]) -> Any:
    if "enum" in schema:
        return rng.choice(schema["enum"])
    kinds = {"integer": 4102444800000, "number": 1.5, "boolean": True, "array": [], "object": {}}
    return schema.get("example", kinds.get(schema.get("type", "string"), "text"))
