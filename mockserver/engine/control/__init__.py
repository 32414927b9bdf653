"""The control API: worlds made, read, turned and scripted over HTTP (specs/control.yaml). One module a subject."""

from __future__ import annotations

from .api import control_api
from .state import Control
from .targets import BASE, describe, target_file, world_base

__all__ = ["BASE", "Control", "control_api", "describe", "target_file", "world_base"]
