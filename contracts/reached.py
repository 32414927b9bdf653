"""Where a server lies for those who reach its control API as we do: a proxy before it may have another host, and a path that it takes off."""

from __future__ import annotations

from functools import cache
from urllib.parse import urlsplit

from .. import specs


@cache
def mounted_at() -> str:
    """Return the path that the control API has below its server, as its spec says."""
    return str(specs.control()["servers"][0]["url"])


def world_path(control: str, base_url: str) -> str:
    """Return the path that a world has below the server whose control API has the URL control. base_url: the world's, as it is seen or was told."""
    server = control.removesuffix(mounted_at())
    return base_url.removeprefix(server) if f"{base_url}/".startswith(f"{server}/") else urlsplit(base_url).path


def world_from_here(control: str, base_url: str) -> str:
    """Return a world's base URL below the server whose control API has the URL control; as the server told it, where that cannot be known."""
    server = control.removesuffix(mounted_at())
    return base_url if server == control else server + world_path(control, base_url)


def probe_from_here(control: str, url: str) -> str:
    """Return a probe's URL below the control API's own, where it looks at the control API; any other as it is."""
    path = urlsplit(url).path
    return control + path.removeprefix(mounted_at()) if path.startswith(f"{mounted_at()}/") else url
