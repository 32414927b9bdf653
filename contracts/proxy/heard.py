"""One exchange as it was heard: what the client asked, and what the deployment answered."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl

from ..contract import Answer, Operation, addressed
from .hop import Field
from .kept import Kept, UnreadableError

WORLD = "/worlds/"
"""Below this a mock has its worlds: the vendors' paths begin behind their names."""


@dataclass
class Exchange:
    """method, target: as they were sent, the target with its query. request, answer: headers, in their order. sent, got: the bodies.

    number: which exchange it is. status: 0 as long as there is no answer.
    """

    number: int
    method: str
    target: str
    request: list[Field]
    sent: Kept
    got: Kept
    status: int = 0
    answer: list[Field] = field(default_factory=list)

    def places(self, vendors: Iterable[str]) -> Iterator[tuple[str, Operation, dict[str, str]]]:
        """Yield each operation that has this path, by whatever method: the vendor, the operation, and the path's parameters."""
        path = self.target.partition("?")[0]
        paths = [path]
        if path.startswith(WORLD):
            paths.append("/" + path.removeprefix(WORLD).partition("/")[2])
        for vendor in vendors:
            for asked in paths:
                yield from ((vendor, found, values) for found, values in addressed(vendor, asked))

    @cached_property
    def request_headers(self) -> dict[str, str]:
        """The request's headers, their names in lower case; one that came several times is joined."""
        return joined(self.request)

    @cached_property
    def answer_headers(self) -> dict[str, str]:
        """The answer's, likewise."""
        return joined(self.answer)

    def request_body(self) -> bytes:
        """Return the request's body, decoded. UnreadableError."""
        return self.sent.read(self.request_headers.get("content-encoding", ""))

    def judged_answer(self) -> tuple[Answer, str]:
        """Return the answer, and why its body cannot be judged: then it has none here. An empty text where it can."""
        try:
            body, why = self.got.read(self.answer_headers.get("content-encoding", "")), ""
        except UnreadableError as problem:
            body, why = b"", str(problem)
        return Answer(self.status, self.answer_headers, body), why

    def view(self, parameters: Mapping[str, str]) -> dict[str, Any]:
        """Return the request as rules see it. body: absent where it is no JSON or cannot be read. authorization: the scheme, in lower case."""
        headers = self.request_headers
        view: dict[str, Any] = {
            "path": dict(parameters),
            "query": dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True)),
            "headers": headers,
            "cookies": _cookies(headers.get("cookie", "")),
            "authorization": headers.get("authorization", "").strip().partition(" ")[0].lower(),
            "media": headers.get("content-type", "").partition(";")[0].strip().lower(),
        }
        with contextlib.suppress(ValueError, RecursionError):
            view["body"] = json.loads(self.request_body())
        return view


def joined(headers: Iterable[Field]) -> dict[str, str]:
    """Return the headers by their names in lower case, values of the same name joined by commas."""
    found: dict[str, list[str]] = {}
    for name, value in headers:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return {name: ", ".join(values) for name, values in found.items()}


def _cookies(header: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}
