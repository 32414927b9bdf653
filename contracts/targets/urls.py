"""The URLs of a target file: where requests, and with them credentials, go."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import SplitResult, unquote, urlsplit

import httpx

from ... import specs
from .document import Document, Path

PROXY: Path = ("proxy",)
_ENDING = "_url"
"""What the names of those fields of a vendor's table end with that hold a URL."""
_LOGIN = re.compile(r"(?<=//)[^/]*@")


def loopback(url: str) -> bool:
    """Return whether the URL's host is this machine's own."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def origin_of(url: httpx.URL) -> tuple[str, str, int | None]:
    """Return the scheme, the host and the port, which is None where it is the scheme's own."""
    return url.scheme, url.host, url.port


def usable(url: str) -> SplitResult | None:
    """Return the parts of an http(s) URL that has a host and ends with its path; None where it is no such URL."""
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and not (parts.query or parts.fragment)
    except ValueError:
        return None
    return parts if fits and url.isprintable() and " " not in url else None


def addresses(document: Document) -> Iterator[tuple[Path, str]]:
    """Yield the fields that say where requests go, with their URLs. document: one that fits the schema."""
    for name in ("base_url", "control"):
        if name in document.data:
            yield (name,), document.data[name]
    for vendor in specs.vendors():
        table = document.data.get(vendor, {})
        yield from (((vendor, name), value) for name, value in table.items() if name.endswith(_ENDING))
        yield from (((vendor, "probes", name, "url"), probe["url"]) for name, probe in table.get("probes", {}).items())


def require_urls(document: Document) -> None:
    """Return if each URL is one, and carries no credentials. TargetError."""
    for path, url in [*addresses(document), *_proxy(document)]:
        parts = usable(url)
        if parts is None:
            raise document.error(path, f"{_shown(document, path)} is no http(s) URL of a host")
        if path != PROXY and "@" in parts.netloc:
            raise document.error(path, "a user's name and password do not belong into the URL: every request would carry them")
        if path == PROXY and parts.path not in ("", "/"):
            raise document.error(path, "a proxy is a host and a port, without a path")


def require_secrecy(document: Document) -> None:
    """Return if nobody on the way can read what goes out: https, but for this machine's own addresses. TargetError."""
    for path, url in addresses(document):
        require_https(url, document, path)
    for path, url in _proxy(document):
        parts = urlsplit(url)
        # What goes out is encrypted from end to end, through a proxy too: an http proxy reads only what it is told itself.
        if parts.scheme == "http" and "@" in parts.netloc and not loopback(url):
            raise document.error(path, "its name and password would go to it readable for everybody: it is to be https, or without them")
        if not loopback(url) and loopback(document.data["base_url"]):
            raise document.error(path, "a proxy on another machine does not reach this machine's loopback addresses, which base_url names")


def require_https(url: str, document: Document, path: Path) -> None:
    """Return if the URL is https or this machine's own. TargetError."""
    if urlsplit(url).scheme != "https" and not loopback(url):
        raise document.error(path, f"{_shown(document, path)} is to be https: on the way to another machine everybody could read the credentials")


def proxy_login(url: str | None) -> set[str]:
    """Return the secret parts of a proxy's URL, as they are written and as they are meant."""
    secret = proxy_secret(url or "")
    return {secret, unquote(secret)} if secret else set()


def proxy_secret(url: str) -> str:
    """Return the password in a proxy's URL, as it is written; of a login without one, its name, which is then what lets in. Empty where none is."""
    try:
        parts = urlsplit(url)
    except ValueError:
        # A reference where no URL can have one.
        return ""
    return parts.password or parts.username or ""


def _proxy(document: Document) -> Iterator[tuple[Path, str]]:
    if "proxy" in document.data:
        yield PROXY, document.data["proxy"]


def _shown(document: Document, path: Path) -> str:
    # A name and password before the host are shown nowhere, well-formed or not.
    return _LOGIN.sub("***@", document.shown(path))
