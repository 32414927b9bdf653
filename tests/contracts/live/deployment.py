"""A world of the shared mock behind a TLS proxy, as somebody's deployment."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from tests.contracts.commands import Ended
from tests.contracts.misbehaving import Rig

Change = Callable[[dict[str, Any]], None]


@dataclass
class Deployment:
    """A world behind a TLS proxy, as somebody's deployment: without a control API. described: its target file's document."""

    rig: Rig
    described: dict[str, Any]

    def file(self, folder: Path, change: Change = lambda document: None, **changed: Any) -> Path:
        """A target file of it. change: done to a copy of the document. changed: fields of it."""
        document = tomllib.loads(tomli_w.dumps({**self.described, **changed}))
        change(document)
        file = folder / "target.toml"
        file.write_text(tomli_w.dumps(document))
        return file

    def secrets(self) -> set[str]:
        return {found for found in _secrets(self.described) if len(found) >= 4}


def _secrets(node: Any, name: str = "") -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key != "picks":
                yield from _secrets(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from _secrets(value, name)
    elif name in ("token", "cookie", "password", "client_secret", "key"):
        yield node


def told(deployment: Deployment, ended: Ended) -> str:
    """What was said; nothing of it may be a secret or a traceback."""
    said = ended.out + ended.err
    assert "Traceback" not in said
    assert [secret for secret in deployment.secrets() if secret in said] == []
    return said
