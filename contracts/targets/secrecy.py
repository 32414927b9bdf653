"""The secrets of a target file: where they may be written, and what is to be shown nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from ..shown import SHORTEST_SECRET
from .document import Document, Path, at, is_secret, texts
from .environment import is_reference
from .urls import PROXY, addresses, loopback, proxy_login


def secrets(document: Document) -> frozenset[str]:
    """Return what the fields hold that hold secrets."""
    held = {value for path, value in texts(document.data) if is_secret(path)}
    return frozenset(held | proxy_login(document.data.get("proxy")))


def require_references(document: Document) -> None:
    """Return if the target is this machine's own, or each secret of it comes from the environment and can be masked. TargetError."""
    if all(loopback(url) for _, url in [*addresses(document), *_proxied(document)]):
        return
    for path, written in texts(document.raw):
        if is_secret(path) and not is_reference(written):
            raise document.error(path, f"a secret is not to be written into the file of a deployment on another machine: {_remedy(path)}")
        if is_secret(path) and len(at(document.data, path)) < SHORTEST_SECRET:
            raise document.error(path, f"{written} holds fewer than {SHORTEST_SECRET} characters: too few to be masked where they are shown")
    if any(len(secret) < SHORTEST_SECRET for secret in proxy_login(document.data.get("proxy"))):
        raise document.error(PROXY, f"its password has fewer than {SHORTEST_SECRET} characters: too few to be masked where they are shown")
    if not all(map(is_reference, proxy_login(document.raw.get("proxy")))):
        raise document.error(PROXY, "a password is not to be written into the file of a deployment on another machine: give the URL as ${PROXY_URL}")


def _proxied(document: Document) -> Iterator[tuple[Path, str]]:
    if "proxy" in document.data:
        yield PROXY, document.data["proxy"]


def _remedy(path: Path) -> str:
    name = "_".join(str(step) for step in path if isinstance(step, str)).upper().replace("-", "_")
    return f"set an environment variable and write ${{{name}}}, or whatever you call it"
