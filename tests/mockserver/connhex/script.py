"""Requests that between them reach every rule and every pick of Connhex's: played on a fresh world of the default scenario."""

from __future__ import annotations

from typing import Any

from tests.mockserver.player import Player

JSON = {"Content-Type": "application/json"}
PROTECTED = {"protection": "protected"}
# What must hold for a pick's options to differ, beside the defaults.
COMPANIONS: dict[str, dict[str, Any]] = {
    "not_enabled": PROTECTED,
    "enable_life": PROTECTED,
    "again_one_to_many": {"association": "one_to_many"},
}


def bearer(user: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {user['token']}"}


def cookie(user: dict[str, Any]) -> dict[str, str]:
    return {"Cookie": f"chx_auth_session={user['cookie']}"}


def script(player: Player) -> None:
    users, devices = player.table["users"], player.table["devices"]
    first, second = [user for user in users if user.get("permission") == "allowed"][:2]
    powerless = next(user for user in users if user.get("permission") == "nothing")
    fresh = [device["id"] for device in devices if not device["enabled"]]
    enabled = [device["id"] for device in devices if device["enabled"]]

    def claim(headers: dict[str, str], device: Any) -> None:
        player.send("POST", "/ownerships", JSON | headers, {"deviceId": device})

    for user in users:
        claim(bearer(user), "none-such")
        claim(cookie(user), "none-such")
    for device in (enabled[0], fresh[0]):
        claim(bearer(first), device)
        claim(cookie(first), device)
        claim(bearer(second), device)
    claim(bearer(powerless), fresh[1])
    claim(bearer(first) | cookie(powerless), fresh[1])
    claim(bearer(powerless) | cookie(second), fresh[2])
    for headers in ({}, {"Authorization": "Bearer nobody"}, {"Cookie": "chx_auth_session=nobody"}, {"Authorization": "Basic YTpi"}):
        claim(headers, fresh[1])
    for device in ("", 5, None, []):
        claim(bearer(first), device)
    for content in (b"{", b"[]", b"{}", b"", b"null"):
        player.send("POST", "/ownerships", JSON | bearer(first), content)
    player.send("POST", "/ownerships", {"Content-Type": "text/plain"} | bearer(first), b"{}")
    player.send("POST", "/ownerships", bearer(first), b"{}")
    player.send("GET", "/ownerships", bearer(first))
    player.send("DELETE", f"/ownerships/{fresh[0]}", bearer(first))
