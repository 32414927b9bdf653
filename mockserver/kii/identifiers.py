"""The forms of the identifiers that Kii gives out (kii-public.thing-id-form), drawn from a world's supply."""

from __future__ import annotations

from ..engine.supply import Supply


def thing_id(supply: Supply) -> str:
    """Return a thingID that is new."""
    return "th." + _in_parts(supply, "kii/thing")


def user_id(supply: Supply) -> str:
    """Return a userID that is new."""
    return _in_parts(supply, "kii/user")


def group_id(supply: Supply) -> str:
    """Return a groupID that is new."""
    return supply.text("kii/group", 22)


def token(supply: Supply) -> str:
    """Return an access token that is new and cannot be guessed."""
    return supply.text("kii/token", 43)


def _in_parts(supply: Supply, kind: str) -> str:
    return "-".join(supply.text(kind, length) for length in (12, 4, 4, 4, 8))
