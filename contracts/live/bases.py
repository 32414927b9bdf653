"""Where the paths of the vendors' operations begin on a target's hosts."""

from __future__ import annotations

from collections.abc import Iterable

import httpx

from ..columns import column
from ..target import Target
from ..targets.urls import origin_of


class Bases:
    """The base URL of a target, and those of its other hosts, which may have paths of their own."""

    def __init__(self, target: Target) -> None:
        urls = [httpx.URL(url) for url in (target.base_url, *elsewhere(target))]
        self._paths = [(origin_of(url), url.path.rstrip("/"), url.raw_path.decode("ascii").rstrip("/")) for url in urls]

    def paths(self, url: httpx.URL) -> list[str]:
        """Return what the URL's path may be as the vendors' pages have it, decoded, without a query; itself where it lies below no base."""
        return self._below(url.path, [path for at, path, _ in self._paths if at == origin_of(url)])

    def raw_paths(self, url: httpx.URL) -> list[str]:
        """Return the same, percent-encoded and with its query."""
        return self._below(url.raw_path.decode("ascii"), [raw for at, _, raw in self._paths if at == origin_of(url)])

    def own_path(self, url: httpx.URL) -> str | None:
        """Return the same below the target's own base URL; None elsewhere."""
        at, _, base = self._paths[0]
        path = url.raw_path.decode("ascii")
        return path.removeprefix(base) if at == origin_of(url) and path.startswith(f"{base}/") else None

    @staticmethod
    def _below(path: str, bases: Iterable[str]) -> list[str]:
        return list(dict.fromkeys(path.removeprefix(base) for base in bases if path.startswith(f"{base}/"))) or [path]


def elsewhere(target: Target) -> list[str]:
    """Return the base URLs of the hosts that a target has beside its own."""
    named = {(vendor, name): None for vendor in target.tables for name in column(vendor).elsewhere.values()}
    return [str(target.tables[vendor][name]) for vendor, name in named if name in target.tables[vendor]]
