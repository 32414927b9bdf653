"""What goes out for one step of a row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from .columns import column
from .contract import operations
from .fixtures import Binding, UnboundError
from .live.paths import SEGMENT


@dataclass(frozen=True)
class Request:
    """A request. path: below the target's base URL, percent-encoded."""

    method: str
    path: str
    headers: Mapping[str, str]
    content: bytes | None


def request_of(vendor: str, step: Mapping[str, Any], binding: Binding) -> Request:
    """Return the request of a step: its own headers win over those of the principal that it acts as. UnboundError."""
    if step["as"] not in binding.principals:
        raise UnboundError(f"the row acts as {step['as']!r}, and its needs bind {', '.join(sorted(binding.principals))}")
    given = binding.fill(step.get("with", {}))
    # What was kept of an answer may be no text, where the answer is wrong: it goes out as one.
    headers: dict[str, str] = {**binding.principals[step["as"]], **{name: str(value) for name, value in given.get("headers", {}).items()}}
    content = str(given["raw"]).encode() if "raw" in given else None
    if "body" in given:
        content = json.dumps(given["body"]).encode()
    if "send" in step:
        send = binding.fill(step["send"])
        method, path, media = send["method"], send["path"], given.get("media")
    else:
        operation = operations(vendor)[step["call"]]
        query = f"?{urlencode(given['query'])}" if "query" in given else ""
        method, path = operation.method, _path(vendor, operation.template, given.get("path", {}), binding) + query
        media = given.get("media", operation.media_types[0] if operation.media_types and content is not None else None)
    if media is not None:
        headers["Content-Type"] = media
    return Request(method, path, headers, content)


def _path(vendor: str, template: str, given: Mapping[str, str], binding: Binding) -> str:
    defaults = column(vendor).path
    path = template
    for part in template.split("{")[1:]:
        name = part.partition("}")[0]
        value = given[name] if name in given else binding.fill(defaults[name])
        path = path.replace(f"{{{name}}}", quote(str(value), safe=SEGMENT))
    return path
