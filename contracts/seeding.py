"""What Schemathesis starts from at one target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class OperationSeeds:
    """What Schemathesis does otherwise at one operation. expected, credential: in place of the vendor's. bodies: request bodies to begin with.

    unchecked: the checks that do not apply there, each with the reason.
    """

    expected: tuple[int, ...] | None = None
    credential: Mapping[str, str] | None = None
    bodies: tuple[Any, ...] = ()
    unchecked: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Seeds:
    """What Schemathesis starts from. parameters: known values by `path.NAME` or `body.NAME`. credentials: its auth settings by security scheme.

    expected: the statuses that a request with good data may get. operations: by operationId, where one is unlike the others.
    """

    parameters: Mapping[str, list[str]]
    credentials: Mapping[str, Mapping[str, str]]
    expected: tuple[int, ...]
    operations: Mapping[str, OperationSeeds] = field(default_factory=dict)
