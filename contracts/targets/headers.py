"""The extra headers of a target file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

import httpx

from ... import specs
from .document import HEADERS, Document
from .urls import origin_of

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[!-~]+(?: +[!-~]+)*")
# What says who calls, where to, what is sent and how; what makes another method or path of the one that was judged harmless; and what has a
# server answer with a part, or only on a condition.
_OURS = re.compile(
    r"authorization|proxy-.*|cookie2?|host|content-.*|transfer-encoding|te|trailer|connection|keep-alive|upgrade|expect|accept-encoding"
    r"|x-http-method(-override)?|x-method-override|x-original-(url|method)|x-rewrite-url|range|if-.*",
    re.IGNORECASE,
)


def require_headers(document: Document) -> None:
    """Return if each header can go out with every request, and changes nothing that a row says. TargetError."""
    seen: set[str] = set()
    for name, value in document.data.get(HEADERS, {}).items():
        path = (HEADERS, name)
        if not _NAME.fullmatch(name):
            raise document.error(path, "it is no name of a header")
        if _OURS.fullmatch(name) or name.lower() in _of_apis():
            raise document.error(path, "this header is the suite's own: what a row sends must not be changed")
        if name.lower() in seen:
            raise document.error(path, "it stands there twice: a header's name has no case")
        if not _VALUE.fullmatch(value):
            raise document.error(path, "what it holds is no value of a header: visible ASCII characters, with blanks only between them")
        seen.add(name.lower())


def own_headers(headers: Mapping[str, str], base_url: str, url: httpx.URL | str) -> Mapping[str, str]:
    """Return those of a target's headers that go out with a request to this URL: all to where its base URL leads, none to anybody else."""
    return headers if origin_of(httpx.URL(url)) == origin_of(httpx.URL(base_url)) else {}


@cache
def _of_apis() -> frozenset[str]:
    """Return the headers, in small letters, that the vendors' APIs read."""
    found = set()
    for vendor in specs.vendors():
        document = specs.openapi(vendor)
        schemes = document.get("components", {}).get("securitySchemes", {}).values()
        paths = specs.resolved(document, document["paths"]).values()
        operations = [node for item in paths for node in (item, *(item[method] for method in specs.METHODS if method in item))]
        parameters = [parameter for node in operations for parameter in node.get("parameters", ())]
        found |= {part["name"].lower() for part in (*schemes, *parameters) if part.get("in") == "header"}
    return frozenset(found)
