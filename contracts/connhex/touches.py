"""What a request does at Connhex if it is accepted, rightly or wrongly."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from ..live.accounts import Account, Cleaning
from ..live.resource import Resource, Touch
from ..shown import json_or_none

if TYPE_CHECKING:
    from ..setup import Setup

_OWNERSHIPS = re.compile(r"/ownerships(?:/([^?]*))?(?:\?.*)?")
_LOGIN = re.compile(r"/auth/self-service/login(?:/api)?")
_SESSION = "/auth/sessions/whoami"
RESOURCE = "resource"


def device(name: str) -> Resource:
    """Return the device that claims name so."""
    return Resource("connhex", "device", name)


def is_login(method: str, path: str) -> bool:
    """Return whether the request is one of those that bring a session."""
    return method in ("GET", "POST") and _LOGIN.fullmatch(path) is not None


def touches(_: str, path: str, content: bytes) -> Touch | None:
    """Return what the request does: it claims the device that its body names, or changes the resource to which its path leads.

    None: it leads elsewhere.
    """
    if _LOGIN.fullmatch(path.partition("?")[0]) or path == _SESSION:
        return Touch()
    found = _OWNERSHIPS.fullmatch(path)
    if found is None:
        return None
    if found[1]:
        return Touch(changes=(Resource("connhex", RESOURCE, unquote(found[1]).partition("/")[0]),))
    body = json_or_none(content)
    name = body.get("deviceId") if isinstance(body, dict) else None
    # A server may take a number for the text that it looks like.
    if not isinstance(name, str | int | float) or name == "":
        return Touch()
    return Touch(Resource("connhex", RESOURCE, f"(of device {name})"), (device(str(name)),))


def clean(_: Mapping[str, Any], account: Account, __: Setup) -> Cleaning:
    """Return why what a run touched is left: a device that a request named may be claimed, and stays so."""
    claimed = "it may be claimed, and " if account.pooled else ""
    return Cleaning(f"{claimed}no published operation takes a claim back", for_good=True)
