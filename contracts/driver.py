"""A plain-HTTP client of a target's control API: fresh worlds, made and deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import httpx

from .. import specs
from .connection import connection
from .shown import printable
from .target import Target, TargetError, parse


def require_answer(target: Target) -> None:
    """Return if the target answers at all, at its base URL and at its control API. TargetError."""
    for url in filter(None, (f"{target.base_url}/", target.control and f"{target.control.rstrip('/')}/health")):
        try:
            with connection(target) as client:
                answer = client.get(url, timeout=10)
        except httpx.HTTPError as error:
            mend = "; name the CA that it comes from as `ca` in the target file" if "CERTIFICATE_VERIFY_FAILED" in str(error) else ""
            raise TargetError(f"{url} does not answer: {error}{mend}") from None
        if target.control and url.startswith(target.control) and answer.status_code != httpx.codes.OK:
            raise TargetError(
                f"the control API at {target.control} is not one: GET {url} was answered {answer.status_code} {printable(answer.text[:200])}"
            )


class Driver:
    """Makes worlds on the target. client: what the requests go out with."""

    def __init__(self, target: Target, client: httpx.Client) -> None:
        if target.control is None:
            raise TargetError("the target has no control API")
        self.target = target
        self.url = target.control.rstrip("/")
        self.client = client
        self._shape_checked = False

    @contextmanager
    def world(self, settings: Mapping[str, Mapping[str, Any]], seed: str | None = None) -> Iterator[Target]:
        """Yield a fresh world as a target of its own, and delete it at the end. TargetError.

        settings: picks by vendor. seed: where its ids and codes come from, for a run that can be repeated.
        """
        wanted = {"settings": settings, **({} if seed is None else {"seed": seed})}
        answer = self.client.post(f"{self.url}/worlds", json=wanted)
        if answer.status_code != httpx.codes.CREATED:
            raise TargetError(f"the control API made no world: {answer.status_code} {printable(answer.text[:300])}")
        try:
            document = dict(answer.json())
            name = document.pop("name")
        except (ValueError, TypeError, KeyError):
            raise TargetError(f"the control API made a world and did not say which: {printable(answer.text[:300])}") from None
        try:
            world = self._described(document, name)
            yield Target(base_url=self._seen_from_here(world.base_url), tables=world.tables, ca=self.target.ca)
        finally:
            self.client.delete(f"{self.url}/worlds/{name}")

    def _described(self, document: dict[str, Any], name: str) -> Target:
        """Return the world as a target. The first one's shape is checked, and stands for all: they are made by one server."""
        if self._shape_checked:
            return Target(base_url=document["base_url"], tables={vendor: document[vendor] for vendor in specs.vendors() if vendor in document})
        world = parse(document, f"world {name}")
        self._shape_checked = True
        return world

    def _seen_from_here(self, base_url: str) -> str:
        """Return a world's base URL below the target's own, which may be that of a proxy before the server."""
        return self.target.base_url + base_url.removeprefix(self.url.removesuffix(_mounted_at()))


@cache
def _mounted_at() -> str:
    """Return the path that the control API has below its server, as its spec says."""
    return str(specs.control()["servers"][0]["url"])
