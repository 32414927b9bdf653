"""What a request does at Connhex if it is accepted, rightly or wrongly."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, unquote_plus

from ..live.accounts import Account, Cleaning
from ..live.resource import SAFE, Resource, Touch
from ..shown import json_or_none

if TYPE_CHECKING:
    from ..setup import Setup

_OWNERSHIPS = re.compile(r"/ownerships(?:/([^?]*))?")
_LOGIN = re.compile(r"/auth/self-service/login(?:/api)?")
_SESSION = "/auth/sessions/whoami"
_WORD = re.compile(r"[^\s\"'{}\[\]:,;=&]+")
_MARKS = re.compile(r"[^A-Za-z]")
RESOURCE = "resource"
FIELD = "deviceId"
"""The field of a body that names a device."""


def device(name: str) -> Resource:
    """Return the device that claims name so."""
    return Resource("connhex", "device", name)


def is_login(method: str, path: str) -> bool:
    """Return whether the request is one of those that bring a session."""
    return method in ("GET", "POST") and _LOGIN.fullmatch(path) is not None


def touches(method: str, path: str, content: bytes) -> Touch | None:
    """Return what the request does: it claims the device that its body names, or changes the resource to which its path leads.

    A server may take the first of two fields of that name, or one that is written in another way; without it whatever stands in the body counts as
    a device. None: it leads elsewhere.
    """
    if _LOGIN.fullmatch(path.partition("?")[0]) or (path == _SESSION and method in SAFE):
        return Touch()
    found = _OWNERSHIPS.fullmatch(path)
    if found is None:
        return None
    if found[1]:
        return Touch(changes=(Resource("connhex", RESOURCE, unquote(found[1]).partition("/")[0]),))
    if method != "POST":
        return Touch() if method in SAFE else None
    body = json_or_none(content)
    name = body.get(FIELD) if isinstance(body, dict) else None
    makes = Resource("connhex", RESOURCE, f"(of device {name})") if isinstance(name, str | int | float) and name != "" else None
    return Touch(makes, tuple(device(told) for told in dict.fromkeys(_told(content))))


def _told(content: bytes) -> list[str]:
    """Return the texts and numbers of a body that may be a device's name, as they are written in it; of one that is no JSON, all words."""
    try:
        body = json.loads(content, object_pairs_hook=_Fields, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return [word for word in _WORD.findall(unquote_plus(content.decode("utf-8", "replace"))) if word != FIELD]
    if isinstance(body, _Fields) and any(name == FIELD and isinstance(value, str) and value for name, value in body):
        return list(_leaves([value for name, value in body if _MARKS.sub("", name).lower() == FIELD.lower()]))
    return list(_leaves([body]))


class _Fields(list[tuple[str, Any]]):
    """An object of JSON: the last of two fields of one name is not the only one."""


def _leaves(nodes: list[Any]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, list):
            yield from _leaves([value for _, value in node] if isinstance(node, _Fields) else node)
        elif node not in (None, ""):
            yield str(node)


def clean(_: Mapping[str, Any], account: Account, __: Setup) -> Cleaning:
    """Return why what a run touched is left: a device that a request named may be claimed, and stays so."""
    claimed = "it may be claimed, and " if account.pooled else ""
    return Cleaning(f"{claimed}no published operation takes a claim back", for_good=True)
