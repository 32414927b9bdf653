"""A world as a target file describes a deployment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..worlds import DEFAULT, World

BASE = "/_mock/api"
"""Where the control API's paths begin."""


def world_base(name: str, origin: str) -> str:
    """Return the base URL at which the vendors' paths of a world begin."""
    return origin if name == DEFAULT else f"{origin}/worlds/{name}"


def describe(world: World, origin: str) -> dict[str, Any]:
    """Return the base URL and each vendor's table, in the shape of a target file. origin: scheme, host and port of this server."""
    base_url, world_url = world_base(world.name, origin), f"{origin}{BASE}/worlds/{world.name}"
    return {"base_url": base_url, **{vendor: part.target(base_url, world_url) for vendor, part in world.states.items()}}


def target_file(world: World, origin: str, ca: Path | None = None, token: str | None = None) -> dict[str, Any]:
    """Return the target file of this server: its world, and that the control API is there.

    ca: the file of the CA to trust, if one is needed. token: the control API's, if it has one.
    """
    described = describe(world, origin)
    trusted = {} if ca is None else {"ca": str(ca)}
    known = {} if token is None else {"control_token": token}
    return {"base_url": described.pop("base_url"), "control": f"{origin}{BASE}", **known, **trusted, **described}
